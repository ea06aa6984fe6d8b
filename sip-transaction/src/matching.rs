//! Which transaction a message belongs to: RFC 3261 §17.1.3, §17.2.3, and §9.2 for CANCEL.

use sip_message::{CSeq, HeaderName, Headers, Method, Request, Response, ViaRef};
use std::borrow::Cow;
use std::fmt::Write;

/// Separates the parts of a key; no header field value holds it.
pub(crate) const SEPARATOR: char = '\n';

/// Most hosts with their port fit, so that a key is allocated once: it is made for each retransmission.
const ROOM_FOR_SENT_BY: usize = 64;

/// A method, a separator and the tag of an RFC 2543 client, most often.
const ROOM_FOR_METHOD: usize = 24;

/// The key of the client transaction with this branch and method.
pub(crate) fn client_key(branch: &str, method: &Method) -> String {
    // rfc3261#17.1.3: the method tells a CANCEL from the INVITE that shares its branch
    let mut key = String::with_capacity(branch.len() + 1 + method.as_str().len());
    key.push_str(branch);
    key.make_ascii_lowercase();
    key.push(SEPARATOR);
    key.push_str(method.as_str());
    key
}

/// The key of the client transaction that a response with `top` as its top Via answers; `None` when its branch or CSeq
/// does not say.
pub(crate) fn response_key(response: &Response, top: &ViaRef<'_>) -> Option<String> {
    let cseq = response.headers().required::<CSeq>().ok()?;
    Some(client_key(top.branch()?, &cseq.method))
}

/// What a request is matched to server transactions by.
///
/// A key is the base, the method and, for an RFC 2543 client, the To tag: the base alone finds what a CANCEL cancels,
/// base and method what an ACK acknowledges.
#[derive(Debug)]
pub(crate) struct RequestKey {
    base: String,
    to_tag: ToTag,
}

/// Whether the To tag takes part in the matching, and which it is.
#[derive(Debug, PartialEq, Eq)]
enum ToTag {
    /// The branch has the magic cookie and is enough.
    Ignored,
    /// RFC 2543 rules.
    Compared(String),
}

impl RequestKey {
    /// The key of a request, `None` without a top Via that can be read: then nobody could be answered either.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let via = request.headers().top_via().ok()??;
        // rfc3261#17.2.3: the cookie says that the branch is unique
        match via.rfc3261_branch() {
            Some(branch) => Some(Self { base: unique_branch(branch, &via), to_tag: ToTag::Ignored }),
            None => Some(Self {
                base: rfc2543_base(request, &via),
                to_tag: ToTag::Compared(tag_of_to(request.headers()).unwrap_or_default()),
            }),
        }
    }

    /// The key of the transaction that a request with this method creates or repeats.
    pub(crate) fn exact(&self, method: &Method) -> String {
        let mut key = self.prefix(method);
        match &self.to_tag {
            ToTag::Ignored => {}
            ToTag::Compared(tag) => key.push_str(tag),
        }
        key
    }

    /// What the keys of all transactions with this method begin with, whatever the To tag.
    pub(crate) fn prefix(&self, method: &Method) -> String {
        let mut key = String::with_capacity(self.base.len() + ROOM_FOR_METHOD);
        key.push_str(&self.base);
        key.push_str(method.as_str());
        key.push(SEPARATOR);
        key
    }

    /// What the keys of all transactions begin with, whatever the method.
    pub(crate) fn any_method(&self) -> &str {
        &self.base
    }

    /// Whether an ACK with this key acknowledges a response with this To tag.
    pub(crate) fn acknowledges(&self, response_tag: Option<&str>) -> bool {
        match &self.to_tag {
            ToTag::Ignored => true,
            // rfc3261#17.2.3: so that the ACK to a 2xx is told from that to another response
            ToTag::Compared(tag) => response_tag.unwrap_or_default() == tag,
        }
    }

    /// Whether the To tags of responses must be kept to match ACKs.
    pub(crate) fn compares_to_tag(&self) -> bool {
        match self.to_tag {
            ToTag::Ignored => false,
            ToTag::Compared(_) => true,
        }
    }
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
    Some(format!("{call_id}{SEPARATOR}{tag}{SEPARATOR}{}{SEPARATOR}{}", cseq.number, cseq.method.as_str()))
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
fn unique_branch(branch: &str, via: &ViaRef<'_>) -> String {
    let mut base = String::with_capacity(branch.len() + ROOM_FOR_SENT_BY);
    base.push_str(branch);
    base.push(SEPARATOR);
    push_sent_by(&mut base, via);
    base.make_ascii_lowercase();
    base.push(SEPARATOR);
    base
}

// rfc3261#17.2.3: top Via, Call-ID, CSeq number, From tag and Request-URI
fn rfc2543_base(request: &Request, via: &ViaRef<'_>) -> String {
    let headers = request.headers();
    let call_id = headers.call_id().ok().flatten().unwrap_or_default();
    let number =
        headers.typed::<CSeq>().ok().flatten().map(|cseq| cseq.number.to_string()).unwrap_or_default();
    let from_tag = headers.tag(&HeaderName::From).ok().flatten().unwrap_or_default();
    let branch = via.branch().unwrap_or_default();
    let mut sent_by = String::new();
    push_sent_by(&mut sent_by, via);
    sent_by.make_ascii_lowercase();
    let parts = [&sent_by, branch, call_id, &number, &from_tag, request.request_uri()];
    let mut base = String::from(SEPARATOR);
    for part in parts {
        base.push_str(part);
        base.push(SEPARATOR);
    }
    base
}

fn push_sent_by(base: &mut String, via: &ViaRef<'_>) {
    base.push_str(&via.host_text());
    if let Some(port) = via.port() {
        let _ = write!(base, ":{port}"); // a String takes everything
    }
}
