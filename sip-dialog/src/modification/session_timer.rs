//! Session timers as the answering end, RFC 4028 §7.2 to §10; AC-33. This end asks for none; what the peer asks for in
//! INVITE, UPDATE or a 2xx holds, and is refreshed by re-INVITE with the description unchanged.

use super::{ChangeTimer, Modification, Wanted};
use crate::Side;
use sip_clock::Instant;
use sip_message::{
    Body, MinSe, Refresher, Request, Require, Response, SessionExpires, StatusCode, Supported,
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
}

/// The 422 owed to a request for a session that is too brief, if the peer understands it (RFC 4028 §9).
pub(crate) fn too_brief(request: &Request) -> Option<Response> {
    let asked: SessionExpires = request.headers().typed().ok()??;
    (asked.seconds < SHORTEST && supports_timer(request))
        .then(|| request.response(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(&MinSe::new(SHORTEST)))
}

impl Modification {
    /// A 2xx goes out: the session timer that its request asks for, by RFC 4028 §9, table 2.
    pub(crate) fn agree_as_server(&mut self, request: &Request, response: &mut Response, now: Instant) {
        // rfc4028#9: off unless asked for; an unreadable field asks for nothing
        let Ok(Some(asked)) = request.headers().typed::<SessionExpires>() else { return self.run(None, now) };
        let refresher = match (supports_timer(request), asked.refresher()) {
            (true, Some(refresher)) => refresher,
            (true, None) => Refresher::Uac,
            // a peer that does not know the timer cannot refresh
            (false, _) => Refresher::Uas,
        };
        if refresher == Refresher::Uac {
            // rfc4028#9: the caller has to understand that it is to refresh
            response.headers_mut().push(&Require(OPTION.to_owned()));
        }
        response.headers_mut().push(&SessionExpires::new(asked.seconds).with_refresher(refresher));
        let is_ours = refresher == Refresher::Uas;
        self.run(Some(SessionTimer { seconds: asked.seconds, is_ours, is_late: false }), now);
    }

    /// A 2xx to INVITE came: the session timer that it sets (RFC 4028 §7.2).
    pub(crate) fn agree_as_client(&mut self, response: &Response, now: Instant) {
        let session = response.headers().typed::<SessionExpires>().ok().flatten().map(|set| SessionTimer {
            seconds: set.seconds,
            is_ours: set.refresher() != Some(Refresher::Uas),
            is_late: false,
        });
        self.run(session, now);
    }

    /// A re-INVITE goes out: it keeps the timer and its roles (RFC 4028 §7.4).
    pub(super) fn prolong(&self, request: &mut Request) {
        if let Some(session) = self.session {
            let refresher = if session.is_ours { Refresher::Uac } else { Refresher::Uas };
            request.headers_mut().push(&Supported(OPTION.to_owned()));
            request.headers_mut().push(&SessionExpires::new(session.seconds).with_refresher(refresher));
        }
    }

    /// Half of the interval is over: any request under way or wanted will do, else one for this alone.
    pub(super) fn want_refresh(&mut self) {
        self.wanted.get_or_insert(Wanted::Refresh);
    }

    /// A refresh failed: once more when it got no answer (AC-33), else the session expires in its time.
    pub(super) fn miss_refresh(&mut self, status: StatusCode, now: Instant) {
        let Some(session) = self.session.as_mut().filter(|_| status == StatusCode::REQUEST_TIMEOUT) else {
            return;
        };
        if session.is_late {
            self.timers.set(ChangeTimer::Expired, now);
        } else {
            session.is_late = true;
            self.timers.stop(&ChangeTimer::Expired);
            self.want_refresh();
        }
    }

    /// What this end said last, as it was.
    pub(super) fn unchanged(&mut self) -> Option<Body> {
        self.stated = self.agreed.local;
        self.exchange.current(Side::Local).map(|sdp| Body::sdp(sdp.bytes().clone()))
    }

    /// Begins the interval anew.
    fn run(&mut self, session: Option<SessionTimer>, now: Instant) {
        self.session = session;
        self.timers.stop(&ChangeTimer::Refresh);
        self.timers.stop(&ChangeTimer::Expired);
        let Some(session) = session else { return };
        let interval = Duration::from_secs(session.seconds.max(SHORTEST).into());
        if session.is_ours {
            // rfc4028#7.2: half of it leaves time for a second try
            self.timers.set(ChangeTimer::Refresh, now + interval / 2);
            self.timers.set(ChangeTimer::Expired, now + interval);
        } else {
            // rfc4028#10: BYE goes out before the peer gives up
            let margin = (interval / 3).min(Duration::from_secs(32));
            self.timers.set(ChangeTimer::Expired, now + interval.saturating_sub(margin));
        }
    }
}

fn supports_timer(request: &Request) -> bool {
    let mut options = request.headers().list::<Supported>().flatten();
    options.any(|Supported(option)| option.eq_ignore_ascii_case(OPTION))
}

/// The option tag of RFC 4028 §11.
const OPTION: &str = "timer";

/// The shortest interval that is accepted, in seconds (RFC 4028 §5).
const SHORTEST: u32 = 90;
