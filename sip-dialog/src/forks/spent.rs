//! What a caller keeps of a dialog that is over: RFC 3261 §13.2.2.4.

use sip_message::KeptRequest;
use smol_str::SmolStr;
use std::sync::Arc;

/// The name and the ACK of a dialog that is over, whose 2xx may come again for 64·T1. Most calls that a busy user agent
/// knows are in this state, so nothing else is kept.
#[derive(Debug)]
pub(super) struct Spent {
    pub(super) remote_tag: SmolStr,
    pub(super) ack: Option<Arc<KeptRequest>>,
}
