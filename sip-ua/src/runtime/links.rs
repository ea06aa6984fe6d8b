//! The connections of all flows of a user agent (RFC 5626 §4.2), each with a choice of servers of its own.

use super::ConnectError;
use super::endpoint::{Dialer, Endpoint, Origin};
use super::link::{Link, LinkEvent};
use super::platform::Clock;
use super::relocation::Relocation;
use super::servers::{Policy, Servers, share_out};
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
        (servers, origin): (Vec<Server<Endpoint>>, Option<Origin>),
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
            let relocation = origin.clone().map(|origin| Relocation::new(origin, (reg_id, flows)));
            let mut link = Link::new((reg_id, flows), servers, dialer.clone(), relocation);
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

    /// The connection of this flow, which has just come up, is to be registered: only that shows that it works.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registering(&mut self, reg_id: u32) {
        self.with_reg_id(reg_id).for_each(Link::handle_registering);
    }

    /// The registrar accepted a REGISTER of this flow.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registered(&mut self, reg_id: u32, now: Instant) {
        self.with_reg_id(reg_id).for_each(|link| link.handle_registered(now));
    }

    #[cfg(feature = "registration")]
    fn with_reg_id(&mut self, reg_id: u32) -> impl Iterator<Item = &mut Link> {
        self.links.iter_mut().filter(move |link| link.reg_id() == reg_id)
    }

    /// The server takes `flow` for dead when it sees no keep-alive for `limit`.
    pub(super) fn set_flow_timer(&mut self, flow: FlowId, limit: Option<Duration>, tokens: TokenSource) {
        if let Some(link) = self.of(flow) {
            link.set_flow_timer(flow, limit, tokens);
        }
    }

    /// This end has another address.
    pub(super) fn handle_network_changed(&mut self, now: Instant) {
        self.links.iter_mut().for_each(|link| link.handle_network_changed(now));
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
