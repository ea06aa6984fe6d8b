//! A SIP user agent: register, exchange messages, make and take calls over WebSocket.
//!
//! Two floors, one crate:
//!
//! - [`core`] is the user agent without I/O: messages, commands and the time go in, messages and events come out.
//!   It runs wherever Rust runs, in virtual time too.
//! - [`UserAgent`] (feature `tokio`) drives that core over a WebSocket connection (RFC 7118) and is what
//!   applications use: cheap handles, events as a `Stream`, a call that hangs up when its handle is dropped.
//!
//! Features: `serde` (records for another process; off), `call` (RFC 3261 §13–15), `message` (RFC 3428), `registration` (RFC 3261 §10), `tokio`, `tls`.
#![cfg_attr(
    all(feature = "tokio", feature = "call", feature = "message", feature = "registration"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(feature = "call", feature = "message", feature = "registration")),
    allow(
        dead_code,
        unused_imports,
        unused_variables,
        reason = "what only serves features that are switched off"
    )
)]

pub mod core;
#[cfg(feature = "tokio")]
mod credentials;
mod maybe_send;
#[cfg(feature = "call")]
mod media;
#[cfg(feature = "tokio")]
mod runtime;
mod wire;

#[cfg(feature = "tokio")]
pub use credentials::CredentialsProvider;
pub use maybe_send::{MaybeSend, MaybeSync};
#[cfg(feature = "call")]
pub use media::{ApplicationSdp, MediaError, SessionDescriptionHandler};
#[cfg(feature = "dns")]
pub use runtime::HickoryResolver;
#[cfg(all(feature = "tokio", feature = "message"))]
pub use runtime::IncomingMessage;
#[cfg(all(feature = "tokio", feature = "registration"))]
pub use runtime::RegisterError;
#[cfg(all(feature = "tokio", feature = "serde", feature = "call"))]
pub use runtime::RestoredCall;
#[cfg(feature = "tokio")]
pub use runtime::{Builder, ConnectError, Event, Events, RequestError, UserAgent};
#[cfg(all(feature = "tokio", feature = "call"))]
pub use runtime::{Call, CallError, CallEvent, HangUpError, IncomingCall, Renegotiation};
#[cfg(feature = "tokio")]
pub use runtime::{LocateError, LookupError, LookupFailure, Records, Resolver};
pub use sip_auth as auth;
pub use wire::{Direction, WireMessage, to_masked_text};
