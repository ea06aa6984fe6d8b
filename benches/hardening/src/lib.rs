//! The server side of `sip-transport-ws` under attack: slow, oversized, malformed, half-open, and very many (RFC 6455
//! §10, RFC 7118 §10). The server is a process of its own, so that its memory can be told from that of its attackers.
#![expect(clippy::disallowed_methods, reason = "a benchmark has a runtime and is about the real clock")]

pub mod attack;
pub mod limits;
pub mod memory;
pub mod raw;
pub mod report;
pub mod server;
pub mod trial;
pub mod witness;
