//! Which server a user agent of the command line goes to: one that is named, one that the DNS names (RFC 3263 §4, RFC 7118
//! §5.5), or the one that `sip serve` runs.

use crate::exit::Failure;
use crate::options::Account;
use sip_outbound::Server;
use sip_ua::{Builder, HickoryResolver};
use sip_uri::SipUri;

/// Where `sip serve` listens.
const LOCAL: &str = "ws://127.0.0.1:8080";

/// Tells `builder` where the server of `account` is, or who knows.
pub(crate) fn choose(account: &Account, mut builder: Builder) -> Result<Builder, Failure> {
    if !account.name_server.is_empty() {
        builder = builder.resolver(HickoryResolver::new(&account.name_server).map_err(Failure::NameServer)?);
    }
    let domain = account.server.iter().find(|server| !is_url(server));
    if let Some(domain) = domain.filter(|_| account.server.len() > 1) {
        return Err(Failure::NotAlone(domain.clone()));
    }
    Ok(match account.server.as_slice() {
        [] if is_local(&account.aor) => builder.server(LOCAL),
        [] => builder,
        [domain] if !is_url(domain) => match domain.split_once('/') {
            Some((domain, path)) => builder.domain(domain).path(&format!("/{path}")),
            None => builder.domain(domain),
        },
        // in the order of the command line
        urls => builder.servers((0..).zip(urls).map(|(rank, url)| Server::new(url).with_priority(rank))),
    })
}

fn is_url(server: &str) -> bool {
    server.contains("://")
}

/// Whether the domain of an address-of-record is one that no name server knows, by RFC 6761 §6.2 and §6.3.
fn is_local(aor: &str) -> bool {
    aor.parse().is_ok_and(|aor: SipUri| {
        let domain = aor.host().to_string().to_ascii_lowercase();
        let last = domain.trim_end_matches('.').rsplit('.').next();
        last.is_some_and(|label| matches!(label, "test" | "localhost"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_that_the_dns_never_has_are_of_this_machine() {
        for (aor, expected) in [
            ("sip:alice@example.test", true),
            ("sip:alice@EXAMPLE.TEST.", true),
            ("sips:alice@localhost", true),
            ("sip:alice@example.com", false),
            ("sip:alice@test.example.com", false),
            ("sip:alice@192.0.2.1", false),
            ("alice", false),
        ] {
            assert_eq!(is_local(aor), expected, "{aor}");
        }
    }
}
