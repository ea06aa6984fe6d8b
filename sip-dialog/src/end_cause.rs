//! Why a session ended, from status codes (RFC 3261 §21) and Reason fields (RFC 3326).

use crate::Failure;
use sip_message::{Message, Reason, Request, Response, RetryAfter, StatusClass, StatusCode, Warning};
use std::fmt;

/// Who ended a session, why, and the message that did it (AC-37).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndCause {
    /// Whose act it was.
    pub by: EndedBy,
    /// What it amounts to.
    pub kind: EndKind,
    /// The final response to the INVITE, also where this end sent it or had to imagine it (408, 503).
    pub status: Option<StatusCode>,
    /// All readable Reason values of the final response, CANCEL or BYE (RFC 3326).
    pub reasons: Vec<Reason>,
    /// The peer's final response, CANCEL or BYE itself.
    pub message: Option<Message>,
}

/// Whose act ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is nobody else")]
pub enum EndedBy {
    /// The application of this end, or a rule this end follows.
    Local,
    /// The peer or a server on the way to it.
    Remote,
    /// Nobody: messages were lost.
    Network,
}

/// What the end of a session amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndKind {
    /// BYE: an established session was hung up.
    HungUp,
    /// The caller gave up before an answer: it said so, or knew nothing of the call any more when a callee that had lost its
    /// flow asked.
    Cancelled,
    /// Another device of the callee took the call (`Reason: SIP;cause=200`): no missed call. A BYE has to say "Call completed
    /// elsewhere" as well, as it does to one of two that answered: some put that cause into any BYE.
    AnsweredElsewhere,
    /// The callee did not want it: 603, or 480 as [`crate::InviteSession::hang_up`] sends it.
    Declined,
    /// 486 or 600.
    Busy,
    /// 480, 408, or Expires ran out.
    NoAnswer,
    /// 3xx: the callee is elsewhere, Contact of the message says where.
    Redirected,
    /// 401 or 407 that no credentials answered.
    AuthenticationFailed,
    /// Any other refusal.
    Refused(StatusCode),
    /// 64·T1 went by without the response or ACK that was due.
    Timeout,
    /// The flow failed.
    TransportLost,
    /// The peer has lost the session that stood: it answered 481 inside the dialog, or 408 or not at all when it was asked
    /// after the loss of a flow (§12.2.1.2).
    DialogLost,
    /// Nobody refreshed the session in time (RFC 4028 §10).
    SessionExpired,
    /// A 2xx that no dialog can be made of.
    Malformed,
    /// This end had no use for the media of the call.
    MediaFailed,
    /// Another call took the place of this one (RFC 3891 §3).
    Replaced,
    /// An offer got no answer: its acknowledgement had none, or the application gave none in time (§13.2.2.4; AC-23).
    OfferUnanswered,
}

impl EndCause {
    /// An end without a message.
    #[must_use]
    pub const fn new(by: EndedBy, kind: EndKind) -> Self {
        Self { by, kind, status: None, reasons: Vec::new(), message: None }
    }

    /// What the peer said with `status`, or the standard phrase.
    fn reason_phrase(&self, status: StatusCode) -> &str {
        match &self.message {
            Some(Message::Response(response)) => response.reason(),
            _ => status.default_reason(),
        }
    }

