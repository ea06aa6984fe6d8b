//! A network in virtual time: nodes, links with latency and faults, and a record of all that went over them.
//!
//! Nothing waits: the network knows when the next message arrives and when the next timer is due, and goes there.
//! The same nodes with the same seeds give the same history, byte for byte.
//!
//! - A [`Node`] is anything sans-IO: a [`UserAgent`] of `sip-ua`, a [`Proxy`](crate::Proxy), a [`ScriptedPeer`], or
//!   your own application around a user agent.
//! - A link is a stream or carries datagrams, as its [`FlowProfile`](crate::FlowProfile) says, under a [`Weather`] of
//!   latency, jitter, loss, duplication and reordering for each direction. It can be partitioned and [`Cut`].
//! - [`Ladder`](crate::Ladder) draws [`Network::records`].
//!
//! # To test an application
//!
//! Here the application is one rule: who calls at a bad moment is called back. The test lets it run through a network
//! that loses a fifth of all datagrams, in no time, and the same way each time.
//!
//! ```
//! use sip_clock::Instant;
//! use sip_message::{Body, From, Message, StatusCode};
//! use sip_testbed::sim::{Conditions, Network, Node, UserAgent, Weather};
//! use sip_testbed::{FlowProfile, Ladder, Referee};
//! use sip_transaction::FlowId;
//! use sip_ua::core::{Config, Event};
//! use std::time::Duration;
//!
//! /// The application: a user agent and what it does with its events.
//! struct CallsBack(UserAgent);
//!
//! impl CallsBack {
//!     fn serve(&mut self, now: Instant) {
//!         for event in self.0.take_events() {
//!             if let Event::IncomingCall { call, invite } = event {
//!                 let core = self.0.core_mut();
//!                 let _ = core.reject(call, StatusCode::BUSY_HERE, now);
//!                 if let Ok(From(caller)) = invite.headers().required() {
//!                     let _ = core.invite(&caller.uri, &Body::sdp("v=0\r\n"), now);
//!                 }
//!             }
//!         }
//!     }
//! }
//!
//! impl Node for CallsBack {
//!     fn handle_flow_opened(&mut self, flow: FlowId, profile: &FlowProfile, peer: &str, now: Instant) {
//!         self.0.handle_flow_opened(flow, profile, peer, now);
//!     }
//!     fn handle_message(&mut self, flow: FlowId, message: Message, now: Instant) {
//!         self.0.handle_message(flow, message, now);
//!         self.serve(now);
//!     }
//!     fn handle_timeout(&mut self, now: Instant) {
//!         self.0.handle_timeout(now);
//!     }
//!     fn poll_transmit(&mut self) -> Option<(FlowId, Message)> {
//!         self.0.poll_transmit()
//!     }
//!     fn next_timeout(&self) -> Option<Instant> {
//!         self.0.next_timeout()
//!     }
//! }
//!
//! let mut network = Network::from_seed(7);
//! let agent = |user: &str, seed| {
//!     let address = format!("sip:{user}@example.test").parse()?;
//!     Ok::<_, sip_uri::ParseUriError>(UserAgent::new(Config::new(address, [seed; 32])))
//! };
//! let alice = network.add("alice", agent("alice", 1)?);
//! let bob = network.add("bob", CallsBack(agent("bob", 2)?));
//! let rough = Conditions::new(Duration::from_millis(30)).with_jitter(Duration::from_millis(50)).with_loss(200);
//! network.connect(alice, bob, FlowProfile::udp(), Weather::both(rough));
//!
//! let target = "sip:bob@example.test".parse()?;
//! network.with(alice, |alice, now| alice.core_mut().invite(&target, &Body::sdp("v=0\r\n"), now))?;
//! network.run_for(Duration::from_secs(20))?;
//! assert!(network.with(alice, |alice, _| alice.incoming_call()).is_some(), "bob calls back");
//! assert_eq!(Referee::new().breaches(network.records()), [], "what nobody may send");
//! println!("{}", Ladder::new(network.records()));
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
