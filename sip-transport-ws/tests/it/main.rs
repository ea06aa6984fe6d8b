//! Real sockets on the loopback: client, server, and raw peers that write single bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

#[cfg(feature = "native")]
mod admission;
mod client_handshake;
#[cfg(feature = "native")]
mod flow_control;
#[cfg(feature = "native")]
mod keep_alive;
#[cfg(feature = "native")]
mod messages;
#[cfg(feature = "native")]
mod proxy;
mod server_handshake;
#[cfg(feature = "native")]
mod support;
#[cfg(feature = "tls")]
mod tls;
