//! Which transaction a message belongs to: RFC 3261 §17.1.3, §17.2.3, and §9.2 for CANCEL.

use sip_message::{CSeq, HeaderName, Headers, Method, Request, Response, ViaRef};
use std::borrow::Cow;
use std::fmt::Write;

/// Separates the parts of a key; no header field value holds it.
pub(crate) const SEPARATOR: char = '\n';

/// A number, a method and separators, most often.
const ROOM_FOR_CSEQ: usize = 24;

/// The key of the client transaction with this branch and method, in place of what `room` holds.
pub(crate) fn client_key(branch: &str, method: &Method, mut room: String) -> String {
    // rfc3261#17.1.3: the method tells a CANCEL from the INVITE that shares its branch
    room.clear();
    room.push_str(branch);
    room.make_ascii_lowercase();
    room.push(SEPARATOR);
    room.push_str(method.as_str());
    room
}

/// The key of the client transaction that a response with `top` as its top Via answers, in place of what `room` holds;
/// `None` when its branch or CSeq does not say.
pub(crate) fn response_key(response: &Response, top: &ViaRef<'_>, room: String) -> Option<String> {
    let cseq = response.headers().required::<CSeq>().ok()?;
    Some(client_key(top.branch()?, &cseq.method, room))
}

/// What a request is matched to server transactions by.
///
/// A key is the base, the method and, for an RFC 2543 client, the To tag: the base alone finds what a CANCEL cancels,
/// base and method what an ACK acknowledges.
#[derive(Debug)]
pub(crate) struct RequestKey {
    text: String,
    /// Where the base ends.
    base: usize,
    /// Where the To tag begins.
    to_tag: usize,
    /// Whether RFC 2543 rules: otherwise the branch has the magic cookie and is enough.
    compares_to_tag: bool,
}

impl RequestKey {
    /// The key of a request, made in `room`; `None` without a top Via that can be read: then nobody could be answered
    /// either.
    pub(crate) fn of(request: &Request, mut room: String) -> Option<Self> {
        let via = request.headers().top_via().ok()??;
        room.clear();
        let branch = via.rfc3261_branch();
        // rfc3261#17.2.3: the cookie says that the branch is unique
        match branch {
            Some(branch) => push_unique_branch(&mut room, branch, &via),
            None => push_rfc2543_base(&mut room, request, &via),
        }
        let base = room.len();
        push_method(&mut room, sought_method(request.method()));
        let to_tag = room.len();
        if branch.is_none() {
            room.push_str(&tag_of_to(request.headers()).unwrap_or_default());
        }
        Some(Self { text: room, base, to_tag, compares_to_tag: branch.is_none() })
    }

    /// The key of the transaction that the request creates, repeats or, being an ACK, acknowledges.
    pub(crate) fn exact(&self) -> &str {
        &self.text
    }

    /// What the keys of all transactions with the method of that one begin with, whatever the To tag.
    pub(crate) fn any_tag(&self) -> &str {
        self.text.get(..self.to_tag).unwrap_or_default()
    }

    /// What the keys of all transactions begin with, whatever the method.
    pub(crate) fn any_method(&self) -> &str {
        self.text.get(..self.base).unwrap_or_default()
    }

    /// The key of the INVITE with all else alike.
    pub(crate) fn of_invite(&self) -> String {
        let mut key = self.any_method().to_owned();
        push_method(&mut key, &Method::Invite);
        key.push_str(self.tag());
        key
    }

    /// Whether an ACK with this key acknowledges a response with this To tag.
    pub(crate) fn acknowledges(&self, response_tag: Option<&str>) -> bool {
        // rfc3261#17.2.3: so that the ACK to a 2xx is told from that to another response
        !self.compares_to_tag || response_tag.unwrap_or_default() == self.tag()
    }

    /// Whether the To tags of responses must be kept to match ACKs.
    pub(crate) const fn compares_to_tag(&self) -> bool {
        self.compares_to_tag
    }

    /// Gives the room back for the next one.
    pub(crate) fn into_room(self) -> String {
        self.text
    }

    fn tag(&self) -> &str {
        self.text.get(self.to_tag..).unwrap_or_default()
    }
}

// rfc3261#17.2.3: an ACK is matched to its INVITE
const fn sought_method(method: &Method) -> &Method {
    match method {
        Method::Ack => &Method::Invite,
        other => other,
    }
}

fn push_method(key: &mut String, method: &Method) {
    key.push_str(method.as_str());
    key.push(SEPARATOR);
}

/// What merged requests have in common; `None` for what is not merged: a request inside a dialog, an ACK, a CANCEL, or
/// one whose fields cannot be read.
pub(crate) fn merge_key(request: &Request) -> Option<String> {
    let headers = request.headers();
    if matches!(request.method(), Method::Ack | Method::Cancel)
        || !headers.tag(&HeaderName::To).ok()??.is_empty()
    {
        return None;
    }
    // rfc3261#8.2.2.2/1-2: From tag, Call-ID and CSeq, whatever the Request-URI
    let tag = headers.tag(&HeaderName::From).ok()??;
    let call_id = headers.call_id().ok()??;
    let cseq: CSeq = headers.required().ok()?;
    let mut key = String::with_capacity(call_id.len() + tag.len() + ROOM_FOR_CSEQ);
    for part in [call_id, &tag, cseq.method.as_str()] {
        key.push_str(part);
        key.push(SEPARATOR);
    }
    let _ = write!(key, "{}", cseq.number); // a String takes everything
    Some(key)
}

/// The tag of the To field, if it can be read and has one.
pub(crate) fn tag_of_to(headers: &Headers) -> Option<String> {
    headers.tag(&HeaderName::To).ok()?.filter(|tag| !tag.is_empty()).map(Cow::into_owned)
}

/// The branch of the top Via, if it can be read and has one.
pub(crate) fn top_branch(headers: &Headers) -> Option<String> {
    headers.top_via().ok()??.branch().map(str::to_owned)
}

// rfc3261#17.2.3: branch and sent-by; both are compared without case (rfc3261#7.3.1)
fn push_unique_branch(base: &mut String, branch: &str, via: &ViaRef<'_>) {
    base.push_str(branch);
    base.push(SEPARATOR);
    push_sent_by(base, via);
    base.make_ascii_lowercase();
    base.push(SEPARATOR);
}

// rfc3261#17.2.3: top Via, Call-ID, CSeq number, From tag and Request-URI
fn push_rfc2543_base(base: &mut String, request: &Request, via: &ViaRef<'_>) {
    let headers = request.headers();
    let call_id = headers.call_id().ok().flatten().unwrap_or_default();
    let number =
        headers.typed::<CSeq>().ok().flatten().map(|cseq| cseq.number.to_string()).unwrap_or_default();
    let from_tag = headers.tag(&HeaderName::From).ok().flatten().unwrap_or_default();
    let branch = via.branch().unwrap_or_default();
    base.push(SEPARATOR);
    push_sent_by(base, via);
    base.make_ascii_lowercase();
    for part in ["", branch, call_id, &number, &from_tag, request.request_uri()] {
        base.push_str(part);
        base.push(SEPARATOR);
    }
}

fn push_sent_by(base: &mut String, via: &ViaRef<'_>) {
    base.push_str(&via.host_text());
    if let Some(port) = via.port() {
        let _ = write!(base, ":{port}"); // a String takes everything
    }
}
