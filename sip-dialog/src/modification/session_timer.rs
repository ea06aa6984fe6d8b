//! Session timers, RFC 4028 §7 to §10, of both ends; AC-33. This end asks for one by
//! [`SessionSettings::session_interval`]; what the peer asks for in INVITE, UPDATE or a 2xx holds. The refresh is an
//! UPDATE without description where the peer allows that, else a re-INVITE with the description unchanged.

use super::{ChangeTimer, Modification, Refusal, Wanted};
use crate::{DialogState, SessionDescription, SessionSettings, Side};
use sip_clock::Instant;
use sip_message::{
    Body, HeaderName, Headers, Method, MinSe, Refresher, Request, Require, Response, SessionExpires,
    StatusCode, Supported,
};
use std::time::Duration;

/// How long the session lives without a refresh, and who sends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionTimer {
    seconds: u32,
    /// Whether this end refreshes.
    is_ours: bool,
    /// Whether a refresh of this end got no answer.
    is_late: bool,
    expires: Instant,
}

#[cfg(feature = "serde")]
impl SessionTimer {
    pub(super) const fn new(seconds: u32, is_ours: bool, expires: Instant) -> Self {
        Self { seconds, is_ours, is_late: false, expires }
    }

    pub(super) const fn seconds(self) -> u32 {
        self.seconds
    }

    pub(super) const fn is_ours(self) -> bool {
        self.is_ours
    }

    pub(super) const fn expires(self) -> Instant {
        self.expires
    }
}

/// What this end knows of the intervals that others accept and that it asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Intervals {
    /// What this end asked for in the INVITE or would ask for in its 2xx, in seconds.
    pub(super) asked: Option<u32>,
    /// The largest Min-SE of the dialog, in seconds; 0 when none came.
    pub(super) least: u32,
}

/// The 422 owed to a request for a session that is too brief, if the peer understands it (RFC 4028 §9).
pub(crate) fn too_brief(request: &Request, settings: &SessionSettings) -> Option<Response> {
    let asked: SessionExpires = request.headers().typed().ok()??;
    let shortest = shortest(settings);
    (asked.seconds < shortest && supports_timer(request.headers()))
        .then(|| request.response(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(shortest)))
}

/// Makes `invite` ask for a session timer, unless it does or `settings` want none (RFC 4028 §7.1).
pub(crate) fn ask(invite: &mut Request, settings: &SessionSettings) {
    support(invite.headers_mut());
    let Some(seconds) = settings.session_interval else { return };
    if invite.headers().contains(&HeaderName::SessionExpires) {
        return;
    }
    let shortest = shortest(settings);
    let expires = SessionExpires::new(seconds.max(shortest));
    invite.headers_mut().push(&match settings.refresher {
        Some(Side::Local) => expires.with_refresher(Refresher::Uac),
        Some(Side::Remote) => expires.with_refresher(Refresher::Uas),
        None => expires,
    });
    if shortest > SHORTEST {
        invite.headers_mut().push(&MinSe::new(shortest));
    }
}

/// Makes `invite` ask for what its 422 demands; false when that is no more than it asked for (RFC 4028 §7.3, §7.4). One that
/// asked for no timer had one added by a proxy on the way, and goes on to ask for none itself.
pub(crate) fn lengthen(invite: &mut Request, refusal: &Response) -> bool {
    if refusal.status() != StatusCode::SESSION_INTERVAL_TOO_SMALL {
        return false;
    }
    let asked: Option<SessionExpires> = invite.headers().typed().ok().flatten();
    let known = asked.as_ref().map(|asked| asked.seconds).or_else(|| min_se(invite.headers()));
    let Some(least) = min_se(refusal.headers()).filter(|least| *least > known.unwrap_or_default()) else {
        return false;
    };
    if let Some(mut asked) = asked {
        asked.seconds = least;
        invite.headers_mut().set(&asked);
    }
    invite.headers_mut().set(&MinSe::new(least));
    true
}

/// Adds `Supported: timer`, which every request but ACK carries (RFC 4028 §7.1), unless it is there.
pub(crate) fn support(headers: &mut Headers) {
    if !supports_timer(headers) {
        headers.push(&Supported(OPTION.to_owned()));
    }
}

