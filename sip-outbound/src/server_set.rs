//! Several servers for one user agent: priority and weight of RFC 2782, fail-over and fail-back, waits of RFC 5626 §4.5.

use crate::{BackOff, Reconnection};
use sip_clock::{Instant, TokenSource};
use std::time::Duration;

/// One server of a [`ServerSet`].
#[expect(clippy::exhaustive_structs, reason = "the parameters of RFC 2782")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server<T> {
    /// Where it is: an address, a URL, whatever the caller connects to.
    pub target: T,
    /// Servers with a smaller number come first; those with a greater one are tried only when these have failed.
    pub priority: u16,
    /// The share among servers of one priority; 0 for hardly ever.
    pub weight: u16,
}

impl<T> Server<T> {
    /// A server of the first priority.
    #[must_use]
    pub const fn new(target: T) -> Self {
        Self { target, priority: 0, weight: 1 }
    }

    /// The same with another priority.
    #[must_use]
    pub const fn with_priority(mut self, priority: u16) -> Self {
        self.priority = priority;
        self
    }

    /// The same with another weight.
    #[must_use]
    pub const fn with_weight(mut self, weight: u16) -> Self {
        self.weight = weight;
        self
    }
}

/// Decides which server to connect to and when.
///
/// A server that failed rests for a growing time; meanwhile the others are tried at once, the best first. While a
/// server of a later priority is in use, [`fail_back_at`](Self::fail_back_at) says when a better one is worth a try.
///
/// ```
/// use sip_clock::{Instant, TokenSource};
/// use sip_outbound::{BackOff, Server, ServerSet};
///
/// let servers = vec![Server::new("edge1"), Server::new("edge2").with_priority(1)];
/// let mut set = ServerSet::new(servers, BackOff::default(), TokenSource::from_seed(1));
/// let now = Instant::ZERO;
/// let first = set.next_attempt(now).unwrap();
/// assert_eq!((set.target(first.server), first.at), (Some(&"edge1"), now));
/// set.handle_failed(first.server, now, None);
/// let second = set.next_attempt(now).unwrap();
/// assert_eq!((set.target(second.server), second.at), (Some(&"edge2"), now));
/// set.handle_connected(second.server, now);
/// assert!(set.fail_back_at(second.server).unwrap() > now);
/// ```
#[derive(Debug)]
pub struct ServerSet<T> {
    members: Vec<Member<T>>,
    back_off: BackOff,
    /// How many servers there have ever been.
    named: usize,
    /// The server that was lost after a good connection: first among equals.
    lost: Option<ServerKey>,
    tokens: TokenSource,
}

/// Names a server of the set it came from, also after it has left that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServerKey(usize);

impl ServerKey {
    /// Its place in the list that the set was made of, from 0; those that came later are counted on.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What to try next.
#[expect(clippy::exhaustive_structs, reason = "where and when")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// The server.
    pub server: ServerKey,
    /// Not before this.
    pub at: Instant,
}

#[derive(Debug)]
struct Member<T> {
    key: ServerKey,
    server: Server<T>,
    reconnection: Reconnection,
    /// A Retry-After that the server sent.
    resting_until: Option<Instant>,
}

impl<T> ServerSet<T> {
    /// A set whose servers are all worth a try.
    #[must_use]
    pub fn new(servers: Vec<Server<T>>, back_off: BackOff, tokens: TokenSource) -> Self {
        let mut set = Self { members: Vec::new(), back_off, named: 0, lost: None, tokens };
        set.members = servers.into_iter().map(|server| set.member(server)).collect();
        set
    }

    /// Puts `servers` in place of all that there were, as when the records of a domain have changed. Those that are there
    /// again keep what they have to rest, with the priority and weight that they have now.
    ///
    /// ```
    /// use sip_clock::{Instant, TokenSource};
    /// use sip_outbound::{BackOff, Server, ServerSet};
    ///
    /// let mut set = ServerSet::new(vec![Server::new("old")], BackOff::default(), TokenSource::from_seed(1));
    /// let old = set.next_attempt(Instant::ZERO).unwrap().server;
    /// set.handle_failed(old, Instant::ZERO, None);
    /// set.replace(vec![Server::new("new")]);
    /// let next = set.next_attempt(Instant::ZERO).unwrap();
    /// assert_eq!((set.target(next.server), next.at), (Some(&"new"), Instant::ZERO));
    /// assert_eq!(set.target(old), None);
    /// ```
    pub fn replace(&mut self, servers: Vec<Server<T>>)
    where
        T: PartialEq,
    {
        let mut before = std::mem::take(&mut self.members);
        for server in servers {
            let known = before.iter().position(|member| member.server.target == server.target);
            let member = match known {
                Some(at) => Member { server, ..before.swap_remove(at) },
                None => self.member(server),
            };
            self.members.push(member);
        }
    }

