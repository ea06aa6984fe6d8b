//! sip-uri and sip-message.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use sip_message::{Essentials, Message, NameAddrRef, Subject};
use sip_uri::{Mode, SipUri, SipUriRef};

/// This workspace.
pub(crate) struct Ours;

/// The values as the crates hand them out to those who only read.
pub(crate) struct Values<'m> {
    request_uri: Option<SipUriRef<'m>>,
    essentials: Essentials<'m>,
}

impl Peer for Ours {
    const NAME: &'static str = "ours";
    type Message = Message;
    type Values<'m> = Values<'m>;
    type Uri = SipUri;

    fn index(bytes: &Bytes) -> Option<Message> {
        Message::parse(bytes.clone()).ok()
    }

    fn values(message: &Message) -> Option<Values<'_>> {
        let request_uri = message.as_request().map(|request| request.request_uri());
        Some(Values {
            request_uri: request_uri.map(|uri| SipUriRef::parse(uri, Mode::Lenient)).transpose().ok()?,
            essentials: message.headers().essentials().ok()?,
        })
    }

    fn plain(_: &Message, values: &Values<'_>) -> PlainValues {
        let request_uri = values.request_uri.as_ref().map(plain_sip);
        let values = &values.essentials;
        let tagged = |addr: &NameAddrRef<'_>| (plain(addr), addr.tag().map(str::to_owned));
        PlainValues {
            request_uri,
            via: (plain_host(&values.via.host().to_string()), values.via.port()),
            branch: values.via.branch().map(str::to_owned),
            from: tagged(&values.from),
            to: tagged(&values.to),
            call_id: values.call_id.to_owned(),
            cseq: (values.cseq.number, values.cseq.method.as_str().to_owned()),
            contacts: values.contacts.iter().map(plain).collect(),
            max_forwards: values.max_forwards.map(|hops| hops.0.into()),
            routes: values.routes.iter().map(plain).collect(),
            record_routes: values.record_routes.iter().map(plain).collect(),
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

fn plain(addr: &NameAddrRef<'_>) -> PlainUri {
    addr.sip_uri().as_ref().map(plain_sip).unwrap_or_default()
}

fn plain_sip(uri: &SipUriRef<'_>) -> PlainUri {
    PlainUri::new(uri.raw_user(), &uri.host().to_string(), uri.port())
}