/// What Min-SE says, in seconds.
pub(super) fn min_se(headers: &Headers) -> Option<u32> {
    headers.typed().ok().flatten().map(|least: MinSe| least.seconds)
}

impl Modification {
    /// The INVITE of this end, as it went out: the interval it asked for.
    pub(crate) fn note_asked(&mut self, invite: &Request) {
        self.intervals.asked = invite.headers().typed().ok().flatten().map(|it: SessionExpires| it.seconds);
    }

    /// A 2xx goes out: the session timer that its request asks for, by RFC 4028 §9, table 2, or that this end wants. An UPDATE
    /// that says nothing may be older than the 2xx that confirmed the dialog: it leaves the timer as it is, and is told so.
    pub(crate) fn agree_as_server(&mut self, request: &Request, response: &mut Response, now: Instant) {
        let is_supported = supports_timer(request.headers());
        let least = min_se(request.headers()).unwrap_or_default();
        self.intervals.least = self.intervals.least.max(least);
        let least = least.max(shortest(&self.settings));
        // an unreadable field asks for nothing
        let asked: Option<SessionExpires> = request.headers().typed().ok().flatten();
        let (seconds, wish) = match (&asked, self.settings.session_interval) {
            // rfc4028#9: it may be made shorter, down to Min-SE, and never longer
            (Some(asked), Some(ours)) => (asked.seconds.min(ours.max(least)), asked.refresher()),
            (Some(asked), None) => (asked.seconds, asked.refresher()),
            (None, _) if *request.method() == Method::Update => match self.session {
                Some(running) => {
                    let refresher = if running.is_ours { Refresher::Uas } else { Refresher::Uac };
                    (running.seconds.max(least), Some(refresher))
                }
                None => return,
            },
            (None, Some(ours)) if is_supported => (ours.max(least), None),
            // rfc4028#9: off unless asked for
            (None, Some(_) | None) => return self.run(None, now),
        };
        let refresher = match (is_supported, wish, self.settings.refresher) {
            (true, Some(refresher), _) => refresher,
            (true, None, Some(Side::Local)) => Refresher::Uas,
            (true, None, Some(Side::Remote) | None) => Refresher::Uac,
            // a peer that does not know the timer cannot refresh
            (false, _, _) => Refresher::Uas,
        };
        if is_supported {
            // rfc4028#9: the caller has to understand that it is to refresh, or to leave when nobody does
            response.headers_mut().push(&Require(OPTION.to_owned()));
        }
        response.headers_mut().push(&SessionExpires::new(seconds).with_refresher(refresher));
        self.run(Some((seconds, refresher == Refresher::Uas)), now);
    }

    /// A 2xx to INVITE or UPDATE came: the session timer that it sets, or ends by saying nothing (RFC 4028 §7.2).
    pub(crate) fn agree_as_client(&mut self, response: &Response, now: Instant) {
        let set: Option<SessionExpires> = response.headers().typed().ok().flatten();
        let session = match (set, self.intervals.asked) {
            (Some(set), _) => Some((set.seconds, set.refresher() != Some(Refresher::Uas))),
            // rfc4028#7.2: a peer that does not know the timer leaves it to the end that wants it
            (None, Some(asked)) => Some((asked.max(self.intervals.least), true)),
            (None, None) => None,
        };
        self.run(session, now);
    }

    /// A re-INVITE or UPDATE goes out: it keeps the timer and its roles (RFC 4028 §7.4).
    pub(super) fn prolong(&self, request: &mut Request) {
        // what this end accepts binds the other one in each request anew
        let own = Some(shortest(&self.settings)).filter(|seconds| *seconds > SHORTEST).unwrap_or_default();
        let least = self.intervals.least.max(own);
        if least > 0 {
            // rfc4028#7.4: the largest one of the dialog
            request.headers_mut().set(&MinSe::new(least));
        }
        if let Some(session) = self.session {
            let refresher = if session.is_ours { Refresher::Uac } else { Refresher::Uas };
            let expires = SessionExpires::new(session.seconds.max(least)).with_refresher(refresher);
            request.headers_mut().set(&expires);
        }
    }