    /// The server to connect to next: the best of those that need no rest, else the one that has rested first. `None`
    /// when the set is empty.
    pub fn next_attempt(&mut self, now: Instant) -> Option<Attempt> {
        let best = self
            .members
            .iter()
            .filter(|member| member.is_ready(now))
            .map(|member| member.server.priority)
            .min();
        let server = match best {
            Some(priority) => self.draw(priority, now)?,
            None => {
                let first = self.members.iter().min_by_key(|member| member.due())?;
                first.key
            }
        };
        let due = self.member_of(server)?.due();
        Some(Attempt { server, at: due.max(now) })
    }

    /// The connection to this server is up.
    pub fn handle_connected(&mut self, server: ServerKey, now: Instant) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == server) {
            member.reconnection.handle_connected(now);
            member.resting_until = None;
            self.lost = None;
        }
    }

    /// The connection to this server, which has just come up, is to be registered: only that shows that it works.
    pub fn handle_registering(&mut self, server: ServerKey) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == server) {
            member.reconnection.handle_registering();
        }
    }

    /// The registrar accepted a REGISTER on the connection to this server.
    pub fn handle_registered(&mut self, server: ServerKey, now: Instant) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == server) {
            member.reconnection.handle_registered(now);
        }
    }

    /// The connection to this server is lost. After a good one, or the first that was not, it may be
    /// tried again at once ([`Reconnection`]).
    pub fn handle_lost(&mut self, server: ServerKey, now: Instant) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == server) {
            member.reconnection.handle_lost(now);
            self.lost = Some(server).filter(|_| member.is_ready(now));
        }
    }

    /// No connection to this server, or it sheds load with a 503: `retry_after` is what it asks for (P16, RFC 3261
    /// §21.5.4).
    pub fn handle_failed(&mut self, server: ServerKey, now: Instant, retry_after: Option<Duration>) {
        if let Some(member) = self.members.iter_mut().find(|member| member.key == server) {
            member.reconnection.handle_failed(now);
            member.resting_until = retry_after.map(|wait| now + wait);
            self.lost = self.lost.filter(|lost| *lost != server);
        }
    }

    /// While `server` is in use: when one of an earlier priority has rested enough to be tried again; `None` when there
    /// is none.
    #[must_use]
    pub fn fail_back_at(&self, server: ServerKey) -> Option<Instant> {
        let priority = self.member_of(server)?.server.priority;
        let better = self.members.iter().filter(|member| member.server.priority < priority);
        better.map(Member::due).min()
    }

    /// Where the server is.
    #[must_use]
    pub fn target(&self, server: ServerKey) -> Option<&T> {
        self.member_of(server).map(|member| &member.server.target)
    }

    /// How many servers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn member_of(&self, server: ServerKey) -> Option<&Member<T>> {
        self.members.iter().find(|member| member.key == server)
    }

    /// A new one that needs no rest.
    fn member(&mut self, server: Server<T>) -> Member<T> {
        let own_tokens = TokenSource::new(self.tokens.seed());
        let reconnection = Reconnection::new(self.back_off, Instant::ZERO, own_tokens);
        let key = ServerKey(self.named);
        self.named += 1;
        Member { key, server, reconnection, resting_until: None }
    }

    /// One of the ready servers of this priority, by weight: RFC 2782, "Weight".
    fn draw(&mut self, priority: u16, now: Instant) -> Option<ServerKey> {
        let ready = |member: &Member<T>| member.server.priority == priority && member.is_ready(now);
        if let Some(lost) = self.lost
            && self.member_of(lost).is_some_and(ready)
        {
            return Some(lost);
        }
        let members = self.members.iter().filter(|member| ready(member));
        let mut candidates: Vec<_> =
            members.map(|member| (u64::from(member.server.weight), member.key)).collect();
        // those of weight 0 stand in front, so that they have the small chance that is left for them
        candidates.sort_unstable();
        let total: u64 = candidates.iter().map(|(weight, _)| weight).sum();
        let drawn = self.tokens.below(total + 1);
        let mut running = 0;
        let chosen = candidates.iter().find(|(weight, _)| {
            running += weight;
            running >= drawn
        });
        chosen.map(|(_, key)| *key)
    }
}

impl<T> Member<T> {
    /// When it may be tried: at once, unless it failed.
    fn due(&self) -> Instant {
        let waits = [self.reconnection.next_attempt(), self.resting_until];
        waits.into_iter().flatten().max().unwrap_or(Instant::ZERO)
    }

