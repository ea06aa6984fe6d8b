//! What the media handler or the application says to the offers of the other side: RFC 3261 §14.2, RFC 3262 §5, RFC 6141 §3.

use super::{Handler, LiveCall, Next};
use crate::runtime::call::CallEvent;
use crate::runtime::call_media::{Media, Question};
use crate::runtime::command::Outcome;
use sip_dialog::InviteError;
use sip_message::{Body, StatusCode};

/// A change of the other side on which the application decides.
pub(super) struct AskedChange {
    offer: Option<Body>,
    /// Whether the description of this end has gone out.
    is_answered: bool,
}

impl LiveCall {
    /// The other side changes the session, or asks for an offer to do so: the application decides where the media handler
    /// does not. One change at a time is left to it, since one that comes inside of another has little time.
    pub(super) fn consider(&mut self, offer: Option<Body>) -> Next {
        let Handler::Resting(media) = &self.handler else { return Next::Rest };
        if self.asked.is_some() || media.consents_to(offer.as_ref()) {
            return self.ask(Question::Reoffered(offer));
        }
        if !self.tell(CallEvent::ChangeAsked { offer: offer.clone() }) {
            // nobody reads
            return Next::Decline(StatusCode::TEMPORARILY_UNAVAILABLE, None);
        }
        self.asked = Some(AskedChange { offer, is_answered: false });
        Next::Rest
    }

    /// The change on which the application was to decide is void.
    pub(super) fn withdraw(&mut self) {
        if self.asked.take().is_some() {
            self.tell(CallEvent::ChangeWithdrawn);
        }
    }

    /// A description is to go out before the final answer: to the INVITE with `media`, else to a change.
    pub(in crate::runtime) fn answer_early(&mut self, media: Option<Media>, outcome: Outcome) -> Next {
        let is_invite = media.is_some();
        let offer = match (media, &self.asked) {
            (Some(media), _) => {
                self.handler = Handler::Resting(media);
                self.offer.take()
            }
            (None, Some(AskedChange { offer, is_answered: false })) => offer.clone(),
            (None, Some(_) | None) => return refuse(outcome, InviteError::NoOffer),
        };
        self.ask(Question::Early { offer, is_invite, outcome })
    }

    /// It is there.
    pub(in crate::runtime) const fn note_answered_early(&mut self) {
        if let Some(asked) = &mut self.asked {
            asked.is_answered = true;
        }
    }

    /// The application accepts the change.
    pub(in crate::runtime) fn accept_change(&mut self, outcome: Outcome) -> Next {
        match self.asked.take() {
            None => refuse(outcome, InviteError::NoOffer),
            Some(AskedChange { is_answered: true, .. }) => Next::AcceptEarly(outcome),
            Some(AskedChange { offer, is_answered: false }) => {
                self.ask(Question::AcceptChange(offer, outcome))
            }
        }
    }

    /// The application refuses the change.
    pub(in crate::runtime) fn decline_change(&mut self, status: StatusCode, outcome: Outcome) -> Next {
        if status.code() < 300 {
            return refuse(outcome, InviteError::WrongStatus(status));
        }
        match self.asked.take() {
            None => refuse(outcome, InviteError::NoOffer),
            Some(_) => Next::Decline(status, Some(outcome)),
        }
    }
}

