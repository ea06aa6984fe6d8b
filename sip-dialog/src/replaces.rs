//! Which dialog an INVITE with Replaces or Join means, and what it gets: RFC 3891 §3, RFC 3911 §4.

use crate::{Dialog, DialogId, DialogState, InviteSession, SessionState};
use sip_message::{Join, Replaces, StatusCode};

/// What an INVITE with Replaces or Join gets from a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "closed by RFC 3891 section 3")]
pub enum Takeover {
    /// It means another dialog; when no session is meant, the answer is 481.
    NotMeant,
    /// It may take the place of this session, or join it: accept the INVITE, then hang up this one or mix both.
    Allowed,
    /// It means this session and is to be refused with this status.
    Refused(StatusCode),
}

impl DialogId {
    /// Whether the tags and the Call-ID name this dialog as its other end would: the to-tag is ours. The tag `0`
    /// stands for none (RFC 3891 §3).
    #[must_use]
    pub fn is_named(&self, call_id: &str, to_tag: Option<&str>, from_tag: Option<&str>) -> bool {
        let same = |known: &str, tag: Option<&str>| match tag {
            Some(tag) => known == tag || (known.is_empty() && tag == "0"),
            // rfc3891#6.1: both tags have to be there
            None => false,
        };
        self.call_id == call_id && same(&self.local_tag, to_tag) && same(&self.remote_tag, from_tag)
    }
}

impl InviteSession {
    /// What an INVITE with this Replaces gets (RFC 3891 §3). That it is authorized is for the application to see to.
    #[must_use]
    pub fn replaced_by(&self, replaces: &Replaces) -> Takeover {
        let named = |id: &DialogId| id.is_named(&replaces.call_id, replaces.to_tag(), replaces.from_tag());
        match self.takeover(named) {
            Ok(dialog) if dialog.state() == DialogState::Early && !self.is_client() => {
                // rfc3891#3: an early dialog can be taken over from its caller only
                Takeover::Refused(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)
            }
            Ok(dialog) if dialog.state() == DialogState::Confirmed && replaces.is_early_only() => {
                Takeover::Refused(StatusCode::BUSY_HERE)
            }
            Ok(_) => Takeover::Allowed,
            Err(takeover) => takeover,
        }
    }

    /// What an INVITE to the peer says so that it takes the place of this session there (RFC 3891 §4): the to-tag is
    /// that of the peer. `None` without a dialog, when the session is over, and for an early dialog that this end
    /// began, which its peer cannot give away.
    #[must_use]
    pub fn replaces(&self) -> Option<Replaces> {
        let id = self.dialog_id()?;
        let dialog = self.dialogs().find(|dialog| dialog.id() == id)?;
        let is_early = dialog.state() == DialogState::Early;
        if self.state() == SessionState::Ended || (is_early && self.is_client()) {
            return None;
        }
        let tag = |tag: &str| if tag.is_empty() { "0".to_owned() } else { tag.to_owned() };
        let mut replaces = Replaces::new(id.call_id.as_str());
        replaces.params.set("to-tag", Some(&tag(&id.remote_tag)));
        replaces.params.set("from-tag", Some(&tag(&id.local_tag)));
        if is_early {
            // rfc3891#4: what is answered meanwhile is not taken away
            replaces.params.set("early-only", None);
        }
        Some(replaces)
    }

    /// What an INVITE with this Join gets (RFC 3911 §4).
    #[must_use]
    pub fn joined_by(&self, join: &Join) -> Takeover {
        // rfc3911#4: an early dialog may be joined on either side
        match self.takeover(|id| id.is_named(&join.call_id, join.to_tag(), join.from_tag())) {
            Ok(_) => Takeover::Allowed,
            Err(takeover) => takeover,
        }
    }

    /// The dialog that is meant and stands, or why there is none.
    fn takeover(&self, is_named: impl Fn(&DialogId) -> bool) -> Result<&Dialog, Takeover> {
        let dialog = self.dialogs().find(|dialog| is_named(dialog.id())).ok_or(Takeover::NotMeant)?;
        if self.state() == SessionState::Ended {
            // rfc3891#3, rfc3911#4: a dialog that is over declines
            return Err(Takeover::Refused(StatusCode::DECLINE));
        }
        Ok(dialog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, SessionSettings};
    use sip_clock::Instant;
    use sip_message::{Body, Header, Message, NameAddr};

    const NOW: Instant = Instant::ZERO;

    fn callee() -> InviteSession {
        let text = "INVITE sip:bob@example.com SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=a1\r\n\
            To: <sip:bob@example.com>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.1>\r\n\r\n";
        let Message::Request(invite) = Message::parse(text.into()).unwrap() else { panic!("a request") };
        let contact = NameAddr::new("sip:bob@192.0.2.2".parse().unwrap());
        InviteSession::server(&invite, "b1".into(), contact, SessionSettings::default(), NOW).unwrap()
    }

    fn replaces(text: &str) -> Replaces {
        Replaces::decode(text).unwrap()
    }

    #[test]
    fn ac21_the_to_tag_is_that_of_the_end_which_is_asked() {
        let mut session = callee();
        session.accept(Some(Body::sdp("b")), NOW).unwrap();
        assert_eq!(session.replaced_by(&replaces("c1;to-tag=b1;from-tag=a1")), Takeover::Allowed);
        assert_eq!(session.replaced_by(&replaces("c1;to-tag=a1;from-tag=b1")), Takeover::NotMeant);
        assert_eq!(session.replaced_by(&replaces("c1;to-tag=b1")), Takeover::NotMeant);
        assert_eq!(session.replaced_by(&replaces("c2;to-tag=b1;from-tag=a1")), Takeover::NotMeant);
        let join = Join::decode("c1;to-tag=b1;from-tag=a1").unwrap();
        assert_eq!(session.joined_by(&join), Takeover::Allowed);
    }

    #[test]
    fn ac21_early_only_does_not_take_over_what_was_answered() {
        let mut session = callee();
        session.accept(Some(Body::sdp("b")), NOW).unwrap();
        assert_eq!(
            session.replaced_by(&replaces("c1;to-tag=b1;from-tag=a1;early-only")),
            Takeover::Refused(StatusCode::BUSY_HERE)
        );
    }

    #[test]
    fn ac21_a_callee_that_rings_or_has_ended_refuses() {
        let mut session = callee();
        let named = replaces("c1;to-tag=b1;from-tag=a1");
        assert_eq!(
            session.replaced_by(&named),
            Takeover::Refused(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)
        );
        session.reject(StatusCode::DECLINE, NOW).unwrap();
        session.handle(Input::Timeout, NOW);
        assert_eq!(session.replaced_by(&named), Takeover::Refused(StatusCode::DECLINE));
    }

    #[test]
    fn a_tag_of_0_stands_for_none() {
        let id = DialogId { call_id: "c".into(), local_tag: "l".into(), remote_tag: "".into() };
        assert!(id.is_named("c", Some("l"), Some("0")));
        assert!(!id.is_named("c", Some("0"), Some("0")));
    }
}