    /// Seconds after which the peer asked to be called again (RFC 3261 §20.33).
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        let RetryAfter { seconds, .. } = self.message.as_ref()?.headers().typed().ok()??;
        Some(seconds)
    }

    /// All readable warnings of the peer's message (RFC 3261 §20.43).
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        self.message.iter().flat_map(|message| message.headers().list().flatten()).collect()
    }

    /// The same end, with what this end said when it hung up; an end that was not of its making stays.
    pub(crate) fn explained(self, kind: Option<EndKind>, reasons: &[Reason]) -> Self {
        match (self.by, self.kind) {
            (EndedBy::Local, EndKind::HungUp | EndKind::Cancelled | EndKind::Declined) => {
                let reasons = self.reasons.into_iter().chain(reasons.iter().cloned()).collect();
                Self { kind: kind.unwrap_or(self.kind), reasons, ..self }
            }
            _ => self,
        }
    }

    /// What a BYE says that this end sends for a reason of its own, which the peer cannot know (RFC 3326 §2).
    pub(crate) fn farewell(&self) -> Option<Reason> {
        let (status, text) = match self.kind {
            EndKind::OfferUnanswered if self.by == EndedBy::Remote => {
                (StatusCode::BAD_REQUEST, "No answer to the offer")
            }
            EndKind::OfferUnanswered => (StatusCode::NOT_ACCEPTABLE_HERE, "Offer not accepted"),
            // the application of a caller did not answer the offer of the 2xx
            EndKind::Timeout if self.by == EndedBy::Local => {
                (StatusCode::NOT_ACCEPTABLE_HERE, "Offer not accepted")
            }
            EndKind::Timeout => (StatusCode::REQUEST_TIMEOUT, "No ACK"),
            EndKind::SessionExpired => (StatusCode::REQUEST_TIMEOUT, "Session expired"),
            EndKind::DialogLost => (self.status?, "Dialog lost"),
            EndKind::HungUp
            | EndKind::Cancelled
            | EndKind::AnsweredElsewhere
            | EndKind::Declined
            | EndKind::Busy
            | EndKind::NoAnswer
            | EndKind::Redirected
            | EndKind::AuthenticationFailed
            | EndKind::Refused(_)
            | EndKind::TransportLost
            | EndKind::Malformed
            | EndKind::MediaFailed
            | EndKind::Replaced => return None,
        };
        Some(Reason::new("SIP", status.code(), text))
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The user of this end hung up an answered call.
    pub(crate) const fn hung_up() -> Self {
        Self::new(EndedBy::Local, EndKind::HungUp)
    }

    /// This end answered the INVITE with `status`.
    pub(crate) fn rejected(status: StatusCode) -> Self {
        Self::new(EndedBy::Local, kind_of(status)).with_status(status)
    }

    /// The INVITE got the final response `response`.
    pub(crate) fn refused(response: Response) -> Self {
        let status = response.status();
        Self::by_message(kind_of(status), response.into()).with_status(status)
    }

    /// The caller gave up, and the INVITE got `response` for it.
    pub(crate) fn given_up(kind: EndKind, response: Response) -> Self {
        let status = response.status();
        let cause = Self { by: EndedBy::Local, ..Self::by_message(kind, response.into()) };
        // who gave up first is told, unless someone else answered
        Self { kind: if status.is_success() { kind } else { cause.kind }, ..cause }.with_status(status)
    }

    /// The peer's BYE.
    pub(crate) fn bye(request: Request) -> Self {
        let cause = Self::by_message(EndKind::HungUp, request.into());
        let has_lost = cause.reasons.iter().any(|reason| {
            reason.text().is_some_and(|text| text.trim().eq_ignore_ascii_case(COMPLETED_ELSEWHERE))
        });
        // AC-25: the user answered, and lost the race
        let is_elsewhere = has_lost && is_answered_elsewhere(&cause.reasons);
        Self { kind: if is_elsewhere { EndKind::AnsweredElsewhere } else { cause.kind }, ..cause }
    }

    /// The peer's CANCEL, or its BYE in an early dialog.
    pub(crate) fn cancelled(request: Request) -> Self {
        Self::by_message(EndKind::Cancelled, request.into()).with_status(StatusCode::REQUEST_TERMINATED)
    }

    /// The INVITE failed without response (RFC 3261 §8.1.3.1).
    pub(crate) fn failed(failure: Failure) -> Self {
        let kind = match failure {
            Failure::Timeout => EndKind::Timeout,
            Failure::Transport => EndKind::TransportLost,
        };
        Self::new(EndedBy::Network, kind).with_status(failure.status())
    }

    /// The same act before the INVITE was answered: a BYE in an early dialog cancels, and so does who has lost it.
    pub(crate) fn before_answer(self) -> Self {
        let kind = match self.kind {
            EndKind::HungUp if is_answered_elsewhere(&self.reasons) => EndKind::AnsweredElsewhere,
            // rfc3261#12.2.1.2: a caller without the early dialog has no call that could be answered
            EndKind::HungUp | EndKind::DialogLost => EndKind::Cancelled,
            other => other,
        };
        Self { kind, ..self }
    }

    fn by_message(kind: EndKind, message: Message) -> Self {
        let reasons: Vec<Reason> = message.headers().list().flatten().collect();
        let kind = if is_answered_elsewhere(&reasons) && kind != EndKind::HungUp {
            EndKind::AnsweredElsewhere
        } else {
            kind
        };
        Self { by: EndedBy::Remote, kind, status: None, reasons, message: Some(message) }
    }
}

