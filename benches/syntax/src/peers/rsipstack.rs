//! rsipstack.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use rsipstack::sip::typed::{CSeq, Contact, From, RecordRoute, Route, To, Via};
use rsipstack::sip::{HasHeaders, Header, HeadersExt, SipMessage, Subject, ToTypedHeader, Uri};

/// rsipstack.
pub(crate) struct Rsipstack;

/// The values as the crate hands them out.
pub(crate) struct Values {
    via: Via,
    from: From,
    to: To,
    call_id: String,
    cseq: CSeq,
    contacts: Vec<Contact>,
    max_forwards: Option<u32>,
    routes: Vec<Route>,
    record_routes: Vec<RecordRoute>,
    content_length: Option<u64>,
}

impl Peer for Rsipstack {
    const NAME: &'static str = "rsipstack 0.7.14";
    type Message = SipMessage;
    type Values<'m> = Values;
    type Uri = Uri;

    fn index(bytes: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(bytes.as_ref()).ok()
    }

    fn values(message: &SipMessage) -> Option<Values> {
        let hops = message.max_forwards_header().ok().map(|hops| hops.value().trim().parse());
        let length = message.headers().iter().find_map(|header| match header {
            Header::ContentLength(length) => Some(length.value().trim().parse()),
            _ => None,
        });
        Some(Values {
            via: message.via_header().ok()?.first_value().ok()?.typed().ok()?,
            from: message.from_header().ok()?.typed().ok()?,
            to: message.to_header().ok()?.typed().ok()?,
            call_id: message.call_id_header().ok()?.value().to_owned(),
            cseq: message.cseq_header().ok()?.typed().ok()?,
            contacts: message.typed_contact_headers().ok()?,
            max_forwards: hops.transpose().ok()?,
            routes: message.typed_route_headers().ok()?,
            record_routes: message.typed_record_route_headers().ok()?,
            content_length: length.transpose().ok()?,
        })
    }

    fn plain(message: &SipMessage, values: &Values) -> PlainValues {
        let sent_by = values.via.sent_by();
        PlainValues {
            request_uri: match message {
                SipMessage::Request(request) => Some(Self::plain_uri(&request.uri)),
                SipMessage::Response(_) => None,
            },
            via: (plain_host(&sent_by.host.to_string()), sent_by.port.as_ref().map(|port| port.0)),
            branch: values.via.branch().map(|branch| branch.value().to_owned()),
            from: (Self::plain_uri(&values.from.uri), values.from.tag().map(|tag| tag.value().to_owned())),
            to: (Self::plain_uri(&values.to.uri), values.to.tag().map(|tag| tag.value().to_owned())),
            call_id: values.call_id.clone(),
            cseq: (values.cseq.seq, values.cseq.method.to_string()),
            contacts: values.contacts.iter().map(|contact| Self::plain_uri(&contact.uri)).collect(),
            max_forwards: values.max_forwards,
            routes: values.routes.iter().map(|route| Self::plain_uri(&route.uri)).collect(),
            record_routes: values.record_routes.iter().map(|route| Self::plain_uri(&route.uri)).collect(),
            content_length: values.content_length,
        }
    }

    fn edit(message: &mut SipMessage) {
        message.headers_mut().push(Header::Subject(Subject::new("edited")));
    }

    fn print(message: &SipMessage) -> impl AsRef<[u8]> {
        message.to_bytes()
    }

    fn uri(text: &str) -> Option<Uri> {
        Uri::try_from(text).ok()
    }

    fn plain_uri(uri: &Uri) -> PlainUri {
        let port = uri.host_with_port.port.as_ref().map(|port| port.0);
        PlainUri::new(uri.user(), &uri.host().to_string(), port)
    }
}
