//! rsip.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use rsip::headers::{Header, Subject, ToTypedHeader, UntypedHeader};
use rsip::message::{HasHeaders, HeadersExt};
use rsip::typed::{CSeq, Contact, From, To, Via};
use rsip::{SipMessage, Uri};

/// rsip.
pub(crate) struct Rsip;

/// The values as the crate hands them out.
pub(crate) struct Values {
    via: Via,
    from: From,
    to: To,
    call_id: String,
    cseq: CSeq,
    contacts: Vec<Contact>,
    max_forwards: Option<u32>,
    routes: Vec<rsip::typed::Route>,
    record_routes: Vec<rsip::typed::RecordRoute>,
    content_length: Option<u32>,
}

impl Peer for Rsip {
    const NAME: &'static str = "rsip 0.4.0";
    type Message = SipMessage;
    type Values<'m> = Values;
    type Uri = Uri;

    fn index(bytes: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(bytes.as_ref()).ok()
    }

    fn values(message: &SipMessage) -> Option<Values> {
        let headers = || message.headers().iter();
        let length = headers().find_map(|header| match header {
            Header::ContentLength(length) => Some(length.length()),
            _ => None,
        });
        let routes = headers().filter_map(|header| match header {
            Header::Route(route) => Some(route.typed()),
            _ => None,
        });
        let record_routes = headers().filter_map(|header| match header {
            Header::RecordRoute(route) => Some(route.typed()),
            _ => None,
        });
        Some(Values {
            via: message.via_header().ok()?.typed().ok()?,
            from: message.from_header().ok()?.typed().ok()?,
            to: message.to_header().ok()?.typed().ok()?,
            call_id: message.call_id_header().ok()?.value().to_owned(),
            cseq: message.cseq_header().ok()?.typed().ok()?,
            contacts: message
                .contact_headers()
                .into_iter()
                .map(|c| c.typed())
                .collect::<Result<_, _>>()
                .ok()?,
            max_forwards: message.max_forwards_header().ok().map(|hops| hops.num()).transpose().ok()?,
            routes: routes.collect::<Result<_, _>>().ok()?,
            record_routes: record_routes.collect::<Result<_, _>>().ok()?,
            content_length: length.transpose().ok()?,
        })
    }

    fn plain(message: &SipMessage, values: &Values) -> PlainValues {
        let sent_by = values.via.sent_by();
        let routes = values.routes.iter().flat_map(|route| route.uris());
        let record_routes = values.record_routes.iter().flat_map(|route| route.uris());
        PlainValues {
            request_uri: match message {
                SipMessage::Request(request) => Some(Self::plain_uri(&request.uri)),
                SipMessage::Response(_) => None,
            },
            via: (plain_host(&sent_by.host().to_string()), sent_by.port().map(|port| *port.value())),
            branch: values.via.branch().map(|branch| branch.value().to_owned()),
            from: (Self::plain_uri(&values.from.uri), values.from.tag().map(|tag| tag.value().to_owned())),
            to: (Self::plain_uri(&values.to.uri), values.to.tag().map(|tag| tag.value().to_owned())),
            call_id: values.call_id.clone(),
            cseq: (values.cseq.seq, values.cseq.method.to_string()),
            contacts: values.contacts.iter().map(|contact| Self::plain_uri(&contact.uri)).collect(),
            max_forwards: values.max_forwards,
            routes: routes.map(|route| Self::plain_uri(&route.uri)).collect(),
            record_routes: record_routes.map(|route| Self::plain_uri(&route.uri)).collect(),
            content_length: values.content_length.map(u64::from),
        }
    }

    fn edit(message: &mut SipMessage) {
        message.headers_mut().push(Header::Subject(Subject::new("edited")));
    }

    fn print(message: &SipMessage) -> impl AsRef<[u8]> {
        message.to_string()
    }

    fn uri(text: &str) -> Option<Uri> {
        Uri::try_from(text).ok()
    }

    fn plain_uri(uri: &Uri) -> PlainUri {
        PlainUri::new(uri.user(), &uri.host().to_string(), uri.port().map(|port| *port.value()))
    }
}
