//! NOTIFY that nobody asked for: message waiting, restarts, keep-alives (RFC 6665 §4.1.3, RFC 3842; AC-38, P29).

use super::{Core, Event};
use sip_clock::Instant;
use sip_message::{Request, StatusCode};
use sip_transaction::ServerId;

/// What becomes of a NOTIFY for which this user agent has no subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnsolicitedNotify {
    /// It gets 200 and is shown to the application: servers send `message-summary`, `check-sync`, `talk`, `hold` and
    /// `keep-alive` so. One of a `refer`, which only a REFER of ours can begin, gets 481; one without an Event, 489.
    #[default]
    Accept,
    /// It gets 481 (RFC 6665 §4.1.3).
    Refuse,
}

impl Core {
    pub(super) fn receive_notification(&mut self, id: ServerId, request: Request, now: Instant) {
        let status = match (self.config.unsolicited_notify, request.headers().typed::<sip_message::Event>()) {
            (UnsolicitedNotify::Refuse, _) => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            (UnsolicitedNotify::Accept, Ok(Some(event))) => event.answer_to_unsolicited(),
            (UnsolicitedNotify::Accept, Ok(None) | Err(_)) => StatusCode::BAD_EVENT,
        };
        self.reply(id, request.response(status), now);
        if status == StatusCode::OK {
            self.emit(Event::Notification { request });
        }
    }
}
