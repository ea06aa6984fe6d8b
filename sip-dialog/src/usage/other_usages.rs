//! Requests inside the dialog that are not of the session: MESSAGE (RFC 3428 §4), OPTIONS (RFC 3261 §11), and those of other
//! usages, which share nothing with the session but the dialog (RFC 5057 §3, §5).

use super::Usage;
use crate::outbox::Outbox;
use sip_message::{Accept, Body, CSeq, Headers, Method};

impl Usage {
    /// Sends a MESSAGE inside the dialog (RFC 3428 §4).
    pub(crate) fn message(&mut self, body: Body, outbox: &mut Outbox) -> CSeq {
        let mut request = self.dialog.request(Method::Message);
        request.set_body(&body.content_type, body.bytes);
        let number = self.send(request, outbox);
        CSeq { number, method: Method::Message }
    }

    /// Asks inside the dialog what the peer can do (RFC 3261 §11.1).
    pub(crate) fn options(&mut self, outbox: &mut Outbox) -> CSeq {
        let request = self.dialog.request(Method::Options).with(&Accept::new("application", "sdp"));
        CSeq { number: self.send(request, outbox), method: Method::Options }
    }

    /// Sends a request of another usage of the dialog (RFC 5057 §3).
    pub(crate) fn send_other(
        &mut self,
        method: Method,
        fields: &Headers,
        body: Option<Body>,
        outbox: &mut Outbox,
    ) -> CSeq {
        let mut request = self.dialog.request(method.clone());
        for name in fields.iter().map(|field| field.name()) {
            if !request.headers().contains(&name) {
                request.headers_mut().copy_from(fields, &name);
            }
        }
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        let number = self.send(request, outbox);
        if method == Method::Refer {
            self.referrals.begin(number);
        }
        CSeq { number, method }
    }
}

/// Whether a request with this method is none of a session but of another usage of its dialog (RFC 5057 §5.3).
pub(crate) const fn is_of_another_usage(method: &Method) -> bool {
    !matches!(
        method,
        Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Options
            | Method::Message
            | Method::Info
            | Method::Prack
            | Method::Update
    )
}
