//! The SIP transaction layer without I/O: RFC 3261 §17, with RFC 6026 (2xx to INVITE) and RFC 4320 (non-INVITE).
//!
//! The four machines stand alone: [`InviteClient`], [`NonInviteClient`], [`InviteServer`], [`NonInviteServer`].
//! [`TransactionLayer`] owns many of them, matches messages to them (§17.1.3, §17.2.3 and the RFC 2543 rules) and
//! keeps one timer queue. Nothing here sends, sleeps or reads a clock: `handle…` takes what happened and when,
//! `poll_output` says what must now happen, `next_timeout` when to come back.
//!
//! Left out: what the transaction user owes (ACK and retransmission of 2xx, RFC 3261 §13), the choice of the next
//! hop (RFC 3263) and Timer C, which is a proxy's (RFC 3261 §16.6).
//!
//! ```
//! use sip_clock::{Instant, TokenSource};
//! use sip_message::{Method, Request, Via};
//! use sip_transaction::{FlowId, Output, Reliability, TimerSettings, TransactionLayer};
//!
//! let mut layer = TransactionLayer::new(TimerSettings::default());
//! let mut tokens = TokenSource::from_seed(1);
//! let options = Request::new(Method::Options, &"sip:bob@example.org".parse().unwrap());
//! let via = Via::new("WSS", &"client.invalid".parse().unwrap(), None);
//!
//! let id = layer.request(options, FlowId::new(1), Reliability::Reliable, &via, &mut tokens, Instant::ZERO);
//! assert!(matches!(layer.poll_output(), Some(Output::Transmit { .. })));
//!
//! layer.handle_timeout(layer.next_timeout().unwrap()); // Timer F: 32 s without an answer
//! assert!(matches!(layer.poll_output(), Some(Output::ClientFailed { id: failed, .. }) if failed == id));
//! assert!(matches!(layer.poll_output(), Some(Output::ClientTerminated { .. })));
//! assert!(layer.is_empty());
//! ```

mod backoff;
mod client_transaction;
mod client_values;
mod error;
mod flow;
mod hop_request;
mod invite_client;
mod invite_server;
mod key;
mod layer;
mod machine;
mod matching;
mod non_invite_client;
mod non_invite_server;
mod output;
mod server_limits;
mod server_transaction;
mod table;
mod timer_settings;
#[cfg(test)]
mod transition_table;

pub use client_values::{ClientInput, ClientOutput};
pub use error::{CancelError, Failure, RespondError};
pub use flow::{FlowId, Reliability};
pub use invite_client::InviteClient;
pub use invite_server::{InviteServer, InviteServerInput, InviteServerOutput};
pub use layer::TransactionLayer;
pub use non_invite_client::NonInviteClient;
pub use non_invite_server::{NonInviteServer, NonInviteServerInput, NonInviteServerOutput};
pub use output::{ClientId, Output, ServerId};
pub use server_limits::{Refusals, ServerLimits};
pub use timer_settings::TimerSettings;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
