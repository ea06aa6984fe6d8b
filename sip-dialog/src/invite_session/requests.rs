//! Requests inside the dialog of a session that do not change it: RFC 3428 §4, RFC 3261 §11, RFC 5057 §5.3.

use super::InviteSession;
use crate::InviteError;
use crate::usage::is_of_another_usage;
use sip_message::{Body, CSeq, Headers, Method};

impl InviteSession {
    /// Sends a MESSAGE inside the established dialog and returns its CSeq; [`crate::SessionEvent::Answered`]
    /// tells the outcome. An answer of 481 ends the session (RFC 3261 §12.2.1.2); silence does not, for a MESSAGE is of no
    /// usage of the dialog (RFC 5057 §5.3).
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn message(&mut self, body: Body) -> Result<CSeq, InviteError> {
        Ok(self.role.established()?.message(body, &mut self.outbox))
    }

    /// Asks the peer inside the established dialog what it can do, and returns the CSeq (RFC 3261 §11);
    /// [`crate::SessionEvent::Answered`] tells the outcome, as for [`Self::message`], and
    /// [`Self::remote_capabilities`] what was learned.
    ///
    /// # Errors
    /// [`InviteError`] unless the session is established.
    pub fn options(&mut self) -> Result<CSeq, InviteError> {
        Ok(self.role.established()?.options(&mut self.outbox))
    }

    /// Sends a request of another usage of the established dialog, such as SUBSCRIBE or REFER, or of a method that only
    /// the application knows, and returns its CSeq (RFC 5057 §3). `fields` are what it has besides those of the dialog,
    /// such as Event. [`crate::SessionEvent::Answered`] brings the response; the call goes on whatever that says.
    ///
    /// ```
    /// # use sip_dialog::{InviteError, InviteSession};
    /// use sip_message::{Headers, HeaderName, Method};
    ///
    /// fn watch(session: &mut InviteSession) -> Result<(), InviteError> {
    ///     let mut fields = Headers::new();
    ///     fields.push_text(&HeaderName::Event, "talk").expect("the value has no line break");
    ///     session.send(Method::Subscribe, &fields, None).map(drop)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`InviteError::OwnMethod`] for the methods of the session itself, others unless it is established.
    pub fn send(
        &mut self,
        method: Method,
        fields: &Headers,
        body: Option<Body>,
    ) -> Result<CSeq, InviteError> {
        if !is_of_another_usage(&method) || method == Method::Register {
            return Err(InviteError::OwnMethod);
        }
        Ok(self.role.established()?.send_other(method, fields, body, &mut self.outbox))
    }
}