/// One sentence for people, such as `busy (486 Busy Here)` or `hung up by the other side`.
impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (self.kind, self.by) {
            (EndKind::HungUp | EndKind::Cancelled, EndedBy::Local) => f.write_str(" by this side")?,
            (EndKind::HungUp | EndKind::Cancelled, EndedBy::Remote) => f.write_str(" by the other side")?,
            _ => {}
        }
        match self.status {
            Some(status) if !matches!(self.kind, EndKind::HungUp | EndKind::Cancelled) => {
                write!(f, " ({} {})", status.code(), self.reason_phrase(status))
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for EndCause {}

impl fmt::Display for EndKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HungUp => "hung up",
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answered elsewhere",
            Self::Declined => "declined",
            Self::Busy => "busy",
            Self::NoAnswer => "no answer",
            Self::Redirected => "redirected",
            Self::AuthenticationFailed => "authentication failed",
            Self::Refused(_) => "refused",
            Self::Timeout => "timed out",
            Self::TransportLost => "the connection is gone",
            Self::DialogLost => "the other side has lost the call",
            Self::SessionExpired => "the session was not refreshed in time",
            Self::Malformed => "the answer was malformed",
            Self::MediaFailed => "the media failed",
            Self::Replaced => "replaced by another call",
            Self::OfferUnanswered => "the other side did not answer the offer",
        })
    }
}

/// What a final response to an INVITE means to its user.
const fn kind_of(status: StatusCode) -> EndKind {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => EndKind::AuthenticationFailed,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TEMPORARILY_UNAVAILABLE => EndKind::NoAnswer,
        StatusCode::BUSY_HERE | StatusCode::BUSY_EVERYWHERE => EndKind::Busy,
        StatusCode::REQUEST_TERMINATED => EndKind::Cancelled,
        StatusCode::DECLINE => EndKind::Declined,
        other => match other.class() {
            StatusClass::Redirection => EndKind::Redirected,
            _ => EndKind::Refused(other),
        },
    }
}

/// What RFC 3326 §3.1 has a loser of an answer race told.
pub(crate) const COMPLETED_ELSEWHERE: &str = "Call completed elsewhere";

