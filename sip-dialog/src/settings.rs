//! Timer values and policies of a session, RFC 3261 §17.1.1.1 and table 4.

use crate::{IdentityPolicy, Side};
use std::time::Duration;

/// Which early media of a forked call the application gets (AC-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "one, none or all")]
pub enum EarlyMedia {
    /// That of the dialog which had it first: one media engine plays one stream.
    #[default]
    FirstFork,
    /// None: media begins with the 2xx.
    Off,
    /// That of every dialog; the application keeps them apart by their identifiers.
    All,
}

/// When a callee sends its provisional responses reliably (RFC 3262 §3). A description in one to a re-INVITE is reliable
/// whenever the caller supports that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "a peer that does not know them gets none")]
pub enum ReliableProvisional {
    /// When the caller requires it, which is owed to it.
    #[default]
    WhenRequired,
    /// Also when the caller supports it.
    WhenSupported,
}

/// How long a session waits and what it does by itself; the defaults are those of RFC 3261.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionSettings {
    /// Round-trip estimate: the first wait before a 2xx is sent again. 500 ms.
    pub t1: Duration,
    /// The longest wait between two retransmissions of a 2xx. 4 s.
    pub t2: Duration,
    /// How often a ringing callee repeats its provisional response, and a re-INVITE that waits for the user gets one,
    /// against proxies that give up (§13.3.1.1). 60 s; two and a half times that where the response is reliable
    /// (RFC 3262 §3). As often one whose flow was lost meanwhile asks whether its caller still waits.
    pub provisional_refresh: Duration,
    /// Whose early media a caller is given.
    pub early_media: EarlyMedia,
    /// When a callee sends its provisional responses reliably.
    pub reliable: ReliableProvisional,
    /// The session interval in seconds that this end asks for (RFC 4028 §7.1, §9), at least
    /// [`Self::min_session_interval`]; `None` to ask for none. What the peer asks for is honoured in any case.
    pub session_interval: Option<u32>,
    /// The shortest session interval in seconds that is accepted, at least 90 (RFC 4028 §5); shorter ones get 422.
    pub min_session_interval: u32,
    /// Which end this end wants to refresh the session; `None` to leave it to the callee (RFC 4028 §7.1).
    pub refresher: Option<Side>,
    /// The INFO packages that this end receives (RFC 6086 §5.2.2); others are refused with 469.
    pub recv_info: Vec<String>,
    /// Whether the application is shown every re-INVITE and UPDATE of the peer whole
    /// ([`crate::SessionEvent::Received`]), mere refreshes among them. It is not by default.
    pub shows_requests: bool,
    /// Whose word about the peer counts (RFC 3325).
    pub identity: IdentityPolicy,
    /// Whether the application chooses the offer of the re-INVITE that follows a lost flow, instead of none changing.
    pub asks_for_recovery_offer: bool,
}

impl SessionSettings {
    /// The default wait times with another T1 and T2.
    #[must_use]
    pub fn with_timers(t1: Duration, t2: Duration) -> Self {
        Self { t1, t2, ..Self::default() }
    }

    /// 64 times T1: the patience for an ACK, for the final response to a cancelled INVITE, and for late 2xx.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            provisional_refresh: Duration::from_secs(60),
            early_media: EarlyMedia::default(),
            reliable: ReliableProvisional::default(),
            session_interval: None,
            min_session_interval: 90,
            refresher: None,
            recv_info: Vec::new(),
            shows_requests: false,
            identity: IdentityPolicy::default(),
            asks_for_recovery_offer: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_patience_is_32_seconds() {
        assert_eq!(SessionSettings::default().patience(), Duration::from_secs(32));
        let quick = SessionSettings::with_timers(Duration::from_millis(10), Duration::from_millis(80));
        assert_eq!(quick.patience(), Duration::from_millis(640));
    }
}
