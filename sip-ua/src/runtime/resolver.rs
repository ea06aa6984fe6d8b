//! The DNS as a user agent asks it: the records of RFC 3263 §4, and which question failed.

use crate::maybe_send::{MaybeSend, MaybeSync};
use async_trait::async_trait;
use sip_outbound::{Answer, Location, Locator, Question, Server, Transport};
use sip_uri::SipUri;
use std::fmt;
use std::net::IpAddr;
use thiserror::Error;

/// Something that answers questions about names. `HickoryResolver` (feature `dns`) asks name servers; an application may
/// bring its own.
#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
pub trait Resolver: MaybeSend + MaybeSync {
    /// The NAPTR or SRV records that `question` is about.
    ///
    /// # Errors
    ///
    /// Why there is no answer. That there are no such records is [`LookupFailure::NoRecords`].
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure>;

    /// The addresses of `host` (A and AAAA), the one to be tried first in front. Not asked in a browser, which looks the
    /// names of servers up by itself.
    ///
    /// # Errors
    ///
    /// As for [`answer`](Self::answer).
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure>;
}

/// Why a question to the DNS has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LookupFailure {
    /// There are no such records.
    #[error("no such records")]
    NoRecords,
    /// No name server answered in time.
    #[error("no answer in time")]
    Timeout,
    /// A name server refused, or failed itself.
    #[error("the name server failed")]
    ServerFailed,
    /// No name server can be reached.
    #[error("no name server in reach")]
    Unreachable,
    /// The name is no domain name.
    #[error("not a domain name")]
    BadName,
}

/// A question to the DNS that has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{records} of {name}: {failure}")]
#[non_exhaustive]
pub struct LookupError {
    /// What was asked for.
    pub records: Records,
    /// Of which name.
    pub name: String,
    /// Why there is no answer.
    pub failure: LookupFailure,
}

/// The records that RFC 3263 asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Records {
    /// The services of a domain.
    Naptr,
    /// The servers of a service.
    Srv,
    /// The addresses of a server.
    Address,
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Naptr => "NAPTR",
            Self::Srv => "SRV",
            Self::Address => "A/AAAA",
        })
    }
}

/// No server of a domain was found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct LocateError {
    /// Whose servers were looked for.
    pub uri: SipUri,
    /// The questions that had no answer, in their order.
    pub lookups: Vec<LookupError>,
}

impl fmt::Display for LocateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} names no server that can be reached over WebSocket", self.uri)?;
        self.lookups.iter().try_for_each(|lookup| write!(f, "; {lookup}"))
    }
}

/// What the DNS has said, or RFC 3263 makes of its silence.
pub(super) struct Located {
    pub(super) servers: Vec<Server<Location>>,
    /// Whether every question had an answer, be it that there are no such records.
    pub(super) is_certain: bool,
}

/// Finds the WebSocket servers of `uri`.
pub(super) async fn locate(
    uri: &SipUri,
    supported: &[Transport],
    resolver: &dyn Resolver,
) -> Result<Located, LocateError> {
    let mut locator = Locator::new(uri, supported);
    let mut lookups = Vec::new();
    while let Some(question) = locator.poll_question() {
        let (records, name, empty) = match &question {
            Question::Naptr(name) => (Records::Naptr, name, Answer::Naptr(Vec::new())),
            Question::Srv(name) => (Records::Srv, name, Answer::Srv(Vec::new())),
        };
        let answer = resolver.answer(&question).await.unwrap_or_else(|failure| {
            let lookup = LookupError { records, name: name.clone(), failure };
            // rfc3263#4.1, rfc3263#4.2: what is not to be had is done without
            tracing::info!(%lookup, "goes on without these records");
            lookups.push(lookup);
            empty
        });
        locator.handle(answer);
    }
    if locator.servers().is_empty() {
        return Err(LocateError { uri: uri.clone(), lookups });
    }
    let is_certain = lookups.iter().all(|lookup| lookup.failure == LookupFailure::NoRecords);
    Ok(Located { servers: locator.servers().to_vec(), is_certain })
}

/// The addresses of a host.
#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn addresses(host: &str, resolver: &dyn Resolver) -> Result<Vec<IpAddr>, LookupError> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let found = resolver.addresses(host).await;
    let found = found.and_then(|all| if all.is_empty() { Err(LookupFailure::NoRecords) } else { Ok(all) });
    found.map_err(|failure| LookupError { records: Records::Address, name: host.to_owned(), failure })
}
