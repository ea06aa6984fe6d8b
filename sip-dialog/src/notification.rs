//! NOTIFY inside the dialog of a session, for which no subscription was asked: RFC 6665 §4.1.3; AC-38.

use crate::SessionEvent;
use crate::answer;
use crate::outbox::Outbox;
use sip_message::{Event, Request, StatusCode};

/// Answers it, and shows it to the application if that was 200.
pub(crate) fn serve(request: Request, outbox: &mut Outbox) {
    let status = match request.headers().typed::<Event>() {
        Ok(Some(event)) => event.answer_to_unsolicited(),
        Ok(None) | Err(_) => StatusCode::BAD_EVENT,
    };
    answer::respond(outbox, &request, request.response(status));
    if status == StatusCode::OK {
        outbox.event(SessionEvent::Notified(Box::new(request)));
    }
}
