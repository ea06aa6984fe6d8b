//! The connections of all flows of a user agent (RFC 5626 §4.2), each with a choice of servers of its own.

use super::ConnectError;
use super::endpoint::{Dialer, Endpoint};
use super::link::{Link, LinkEvent};
use super::platform::Clock;
use super::servers::{Policy, Servers};
use crate::core::FlowInfo;
use futures::future::select_all;
use sip_clock::{Instant, TokenSource};
use sip_message::Message;
use sip_outbound::Server;
use sip_transaction::FlowId;
use std::time::Duration;

/// At least one link.
pub(super) struct Links {
    links: Vec<Link>,
}

impl Links {
    /// One link for each of `flows` flows. The first one that can be connected is; the others follow by themselves, unless
    /// lost connections are not to be replaced.
    ///
    /// # Errors
    ///
    /// When no server can be reached: why the last one could not.
    pub(super) async fn connect(
        servers: Vec<Server<Endpoint>>,
        flows: u32,
        (policy, mut tokens): (Policy, TokenSource),
        dialer: &Dialer,
        clock: &Clock,
    ) -> Result<(Self, Vec<FlowInfo>), ConnectError> {
        let shares = share_out(servers, flows);
        let (mut links, mut connected) = (Vec::with_capacity(shares.len()), Vec::new());
        let mut failure = ConnectError::NoServer;
        for (reg_id, share) in (1..).zip(shares) {
            let servers = Servers::new(share, policy, TokenSource::new(tokens.seed()));
            let mut link = Link::new(reg_id, flows, servers, dialer.clone());
            if connected.is_empty() || policy.reconnect.is_none() {
                match link.connect(clock).await {
                    Ok(flow) => connected.push(flow),
                    Err(error) => failure = error,
                }
            }
            links.push(link);
        }
        if connected.is_empty() { Err(failure) } else { Ok((Self { links }, connected)) }
    }

    /// Waits for the next event of any connection, sending meanwhile what waits to be sent. Cancel-safe.
    pub(super) async fn next(&mut self, clock: &Clock, is_quiet: bool) -> LinkEvent {
        if let [only] = self.links.as_mut_slice() {
            return only.next(clock, is_quiet).await;
        }
        // Each is asked first in its turn, so that none is passed over while another one is busy.
        self.links.rotate_left(1);
        let waits = self.links.iter_mut().map(|link| Box::pin(link.next(clock, is_quiet)));
        select_all(waits).await.0
    }

    /// Queues a message for the connection `flow`; one for a connection that is gone is dropped.
    pub(super) fn send(&mut self, flow: FlowId, message: Message) {
        if let Some(link) = self.of(flow) {
            link.send(flow, message);
        }
    }

    /// The server at the other end of `flow` cannot serve us for so long: another one may.
    pub(super) fn leave(&mut self, flow: FlowId, rest: Duration, now: Instant) {
        if let Some(link) = self.of(flow) {
            link.leave(flow, rest, now);
        }
    }

    /// The server takes `flow` for dead when it sees no keep-alive for `limit`.
    pub(super) fn set_flow_timer(&mut self, flow: FlowId, limit: Option<Duration>, tokens: TokenSource) {
        if let Some(link) = self.of(flow) {
            link.set_flow_timer(flow, limit, tokens);
        }
    }

    /// Stops replacing lost connections.
    pub(super) fn stop(&mut self) {
        self.links.iter_mut().for_each(Link::stop);
    }

    /// Sends close frames.
    pub(super) async fn close(&mut self) {
        for link in &mut self.links {
            link.close().await;
        }
    }

    /// Whether a connection is up.
    pub(super) fn is_up(&self) -> bool {
        self.links.iter().any(Link::is_up)
    }

    /// Whether there is more than one flow.
    pub(super) const fn are_several(&self) -> bool {
        self.links.len() > 1
    }

    /// Whether so much waits to be sent that nothing new should be taken on.
    pub(super) fn is_full(&self) -> bool {
        self.links.iter().any(Link::is_full)
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.links.iter().all(Link::is_empty)
    }

    fn of(&mut self, flow: FlowId) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.has(flow))
    }
}

/// The servers of each flow: the best ones are spread, so that no two flows lead to one server while there are enough of
/// them (RFC 5626 §3.2).
fn share_out<T: Clone>(mut servers: Vec<Server<T>>, flows: u32) -> Vec<Vec<Server<T>>> {
    servers.sort_by_key(|server| server.priority);
    let flows = usize::try_from(flows).unwrap_or(1).max(1);
    if flows == 1 {
        return vec![servers];
    }
    let share = |flow: usize| {
        if servers.len() < flows {
            return servers.iter().cycle().skip(flow).take(servers.len().min(1)).cloned().collect();
        }
        servers.iter().skip(flow).step_by(flows).cloned().collect()
    };
    (0..flows).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(priorities: &[u16], flows: u32) -> Vec<Vec<u16>> {
        let servers = priorities.iter().map(|priority| Server::new(()).with_priority(*priority)).collect();
        let shares = share_out(servers, flows);
        shares.iter().map(|share| share.iter().map(|server| server.priority).collect()).collect()
    }

    #[test]
    fn the_best_servers_are_spread_over_the_flows() {
        assert_eq!(shares(&[3, 1, 2, 4], 1), [[1, 2, 3, 4]]);
        assert_eq!(shares(&[3, 1, 2, 4], 2), [[1, 3], [2, 4]]);
        assert_eq!(shares(&[1, 2, 3], 2), [vec![1, 3], vec![2]]);
        assert_eq!(shares(&[1], 2), [[1], [1]]);
        assert_eq!(shares(&[1, 2], 3), [[1], [2], [1]]);
        assert_eq!(shares(&[], 2), [[0; 0], [0; 0]]);
    }
}
