//! A SIP user agent: register, exchange messages, make and take calls over WebSocket.
//!
//! Two floors, one crate:
//!
//! - [`core`] is the user agent without I/O: messages, commands and the time go in, messages and events come out.
//!   It runs wherever Rust runs, in virtual time too.
//! - [`UserAgent`] (feature `tokio`, or `browser` in a page) drives that core over a WebSocket connection (RFC 7118)
//!   and is what applications use: cheap handles, events as a `Stream`, a call that hangs up when its handle is dropped.
//!
//! Features: `call` (RFC 3261 §13–15), `message` (RFC 3428), `registration` (RFC 3261 §10), `tokio`, `tls`; off are
//! `browser` (`wasm32-unknown-unknown` in place of tokio), `dns` (RFC 3263) and `serde` (records for another process).
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
mod credentials;
mod maybe_send;
#[cfg(feature = "call")]
mod media;
#[cfg(any(
    all(feature = "tokio", not(target_arch = "wasm32")),
    all(feature = "browser", target_arch = "wasm32")
))]
mod runtime;
mod wire;

pub use credentials::CredentialsProvider;
pub use maybe_send::{MaybeSend, MaybeSync};
#[cfg(feature = "call")]
pub use media::{ApplicationSdp, MediaError, RemoteDescriptions, SessionDescriptionHandler};
#[cfg(any(
    all(feature = "tokio", not(target_arch = "wasm32")),
    all(feature = "browser", target_arch = "wasm32")
))]
pub use runtime::*;
pub use sip_auth as auth;
pub use wire::{Direction, WireMessage, to_masked_text};
