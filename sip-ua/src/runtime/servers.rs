//! Which of several servers the connection leads to, and when it is to lead to another: AC-32, waits of RFC 5626 §4.5.

use super::endpoint::Endpoint;
use sip_clock::{Instant, TokenSource};
use sip_outbound::{Attempt, BackOff, Server, ServerKey, ServerSet};
use std::time::Duration;

/// The servers of one link and the one that is in use.
pub(super) struct Servers {
    set: ServerSet<Endpoint>,
    current: Option<Current>,
    policy: Policy,
}

/// What the application wants of lost and of better servers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Waits after failures; `None` when a lost connection is not to be replaced.
    pub(super) reconnect: Option<BackOff>,
    /// How long a server of a later priority is used before an earlier one is tried again; `None` for as long as it
    /// lasts.
    pub(super) fail_back: Option<Duration>,
}

/// The server in use.
#[derive(Clone, Copy)]
struct Current {
    server: ServerKey,
    since: Instant,
    /// Whether it said that it cannot serve us.
    is_failing: bool,
}

impl Servers {
    /// A choice among `servers`, none of which is in use.
    pub(super) fn new(servers: Vec<Server<Endpoint>>, policy: Policy, tokens: TokenSource) -> Self {
        let back_off = policy.reconnect.unwrap_or_default();
        Self { set: ServerSet::new(servers, back_off, tokens), current: None, policy }
    }

    /// The server to connect to first, or when it has failed the next one, until all have.
    pub(super) fn first_attempt(&mut self, now: Instant) -> Option<ServerKey> {
        self.set.next_attempt(now).filter(|attempt| attempt.at <= now).map(|attempt| attempt.server)
    }

    /// What to connect to after a loss, and when; `None` when lost connections are not replaced.
    pub(super) fn next_attempt(&mut self, now: Instant) -> Option<Attempt> {
        self.policy.reconnect?;
        self.set.next_attempt(now)
    }

    /// What to connect to although a connection is up, and when: another server because this one cannot serve us, or a
    /// better one that may be back.
    pub(super) fn next_switch(&mut self, now: impl FnOnce() -> Instant) -> Option<Attempt> {
        self.policy.reconnect?;
        let Current { server, since, is_failing } = self.current?;
        if is_failing {
            return self.set.next_attempt(now()).filter(|attempt| attempt.server != server);
        }
        let earliest = since + self.policy.fail_back?;
        let at = self.set.fail_back_at(server)?.max(earliest);
        let attempt = self.set.next_attempt(at)?;
        (attempt.server != server).then_some(attempt)
    }

    /// Where the server is.
    pub(super) fn endpoint(&self, server: ServerKey) -> Option<&Endpoint> {
        self.set.target(server)
    }

    /// The records of the domain name these now.
    pub(super) fn replace(&mut self, servers: Vec<Server<Endpoint>>) {
        self.set.replace(servers);
    }

    /// The connection to this server is up and in use.
    pub(super) fn handle_connected(&mut self, server: ServerKey, now: Instant) {
        self.set.handle_connected(server, now);
        self.current = Some(Current { server, since: now, is_failing: false });
    }

    /// The connection that has just come up is to be registered: only that shows that it works.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registering(&mut self) {
        if let Some(Current { server, .. }) = self.current {
            self.set.handle_registering(server);
        }
    }

    /// The registrar accepted a REGISTER on the connection in use.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registered(&mut self, now: Instant) {
        if let Some(Current { server, .. }) = self.current {
            self.set.handle_registered(server, now);
        }
    }

    /// No connection to this server.
    pub(super) fn handle_failed(&mut self, server: ServerKey, now: Instant) {
        self.set.handle_failed(server, now, None);
    }

    /// The connection in use is lost.
    pub(super) fn handle_lost(&mut self, now: Instant) {
        if let Some(current) = self.current.take() {
            // One that cannot serve us rests already.
            if !current.is_failing {
                self.set.handle_lost(current.server, now);
            }
        }
    }

    /// The server in use cannot serve us for so long.
    pub(super) fn handle_failing(&mut self, rest: Duration, now: Instant) {
        if let Some(current) = &mut self.current {
            current.is_failing = true;
            self.set.handle_failed(current.server, now, Some(rest));
        }
    }

    /// Stops to replace lost connections.
    pub(super) const fn stop(&mut self) {
        self.policy.reconnect = None;
    }
}