    /// Whether it needs no rest. The fraction of a second by which a good connection is put off is none: that server is
    /// not left for it.
    fn is_ready(&self, now: Instant) -> bool {
        self.due() <= now || (self.resting_until.is_none() && self.reconnection.failures() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn set(servers: Vec<Server<&'static str>>, seed: u64) -> ServerSet<&'static str> {
        let back_off = BackOff { base: Duration::from_secs(1), maximum: Duration::from_secs(60) };
        ServerSet::new(servers, back_off, TokenSource::from_seed(seed))
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn two() -> ServerSet<&'static str> {
        set(vec![Server::new("best"), Server::new("spare").with_priority(10)], 1)
    }

    #[test]
    fn the_spare_is_used_while_the_best_rests_and_the_best_again_when_it_has() {
        let mut set = two();
        let best = set.next_attempt(at(100)).unwrap().server;
        assert_eq!(set.target(best), Some(&"best"));
        set.handle_failed(best, at(100), None);
        let spare = set.next_attempt(at(100)).unwrap();
        assert_eq!((set.target(spare.server), spare.at), (Some(&"spare"), at(100)));
        set.handle_connected(spare.server, at(100));
        let back = set.fail_back_at(spare.server).unwrap();
        assert!(back > at(100) && back <= at(102), "{back:?}");
        assert_eq!(set.next_attempt(back).unwrap(), Attempt { server: best, at: back });
        set.handle_connected(best, back);
        assert_eq!(set.fail_back_at(best), None);
    }

    #[test]
    fn with_every_server_resting_the_first_to_be_ready_is_waited_for() {
        let mut set = two();
        let best = set.next_attempt(at(100)).unwrap().server;
        set.handle_failed(best, at(100), Some(Duration::from_secs(50)));
        let spare = set.next_attempt(at(100)).unwrap().server;
        set.handle_failed(spare, at(100), None);
        let next = set.next_attempt(at(100)).unwrap();
        assert_eq!(next.server, spare);
        assert!(next.at > at(100) && next.at <= at(102), "{next:?}");
        assert_eq!(set.fail_back_at(spare), Some(at(150)), "P16: Retry-After is kept");
    }

    #[test]
    fn a_server_lost_after_a_good_connection_is_tried_again_first() {
        let mut set = two();
        let best = set.next_attempt(at(100)).unwrap().server;
        set.handle_connected(best, at(100));
        set.handle_lost(best, at(1000));
        let next = set.next_attempt(at(1000)).unwrap();
        assert_eq!(next.server, best);
        assert!(next.at < at(1001), "{next:?}");
    }

    #[test]
    fn among_equals_the_lost_server_is_tried_again_first_and_left_when_it_fails() {
        for seed in 0..20 {
            let mut set = set(vec![Server::new("one"), Server::new("two")], seed);
            let used = set.next_attempt(at(100)).unwrap().server;
            set.handle_connected(used, at(100));
            set.handle_lost(used, at(1000));
            assert_eq!(set.next_attempt(at(1000)).unwrap().server, used);
            set.handle_failed(used, at(1000), None);
            assert_ne!(set.next_attempt(at(1000)).unwrap().server, used);
        }
    }

    #[test]
    fn servers_that_are_named_again_keep_their_rest_and_others_are_forgotten() {
        let mut set = two();
        let best = set.next_attempt(at(100)).unwrap().server;
        set.handle_failed(best, at(100), Some(Duration::from_secs(50)));
        set.replace(vec![Server::new("third").with_priority(2), Server::new("best").with_priority(7)]);
        assert_eq!(set.len(), 2);
        let third = set.next_attempt(at(100)).unwrap();
        assert_eq!((set.target(third.server), third.server.index(), third.at), (Some(&"third"), 2, at(100)));
        set.handle_failed(third.server, at(100), Some(Duration::from_secs(60)));
        assert_eq!(set.next_attempt(at(100)).unwrap(), Attempt { server: best, at: at(150) });
        assert_eq!(set.fail_back_at(best), Some(at(160)), "its priority is the later one now");
    }

    #[test]
    fn without_servers_there_is_nothing_to_try() {
        assert_eq!(set(Vec::new(), 1).next_attempt(at(0)), None);
    }

    /// RFC 2782: in proportion to the weights.
    #[test]
    fn weights_are_shares() {
        let mut counts = BTreeMap::new();
        for seed in 0..2000 {
            let servers = vec![
                Server::new("three").with_weight(30),
                Server::new("one").with_weight(10),
                Server::new("zero").with_weight(0),
            ];
            let mut set = set(servers, seed);
            let drawn = set.next_attempt(at(0)).unwrap().server;
            *counts.entry(*set.target(drawn).unwrap()).or_insert(0) += 1;
        }
        assert!((1350..1600).contains(&counts["three"]), "{counts:?}");
        assert!((400..600).contains(&counts["one"]), "{counts:?}");
        assert!((1..120).contains(&counts["zero"]), "{counts:?}");
    }

    proptest! {
        /// Whatever fails, the next attempt is never in the past and never at a worse server than one that is ready.
        #[test]
        fn the_best_ready_server_is_tried(
            priorities in proptest::collection::vec(0u16..4, 1..6),
            failures in proptest::collection::vec((0usize..6, 0u64..100), 0..20),
            seed: u64,
        ) {
            let servers = priorities.iter().map(|priority| Server::new("x").with_priority(*priority)).collect();
            let mut set = set(servers, seed);
            let mut now = at(0);
            for (index, seconds) in failures {
                now += Duration::from_secs(seconds);
                set.handle_failed(ServerKey(index), now, None);
                let next = set.next_attempt(now).unwrap();
                prop_assert!(next.at >= now);
                let ready = set.members.iter().filter(|member| member.is_ready(now));
                if let Some(best) = ready.map(|member| member.server.priority).min() {
                    prop_assert_eq!(next.at, now);
                    prop_assert_eq!(set.members[next.server.0].server.priority, best);
                }
            }
        }
    }
}
