//! What a server does wrong on command: the storms, forgotten nonces and ghosts of RFC 3261 §21.5.4, §22.4 and RFC 5626 §1.

use super::Proxy;
use super::refusal::Refusal;
use sip_clock::Instant;
use sip_message::{Method, Request};
use sip_transaction::FlowId;
use std::collections::BTreeSet;

/// A fault of a whole server; those of its connections are the business of `Relay` and of [`crate::sim`].
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ProxyFault {
    /// None.
    #[default]
    None,
    /// Every request is answered 503 (Service Unavailable): a server that sheds load, or starts.
    Overload {
        /// The seconds of its Retry-After.
        retry_after: Option<u32>,
    },
    /// Good credentials are answered by a challenge with another nonce.
    WrongNonces {
        /// Whether the challenge calls the nonce stale.
        stale: bool,
    },
    /// Bindings outlive their connections: what is sent to them is lost, and nobody is told. When the fault ends, so do
    /// they.
    DeadContacts,
}

/// The fault of a proxy, and what it leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    now: ProxyFault,
    /// Flows that are closed and count as open.
    dead: BTreeSet<FlowId>,
}

impl Faults {
    /// Whether the end of `flow` goes unnoticed.
    pub(crate) fn hides_end(&mut self, flow: FlowId) -> bool {
        match self.now {
            ProxyFault::DeadContacts => {
                self.dead.insert(flow);
                true
            }
            ProxyFault::None | ProxyFault::Overload { .. } | ProxyFault::WrongNonces { .. } => false,
        }
    }

    /// What `request` is answered instead of being looked at.
    pub(crate) fn refusal(&self, request: &Request) -> Option<Refusal> {
        match self.now {
            // an ACK is never answered, and a CANCEL ends what was served before
            ProxyFault::Overload { .. } if matches!(request.method(), Method::Ack | Method::Cancel) => None,
            ProxyFault::Overload { retry_after } => Some(Refusal::Overloaded(retry_after)),
            ProxyFault::None | ProxyFault::WrongNonces { .. } | ProxyFault::DeadContacts => None,
        }
    }

    /// Whether credentials are refused though they are good, and whether that is said to be for their nonce.
    pub(crate) const fn distrust(&self) -> Option<bool> {
        match self.now {
            ProxyFault::WrongNonces { stale } => Some(stale),
            ProxyFault::None | ProxyFault::Overload { .. } | ProxyFault::DeadContacts => None,
        }
    }
}

impl Proxy {
    /// Puts this fault in place of the one before.
    ///
    /// ```
    /// # use sip_clock::Instant;
    /// # use sip_testbed::{Proxy, ProxyConfig, ProxyFault};
    /// let mut proxy = Proxy::new(ProxyConfig::new("sip:proxy.example.test".parse()?), [7; 32]);
    /// proxy.set_fault(ProxyFault::Overload { retry_after: Some(30) }, Instant::ZERO);
    /// // … every request gets 503 …
    /// proxy.set_fault(ProxyFault::None, Instant::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_fault(&mut self, fault: ProxyFault, now: Instant) {
        self.faults.now = fault;
        self.authentication.distrust(self.faults.distrust());
        if fault != ProxyFault::DeadContacts {
            for flow in std::mem::take(&mut self.faults.dead) {
                self.handle_flow_closed(flow, now);
            }
        }
    }
}
