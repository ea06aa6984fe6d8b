//! Dialogs and the INVITE session of SIP as state machines without I/O: RFC 3261 §9, §12 to §15.
//!
//! [`Dialog`] is the relationship of two user agents (§12): identifiers, sequence numbers, route set, remote target.
//! [`InviteSession`] is what INVITE, its responses, ACK, CANCEL and BYE do to it, for the caller and for the callee,
//! with every race between them decided. Neither sees bytes, a transaction, a socket or a clock: the user agent turns
//! outputs into transactions and hands in what they yield.
//!
//! [`OfferAnswer`] decides which message carries an offer or an answer (RFC 3264, RFC 6337); the session keeps one for
//! each dialog and changes what stands by re-INVITE, with glare and hold decided too (§14). Of SDP only direction,
//! version and null addresses are looked at, through [`SessionDescription`], a view that keeps every other byte.
//!
//! Provisional responses of the callee are reliable (RFC 3262) when the caller requires it, or by
//! [`SessionSettings::reliable`]; those of the peer are acknowledged. A re-INVITE that waits for the user is answered
//! early in the same way, and UPDATEs may follow inside of it (RFC 6141).
//!
//! Session timers (RFC 4028) are honoured as the peer asks for them, and asked for by
//! [`SessionSettings::session_interval`]; they are refreshed by UPDATE where the peer allows it, else by re-INVITE.
//!
//! INFO carries the packages that both ends announced (RFC 6086), and key presses.
//!
//! A session whose flow is lost waits for the next one ([`Input::FlowLost`]); with the feature `serde` it goes on in
//! another process.
//!
//! Replaces (RFC 3891) and Join (RFC 3911) find their session here; the user agent acts on them.
//!
//! ```
//! use sip_clock::Instant;
//! use sip_dialog::{InviteSession, Output, SessionSettings};
//! use sip_message::Message;
//!
//! let text = "INVITE sip:bob@example.com SIP/2.0\r\nMax-Forwards: 70\r\n\
//!     From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\
//!     Contact: <sip:alice@198.51.100.1;transport=ws>\r\nContent-Length: 0\r\n\r\n";
//! let Message::Request(invite) = Message::parse(text.into())? else { panic!("a request") };
//! let mut session = InviteSession::client(invite, SessionSettings::default(), Instant::ZERO)?;
//! let Some(Output::Request(sent)) = session.poll_output() else { panic!("the INVITE") };
//! assert_eq!(sent.method().as_str(), "INVITE");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod dialog;
mod dialog_id;
mod direction;
mod dtmf;
mod end_cause;
mod error;
mod forks;
mod hold;
mod identity;
mod info;
mod input;
mod invite_client;
mod invite_server;
mod invite_session;
mod keys;
mod modification;
mod notification;
mod offer_answer;
mod outbox;
mod output;
mod peer;
mod reliable;
mod replaces;
mod route_set;
mod secure_contact;
mod session_body;
mod session_description;
mod session_state;
mod settings;
#[cfg(feature = "serde")]
mod snapshot;
mod spread;
mod timer;
mod undelivered;
mod usage;

pub use dialog::{Dialog, DialogState};
pub use dialog_id::DialogId;
pub use direction::Direction;
pub use dtmf::{Dtmf, DtmfMode, Tone};
pub use end_cause::{EndCause, EndKind, EndedBy};
pub use error::{DialogError, InviteError, RequestRefusal};
pub use hold::Hold;
pub use identity::IdentityPolicy;
pub use input::{Failure, Input};
pub use invite_session::InviteSession;
pub use offer_answer::{Carrier, Meaning, OfferAnswer, OfferAnswerError, Side};
pub use output::{Output, SessionEvent};
pub use peer::Capabilities;
pub use replaces::Takeover;
pub use session_body::session_body;
pub use session_description::{MediaLine, SessionDescription};
pub use session_state::SessionState;
pub use settings::{EarlyMedia, ReliableProvisional, SessionSettings};
#[cfg(feature = "serde")]
pub use snapshot::{DialogSnapshot, RestoreError, SessionSnapshot, SnapshotError};
pub use undelivered::Undelivered;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