/// The servers of each flow: the best ones are spread, so that no two flows lead to one server while there are enough of
/// them (RFC 5626 §3.2).
pub(super) fn share_out<T: Clone>(mut servers: Vec<Server<T>>, flows: u32) -> Vec<Vec<Server<T>>> {
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

    const POLICY: Policy = Policy {
        reconnect: Some(BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(60) }),
        fail_back: Some(Duration::from_secs(30)),
    };

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn servers(policy: Policy) -> Servers {
        let url = |port: u16| Endpoint::of(&Server::new(format!("ws://127.0.0.1:{port}"))).unwrap();
        let servers = vec![url(1), url(2).with_priority(1), url(3).with_priority(2)];
        Servers::new(servers, policy, TokenSource::from_seed(1))
    }

    /// In use is the server of this port.
    fn using(port: usize, policy: Policy) -> Servers {
        let mut servers = servers(policy);
        for _ in 1..port {
            let failed = servers.first_attempt(at(0)).unwrap();
            servers.handle_failed(failed, at(0));
        }
        let server = servers.first_attempt(at(0)).unwrap();
        assert_eq!(servers.endpoint(server).unwrap().port(), u16::try_from(port).unwrap());
        servers.handle_connected(server, at(0));
        servers
    }

    #[test]
    fn ac32_each_server_is_tried_once_at_the_start() {
        let mut servers = servers(POLICY);
        let mut ports = Vec::new();
        while let Some(server) = servers.first_attempt(at(0)) {
            ports.push(servers.endpoint(server).unwrap().port());
            servers.handle_failed(server, at(0));
        }
        assert_eq!(ports, [1, 2, 3]);
    }

    #[test]
    fn ac32_after_its_time_the_better_server_is_tried_and_a_worse_one_never() {
        let mut servers = using(2, POLICY);
        let switch = servers.next_switch(|| at(5)).unwrap();
        assert_eq!((switch.server.index(), switch.at), (0, at(30)));
        servers.handle_failed(switch.server, at(30));
        let again = servers.next_switch(|| at(30)).unwrap();
        assert!(again.server == switch.server && again.at > at(30), "{again:?}");
        servers.handle_connected(switch.server, at(40));
        assert_eq!(servers.next_switch(|| at(1000)), None);
    }

    #[test]
    fn ac32_without_fail_back_a_server_is_used_as_long_as_it_lasts() {
        let mut servers = using(2, Policy { fail_back: None, ..POLICY });
        assert_eq!(servers.next_switch(|| at(1000)), None);
        servers.handle_lost(at(1000));
        assert_eq!(servers.next_attempt(at(1000)).unwrap().server.index(), 0);
    }

    #[cfg(feature = "registration")]
    #[test]
    fn ac4_a_server_that_lets_in_and_registers_nobody_is_left_for_the_next_one() {
        for (registers, index) in [(false, 1), (true, 0)] {
            let mut servers = using(1, POLICY);
            for start in [0, 100] {
                servers.handle_connected(servers.current.unwrap().server, at(start));
                servers.handle_registering();
                if registers {
                    servers.handle_registered(at(start + 5));
                }
                servers.handle_lost(at(start + 60));
                let next = servers.next_attempt(at(start + 60)).unwrap().server;
                if start == 0 {
                    assert_eq!(next.index(), 0, "the first loss is no failure");
                    servers.handle_connected(next, at(61));
                } else {
                    assert_eq!(next.index(), index);
                }
            }
        }
    }

    #[test]
    fn ac32_a_server_that_cannot_serve_is_left_for_the_next_one_and_rests() {
        let mut servers = using(1, POLICY);
        servers.handle_failing(Duration::from_secs(120), at(10));
        let switch = servers.next_switch(|| at(10)).unwrap();
        assert_eq!((switch.server.index(), switch.at), (1, at(10)));
        servers.handle_lost(at(10));
        servers.handle_connected(switch.server, at(10));
        assert_eq!(servers.next_switch(|| at(10)).unwrap().at, at(130), "Retry-After is honoured");
    }

    #[test]
    fn when_all_servers_fail_the_one_in_use_is_left_only_for_one_that_rests_less() {
        let mut servers = using(3, POLICY);
        servers.handle_failing(Duration::from_secs(1), at(0));
        let switch = servers.next_switch(|| at(0));
        assert!(switch.is_none_or(|switch| switch.at < at(3)), "{switch:?}");
        servers.stop();
        assert_eq!((servers.next_switch(|| at(0)), servers.next_attempt(at(0))), (None, None));
    }

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
