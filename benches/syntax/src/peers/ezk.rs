//! ezk-sip-types: its pull parser for the lines, its [`Headers`] as the index.

use crate::peer::Peer;
use crate::plain::{PlainUri, PlainValues, plain_host};
use bytes::Bytes;
use ezk_sip_types::header::typed::{CSeq, CallID, Contact, ContentLength, FromTo, MaxForwards, Routing, Via};
use ezk_sip_types::host::Host;
use ezk_sip_types::msg::{Line, MessageLine, PullParser};
use ezk_sip_types::parse::Parse;
use ezk_sip_types::print::AppendCtx;
use ezk_sip_types::uri::{SipUri, SipUriUserPart};
use ezk_sip_types::{Headers, Name};
use std::fmt::Write;

/// ezk-sip-types.
pub(crate) struct Ezk;

/// A message as the stack above the crate keeps it.
pub(crate) struct Message {
    line: MessageLine,
    headers: Headers,
    body: Bytes,
}

/// The values as the crate hands them out.
pub(crate) struct Values {
    via: Via,
    from: FromTo,
    to: FromTo,
    call_id: CallID,
    cseq: CSeq,
    contacts: Vec<Contact>,
    max_forwards: Option<MaxForwards>,
    routes: Vec<Routing>,
    record_routes: Vec<Routing>,
    content_length: Option<ContentLength>,
}

impl Peer for Ezk {
    const NAME: &'static str = "ezk-sip-types 0.6.5";
    type Message = Message;
    type Values<'m> = Values;
    type Uri = SipUri;

    fn index(bytes: &Bytes) -> Option<Message> {
        let mut parser = PullParser::new(bytes, 0);
        let first = std::str::from_utf8(parser.next()?.ok()?).ok()?;
        let (_, line) = MessageLine::parse(bytes)(first).ok()?;
        let mut headers = Headers::new();
        for line in &mut parser {
            let (_, line) = Line::parse(bytes, std::str::from_utf8(line.ok()?).ok()?).ok()?;
            headers.insert(line.name, line.value);
        }
        Some(Message { line, headers, body: bytes.slice(parser.head_end()..) })
    }

    fn values(message: &Message) -> Option<Values> {
        let headers = &message.headers;
        Some(Values {
            via: headers.get_named().ok()?,
            from: headers.get(Name::FROM).ok()?,
            to: headers.get(Name::TO).ok()?,
            call_id: headers.get_named().ok()?,
            cseq: headers.get_named().ok()?,
            contacts: headers.try_get_named().transpose().ok()?.unwrap_or_default(),
            max_forwards: headers.try_get_named().transpose().ok()?,
            routes: headers.try_get(Name::ROUTE).transpose().ok()?.unwrap_or_default(),
            record_routes: headers.try_get(Name::RECORD_ROUTE).transpose().ok()?.unwrap_or_default(),
            content_length: headers.try_get_named().transpose().ok()?,
        })
    }

    fn plain(message: &Message, values: &Values) -> PlainValues {
        let tagged =
            |party: &FromTo| (Self::plain_uri(&party.uri.uri), party.tag.as_ref().map(|t| t.to_string()));
        PlainValues {
            request_uri: match &message.line {
                MessageLine::Request(line) => Some(Self::plain_uri(&line.uri)),
                MessageLine::Response(_) => None,
            },
            via: (plain_host(&host(&values.via.sent_by.host)), values.via.sent_by.port),
            branch: values.via.params.get_val("branch").map(|branch| branch.to_string()),
            from: tagged(&values.from),
            to: tagged(&values.to),
            call_id: values.call_id.0.to_string(),
            cseq: (values.cseq.cseq, values.cseq.method.to_string()),
            contacts: values.contacts.iter().map(|contact| Self::plain_uri(&contact.uri.uri)).collect(),
            max_forwards: values.max_forwards.as_ref().map(|hops| hops.0.into()),
            routes: values.routes.iter().map(|route| Self::plain_uri(&route.uri.uri)).collect(),
            record_routes: values.record_routes.iter().map(|route| Self::plain_uri(&route.uri.uri)).collect(),
            content_length: values.content_length.as_ref().map(|length| length.0 as u64),
        }
    }

    fn edit(message: &mut Message) {
        message.headers.insert("Subject", "edited");
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        let mut text = String::with_capacity(message.headers.printed_len() + message.body.len() + 128);
        // Writing into a String does not fail.
        let _ = write!(text, "{}\r\n{}\r\n", message.line.default_print_ctx(), message.headers);
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&message.body);
        bytes
    }

    fn uri(text: &str) -> Option<SipUri> {
        text.parse().ok()
    }

    fn plain_uri(uri: &SipUri) -> PlainUri {
        let user = match &uri.user_part {
            SipUriUserPart::Empty => None,
            SipUriUserPart::User(user) => Some(user.as_str()),
            SipUriUserPart::UserPw(both) => Some(both.user.as_str()),
        };
        PlainUri::new(user, &host(&uri.host_port.host), uri.host_port.port)
    }
}

fn host(host: &Host) -> String {
    match host {
        Host::IP6(address) => address.to_string(),
        Host::IP4(address) => address.to_string(),
        Host::Name(name) => name.to_string(),
    }
}
