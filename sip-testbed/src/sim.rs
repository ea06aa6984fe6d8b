//! A small network in virtual time: nodes, links with latency, and a record of all that went over them.
//!
//! Nothing waits: the network knows when the next message arrives and when the next timer is due, and goes there.
//! The same nodes with the same seeds give the same history.
//!
//! ```
//! use sip_message::Message;
//! use sip_testbed::sim::{Latency, Network, ScriptedPeer};
//! use sip_testbed::{FlowProfile, Ladder, Proxy, ProxyConfig};
//! use std::time::Duration;
//!
//! let mut network = Network::new();
//! let alice = network.add("alice", ScriptedPeer::new());
//! let config = ProxyConfig::new("sip:proxy.test".parse()?);
//! let proxy = network.add("proxy", Proxy::new(config, [1; 32]));
//! let flow = network.connect(alice, proxy, FlowProfile::ws(), Latency::both(Duration::from_millis(10)));
//!
//! let options = Message::parse(
//!     b"OPTIONS sip:proxy.test SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
//!       From: <sip:alice@proxy.test>;tag=1\r\nTo: <sip:proxy.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"[..]
//!         .into(),
//! )?;
//! network.with(alice, |alice, _| alice.send(flow, options));
//! network.settle()?;
//! println!("{}", Ladder::new(network.records()));
//! assert_eq!(network.records().len(), 2);
//! assert_eq!(network.now().to_string(), "+20ms");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod link;
mod network;
mod node;
mod scripted_peer;
mod user_agent;
mod weather;

pub use network::{Network, NodeId, SimError};
pub use node::Node;
pub use scripted_peer::ScriptedPeer;
pub use user_agent::UserAgent;
pub use weather::{Conditions, Cut, Direction, Latency, Weather};
