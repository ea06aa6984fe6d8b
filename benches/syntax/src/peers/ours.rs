//! sip-uri and sip-message.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use sip_message::{
    CSeq, CallId, Contact, ContentLength, From, MaxForwards, Message, NameAddr, RecordRoute, Route, Subject,
    To, Via,
};
use sip_uri::{Mode, SipUri, Uri};

/// This workspace.
pub(crate) struct Ours;

/// The values as the crates hand them out.
pub(crate) struct Values {
    request_uri: Option<Uri>,
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

impl Peer for Ours {
    const NAME: &'static str = "ours";
    type Message = Message;
    type Values = Values;
    type Uri = SipUri;

    fn index(bytes: &Bytes) -> Option<Message> {
        Message::parse(bytes.clone()).ok()
    }

    fn values(message: &Message) -> Option<Values> {
        let headers = message.headers();
        Some(Values {
            request_uri: match message {
                Message::Request(request) => Some(request.uri().ok()?),
                Message::Response(_) => None,
            },
            via: headers.required().ok()?,
            from: headers.required().ok()?,
            to: headers.required().ok()?,
            call_id: headers.required().ok()?,
            cseq: headers.required().ok()?,
            contacts: headers.list().collect::<Result<_, _>>().ok()?,
            max_forwards: headers.typed().ok()?,
            routes: headers.list().collect::<Result<_, _>>().ok()?,
            record_routes: headers.list().collect::<Result<_, _>>().ok()?,
            content_length: headers.typed().ok()?,
        })
    }

    fn plain(_: &Message, values: &Values) -> PlainValues {
        let tagged = |addr: &NameAddr| (plain(&addr.uri), addr.tag().map(str::to_owned));
        PlainValues {
            request_uri: values.request_uri.as_ref().map(plain),
            via: (plain_host(&values.via.host.to_string()), values.via.port),
            branch: values.via.branch().map(str::to_owned),
            from: tagged(&values.from.0),
            to: tagged(&values.to.0),
            call_id: values.call_id.0.clone(),
            cseq: (values.cseq.number, values.cseq.method.as_str().to_owned()),
            contacts: values.contacts.iter().filter_map(Contact::addr).map(|addr| plain(&addr.uri)).collect(),
            max_forwards: values.max_forwards.map(|hops| hops.0.into()),
            routes: values.routes.iter().map(|route| plain(&route.0.uri)).collect(),
            record_routes: values.record_routes.iter().map(|route| plain(&route.0.uri)).collect(),
            content_length: values.content_length.map(|length| length.0.into()),
        }
    }

    fn edit(message: &mut Message) {
        message.headers_mut().push(&Subject("edited".to_owned()));
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        message.to_bytes()
    }

    fn uri(text: &str) -> Option<SipUri> {
        SipUri::parse(text, Mode::Strict).ok()
    }

    fn plain_uri(uri: &SipUri) -> PlainUri {
        PlainUri::new(uri.user().as_deref(), &uri.host().to_string(), uri.port())
    }

    fn equivalent(one: &SipUri, other: &SipUri) -> Option<bool> {
        Some(one.is_equivalent(other))
    }
}

fn plain(uri: &Uri) -> PlainUri {
    uri.as_sip().map(Ours::plain_uri).unwrap_or_default()
}
