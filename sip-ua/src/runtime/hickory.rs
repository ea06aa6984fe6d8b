//! The DNS of RFC 3263 §4 by hickory: asks name servers over UDP and TCP and keeps what they say as long as they allow.

use super::resolver::{LookupFailure, Resolver};
use async_trait::async_trait;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use sip_outbound::{Answer, Naptr, Question, Srv};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Asks the name servers it is given.
///
/// ```no_run
/// use sip_ua::{HickoryResolver, UserAgent};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = HickoryResolver::new(&["192.0.2.53:53".parse()?])?;
/// let builder = UserAgent::builder("sip:alice@example.com").resolver(resolver);
/// let (alice, events) = builder.password("secret").connect().await?;
/// # drop((alice, events));
/// # Ok(())
/// # }
/// ```
pub struct HickoryResolver {
    resolver: TokioResolver,
}

/// How long a name server has at most for one answer before it is asked again, or another one is.
const TIMEOUT: Duration = Duration::from_secs(1);

impl HickoryResolver {
    /// A resolver that asks `name_servers`; it has to live within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`LookupFailure::Unreachable`] when there is none.
    pub fn new(name_servers: &[SocketAddr]) -> Result<Self, LookupFailure> {
        if name_servers.is_empty() {
            return Err(LookupFailure::Unreachable);
        }
        let servers = name_servers.iter().map(|address| {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            connections.iter_mut().for_each(|connection| connection.port = address.port());
            NameServerConfig::new(address.ip(), true, connections)
        });
        let config = ResolverConfig::from_name_servers(servers.collect());
        Self::of(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
    }

    /// A resolver that asks as the operating system is configured: by `/etc/resolv.conf` on Unix, by their own settings on
    /// Windows and Apple's systems, but asks again after a second at the latest. It is what a user agent without any server
    /// uses by default.
    ///
    /// # Errors
    ///
    /// [`LookupFailure::Unreachable`] when the configuration cannot be read or names no name server.
    pub fn system() -> Result<Self, LookupFailure> {
        let unusable = |error| {
            tracing::warn!(%error, "the system's configuration of the DNS cannot be used");
            LookupFailure::Unreachable
        };
        Self::of(TokioResolver::builder_tokio().map_err(unusable)?)
    }

    fn of(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, LookupFailure> {
        let timeout = &mut builder.options_mut().timeout;
        *timeout = (*timeout).min(TIMEOUT);
        let resolver = builder.build().map_err(|_| LookupFailure::Unreachable)?;
        Ok(Self { resolver })
    }

    async fn records(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, LookupFailure> {
        let lookup = self.resolver.lookup(rooted(name), kind).await.map_err(|error| failure_of(&error))?;
        Ok(lookup.answers().iter().map(|record| record.data.clone()).collect())
    }
}

#[async_trait]
impl Resolver for HickoryResolver {
    async fn answer(&self, question: &Question) -> Result<Answer, LookupFailure> {
        match question {
            Question::Naptr(name) => {
                let records = self.records(name, RecordType::NAPTR).await?;
                Ok(Answer::Naptr(records.into_iter().filter_map(naptr).collect()))
            }
            Question::Srv(name) => {
                let records = self.records(name, RecordType::SRV).await?;
                Ok(Answer::Srv(records.into_iter().filter_map(srv).collect()))
            }
        }
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        let lookup = self.resolver.lookup_ip(rooted(host)).await.map_err(|error| failure_of(&error))?;
        Ok(lookup.iter().collect())
    }
}

impl fmt::Debug for HickoryResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HickoryResolver").finish_non_exhaustive()
    }
}

/// Names of SIP are whole: no search list is tried.
fn rooted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn naptr(data: RData) -> Option<Naptr> {
    let RData::NAPTR(record) = data else { return None };
    Some(Naptr {
        order: record.order,
        preference: record.preference,
        flags: String::from_utf8_lossy(&record.flags).into_owned(),
        service: String::from_utf8_lossy(&record.services).into_owned(),
        replacement: record.replacement.to_ascii(),
    })
}

fn srv(data: RData) -> Option<Srv> {
    let RData::SRV(record) = data else { return None };
    Some(Srv {
        priority: record.priority,
        weight: record.weight,
        port: record.port,
        target: record.target.to_ascii(),
    })
}

/// What an error of hickory means to us; its kinds grow with its versions, so those left over are failures.
fn failure_of(error: &NetError) -> LookupFailure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => LookupFailure::NoRecords,
        NetError::Timeout => LookupFailure::Timeout,
        NetError::NoConnections | NetError::Io(_) => LookupFailure::Unreachable,
        NetError::Proto(_) => LookupFailure::BadName,
        _ => LookupFailure::ServerFailed,
    }
}
