//! A SIP registrar and proxy for tests, demos and development, and a network in virtual time.
//!
//! - [`Proxy`] is the sans-IO core: a registrar with digest authentication (RFC 3261 §10.3, §22) and a stateful,
//!   forking, record-routing proxy (§16). Nothing in it opens a connection: what is bound to a flow is reached by
//!   that flow only (RFC 7118, RFC 5626).
//! - `Testbed` (feature `server`, on by default) runs it on a WebSocket port of the loopback interface.
//! - `Relay` stands in front of it or of any server and cuts, holds back or swallows on command, on real sockets.
//! - [`sim`] joins proxies, user agents and scripted peers by links with latency and faults, in virtual time.
//! - [`Ladder`] draws what was recorded, from the one or the other, as a ladder diagram; [`Referee`] says which of it no
//!   participant may ever send.
//!
//! It is a development server: it keeps everything in memory, and forgets it when it stops.

mod ladder;
mod proxy;
mod record;
mod referee;
#[cfg(feature = "server")]
mod runtime;
pub mod sim;

pub use ladder::Ladder;
pub use proxy::{
    FlowProfile, Output, Proxy, ProxyAuthentication, ProxyConfig, ProxyFault, RegistrationLimits,
};
pub use record::{Fate, Record};
pub use referee::{Breach, BrokenRule, Referee};
#[cfg(feature = "server")]
pub use runtime::{
    Messages, PASSWORD, Relay, RelayCut, RelayFault, StartError, Testbed, TestbedBuilder, USERS,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