/// Whoever asked hears that this cannot be done now.
fn refuse(outcome: Outcome, error: InviteError) -> Next {
    // Who no longer waits has dropped the handle, which ends the call.
    let _ = outcome.send(Err(error.into()));
    Next::Rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApplicationSdp;
    use crate::runtime::CallError;
    use crate::runtime::event_queue::event_queue;
    use crate::runtime::queue::{Receiver, queue};
    use sip_dialog::SessionEvent;
    use tokio::sync::oneshot;

    const OFFER: &str = "v=0\r\ns=offer\r\n";

    /// A call that stands, with the test in the places of the driver, of the application and of the media handler.
    struct Scene {
        call: LiveCall,
        events: Receiver<CallEvent>,
    }

    impl Scene {
        fn of(media: ApplicationSdp) -> Self {
            let ((sender, events), (commands, _)) = (event_queue(), queue(1));
            Self { call: LiveCall::new(sender, (None, Some(Box::new(media))), true, commands), events }
        }

        fn asking() -> Self {
            Self::of(ApplicationSdp::new("v=0\r\ns=answer\r\n").0.asking())
        }

        fn reoffer(&mut self) -> String {
            let next = self.call.handle_event(SessionEvent::Reoffered { body: Some(Body::sdp(OFFER)) });
            self.done(next)
        }

        /// What the driver does; a media handler that is asked answers.
        fn done(&mut self, next: Next) -> String {
            match next {
                Next::Rest => "nothing".to_owned(),
                Next::Decline(status, outcome) => format!("{} {}", status.code(), whose(outcome.is_some())),
                Next::AcceptEarly(_) => "accept what was answered early".to_owned(),
                Next::Ask(media, question) => {
                    self.call.take_back(Some(media));
                    match question {
                        Question::Reoffered(Some(_)) => format!("answer {}", whose(false)),
                        Question::AcceptChange(Some(_), _) => format!("answer {}", whose(true)),
                        Question::Early { offer: Some(_), is_invite: false, .. } => {
                            self.call.note_answered_early();
                            "answer early".to_owned()
                        }
                        _ => panic!("another question"),
                    }
                }
                Next::Do(_) | Next::HangUp(_) | Next::End(_) => panic!("something else"),
            }
        }

        /// What the driver does when the application says this, and what the application hears at once.
        fn say(
            &mut self,
            verb: impl FnOnce(&mut LiveCall, Outcome) -> Next,
        ) -> (String, Option<Result<(), CallError>>) {
            let (outcome, mut told) = oneshot::channel();
            let next = verb(&mut self.call, outcome);
            (self.done(next), told.try_recv().ok())
        }
    }

    const fn whose(is_of_application: bool) -> &'static str {
        if is_of_application { "of the application" } else { "of the media handler" }
    }

    fn decline(call: &mut LiveCall, outcome: Outcome) -> Next {
        call.decline_change(StatusCode::NOT_ACCEPTABLE_HERE, outcome)
    }

    #[test]
    fn a_welcome_change_is_answered_without_the_application() {
        let mut scene = Scene::of(ApplicationSdp::new("v=0\r\n").0);
        assert_eq!(scene.reoffer(), "answer of the media handler");
        assert!(scene.events.try_recv().is_none());
    }

    #[test]
    fn the_application_is_asked_and_what_it_says_is_done() {
        let mut scene = Scene::asking();
        for (is_early, is_accepted, expected) in [
            (false, true, "answer of the application"),
            (false, false, "488 of the application"),
            (true, true, "accept what was answered early"),
            (true, false, "488 of the application"),
        ] {
            assert_eq!(scene.reoffer(), "nothing", "it waits");
            let asked = scene.events.try_recv();
            assert!(
                matches!(asked, Some(CallEvent::ChangeAsked { offer: Some(offer) }) if offer == Body::sdp(OFFER))
            );
            if is_early {
                assert_eq!(scene.say(|call, outcome| call.answer_early(None, outcome)).0, "answer early");
            }
            let said = if is_accepted { scene.say(LiveCall::accept_change) } else { scene.say(decline) };
            assert_eq!(said.0, expected);
            assert!(scene.events.try_recv().is_none());
        }
    }

    #[test]
    fn a_change_that_is_withdrawn_cannot_be_answered() {
        let mut scene = Scene::asking();
        scene.reoffer();
        assert!(matches!(scene.events.try_recv(), Some(CallEvent::ChangeAsked { .. })));
        assert!(matches!(scene.call.handle_event(SessionEvent::OfferWithdrawn), Next::Rest));
        assert!(matches!(scene.events.try_recv(), Some(CallEvent::ChangeWithdrawn)));
        let verbs: [fn(&mut LiveCall, Outcome) -> Next; 3] =
            [LiveCall::accept_change, |call, outcome| call.answer_early(None, outcome), decline];
        for verb in verbs {
            let (done, told) = scene.say(verb);
            assert_eq!(done, "nothing");
            assert!(matches!(told, Some(Err(CallError::Session(InviteError::NoOffer)))));
        }
    }

    /// An UPDATE inside of a re-INVITE that waits has to be answered in 16 s.
    #[test]
    fn one_change_at_a_time_is_left_to_the_application() {
        let mut scene = Scene::asking();
        scene.reoffer();
        assert!(matches!(scene.events.try_recv(), Some(CallEvent::ChangeAsked { .. })));
        assert_eq!(scene.reoffer(), "answer of the media handler");
        assert!(scene.events.try_recv().is_none());
        assert_eq!(scene.say(LiveCall::accept_change).0, "answer of the application");
    }

    #[test]
    fn a_change_of_which_nobody_hears_is_declined() {
        let mut scene = Scene::asking();
        for _ in 0..40 {
            scene.call.handle_event(SessionEvent::Interrupted);
        }
        assert_eq!(scene.reoffer(), "480 of the media handler");
    }

    #[test]
    fn a_status_that_refuses_nothing_is_refused_itself_and_the_change_waits_on() {
        let mut scene = Scene::asking();
        scene.reoffer();
        let (_, told) = scene.say(|call, outcome| call.decline_change(StatusCode::OK, outcome));
        assert!(matches!(told, Some(Err(CallError::Session(InviteError::WrongStatus(_))))));
        assert_eq!(scene.say(LiveCall::accept_change).0, "answer of the application");
    }
}
