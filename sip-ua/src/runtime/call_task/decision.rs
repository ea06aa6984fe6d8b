//! What the media handler or the application says to the offers of the other side: RFC 3261 §14.2, RFC 3262 §5, RFC 6141 §3.

use super::{CallTask, Reply};
use crate::media::{MediaError, SessionDescriptionHandler};
use crate::runtime::call::CallEvent;
use crate::runtime::command::CallCommand;
use sip_dialog::InviteError;
use sip_message::{Body, StatusCode};

/// A change of the other side on which the application decides.
pub(in crate::runtime) struct AskedChange {
    offer: Option<Body>,
    /// Whether the description of this end has gone out.
    is_answered: bool,
}

impl CallTask {
    /// The other side changes the session, or asks for an offer to do so: the application decides where the media handler
    /// does not. One change at a time is left to it, since one that comes inside of another has little time.
    pub(super) async fn consider(&mut self, offer: Option<Body>) {
        let Some(media) = &self.media else { return };
        if self.asked.is_some() || media.consents_to(offer.as_ref()) {
            return self.answer_again(offer).await;
        }
        if self.events.progress(CallEvent::ChangeAsked { offer: offer.clone() }) {
            self.asked = Some(AskedChange { offer, is_answered: false });
        } else {
            // nobody reads
            self.decline(StatusCode::TEMPORARILY_UNAVAILABLE, None).await;
        }
    }

    async fn answer_again(&mut self, offer: Option<Body>) {
        let Ok(answer) = self.describe(offer).await else {
            return self.decline(StatusCode::NOT_ACCEPTABLE_HERE, None).await;
        };
        self.command(CallCommand::Answer { call: self.call, body: answer, reply: None }).await;
    }

    /// The change on which the application was to decide is void.
    pub(super) fn withdraw(&mut self) {
        if self.asked.take().is_some() {
            self.events.progress(CallEvent::ChangeWithdrawn);
        }
    }

    /// Sends a description before the final answer: to the INVITE with `media`, else to a change.
    pub(super) async fn answer_early(
        &mut self,
        media: Option<Box<dyn SessionDescriptionHandler>>,
        reply: Reply,
    ) {
        let is_invite = media.is_some();
        let offer = match (media, &self.asked) {
            (Some(media), _) => {
                self.media = Some(media);
                self.offer.take()
            }
            (None, Some(AskedChange { offer, is_answered: false })) => offer.clone(),
            (None, Some(_) | None) => return refuse(reply, InviteError::NoOffer),
        };
        match self.describe(offer).await {
            Ok(body) => {
                if let Some(asked) = &mut self.asked {
                    asked.is_answered = true;
                }
                let (call, status) = (self.call, StatusCode::SESSION_PROGRESS);
                self.command(CallCommand::Progress { call, status, body: Some(body), reply }).await;
            }
            Err(error) => {
                if is_invite {
                    // rfc3261#13.3.1.3/3
                    self.reject(StatusCode::NOT_ACCEPTABLE_HERE).await;
                }
                let _ = reply.send(Err(error.into()));
            }
        }
    }

    pub(super) async fn accept_change(&mut self, reply: Reply) {
        let Some(asked) = self.asked.take() else { return refuse(reply, InviteError::NoOffer) };
        let call = self.call;
        if asked.is_answered {
            return self.command(CallCommand::AcceptEarly { call, reply }).await;
        }
        match self.describe(asked.offer).await {
            Ok(body) => self.command(CallCommand::Answer { call, body, reply: Some(reply) }).await,
            Err(error) => {
                self.decline(StatusCode::NOT_ACCEPTABLE_HERE, None).await;
                let _ = reply.send(Err(error.into()));
            }
        }
    }

    pub(super) async fn decline_change(&mut self, status: StatusCode, reply: Reply) {
        if status.code() < 300 {
            return refuse(reply, InviteError::WrongStatus(status));
        }
        if self.asked.take().is_none() {
            return refuse(reply, InviteError::NoOffer);
        }
        self.decline(status, Some(reply)).await;
    }

    async fn decline(&mut self, status: StatusCode, reply: Option<Reply>) {
        self.command(CallCommand::Decline { call: self.call, status, reply }).await;
    }

