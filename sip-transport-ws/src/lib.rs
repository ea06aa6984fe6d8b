//! SIP over WebSocket, RFC 7118: what a server address, a frame and a close code mean, and a native client and
//! server.
//!
//! The pure part builds everywhere, `wasm32-unknown-unknown` included: [`ServerUrl`], [`SUBPROTOCOL`], the frame
//! rules in [`Payload`], [`CloseCode`], and [`KeepAlive`], which decides when to ping. With the feature `native` (on by default) the module [`native`] opens and
//! accepts connections on tokio; the feature `tls` adds WSS. With the feature `browser`, on `wasm32-unknown-unknown`, the
//! module `browser` opens them with the WebSocket of the browser.
//!
//! ```
//! use sip_transport_ws::{Payload, ServerUrl};
//!
//! let url: ServerUrl = "wss://sip-ws.example.com/chat".parse()?;
//! assert_eq!((url.host(), url.port(), url.is_secure()), ("sip-ws.example.com", 443, true));
//! assert_eq!(Payload::of(b"\r\n\r\n"), Payload::Ping);
//! # Ok::<(), sip_transport_ws::ParseServerUrlError>(())
//! ```

#[cfg(all(feature = "browser", target_arch = "wasm32"))]
pub mod browser;
mod close_code;
#[cfg(any(feature = "native", all(feature = "browser", target_arch = "wasm32")))]
mod connection_error;
mod keep_alive;
#[cfg(feature = "native")]
pub mod native;
mod payload;
mod server_url;

pub use close_code::CloseCode;
#[cfg(any(feature = "native", all(feature = "browser", target_arch = "wasm32")))]
pub use connection_error::{ReceiveError, SendError};
pub use keep_alive::{KeepAlive, KeepAliveAction, KeepAliveMode, KeepAliveOptions};
pub use payload::{PING, PONG, Payload};
pub use server_url::{ParseServerUrlError, ServerUrl};

/// The name that client and server agree on in `Sec-WebSocket-Protocol` (RFC 7118 §4.1).
pub const SUBPROTOCOL: &str = "sip";

#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;