    /// Half of the interval is over: any request under way or wanted will do, else one for this alone.
    pub(super) fn want_refresh(&mut self) {
        self.wanted.get_or_insert(Wanted::Refresh);
    }

    /// Whether the peer has said that it serves UPDATE and not shown otherwise (RFC 4028 §7.4; AC-33).
    pub(super) fn is_update_served(&self) -> bool {
        self.peer.allows(&Method::Update) && !self.is_update_useless
    }

    /// A 422 demands an interval of at least `least` seconds; whether that is more than what was asked for.
    pub(super) fn raise_interval(&mut self, least: u32) -> bool {
        let asked = self.session.map_or(0, |session| session.seconds).max(self.intervals.least);
        self.intervals.least = self.intervals.least.max(least);
        least > asked
    }

    /// A refresh failed. Without answer it is sent once more (AC-33); else again in half of the time that the peer
    /// leaves, at once when it can be mended, and the session expires in its time.
    pub(super) fn miss_refresh(&mut self, refusal: &Refusal, is_mended: bool, now: Instant) {
        let Some(session) = self.session.as_mut() else { return };
        if refusal.status == StatusCode::REQUEST_TIMEOUT {
            if session.is_late {
                return self.timers.set(ChangeTimer::Expired, now);
            }
            session.is_late = true;
            self.timers.stop(&ChangeTimer::Expired);
            return self.want_refresh();
        }
        if is_mended {
            self.is_second_try = true;
            return self.want_refresh();
        }
        let interval = Duration::from_secs(session.seconds.max(SHORTEST).into());
        let left = session.expires.duration_since(now + margin(interval));
        // rfc4028#10: no endless repetition of what is refused
        if left >= LAST_TRY {
            self.timers.set(ChangeTimer::Refresh, now + left / 2);
        }
    }

    /// What this end said last, as it was.
    pub(super) fn unchanged(&mut self) -> Option<Body> {
        self.stated = self.agreed.local;
        self.exchange.current(Side::Local).map(SessionDescription::to_body)
    }

    /// Begins the interval anew, in seconds and whether this end refreshes.
    fn run(&mut self, session: Option<(u32, bool)>, now: Instant) {
        self.timers.stop(&ChangeTimer::Refresh);
        self.timers.stop(&ChangeTimer::Expired);
        self.session = session.map(|(seconds, is_ours)| {
            let interval = Duration::from_secs(seconds.max(SHORTEST).into());
            SessionTimer { seconds, is_ours, is_late: false, expires: now + interval }
        });
        let Some(session) = self.session else { return };
        let interval = session.expires.duration_since(now);
        if session.is_ours {
            // rfc4028#7.2: half of it leaves time for a second try
            self.timers.set(ChangeTimer::Refresh, now + interval / 2);
            self.timers.set(ChangeTimer::Expired, session.expires);
        } else {
            // rfc4028#10: BYE goes out before the peer gives up
            self.timers.set(ChangeTimer::Expired, now + interval.saturating_sub(margin(interval)));
        }
    }
}

/// Whether a request of the session may set its timer: not before the dialog is confirmed (RFC 4028 §7.2).
pub(super) fn is_timed(state: DialogState) -> bool {
    state == DialogState::Confirmed
}

/// How long before the end of the interval the end that does not refresh says BYE (RFC 4028 §10).
fn margin(interval: Duration) -> Duration {
    (interval / 3).min(Duration::from_secs(32))
}

fn shortest(settings: &SessionSettings) -> u32 {
    settings.min_session_interval.max(SHORTEST)
}

fn supports_timer(headers: &Headers) -> bool {
    headers.has_token(&HeaderName::Supported, OPTION)
}

/// The option tag of RFC 4028 §11.
const OPTION: &str = "timer";

/// The shortest interval that may be accepted, in seconds (RFC 4028 §5).
const SHORTEST: u32 = 90;

/// With less time left than this a refused refresh is not tried again.
const LAST_TRY: Duration = Duration::from_secs(4);