    /// The media handler's answer, or its offer where there is none to answer.
    async fn describe(&mut self, offer: Option<Body>) -> Result<Body, MediaError> {
        let Some(media) = &mut self.media else { return Err(MediaError::NotAcceptable) };
        match offer {
            Some(offer) => media.answer(offer).await,
            None => media.offer().await,
        }
    }
}

/// Whoever asked hears that this cannot be done now.
fn refuse(reply: Reply, error: InviteError) {
    // Who no longer waits has dropped the handle, which ends the call.
    let _ = reply.send(Err(error.into()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApplicationSdp;
    use crate::core::{CallKey, Config, Core};
    use crate::runtime::CallError;
    use crate::runtime::call_task::{Report, Verb};
    use crate::runtime::command::Command;
    use crate::runtime::event_queue::{EventSender, event_queue};
    use crate::runtime::platform::spawn;
    use crate::runtime::queue::{Receiver, Sender, queue};
    use sip_clock::Instant;
    use sip_dialog::SessionEvent;
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tokio::time::sleep;

    const OFFER: &str = "v=0\r\ns=offer\r\n";

    /// A call that stands, with the test in the places of the driver and of the application.
    struct Scene {
        reports: EventSender<Report>,
        verbs: Sender<Verb>,
        events: Receiver<CallEvent>,
        commands: Receiver<Command>,
    }

    impl Scene {
        fn of(media: impl SessionDescriptionHandler + 'static) -> Self {
            let ((reports, receiver), (sender, events)) = (event_queue(), event_queue());
            let ((verbs, wishes), (outbox, commands)) = (queue(8), queue(64));
            let task = Box::new(CallTask {
                call: some_call(),
                offer: None,
                media: Some(Box::new(media)),
                answered: true,
                recovers_with_media: false,
                lacks_answer: false,
                asked: None,
                reports: receiver,
                verbs: wishes,
                events: sender,
                commands: outbox,
            });
            spawn(task.run());
            Self { reports, verbs, events, commands }
        }

        fn asking() -> Self {
            Self::of(ApplicationSdp::new("v=0\r\ns=answer\r\n").0.asking())
        }

        fn reoffer(&self) {
            assert!(
                self.reports
                    .progress(Report::Session(SessionEvent::Reoffered { body: Some(Body::sdp(OFFER)) }))
            );
        }

        /// What the task wants of the driver, once it has nothing more to do.
        async fn wanted(&mut self) -> Option<String> {
            settle().await;
            let Some(Command::Call(command)) = self.commands.try_recv() else { return None };
            Some(match command {
                CallCommand::Answer { reply, .. } => format!("answer {}", told(reply)),
                CallCommand::Decline { status, reply, .. } => format!("{} {}", status.code(), told(reply)),
                CallCommand::Progress { status, body, .. } => {
                    format!("{} {}", status.code(), if body.is_some() { "with a description" } else { "" })
                }
                CallCommand::AcceptEarly { .. } => "accept".to_owned(),
                _ => panic!("another command"),
            })
        }

        async fn event(&mut self) -> Option<CallEvent> {
            settle().await;
            self.events.try_recv()
        }

        async fn ask(
            &mut self,
            verb: impl FnOnce(Reply) -> Verb,
        ) -> oneshot::Receiver<Result<(), CallError>> {
            let (reply, outcome) = oneshot::channel();
            self.verbs.send(verb(reply)).await.unwrap();
            outcome
        }
    }

    fn some_call() -> CallKey {
        let [alice, bob] = ["alice", "bob"].map(|user| format!("sip:{user}@example.test"));
        let mut core = Core::new(Config::new(alice.parse().unwrap(), [1; 32]));
        core.invite(&bob.parse().unwrap(), &Body::sdp(OFFER), Instant::ZERO).unwrap()
    }

    /// Time is paused and passes when all tasks rest.
    async fn settle() {
        sleep(Duration::from_millis(1)).await;
    }

    fn told(reply: Option<Reply>) -> &'static str {
        if reply.is_some_and(|reply| reply.send(Ok(())).is_ok()) {
            "by the application"
        } else {
            "by the media handler"
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_welcome_change_is_answered_without_the_application() {
        let mut scene = Scene::of(ApplicationSdp::new("v=0\r\n").0);
        scene.reoffer();
        assert_eq!(scene.wanted().await.unwrap(), "answer by the media handler");
        assert!(scene.event().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_application_is_asked_and_what_it_says_is_done() {
        let mut scene = Scene::asking();
        for answer in ["accept", "decline", "accept early", "decline early"] {
            scene.reoffer();
            let asked = scene.event().await;
            assert!(
                matches!(asked, Some(CallEvent::ChangeAsked { offer: Some(offer) }) if offer == Body::sdp(OFFER))
            );
            assert_eq!(scene.wanted().await, None, "it waits");
            let is_early = answer.ends_with("early");
            if is_early {
                let _told = scene.ask(|reply| Verb::AnswerEarly { media: None, reply }).await;
                assert_eq!(scene.wanted().await.unwrap(), "183 with a description");
            }
            let status = StatusCode::NOT_ACCEPTABLE_HERE;
            let outcome = match answer.starts_with("accept") {
                true => scene.ask(|reply| Verb::AcceptChange { reply }).await,
                false => scene.ask(|reply| Verb::DeclineChange { status, reply }).await,
            };
            let expected = match answer {
                "accept" => "answer by the application",
                "accept early" => "accept",
                _ => "488 by the application",
            };
            assert_eq!(scene.wanted().await.unwrap(), expected);
            assert_eq!(outcome.await.is_ok(), answer != "accept early", "told by the driver");
            assert!(scene.event().await.is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_that_is_withdrawn_cannot_be_answered() {
        let mut scene = Scene::asking();
        scene.reoffer();
        assert!(matches!(scene.event().await, Some(CallEvent::ChangeAsked { .. })));
        assert!(scene.reports.progress(Report::Session(SessionEvent::OfferWithdrawn)));
        assert!(matches!(scene.event().await, Some(CallEvent::ChangeWithdrawn)));
        let status = StatusCode::NOT_ACCEPTABLE_HERE;
        for verb in [(|reply| Verb::AcceptChange { reply }) as fn(Reply) -> Verb, |reply| Verb::AnswerEarly {
            media: None,
            reply,
        }] {
            let outcome = scene.ask(verb).await;
            assert!(matches!(outcome.await.unwrap(), Err(CallError::Session(InviteError::NoOffer))));
        }
        let outcome = scene.ask(|reply| Verb::DeclineChange { status, reply }).await;
        assert!(matches!(outcome.await.unwrap(), Err(CallError::Session(InviteError::NoOffer))));
        assert_eq!(scene.wanted().await, None);
    }

    /// An UPDATE inside of a re-INVITE that waits has to be answered in 16 s.
    #[tokio::test(start_paused = true)]
    async fn one_change_at_a_time_is_left_to_the_application() {
        let mut scene = Scene::asking();
        scene.reoffer();
        assert!(matches!(scene.event().await, Some(CallEvent::ChangeAsked { .. })));
        scene.reoffer();
        assert_eq!(scene.wanted().await.unwrap(), "answer by the media handler");
        assert!(scene.event().await.is_none());
        let _told = scene.ask(|reply| Verb::AcceptChange { reply }).await;
        assert_eq!(scene.wanted().await.unwrap(), "answer by the application");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_which_nobody_hears_is_declined() {
        let mut scene = Scene::asking();
        for _ in 0..40 {
            scene.reports.progress(Report::Session(SessionEvent::Interrupted));
            settle().await;
        }
        scene.reoffer();
        assert_eq!(scene.wanted().await.unwrap(), "480 by the media handler");
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_that_refuses_nothing_is_refused_itself_and_the_change_waits_on() {
        let mut scene = Scene::asking();
        scene.reoffer();
        let status = StatusCode::OK;
        let outcome = scene.ask(|reply| Verb::DeclineChange { status, reply }).await;
        assert!(matches!(outcome.await.unwrap(), Err(CallError::Session(InviteError::WrongStatus(_)))));
        let _told = scene.ask(|reply| Verb::AcceptChange { reply }).await;
        assert_eq!(scene.wanted().await.unwrap(), "answer by the application");
    }
}
