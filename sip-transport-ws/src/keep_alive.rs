//! When to ping and when to give a silent peer up: RFC 7118 §6, RFC 5626 §3.5.1 and §4.4, without I/O.

use sip_clock::{Instant, TokenSource};
use std::time::Duration;

/// How a connection is kept alive and its loss noticed.
///
/// ```
/// use sip_transport_ws::KeepAliveOptions;
///
/// let options = KeepAliveOptions::default();
/// assert_eq!((options.interval.as_secs(), options.timeout.as_secs()), (25, 10));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepAliveOptions {
    /// What is sent.
    pub mode: KeepAliveMode,
    /// How long the peer may be silent before it is pinged: 25 s, below the half minute after which proxies drop idle
    /// connections.
    pub interval: Duration,
    /// How long the answer to a ping may take before the connection counts as lost: 10 s.
    pub timeout: Duration,
}

impl KeepAliveOptions {
    /// Neither pings nor notices silence: for servers, whose clients keep the connection alive.
    pub const OFF: Self = Self {
        mode: KeepAliveMode::None,
        interval: Duration::from_secs(25),
        timeout: Duration::from_secs(10),
    };
}

impl Default for KeepAliveOptions {
    fn default() -> Self {
        Self { mode: KeepAliveMode::WsPing, ..Self::OFF }
    }
}

/// What is sent to a silent peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum KeepAliveMode {
    /// Nothing.
    None,
    /// Ping frames (RFC 6455 §5.5.2), which every WebSocket peer answers.
    WsPing,
    /// A double CRLF (RFC 5626 §3.5.1); a peer that has never answered one and leaves two of them unanswered is pinged with
    /// frames from then on, or asked for a request where there are none ([`KeepAlive::without_ping_frames`]), for some
    /// servers do not know the CRLF kind.
    Crlf,
    /// A request that the peer has to answer, such as OPTIONS: the owner of the connection is told to send it.
    Options,
}

/// What a [`KeepAlive`] wants done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every action must be carried out")]
pub enum KeepAliveAction {
    /// Send a ping frame.
    SendPing,
    /// Send a double CRLF in a text frame.
    SendCrlf,
    /// Have a request sent that the peer has to answer.
    SendRequest,
    /// The peer is gone: the last thing a machine says.
    GiveUp,
}

/// Watches one connection: pings a peer that has been silent for the interval, gives up one that stays silent.
///
/// Whatever arrives proves the peer alive, so a busy connection is never pinged.
///
/// ```text
///              interval: ping                timeout
///   Listening ───────────────▶ Waiting ─────────────────▶ Lost
///       ▲  anything received      │ ▲  │ timeout of a CRLF: CRLF once more, then ping
///       └─────────────────────────┘ └──┘
/// ```
#[derive(Debug)]
pub struct KeepAlive {
    options: KeepAliveOptions,
    /// What follows double CRLFs that nobody answers.
    fallback: KeepAliveMode,
    /// Whether the peer has answered a double CRLF: then one that stays unanswered is enough (RFC 5626 §4.4.1).
    answers_crlf: bool,
    state: State,
    flow_timer: Option<Box<FlowTimer>>,
}

/// What the peer wants to see of us, whatever it sends itself (RFC 5626 §4.4).
#[derive(Debug)]
struct FlowTimer {
    limit: Duration,
    tokens: TokenSource,
    /// When the next ping is due.
    due: Instant,
}

impl FlowTimer {
    /// rfc5626#4.4: each interval is 80 to 100 % of the limit, at random.
    fn restart(&mut self, now: Instant) {
        let fifth = u64::try_from((self.limit / 5).as_millis()).unwrap_or(u64::MAX);
        let early = Duration::from_millis(self.tokens.below(fifth.saturating_add(1)));
        self.due = now + self.limit.saturating_sub(early);
    }
}

#[derive(Debug)]
enum State {
    Off,
    Listening { since: Instant },
    Waiting { since: Instant, tries: u8 },
    Lost,
}

/// Unanswered double CRLFs before ping frames are tried.
const CRLF_TRIES: u8 = 2;

impl KeepAlive {
    /// Watches a connection that came up at `now`.
    #[must_use]
    pub const fn new(options: KeepAliveOptions, now: Instant) -> Self {
        let state = match options.mode {
            KeepAliveMode::None => State::Off,
            KeepAliveMode::WsPing | KeepAliveMode::Crlf | KeepAliveMode::Options => {
                State::Listening { since: now }
            }
        };
        Self { options, fallback: KeepAliveMode::WsPing, answers_crlf: false, state, flow_timer: None }
    }

