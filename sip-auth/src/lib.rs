//! Digest authentication for SIP, client and server, without I/O: RFC 3261 §22, RFC 7616, RFC 8760.
//!
//! A [`DigestClient`] holds the accounts of a user agent. It learns from each 401 or 407
//! ([`DigestClient::handle_challenge`]) and adds credentials to each request that is about to leave
//! ([`DigestClient::authorize`]). A [`DigestServer`] makes challenges and verifies credentials; its nonces carry
//! their own time, so that it keeps nothing for clients that never answer.
//!
//! Time is handed in with every call, chance once as a seed. Left out: `userhash` (RFC 7616 §3.4.4),
//! Authentication-Info and AKA (RFC 3310).
//!
//! ```
//! use sip_auth::{Account, Attempts, DigestClient};
//! use sip_clock::TokenSource;
//! use sip_message::{Challenge, Method, Request, StatusCode, WwwAuthenticate};
//!
//! let register = Request::new(Method::Register, &"sip:biloxi.com".parse().unwrap());
//! let challenge = Challenge::new("Digest").with("realm", "biloxi.com").with("nonce", "dcd98b71");
//! let unauthorized = register.response(StatusCode::UNAUTHORIZED).with(&WwwAuthenticate(challenge));
//!
//! let mut client = DigestClient::new(vec![Account::password("bob", "zanzibar")]);
//! client.handle_challenge(&register, &unauthorized, &mut Attempts::default())?;
//! let mut again = register.clone();
//! client.authorize(&mut again, &mut TokenSource::from_seed(1));
//! assert!(again.to_bytes().windows(15).any(|part| part == b"username=\"bob\","));
//! # Ok::<(), sip_auth::AuthError>(())
//! ```

mod account;
mod algorithm;
mod attempts;
mod authentication_session;
mod challenge;
mod client;
mod digest;
mod error;
mod nonce;
mod qop;
mod replay;
mod secret;
mod server;
mod submitted;

pub use account::Account;
pub use algorithm::Algorithm;
pub use attempts::Attempts;
pub use client::DigestClient;
pub use error::{AuthError, Refusal};
pub use qop::Qop;
pub use secret::{InvalidHa1, Secret};
pub use server::DigestServer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
