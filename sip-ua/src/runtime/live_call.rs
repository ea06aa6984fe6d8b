//! A call that is not over, as the driver keeps it: the application that hears of it, and the media handler that makes its
//! descriptions (RFC 3264), which is elsewhere while it is asked.

mod decision;

use super::call::CallEvent;
use super::call_media::{Media, Question, close};
use super::command::{Command, Outcome, Verb};
use super::event_queue::EventSender;
use super::queue::Sender;
use decision::AskedChange;
use sip_auth::AuthError;
use sip_dialog::{DtmfMode, EndCause, EndKind, SessionEvent};
use sip_message::{Body, StatusCode};
use std::collections::VecDeque;
use std::fmt;

/// How much may wait for the media handler before more is dropped.
const WAITING: usize = 32;

pub(super) struct LiveCall {
    events: EventSender<CallEvent>,
    handler: Handler,
    /// The offer of an incoming call that has one.
    offer: Option<Body>,
    /// Whether the application has answered, or asked for the call in the first place.
    answered: bool,
    /// Whether the call goes on as soon as there is media to ask.
    recovers_with_media: bool,
    /// Whether the media handler could make nothing of the last answer that came before the call was accepted.
    lacks_answer: bool,
    /// The change that the application decides on.
    asked: Option<AskedChange>,
    /// What came while the media handler was asked.
    waiting: VecDeque<Waiting>,
    /// Keeps the driver until the call is over.
    commands: Sender<Command>,
}

/// Who makes the descriptions.
enum Handler {
    /// Nobody yet.
    None,
    Resting(Media),
    Asked,
}

enum Waiting {
    Event(SessionEvent),
    Unauthorized(AuthError),
    Verb(Verb),
}

/// What the driver does next.
pub(super) enum Next {
    /// What waits.
    Rest,
    /// Asks the media handler.
    Ask(Media, Question),
    /// What the application wanted meanwhile.
    Do(Verb),
    /// Refuses a change with this status.
    Decline(StatusCode, Option<Outcome>),
    /// Accepts what was answered early.
    AcceptEarly(Outcome),
    /// Ends the call.
    HangUp(EndKind),
    /// Forgets the call, which is over.
    End(EndCause),
}

impl LiveCall {
    /// A call of ours with its media handler, or one that came in, with its offer.
    pub(super) fn new(
        events: EventSender<CallEvent>,
        (offer, media): (Option<Body>, Option<Media>),
        answered: bool,
        commands: Sender<Command>,
    ) -> Self {
        Self {
            events,
            handler: media.map_or(Handler::None, Handler::Resting),
            offer,
            answered,
            recovers_with_media: false,
            lacks_answer: false,
            asked: None,
            waiting: VecDeque::new(),
            commands,
        }
    }

    /// Something happened in the session. It waits while the media handler is asked.
    pub(super) fn handle_event(&mut self, event: SessionEvent) -> Next {
        if self.is_asked() {
            let is_milestone = matches!(event, SessionEvent::Established { .. } | SessionEvent::Ended(_));
            self.wait(Waiting::Event(event), is_milestone);
            return Next::Rest;
        }
        match event {
            SessionEvent::Ended(cause) => return Next::End(cause),
            SessionEvent::Progress { status, body: Some(answer), .. } if self.has_media() => {
                return self.ask(Question::Preview(answer, status));
            }
            SessionEvent::Established { body: Some(answer) } if self.has_media() => {
                return self.ask(Question::Established(answer));
            }
            SessionEvent::Established { .. } => return self.establish(),
            SessionEvent::Changed { body: Some(answer) } if self.has_media() => {
                return self.ask(Question::Changed(answer));
            }
            SessionEvent::Offered { body } => return self.ask(Question::Offered(body)),
            SessionEvent::Reoffered { body } => return self.consider(body),
            SessionEvent::OfferWithdrawn => self.withdraw(),
            SessionEvent::PressKey(key) => return self.ask(Question::Press(key)),
            SessionEvent::Recovering => {
                self.recovers_with_media = !self.has_media();
                return self.ask(Question::Recovery);
            }
            event => {
                if let Some(event) = told(event) {
                    self.tell(event);
                }
            }
        }
        Next::Rest
    }

    /// A challenge was not answered, and why.
    pub(super) fn refuse(&mut self, error: AuthError) {
        if self.is_asked() {
            self.wait(Waiting::Unauthorized(error), false);
        } else {
            self.tell(CallEvent::Unauthorized(error));
        }
    }

    /// The application wants something, which waits for what it wanted before.
    pub(super) fn defer(&mut self, verb: Verb) {
        self.wait(Waiting::Verb(verb), false);
    }

    /// The application accepts the call, with this media handler.
    pub(super) fn accept(&mut self, media: Media, outcome: Outcome) -> Next {
        self.handler = Handler::Resting(media);
        let offer = self.offer.take();
        self.ask(Question::Accept(offer, outcome))
    }

