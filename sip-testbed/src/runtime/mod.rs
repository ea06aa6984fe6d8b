//! The testbed on tokio: the proxy core behind WebSocket listeners (RFC 7118). Only here are sockets, tasks, a clock.

mod builder;
mod clock;
mod connection;
mod driver;
mod messages;
mod names;
mod recorder;
mod relay;
mod testbed;
mod trunk;

pub use builder::{StartError, TestbedBuilder};
pub use messages::Messages;
pub use relay::{Relay, RelayCut, RelayFault};
pub use testbed::{PASSWORD, Testbed, USERS};
