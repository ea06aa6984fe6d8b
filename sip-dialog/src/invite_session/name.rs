//! What all messages of a session have in common: the Call-ID and the tag of this end, RFC 3261 §12.

use crate::dialog_id::{call_id, tag};
use sip_message::{HeaderError, HeaderName, Request};
use smol_str::SmolStr;

/// Call-ID and local tag, with which each message that comes is compared.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) call_id: SmolStr,
    pub(super) local_tag: SmolStr,
}

impl Name {
    /// That of the call which this INVITE of ours makes.
    pub(super) fn of_call(invite: &Request) -> Result<Self, HeaderError> {
        let headers = invite.headers();
        Ok(Self { call_id: call_id(headers)?.into(), local_tag: tag(headers, &HeaderName::From)? })
    }

    pub(super) fn new(call_id: &str, local_tag: &str) -> Self {
        Self { call_id: call_id.into(), local_tag: local_tag.into() }
    }
}