    /// The same where ping frames cannot be sent, as in a page: double CRLFs take their place, and a request that of
    /// unanswered double CRLFs.
    #[must_use]
    pub fn without_ping_frames(mut self) -> Self {
        if self.options.mode == KeepAliveMode::WsPing {
            self.options.mode = KeepAliveMode::Crlf;
        }
        self.fallback = KeepAliveMode::Options;
        self
    }

    /// Anything has arrived: a message, a ping, an answer to ours.
    pub const fn handle_received(&mut self, now: Instant) {
        if let State::Listening { .. } | State::Waiting { .. } = self.state {
            self.state = State::Listening { since: now };
        }
    }

    /// A single CRLF has arrived: the answer to a double one, if that was sent.
    pub const fn handle_pong(&mut self, now: Instant) {
        if let State::Waiting { .. } = self.state {
            self.answers_crlf = true;
        }
        self.handle_received(now);
    }

    /// The peer takes the connection for dead when it sees no keep-alive for `limit` (Flow-Timer, RFC 5626 §4.4): from now
    /// on one is sent after 80 to 100 % of it at the latest, drawn from `tokens`, however busy the connection is. `None`
    /// for a peer that wants nothing. Without keep-alive it changes nothing.
    pub fn set_flow_timer(&mut self, limit: Option<Duration>, tokens: TokenSource, now: Instant) {
        self.flow_timer = limit.map(|limit| {
            let mut timer = FlowTimer { limit, tokens, due: now };
            timer.restart(now);
            Box::new(timer)
        });
    }

