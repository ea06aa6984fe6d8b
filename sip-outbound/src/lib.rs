//! Registration as a client, without I/O: RFC 3261 §10.2, with the back-off of RFC 5626 §4.5.
//!
//! A [`Registration`] keeps one binding of one address-of-record alive: it registers, refreshes early, follows a 423,
//! waits and tries again after a failure, comes back on a new flow with the same Call-ID, and unregisters. It sends
//! and waits for nothing itself: requests come out of [`Registration::poll_output`], deadlines out of
//! [`Registration::next_timeout`], and what the network did goes into [`Registration::handle`].
//!
//! With [`RegistrationConfig::with_outbound`] it is one flow of RFC 5626, told by instance-id and reg-id; Path (RFC 3327),
//! Service-Route (RFC 3608), GRUU (RFC 5627) and Flow-Timer are read.
//!
//! [`Locator`] finds servers by RFC 3263, [`ServerSet`] chooses among several, [`Reconnection`] says when to connect again.
//!
//! [`BindingsRequest`] fetches and removes bindings, those of other user agents too.
//!
//! ```
//! use sip_clock::{Instant, TokenSource};
//! use sip_message::{NameAddr, StatusCode};
//! use sip_outbound::{Input, Output, Registration, RegistrationConfig};
//!
//! let contact = NameAddr::new("sip:k3j@d8f3.invalid;transport=ws".parse().unwrap());
//! let config = RegistrationConfig::new("sip:bob@biloxi.com".parse().unwrap(), contact);
//! let mut registration = Registration::new(config, &mut TokenSource::from_seed(1));
//!
//! registration.register(Instant::ZERO);
//! let Some(Output::Request(register)) = registration.poll_output() else { panic!() };
//! assert_eq!(register.request_uri(), "sip:biloxi.com");
//!
//! registration.handle(Input::Response(register.response(StatusCode::OK)), Instant::ZERO);
//! assert!(registration.is_registered());
//! ```

mod back_off;
mod binding;
mod bindings;
mod config;
mod event;
mod failure;
mod gruu;
mod input;
mod instance_id;
mod locator;
mod outcome;
mod pace;
mod reconnection;
mod register;
mod registration;
mod server_set;
mod state;

pub use back_off::BackOff;
pub use binding::BindingMatch;
pub use bindings::{BindingsRequest, RegisteredContact};
pub use config::RegistrationConfig;
pub use event::RegistrationEvent;
pub use failure::RegistrationFailure;
pub use gruu::Gruu;
pub use input::{Failure, Input, Output};
pub use instance_id::{InstanceId, ParseInstanceIdError};
pub use locator::{Answer, Location, Locator, Naptr, Question, Srv, Transport};
pub use reconnection::Reconnection;
pub use registration::Registration;
#[cfg(feature = "serde")]
pub use registration::{RegistrationSnapshot, RestoreError};
pub use server_set::{Attempt, Server, ServerKey, ServerSet};
pub use state::RegistrationState;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
