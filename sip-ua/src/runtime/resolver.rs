//! The DNS as a user agent asks it: the records of RFC 3263 §4, and which question failed.

use super::platform::Clock;
use crate::maybe_send::{MaybeSend, MaybeSync};
use async_trait::async_trait;
use futures::future::{Either, join_all, select};
use sip_clock::Instant;
use sip_outbound::{Answer, Location, Locator, Question, Server, Transport};
use sip_uri::SipUri;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;
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
        match self.lookups.iter().all(|lookup| lookup.failure == LookupFailure::NoRecords) {
            true => write!(f, "{} names no server that can be reached over WebSocket", self.uri)?,
            false => write!(f, "the servers of {} are not to be found", self.uri)?,
        }
        self.lookups.iter().try_for_each(|lookup| write!(f, "; {lookup}"))
    }
}

/// What the DNS has said, or RFC 3263 makes of its silence.
pub(super) struct Located {
    pub(super) servers: Vec<Server<Location>>,
    /// Whether every question had an answer, be it that there are no such records.
    pub(super) is_certain: bool,
}

/// Who looks names up, and for how long.
pub(super) struct Lookup<'a> {
    resolver: &'a dyn Resolver,
    clock: Clock,
    deadline: Instant,
    /// The questions without answer, in their order.
    failed: Vec<LookupError>,
}

impl<'a> Lookup<'a> {
    /// Begins now and takes no longer than `limit`.
    pub(super) fn begin(resolver: &'a dyn Resolver, limit: Duration) -> Self {
        let clock = Clock::start();
        Self { resolver, clock, deadline: clock.now() + limit, failed: Vec::new() }
    }

    /// Finds the WebSocket servers of `uri`.
    pub(super) async fn locate(
        mut self,
        uri: &SipUri,
        supported: &[Transport],
    ) -> Result<Located, LocateError> {
        let mut locator = Locator::new(uri, supported);
        while locator.poll_question().is_some() {
            let questions: Vec<Question> = locator.questions().collect();
            for answer in self.ask(&questions).await {
                locator.handle(answer);
            }
        }
        let servers = locator.servers().to_vec();
        if servers.is_empty() || self.is_silent() && !self.has_address(&servers).await {
            return Err(LocateError { uri: uri.clone(), lookups: self.failed });
        }
        let is_certain = self.failed.iter().all(|lookup| lookup.failure == LookupFailure::NoRecords);
        Ok(Located { servers, is_certain })
    }

    /// The answers to questions that are asked at the same time. They have half of the time that is left, so that a name
    /// server which does not know what NAPTR is leaves some to the questions that it answers.
    async fn ask(&mut self, questions: &[Question]) -> Vec<Answer> {
        let left = self.deadline.duration_since(self.clock.now());
        let until = self.clock.now() + left / 2;
        let answers =
            questions.iter().map(|question| within(self.clock, until, self.resolver.answer(question)));
        let answers = join_all(answers).await;
        questions.iter().zip(answers).map(|(question, answer)| self.known(question, answer)).collect()
    }

    // rfc3263#4.1, rfc3263#4.2: what is not to be had is done without
    fn known(&mut self, question: &Question, answer: Result<Answer, LookupFailure>) -> Answer {
        answer.unwrap_or_else(|failure| {
            let (records, name, empty) = match question {
                Question::Naptr(name) => (Records::Naptr, name, Answer::Naptr(Vec::new())),
                Question::Srv(name) => (Records::Srv, name, Answer::Srv(Vec::new())),
            };
            let lookup = LookupError { records, name: name.clone(), failure };
            tracing::info!(%lookup, "goes on without these records");
            self.failed.push(lookup);
            empty
        })
    }

    /// Whether no name server has said anything.
    fn is_silent(&self) -> bool {
        let is_silence = |lookup: &LookupError| {
            matches!(lookup.failure, LookupFailure::Timeout | LookupFailure::Unreachable)
        };
        !self.failed.is_empty() && self.failed.iter().all(is_silence)
    }

    /// Whether the domain that is taken for its own server has an address all the same, such as one in `/etc/hosts`.
    #[cfg(not(target_arch = "wasm32"))]
    async fn has_address(&mut self, servers: &[Server<Location>]) -> bool {
        let Some(server) = servers.first() else { return false };
        let found = addresses(&server.target.host, self.resolver, self.clock, self.deadline).await;
        found.map_err(|lookup| self.failed.push(lookup)).is_ok()
    }

    /// The browser will see.
    #[cfg(target_arch = "wasm32")]
    #[expect(clippy::unused_async, reason = "elsewhere it takes time")]
    async fn has_address(&mut self, _servers: &[Server<Location>]) -> bool {
        true
    }
}

/// The addresses of a host, if they are known in time.
#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn addresses(
    host: &str,
    resolver: &dyn Resolver,
    clock: Clock,
    deadline: Instant,
) -> Result<Vec<IpAddr>, LookupError> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let found = within(clock, deadline, resolver.addresses(host)).await;
    let found = found.and_then(|all| if all.is_empty() { Err(LookupFailure::NoRecords) } else { Ok(all) });
    found.map_err(|failure| LookupError { records: Records::Address, name: host.to_owned(), failure })
}

/// What `answer` says, unless the time is over before.
async fn within<T>(
    clock: Clock,
    deadline: Instant,
    answer: impl Future<Output = Result<T, LookupFailure>>,
) -> Result<T, LookupFailure> {
    match select(pin!(answer), pin!(clock.sleep_until(Some(deadline)))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(LookupFailure::Timeout),
    }
}
