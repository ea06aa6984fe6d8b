//! Whose answer a response is: what the branch alone does not tell (RFC 3261 §8.1.3, §17.1.3).

use super::{Core, Owner, Pending};
use sip_message::{CSeq, HeaderName, Headers, Method, Response};

impl Pending {
    /// The tag in To as sent; empty outside of a dialog.
    #[cfg(feature = "call")]
    pub(super) fn remote_tag(&self) -> String {
        let tag = self.request.headers().tag(&HeaderName::To).ok().flatten();
        tag.unwrap_or_default().into_owned()
    }

    /// Whether it was sent outside of any dialog.
    pub(super) fn begins_dialog(&self) -> bool {
        matches!(self.request.headers().tag(&HeaderName::To), Ok(Some(tag)) if tag.is_empty())
    }

    /// Whether it belongs to a call.
    pub(super) const fn is_of_call(&self) -> bool {
        match self.owner {
            #[cfg(feature = "call")]
            Owner::Call(_) | Owner::Answer(_) => true,
            #[cfg(feature = "registration")]
            Owner::Registration(_) => false,
            Owner::Exchange(_) => false,
        }
    }

    /// Whether it is the INVITE with which a call begins.
    pub(super) fn makes_call(&self) -> bool {
        self.is_of_call() && self.cseq.method == Method::Invite && self.begins_dialog()
    }

    /// Whether `response` has the Call-ID, the From tag and the number of this request, and a To that can be read.
    ///
    /// Its transaction goes by the branch and takes it for the answer even so; then no other one will come.
    pub(super) fn is_answered_by(&self, response: &Response) -> bool {
        let (asked, answered) = (self.request.headers(), response.headers());
        matches!(answered.tag(&HeaderName::To), Ok(Some(_)))
            && matches!(answered.typed::<CSeq>(), Ok(Some(cseq)) if cseq == self.cseq)
            && (asked.shares(answered, &HeaderName::CallId) || asked.call_id() == answered.call_id())
            && (asked.shares(answered, &HeaderName::From) || has_same_from_tag(asked, answered))
    }
}

impl Core {
    /// Whether the one who sent a request is still there; a call may be over before its last answer has come.
    pub(super) fn is_served(&self, owner: Owner) -> bool {
        match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(reg_id) => {
                self.flows.get(reg_id).is_some_and(|slot| slot.registration.is_some())
            }
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.calls.contains(call),
            Owner::Exchange(exchange) => self.exchanges.contains_key(&exchange),
        }
    }
}

fn has_same_from_tag(asked: &Headers, answered: &Headers) -> bool {
    match (asked.tag(&HeaderName::From), answered.tag(&HeaderName::From)) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}
