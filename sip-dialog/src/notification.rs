//! NOTIFY inside the dialog of a session: one that nobody asked for, or that tells of a REFER (RFC 6665 §4.1.3, RFC 3515
//! §2.4.4; AC-38).

use crate::SessionEvent;
use crate::answer;
use crate::outbox::Outbox;
use sip_message::{Event, Request, StatusCode};

/// Answers it, and shows it to the application if that was 200; a request of this end has it `is_expected`.
pub(crate) fn serve(request: Request, is_expected: bool, outbox: &mut Outbox) {
    let status = match request.headers().typed::<Event>() {
        Ok(Some(_)) if is_expected => StatusCode::OK,
        Ok(Some(event)) => event.answer_to_unsolicited(),
        Ok(None) | Err(_) => StatusCode::BAD_EVENT,
    };
    answer::respond(outbox, &request, request.response(status));
    if status == StatusCode::OK {
        outbox.event(SessionEvent::Notified(request));
    }
}
