//! The use of one dialog as a record and back; AC-10.

use super::recovery::{Attempt, Pending};
use super::{Phase, Usage};
use crate::Dialog;
use crate::identity::Identity;
use crate::modification::Modification;
use crate::snapshot::{RestoreError, UsageForm};
use sip_clock::Instant;
use sip_message::{CSeq, HeaderName, Message, Method, Request};

impl Usage {
    /// Keys that wait to be pressed, offers, and what this end alone asked are left out: they are for the moment.
    pub(crate) fn to_form(&self, now: Instant) -> UsageForm {
        let wanted = self.pending.values().filter(|pending| pending.asked.is_some());
        let requests = wanted.map(|pending| &pending.request);
        UsageForm {
            dialog: self.dialog.to_form(),
            agreement: self.change.to_form(now),
            unanswered: requests.filter(|request| is_kept(request)).map(as_sent).collect(),
            identity: self.identity.to_form(),
        }
    }

    /// Goes on with it, without a flow.
    pub(crate) fn of_form(form: &UsageForm, change: Modification) -> Result<Self, RestoreError> {
        let mut usage = Self::new(Dialog::of_form(&form.dialog)?, change);
        if let Some(identity) = &form.identity {
            usage.identity = Identity::of_form(identity)?;
        }
        for request in &form.unanswered {
            let cseq: CSeq =
                request.headers().required().map_err(|_| RestoreError::Malformed("unanswered"))?;
            if cseq.method == Method::Bye {
                usage.phase = Phase::Leaving;
            }
            if cseq.method == Method::Info && !request.headers().contains(&HeaderName::InfoPackage) {
                usage.keys.is_in(cseq.number);
            }
            if cseq.method == Method::Refer {
                usage.referrals.begin(cseq.number);
            }
            let asked = cseq.number;
            let pending = Pending { request: request.clone(), attempt: Attempt::Sent, asked: Some(asked) };
            usage.pending.insert(asked, pending);
        }
        Ok(usage)
    }
}

/// A re-INVITE or UPDATE is made anew, and PRACK has nothing to acknowledge any more.
fn is_kept(request: &Request) -> bool {
    !matches!(request.method(), Method::Invite | Method::Update | Method::Prack)
}

/// The request as the peer would read it, so that a record of it is short and always the same.
fn as_sent(request: &Request) -> Request {
    match Message::parse(request.to_bytes()) {
        Ok(Message::Request(read)) => read,
        Ok(Message::Response(_)) | Err(_) => request.clone(),
    }
}
