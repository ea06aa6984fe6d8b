//! The servers of a domain, looked for again when a connection is lost or cannot be made: RFC 3263 §4.

use super::ConnectError;
use super::endpoint::{Dialer, Endpoint, Origin};
use super::platform::Task;
use super::servers::share_out;
use sip_outbound::Server;

/// Where the servers of one flow came from, and the lookup under way.
pub(super) struct Relocation {
    origin: Origin,
    /// Which flow it is, and of how many.
    reg_id: u32,
    flows: u32,
    lookup: Option<Task<Found>>,
}

/// The servers, and whether the DNS has answered every question.
type Found = Result<(Vec<Server<Endpoint>>, bool), ConnectError>;

impl Relocation {
    /// Looks for the share of flow `reg_id`, of so many flows, among the servers of `origin`.
    pub(super) const fn new(origin: Origin, (reg_id, flows): (u32, u32)) -> Self {
        Self { origin, reg_id, flows, lookup: None }
    }

    /// Looks, unless that is being done. The resolver keeps what it knows as long as the records allow.
    // rfc3263#4.3: the next request finds its servers anew
    pub(super) fn begin(&mut self, dialer: &Dialer) {
        if self.lookup.is_none() {
            let (dialer, origin) = (dialer.clone(), self.origin.clone());
            self.lookup = Some(Box::pin(async move { dialer.locate(&origin).await }));
        }
    }

    /// The servers that were found; for ever pending while none are looked for, and when the DNS did not answer: then those
    /// of before are better than what can be guessed. Cancel-safe.
    pub(super) async fn found(&mut self) -> Vec<Server<Endpoint>> {
        if let Some(lookup) = &mut self.lookup {
            let found = lookup.await;
            self.lookup = None;
            match found {
                Ok((servers, true)) => return self.share_of(servers),
                Ok((_, false)) => tracing::info!("goes on with the servers of before"),
                Err(error) => tracing::info!(%error, "goes on with the servers of before"),
            }
        }
        std::future::pending().await
    }

    fn share_of(&self, servers: Vec<Server<Endpoint>>) -> Vec<Server<Endpoint>> {
        let shares = (1..).zip(share_out(servers, self.flows));
        shares.filter(|(reg_id, _)| *reg_id == self.reg_id).flat_map(|(_, share)| share).collect()
    }
}
