//! The user agent from outside: its core in virtual time, and the whole over real loopback sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "test code")]
#![cfg(all(feature = "call", feature = "message", feature = "registration", feature = "tokio"))]

mod authentication;
mod bad_input;
mod call;
mod changes;
mod connection;
mod credentials;
mod decisions;
mod dns;
mod edges;
mod failover;
mod flow;
mod good_connection;
mod interop;
mod keep_alive;
mod media;
mod nonsense;
mod notification;
mod one_go;
mod outbound;
mod peer;
mod real_peers;
mod recovery;
mod redirection;
mod registration;
mod repeated_invite;
mod rfc3261_12;
mod rfc3261_13;
mod rfc3261_8;
mod servers;
mod sizes;
mod sockets;
mod survival;
mod takeover;
mod turns;
