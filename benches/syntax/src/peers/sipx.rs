//! sipx-sip.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use sipx_sip::headers::{
    Address, CSeq, CallId, Contact, ContentLength, From, MaxForwards, RecordRoute, Route, To, Via,
};
use sipx_sip::{Header, HeaderName, Limits, Message, Uri, parse_datagram};

/// sipx-sip.
pub(crate) struct Sipx;

/// The values as the crate hands them out.
pub(crate) struct Values {
    via: Via,
    from: From,
    to: To,
    call_id: CallId,
    cseq: CSeq,
    contacts: Vec<Contact>,
    max_forwards: Option<MaxForwards>,
    routes: Vec<Route>,
    record_routes: Vec<RecordRoute>,
    content_length: Option<ContentLength>,
}

impl Peer for Sipx {
    const NAME: &'static str = "sipx-sip 1.0.0-rc.2";
    type Message = Message;
    type Values<'m> = Values;
    type Uri = Uri;

    fn index(bytes: &Bytes) -> Option<Message> {
        parse_datagram(bytes.clone(), &Limits::datagram()).ok()
    }

    fn values(message: &Message) -> Option<Values> {
        let headers = message.headers();
        Some(Values {
            via: headers.typed_all().next()?.ok()?,
            from: headers.typed()?.ok()?,
            to: headers.typed()?.ok()?,
            call_id: headers.typed()?.ok()?,
            cseq: headers.typed()?.ok()?,
            contacts: headers.typed_all().collect::<Result<_, _>>().ok()?,
            max_forwards: headers.typed().transpose().ok()?,
            routes: headers.typed_all().collect::<Result<_, _>>().ok()?,
            record_routes: headers.typed_all().collect::<Result<_, _>>().ok()?,
            content_length: headers.typed().transpose().ok()?,
        })
    }

    fn plain(message: &Message, values: &Values) -> PlainValues {
        let tagged = |address: &Address| (Self::plain_uri(&address.uri), address.tag().map(text));
        PlainValues {
            // The index has parsed it.
            request_uri: message.as_request().map(|request| Self::plain_uri(&request.uri)),
            via: (plain_host(&text(&values.via.host.to_bytes())), values.via.port),
            branch: values.via.branch().map(text),
            from: tagged(&values.from),
            to: tagged(&values.to),
            call_id: text(&values.call_id.0),
            cseq: (values.cseq.sequence, text(values.cseq.method.as_bytes())),
            contacts: values.contacts.iter().map(|contact| Self::plain_uri(&contact.uri)).collect(),
            max_forwards: values.max_forwards.map(|hops| hops.0.into()),
            routes: values.routes.iter().map(|route| Self::plain_uri(&route.uri)).collect(),
            record_routes: values.record_routes.iter().map(|route| Self::plain_uri(&route.uri)).collect(),
            content_length: values.content_length.map(|length| length.0),
        }
    }

    fn edit(message: &mut Message) {
        if let Ok(field) = Header::build(HeaderName::Subject, "edited") {
            message.headers_mut().push(field);
        }
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        message.to_bytes()
    }

    fn uri(text: &str) -> Option<Uri> {
        Uri::parse(Bytes::copy_from_slice(text.as_bytes())).ok()
    }

    fn plain_uri(uri: &Uri) -> PlainUri {
        let host = uri.host().map(|host| text(&host.to_bytes())).unwrap_or_default();
        PlainUri::new(uri.user().map(text).as_deref(), &host, uri.port())
    }

    fn equivalent(one: &Uri, other: &Uri) -> Option<bool> {
        Some(one.equivalent(other))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
