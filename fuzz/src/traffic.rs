//! What a peer may send: messages that answer, follow or repeat those of an exchange, and such that do not.

use crate::script::Script;
use sip_message::{CSeq, HeaderName, Headers, Message, Method, Request, StatusCode, To};

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n";

const STATUS: [u16; 24] = [
    100, 180, 183, 200, 200, 200, 202, 299, 300, 302, 400, 401, 407, 408, 420, 422, 481, 486, 487, 491, 500,
    503, 603, 699,
];

const METHODS: [&str; 14] = [
    "INVITE",
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "UPDATE",
    "INFO",
    "PRACK",
    "OPTIONS",
    "MESSAGE",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "DANCE",
];

/// Fields that change what a message means.
const FIELDS: [&str; 14] = [
    "",
    "",
    "Require: 100rel\r\nRSeq: 1\r\n",
    "Require: 100rel\r\nRSeq: 2\r\n",
    "Supported: 100rel, timer\r\nSession-Expires: 90;refresher=uas\r\n",
    "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\n",
    "Min-SE: 3600\r\nRetry-After: 2\r\n",
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
    "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n",
    "RAck: 1 1 INVITE\r\n",
    "Record-Route: <sip:p1.test;lr>, <sip:p2.test>\r\n",
    "Expires: 1\r\n",
    "Reason: SIP;cause=200;text=\"elsewhere\"\r\n",
    "Require: teleport\r\n",
];

/// How many messages are remembered either way.
const KEPT: usize = 24;

/// What went to and fro, as far as a peer remembers it.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// What the end under test has sent.
    heard: Vec<Message>,
    /// What this peer has sent.
    said: Vec<Vec<u8>>,
}

impl Traffic {
    /// Remembers what the end under test sent.
    pub(crate) fn hear(&mut self, message: Message) {
        if self.heard.len() == KEPT {
            self.heard.remove(0);
        }
        self.heard.push(message);
    }

    /// The next message, which may be damaged.
    pub(crate) fn next(&mut self, script: &mut Script<'_>) -> Vec<u8> {
        let text = match script.below(6) {
            0 | 1 => self.response(script),
            2 => self.follow_up(script),
            3 => script.pick(&self.said).cloned(),
            4 => self.of_transaction(script),
            _ => None,
        };
        let text = text.unwrap_or_else(|| fresh(script));
        let text = if script.one_in(4) { script.damaged(text) } else { text };
        if self.said.len() == KEPT {
            self.said.remove(0);
        }
        self.said.push(text.clone());
        text
    }

    /// An answer to a request of the end under test.
    fn response(&self, script: &mut Script<'_>) -> Option<Vec<u8>> {
        let requests: Vec<&Request> = self.heard.iter().filter_map(Message::as_request).collect();
        let request = *script.pick(&requests)?;
        let status = StatusCode::new(*script.pick(&STATUS)?)?;
        let mut response = request.response(status);
        if let Ok(To(to)) = request.headers().required::<To>()
            && to.tag().is_none()
            && let Some(tag) = script.pick(&["", "a", "a", "b", "c"]).filter(|tag| !tag.is_empty())
        {
            response.headers_mut().set(&To(to.with_tag(tag)));
        }
        Some(finished(&response.to_bytes(), script))
    }

    /// A request inside a dialog of the end under test.
    fn follow_up(&self, script: &mut Script<'_>) -> Option<Vec<u8>> {
        let message = script.pick(&self.heard)?;
        let text = |name: &HeaderName| {
            message.headers().raw(name).map(|value| String::from_utf8_lossy(value).into_owned())
        };
        let (mut from, mut to) = (text(&HeaderName::From)?, text(&HeaderName::To)?);
        if message.as_request().is_some() {
            (from, to) = (to, from);
            if !from.contains(";tag=") {
                from += ";tag=a";
            }
        }
        let method = script.pick(&METHODS)?;
        let number = script.below(6);
        let (branch, fields) = (script.below(32), script.pick(&FIELDS)?);
        let call_id = text(&HeaderName::CallId)?;
        let head = format!(
            "{method} sip:alice@x.invalid SIP/2.0\r\nVia: SIP/2.0/UDP p.test;branch=z9hG4bKf{branch}\r\n\
             Max-Forwards: 9\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:bob@y.test>\r\n{fields}"
        );
        Some(with_body(head, script))
    }

    /// ACK or CANCEL for an INVITE that this peer sent.
    fn of_transaction(&self, script: &mut Script<'_>) -> Option<Vec<u8>> {
        let invite = Message::parse(script.pick(&self.said)?.clone().into()).ok()?;
        let method = if script.one_in(2) { Method::Ack } else { Method::Cancel };
        let mut request = invite.as_request()?.same_target(method.clone());
        let copied = [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId];
        for name in copied {
            request.headers_mut().copy_from(invite.headers(), &name);
        }
        request.headers_mut().push(&CSeq { number: number_of(invite.headers()), method });
        Some(request.to_bytes().to_vec())
    }
}

fn number_of(headers: &Headers) -> u32 {
    headers.required::<CSeq>().map_or(1, |cseq| cseq.number)
}

/// A request outside of any dialog.
fn fresh(script: &mut Script<'_>) -> Vec<u8> {
    let method = script.pick(&METHODS).copied().unwrap_or("INVITE");
    let (call, branch, tag) = (script.below(4), script.below(16), script.below(2));
    let cookie = if script.one_in(8) { "" } else { "z9hG4bK" };
    let fields = script.pick(&FIELDS).copied().unwrap_or_default();
    let head = format!(
        "{method} sip:alice@x.invalid SIP/2.0\r\nVia: SIP/2.0/UDP p.test;branch={cookie}{branch}\r\n\
         Max-Forwards: 9\r\nFrom: <sip:bob@example.test>;tag=b{tag}\r\nTo: <sip:alice@example.test>\r\n\
         Call-ID: c{call}\r\nCSeq: 1 {method}\r\nContact: <sip:bob@y.test>\r\n{fields}"
    );
    with_body(head, script)
}

/// A response with Contact, perhaps another field, perhaps a body.
fn finished(response: &[u8], script: &mut Script<'_>) -> Vec<u8> {
    let text = String::from_utf8_lossy(response).into_owned();
    let head = text.split("Content-Length").next().unwrap_or_default();
    let fields = script.pick(&FIELDS).copied().unwrap_or_default();
    with_body(format!("{head}Contact: <sip:bob@y.test>\r\n{fields}"), script)
}

fn with_body(head: String, script: &mut Script<'_>) -> Vec<u8> {
    let (content_type, body) = match script.below(4) {
        0 => ("", ""),
        1 => ("Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n"),
        _ => ("Content-Type: application/sdp\r\n", SDP),
    };
    let body = if script.one_in(4) { body.replace("sendrecv", "sendonly") } else { body.to_owned() };
    format!("{head}{content_type}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