    /// The application gives a call of another process its media handler.
    #[cfg(feature = "serde")]
    pub(super) fn attach(&mut self, media: Media) -> Next {
        self.handler = Handler::Resting(media);
        if std::mem::take(&mut self.recovers_with_media) { self.ask(Question::Recovery) } else { Next::Rest }
    }

    /// Asks the media handler; nobody, where there is none.
    pub(super) fn ask(&mut self, question: Question) -> Next {
        match std::mem::replace(&mut self.handler, Handler::Asked) {
            Handler::Resting(media) => Next::Ask(media, question),
            handler @ (Handler::None | Handler::Asked) => {
                self.handler = handler;
                Next::Rest
            }
        }
    }

    /// The media handler has answered, or is lost.
    pub(super) fn take_back(&mut self, media: Option<Media>) {
        self.handler = media.map_or(Handler::None, Handler::Resting);
    }

    /// What came while the media handler was asked, if it is not asked any more.
    pub(super) fn next_waiting(&mut self) -> Option<Next> {
        if self.is_asked() {
            return None;
        }
        Some(match self.waiting.pop_front()? {
            Waiting::Event(event) => self.handle_event(event),
            Waiting::Verb(verb) => Next::Do(verb),
            Waiting::Unauthorized(error) => {
                self.refuse(error);
                Next::Rest
            }
        })
    }

    /// Tells the application something that may be dropped when too much waits; `false` when it was.
    pub(super) fn tell(&self, event: CallEvent) -> bool {
        self.events.progress(event)
    }

    /// What the media handler makes of an answer of the other side: in a provisional response it stands unless another one
    /// follows (AC-16), or one in the 2xx.
    pub(super) const fn note_answer(&mut self, is_taken: bool) {
        self.lacks_answer = !is_taken;
    }

    /// The call is up; without a usable answer there is no session to keep (RFC 3261 §13.2.2.4).
    pub(super) fn establish(&mut self) -> Next {
        if self.lacks_answer {
            return Next::HangUp(EndKind::MediaFailed);
        }
        self.events.milestone(CallEvent::Established);
        Next::Rest
    }

    /// The call is over: tells the application, and closes the media.
    pub(super) fn end(mut self, cause: Option<EndCause>) {
        if let Some(cause) = cause {
            self.events.milestone(CallEvent::Ended(cause));
        }
        if let Handler::Resting(media) = self.handler {
            close(media);
        }
    }

    /// Whether the application has answered in one way or another, or asked for the call.
    pub(super) const fn is_answered(&self) -> bool {
        self.answered
    }

    pub(super) const fn set_answered(&mut self) {
        self.answered = true;
    }

    /// How keys are pressed.
    pub(super) fn dtmf_mode(&self) -> DtmfMode {
        match &self.handler {
            Handler::Resting(media) if media.sends_dtmf() => DtmfMode::Auto,
            Handler::None | Handler::Resting(_) | Handler::Asked => DtmfMode::Info,
        }
    }

    pub(super) const fn commands(&self) -> &Sender<Command> {
        &self.commands
    }

    /// Whether the media handler is asked.
    pub(super) const fn is_asked(&self) -> bool {
        matches!(self.handler, Handler::Asked)
    }

    const fn has_media(&self) -> bool {
        matches!(self.handler, Handler::Resting(_))
    }

    fn wait(&mut self, waiting: Waiting, is_milestone: bool) {
        if is_milestone || self.waiting.len() < WAITING {
            self.waiting.push_back(waiting);
        }
    }
}

impl fmt::Debug for LiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCall").finish_non_exhaustive()
    }
}

/// What the application hears of an event.
fn told(event: SessionEvent) -> Option<CallEvent> {
    Some(match event {
        SessionEvent::Progress { status, .. } => CallEvent::Progress { status },
        SessionEvent::Message { body } => CallEvent::Message(body),
        SessionEvent::Notified(request) => CallEvent::Notified(request),
        SessionEvent::Changed { .. } => CallEvent::Changed,
        SessionEvent::ChangeFailed { status } => CallEvent::ChangeFailed { status },
        SessionEvent::DtmfFailed { status, .. } => CallEvent::DtmfFailed { status },
        SessionEvent::Info { package, request } => CallEvent::Info { package, request },
        SessionEvent::InfoAnswered { status, .. } => CallEvent::InfoAnswered { status },
        SessionEvent::Dtmf(dtmf) => CallEvent::Dtmf(dtmf),
        SessionEvent::Hold(hold) => CallEvent::Hold(hold),
        SessionEvent::RemoteIdentity(address) => CallEvent::RemoteIdentity(address),
        SessionEvent::Received(request) => CallEvent::Received(request),
        SessionEvent::Interrupted => CallEvent::Interrupted,
        SessionEvent::Resumed => CallEvent::Resumed,
        // Answers of requests go to who asked.
        _ => return None,
    })
}
