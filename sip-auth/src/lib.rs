//! Authentication for SIP, client and server, without I/O: Digest (RFC 3261 §22, RFC 7616, RFC 8760) and access
//! tokens (RFC 8898).
//!
//! An [`AuthClient`] holds the accounts and tokens of a user agent. It learns from each 401 or 407
//! ([`AuthClient::handle_challenge`]) and adds credentials to each request that is about to leave
//! ([`AuthClient::authorize`]). A [`DigestServer`] makes challenges and verifies credentials; its nonces carry
//! their own time, so that it keeps nothing for clients that never answer. A [`BearerServer`] asks for tokens.
//!
//! Time is handed in with every call, chance once as a seed. Left out: AKA (RFC 3310).
//!
//! ```
//! use sip_auth::{Account, Attempts, AuthClient};
//! use sip_clock::TokenSource;
//! use sip_message::{Challenge, Method, Request, StatusCode, WwwAuthenticate};
//!
//! let register = Request::new(Method::Register, &"sip:biloxi.com".parse().unwrap());
//! let challenge = Challenge::new("Digest").with("realm", "biloxi.com").with("nonce", "dcd98b71");
//! let unauthorized = register.response(StatusCode::UNAUTHORIZED).with(&WwwAuthenticate(challenge));
//!
//! let mut client = AuthClient::new(vec![Account::password("bob", "zanzibar")]);
//! client.handle_challenge(&register, &unauthorized, &mut Attempts::default())?;
//! let mut again = register.clone();
//! client.authorize(&mut again, &mut TokenSource::from_seed(1));
//! assert!(again.to_bytes().windows(15).any(|part| part == b"username=\"bob\","));
//! # Ok::<(), sip_auth::AuthError>(())
//! ```

mod account;
mod algorithm;
mod attempts;
mod auth_client;
mod authentication_session;
mod bearer_server;
mod bearer_token;
mod challenge;
mod digest;
mod digest_proof;
mod error;
mod nonce;
mod qop;
mod replay;
mod secret;
mod server;
mod server_proof;
mod submitted;
mod userhash;

pub use account::Account;
pub use algorithm::Algorithm;
pub use attempts::Attempts;
pub use auth_client::{AuthClient, CredentialsAnswer, CredentialsNeeded, TokenNeeded};
pub use bearer_server::{BearerError, BearerServer};
pub use bearer_token::{BearerToken, InvalidToken};
pub use challenge::{Origin, is_misplaced};
pub use error::{AuthError, Refusal};
pub use qop::Qop;
pub use secret::{InvalidHa1, Secret};
pub use server::DigestServer;
pub use server_proof::ServerProof;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