/// RFC 3326 §2: a forking proxy says with SIP and 200 why the other branches are cancelled.
fn is_answered_elsewhere(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.protocol.eq_ignore_ascii_case("SIP") && reason.cause() == Some(200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Method;

    fn cancel(reasons: &[Reason]) -> Request {
        let mut request = Request::new(Method::Cancel, &"sip:bob@example.com".parse().unwrap());
        for reason in reasons {
            request.headers_mut().push(reason);
        }
        request
    }

    #[test]
    fn ac37_all_reasons_of_a_cancel_are_kept_and_sip_200_is_answered_elsewhere() {
        let both = [Reason::new("Q.850", 26, "other"), Reason::new("SIP", 200, "Call completed elsewhere")];
        let cause = EndCause::cancelled(cancel(&both));
        assert_eq!((cause.kind, cause.by), (EndKind::AnsweredElsewhere, EndedBy::Remote));
        assert_eq!(cause.reasons, both);
        assert!(cause.message.is_some());
        assert_eq!(EndCause::cancelled(cancel(&both[..1])).kind, EndKind::Cancelled);
    }

    #[test]
    fn a_bye_is_a_hang_up_whatever_its_reason_unless_nothing_was_answered() {
        let cause = EndCause::bye(cancel(&[Reason::new("SIP", 200, "x")]));
        assert_eq!(cause.kind, EndKind::HungUp);
        assert_eq!(cause.before_answer().kind, EndKind::AnsweredElsewhere);
        assert_eq!(EndCause::bye(cancel(&[])).before_answer().kind, EndKind::Cancelled);
    }

    #[test]
    fn ac25_a_bye_that_says_so_is_an_answer_race_that_was_lost() {
        let kind = |protocol, cause, text| EndCause::bye(cancel(&[Reason::new(protocol, cause, text)])).kind;
        assert_eq!(kind("SIP", 200, "call completed elsewhere"), EndKind::AnsweredElsewhere);
        assert_eq!(kind("SIP", 200, "User hung up"), EndKind::HungUp);
        assert_eq!(kind("Q.850", 16, "Call completed elsewhere"), EndKind::HungUp);
    }

    #[test]
    fn ac37_final_responses_say_what_they_amount_to() {
        let kind = |code| EndCause::refused(Response::new(StatusCode::new(code).unwrap())).kind;
        assert_eq!(kind(486), EndKind::Busy);
        assert_eq!(kind(600), EndKind::Busy);
        assert_eq!(kind(603), EndKind::Declined);
        assert_eq!(kind(480), EndKind::NoAnswer);
        assert_eq!(kind(302), EndKind::Redirected);
        assert_eq!(kind(407), EndKind::AuthenticationFailed);
        assert_eq!(kind(404), EndKind::Refused(StatusCode::NOT_FOUND));
    }

    #[test]
    fn ac23_ac37_a_bye_of_this_end_says_what_the_peer_cannot_know() {
        let said = |by, kind| EndCause::new(by, kind).with_status(StatusCode::REQUEST_TIMEOUT).farewell();
        let cause = |by, kind| said(by, kind).and_then(|reason| reason.cause());
        assert_eq!(cause(EndedBy::Remote, EndKind::OfferUnanswered), Some(400));
        assert_eq!(cause(EndedBy::Local, EndKind::OfferUnanswered), Some(488));
        assert_eq!(cause(EndedBy::Network, EndKind::Timeout), Some(408));
        assert_eq!(cause(EndedBy::Local, EndKind::Timeout), Some(488));
        assert_eq!(cause(EndedBy::Network, EndKind::SessionExpired), Some(408));
        assert_eq!(cause(EndedBy::Remote, EndKind::DialogLost), Some(408));
        assert_eq!(said(EndedBy::Local, EndKind::HungUp), None);
        assert_eq!(EndCause::new(EndedBy::Remote, EndKind::DialogLost).farewell(), None);
    }

    #[test]
    fn ac37_retry_after_and_warnings_are_read_from_the_message() {
        let warning =
            |text: &str| Warning { code: 399, agent: "example.com".to_owned(), text: text.to_owned() };
        let response = Response::new(StatusCode::SERVICE_UNAVAILABLE).with(&RetryAfter::new(18));
        let cause = EndCause::refused(response.with(&warning("too many")).with(&warning("calls; really")));
        assert_eq!((cause.retry_after(), cause.status), (Some(18), Some(StatusCode::SERVICE_UNAVAILABLE)));
        let told: Vec<String> = cause.warnings().into_iter().map(|warning| warning.text).collect();
        assert_eq!(told, ["too many", "calls; really"]);
        let none = EndCause::failed(Failure::Timeout);
        assert_eq!(
            (none.retry_after(), none.warnings().len(), none.status),
            (None, 0, Some(StatusCode::REQUEST_TIMEOUT))
        );
    }
}
