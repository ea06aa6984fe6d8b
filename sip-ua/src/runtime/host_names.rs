//! Names as the operating system looks them up: addresses only, by its own sources such as `/etc/hosts`.

use super::resolver::{LookupFailure, Resolver};
use async_trait::async_trait;
use sip_outbound::{Answer, Question};
use std::net::IpAddr;

/// Knows the addresses that the operating system knows. It can ask for no NAPTR and SRV records, so a domain has one server,
/// at its own name and the port of its scheme (RFC 3263 §4.2): what is left when the name servers are not known.
#[derive(Clone, Copy, Default, Debug)]
#[expect(clippy::exhaustive_structs, reason = "nothing to set")]
pub struct HostNames;

#[async_trait]
impl Resolver for HostNames {
    async fn answer(&self, _question: &Question) -> Result<Answer, LookupFailure> {
        Err(LookupFailure::NoRecords)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| LookupFailure::NoRecords)?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