    /// The time of [`next_timeout`](Self::next_timeout) has come; too early or twice, it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<KeepAliveAction> {
        if self.next_timeout().is_none_or(|due| now < due) {
            return None;
        }
        let tries = match self.state {
            State::Off | State::Lost => return None,
            State::Listening { .. } => 0,
            State::Waiting { tries, .. } => tries,
        };
        Some(self.ping(tries, now))
    }

    /// When there is something to do; `None` when nothing is watched.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Off | State::Lost => None,
            State::Listening { since } => {
                let silence = since + self.options.interval;
                Some(self.flow_timer.as_ref().map_or(silence, |timer| silence.min(timer.due)))
            }
            State::Waiting { since, .. } => Some(since + self.options.timeout),
        }
    }

    /// Whether the peer has been given up.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// What follows `tries` unanswered pings.
    fn ping(&mut self, tries: u8, now: Instant) -> KeepAliveAction {
        let is_crlf = self.options.mode == KeepAliveMode::Crlf;
        let may_know_no_crlf = is_crlf && !self.answers_crlf;
        if may_know_no_crlf && tries >= CRLF_TRIES {
            self.options.mode = self.fallback;
        } else if !may_know_no_crlf && tries > 0 {
            self.state = State::Lost;
            return KeepAliveAction::GiveUp;
        }
        self.state = State::Waiting { since: now, tries: tries + 1 };
        if let Some(timer) = &mut self.flow_timer {
            timer.restart(now);
        }
        match self.options.mode {
            KeepAliveMode::Crlf => KeepAliveAction::SendCrlf,
            KeepAliveMode::Options => KeepAliveAction::SendRequest,
            KeepAliveMode::WsPing | KeepAliveMode::None => KeepAliveAction::SendPing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(mode: KeepAliveMode) -> KeepAliveOptions {
        KeepAliveOptions { mode, ..KeepAliveOptions::OFF }
    }

    /// What happens to a peer that never answers, with the times.
    fn silence(mode: KeepAliveMode) -> Vec<String> {
        silence_at(KeepAlive::new(options(mode), Instant::ZERO))
    }

    fn silence_at(mut keep_alive: KeepAlive) -> Vec<String> {
        let mode = keep_alive.options.mode;
        let mut log = Vec::new();
        while let Some(due) = keep_alive.next_timeout() {
            let action = keep_alive.handle_timeout(due);
            assert_eq!(keep_alive.handle_timeout(due), None, "once is enough");
            log.push(format!("{due} {action:?}"));
        }
        assert_eq!(keep_alive.is_terminated(), mode != KeepAliveMode::None);
        log
    }

    #[test]
    fn ac2_ac30_a_silent_peer_is_asked_after_25_s_and_given_up_within_interval_and_timeout() {
        assert_eq!(silence(KeepAliveMode::WsPing), ["+25s Some(SendPing)", "+35s Some(GiveUp)"]);
    }

    #[test]
    fn ac30_an_unanswered_crlf_falls_back_to_ping_frames() {
        let log = silence(KeepAliveMode::Crlf);
        assert_eq!(
            log,
            ["+25s Some(SendCrlf)", "+35s Some(SendCrlf)", "+45s Some(SendPing)", "+55s Some(GiveUp)"]
        );
    }

    #[test]
    fn ac2_ac30_a_peer_that_has_answered_crlfs_is_given_up_within_interval_and_timeout() {
        let mut keep_alive =
            KeepAlive::new(options(KeepAliveMode::WsPing), Instant::ZERO).without_ping_frames();
        let due = keep_alive.next_timeout().unwrap();
        assert_eq!(keep_alive.handle_timeout(due), Some(KeepAliveAction::SendCrlf));
        keep_alive.handle_pong(due);
        assert_eq!(silence_at(keep_alive), ["+50s Some(SendCrlf)", "+60s Some(GiveUp)"]);
    }

    #[test]
    fn ac30_a_page_falls_back_from_unanswered_crlfs_to_requests() {
        for mode in [KeepAliveMode::Crlf, KeepAliveMode::WsPing] {
            let log = silence_at(KeepAlive::new(options(mode), Instant::ZERO).without_ping_frames());
            assert_eq!(
                log,
                ["+25s Some(SendCrlf)", "+35s Some(SendCrlf)", "+45s Some(SendRequest)", "+55s Some(GiveUp)"]
            );
        }
    }

    #[test]
    fn ac30_a_peer_that_answers_no_request_is_given_up() {
        assert_eq!(silence(KeepAliveMode::Options), ["+25s Some(SendRequest)", "+35s Some(GiveUp)"]);
    }

    #[test]
    fn ac30_by_default_ping_frames_are_sent_after_25_s_of_silence() {
        let KeepAliveOptions { mode, interval, timeout } = KeepAliveOptions::default();
        assert_eq!((mode, interval.as_secs(), timeout.as_secs()), (KeepAliveMode::WsPing, 25, 10));
    }

    #[test]
    fn ac30_without_keep_alive_nothing_is_due() {
        assert_eq!(silence(KeepAliveMode::None), [""; 0]);
    }

    #[test]
    fn whatever_arrives_puts_the_ping_off() {
        let mut keep_alive = KeepAlive::new(options(KeepAliveMode::WsPing), Instant::ZERO);
        keep_alive.handle_received(Instant::ZERO + Duration::from_secs(20));
        assert_eq!(keep_alive.handle_timeout(Instant::ZERO + Duration::from_secs(25)), None);
        let due = keep_alive.next_timeout().unwrap();
        assert_eq!(due.to_string(), "+45s");
        assert_eq!(keep_alive.handle_timeout(due), Some(KeepAliveAction::SendPing));
        keep_alive.handle_received(due + Duration::from_secs(9));
        assert_eq!(keep_alive.next_timeout().unwrap().to_string(), "+79s");
    }

    // rfc5626#4.4
    #[test]
    fn a_flow_timer_is_kept_on_a_busy_connection_at_random() {
        let mut keep_alive = KeepAlive::new(options(KeepAliveMode::WsPing), Instant::ZERO);
        let limit = Duration::from_secs(20);
        keep_alive.set_flow_timer(Some(limit), TokenSource::from_seed(1), Instant::ZERO);
        let (mut last, mut intervals) = (Instant::ZERO, Vec::new());
        for step in 1..2000 {
            let now = Instant::ZERO + Duration::from_millis(100) * step;
            if keep_alive.next_timeout().unwrap() <= now {
                assert_eq!(keep_alive.handle_timeout(now), Some(KeepAliveAction::SendPing));
                intervals.push(now - last);
                last = now;
            }
            keep_alive.handle_received(now);
        }
        let slack = Duration::from_millis(100);
        assert!(intervals.iter().all(|it| *it >= limit * 4 / 5 && *it <= limit + slack), "{intervals:?}");
        assert!(intervals.iter().any(|it| *it != intervals[0]), "{intervals:?}");
        keep_alive.set_flow_timer(None, TokenSource::from_seed(1), last);
        keep_alive.handle_received(last);
        assert_eq!(keep_alive.next_timeout(), Some(last + Duration::from_secs(25)));
    }

    #[test]
    fn a_long_flow_timer_makes_silence_no_longer() {
        let mut keep_alive = KeepAlive::new(options(KeepAliveMode::WsPing), Instant::ZERO);
        keep_alive.set_flow_timer(Some(Duration::from_secs(120)), TokenSource::from_seed(1), Instant::ZERO);
        assert_eq!(keep_alive.next_timeout().unwrap().to_string(), "+25s");
    }

    #[test]
    fn a_fallback_stays() {
        let mut keep_alive = KeepAlive::new(options(KeepAliveMode::Crlf), Instant::ZERO);
        for _ in 0..3 {
            let due = keep_alive.next_timeout().unwrap();
            let _ = keep_alive.handle_timeout(due);
        }
        keep_alive.handle_received(Instant::ZERO + Duration::from_secs(46));
        let due = keep_alive.next_timeout().unwrap();
        assert_eq!(keep_alive.handle_timeout(due), Some(KeepAliveAction::SendPing));
    }
}
