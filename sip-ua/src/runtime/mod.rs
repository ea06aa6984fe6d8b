//! The user agent of applications: the [core](crate::core) driven over a WebSocket connection, on tokio or in a browser.
//!
//! What differs between the two is in `tokio.rs` and `browser.rs`, which have the same items; the others know one
//! `platform`.

mod alarm;
#[cfg(target_arch = "wasm32")]
mod browser;
mod builder;
#[cfg(feature = "call")]
mod call;
#[cfg(feature = "call")]
mod call_media;
#[cfg(feature = "call")]
mod calls;
mod command;
mod driver;
mod endpoint;
mod error;
mod event;
#[cfg(feature = "call")]
mod event_queue;
#[cfg(feature = "dns")]
mod hickory;
#[cfg(not(target_arch = "wasm32"))]
mod host_names;
#[cfg(feature = "registration")]
mod instance;
mod link;
mod links;
#[cfg(feature = "call")]
mod live_call;
mod outbox;
mod questions;
mod queue;
mod relocation;
mod replies;
mod resolver;
#[cfg(all(feature = "serde", feature = "call"))]
mod restored_call;
mod servers;
#[cfg(not(target_arch = "wasm32"))]
mod tokio;
mod user_agent;

#[cfg(target_arch = "wasm32")]
use self::browser as platform;
#[cfg(not(target_arch = "wasm32"))]
use self::tokio as platform;

pub use builder::Builder;
#[cfg(feature = "call")]
pub use call::{Call, CallEvent, EarlyCall, IncomingCall, Renegotiation};
#[cfg(feature = "registration")]
pub use error::RegisterError;
#[cfg(feature = "call")]
pub use error::{CallError, HangUpError, InCallError};
pub use error::{ConnectError, RequestError};
#[cfg(feature = "message")]
pub use event::IncomingMessage;
pub use event::{Event, Events, Notification};
#[cfg(feature = "dns")]
pub use hickory::HickoryResolver;
#[cfg(not(target_arch = "wasm32"))]
pub use host_names::HostNames;
#[cfg(feature = "registration")]
pub use instance::KeepError;
pub use resolver::{LocateError, LookupError, LookupFailure, Records, Resolver};
#[cfg(all(feature = "serde", feature = "call"))]
pub use restored_call::RestoredCall;
pub use user_agent::UserAgent;
