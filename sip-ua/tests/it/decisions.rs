//! What an application says to a call or a change before and when it answers: RFC 3261 §13.3.1.1, §14.2, RFC 3262, RFC 6141 §3.

use crate::sockets::{agent, event, next_call};
use async_trait::async_trait;
use sip_dialog::EndKind;
use sip_message::{Body, Message, StatusCode};
use sip_testbed::{Messages, PASSWORD, Relay, RelayCut, Testbed};
use sip_ua::core::Relation;
use sip_ua::{
    Call, CallError, CallEvent, Events, IncomingCall, MediaError, Renegotiation, SessionDescriptionHandler,
    UserAgent,
};
use std::sync::{Arc, Mutex};

/// Media of audio at first, and of video too in every further offer; it notes what it hears.
struct Phone {
    name: &'static str,
    asks: bool,
    described: u32,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Phone {
    fn new(name: &'static str, asks: bool) -> (Self, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::default();
        (Self { name, asks, described: 0, heard: Arc::clone(&heard) }, heard)
    }

    fn describe(&mut self, has_video: bool) -> Body {
        self.described += 1;
        let (name, version) = (self.name, self.described);
        let video = if has_video { "m=video 4002 RTP/AVP 96\r\n" } else { "" };
        Body::sdp(format!(
            "v=0\r\no={name} 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 0\r\n{video}"
        ))
    }

    fn note(&self, kind: &str, body: &Body) {
        let text = String::from_utf8_lossy(&body.bytes);
        let origin = text.lines().find_map(|line| line.strip_prefix("o=")).unwrap_or_default();
        let media = text.matches("m=").count();
        let words: Vec<&str> = origin.split(' ').collect();
        self.heard.lock().unwrap().push(format!("{kind} {} {}, {media} media", words[0], words[2]));
    }
}

fn has_video(description: &Body) -> bool {
    String::from_utf8_lossy(&description.bytes).contains("m=video")
}

#[async_trait]
impl SessionDescriptionHandler for Phone {
    async fn offer(&mut self) -> Result<Body, MediaError> {
        let is_further = self.described > 0;
        Ok(self.describe(is_further))
    }

    async fn answer(&mut self, offer: Body) -> Result<Body, MediaError> {
        self.note("offer", &offer);
        Ok(self.describe(has_video(&offer)))
    }

    async fn set_answer(&mut self, answer: Body) -> Result<(), MediaError> {
        self.note("answer", &answer);
        Ok(())
    }

    fn consents_to(&self, _offer: Option<&Body>) -> bool {
        !self.asks
    }

    async fn close(&mut self) {}
}

/// A call that stands, of whose changes bob's user decides.
struct Scene {
    wire: Messages,
    alice: Call,
    bob: Call,
    /// What the media handlers heard.
    heard: [Arc<Mutex<Vec<String>>>; 2],
    _agents: [(UserAgent, Events); 2],
    _testbed: Testbed,
}

impl Scene {
    async fn begin() -> Self {
        let testbed = Testbed::start().await.unwrap();
        let (alices, bobs) = (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
        Self::of(testbed, alices, bobs).await
    }

    async fn of(testbed: Testbed, alices: (UserAgent, Events), mut bobs: (UserAgent, Events)) -> Self {
        let ((alices_media, alices_ear), (bobs_media, bobs_ear)) =
            (Phone::new("alice", false), Phone::new("bob", true));
        let mut alice = alices.0.call("bob", alices_media).await.unwrap();
        let mut bob = next_call(&mut bobs.1).await.accept(bobs_media).await.unwrap();
        alice.established().await.unwrap();
        bob.established().await.unwrap();
        let mut wire = testbed.messages();
        wire.drain();
        Self { wire, alice, bob, heard: [alices_ear, bobs_ear], _agents: [alices, bobs], _testbed: testbed }
    }

    /// Alice wants video, and bob's user is asked.
    async fn ask(&mut self) {
        self.alice.renegotiate(Renegotiation::Offer).await.unwrap();
        let offer = event(&mut self.bob, |event| match event {
            CallEvent::ChangeAsked { offer } => Some(offer.clone()),
            _ => None,
        });
        let offer = offer.await.expect("alice offers");
        assert!(has_video(&offer));
        assert_eq!(self.heard_by("bob"), ["offer alice 1, 1 media"], "nobody answers yet");
    }

    fn heard_by(&self, who: &str) -> Vec<String> {
        let [alices, bobs] = &self.heard;
        (if who == "alice" { alices } else { bobs }).lock().unwrap().clone()
    }

    /// What bob has sent since the call stands, when the call is over.
    async fn sent_by_bob(mut self) -> Vec<String> {
        assert_eq!(self.alice.hang_up().await.unwrap().kind, EndKind::HungUp);
        assert_eq!(self.bob.ended().await.kind, EndKind::HungUp);
        let sent = self.wire.drain().into_iter().filter(|record| record.from == "bob");
        let label = |message: Message| match message {
            Message::Response(response) if !response.body().is_empty() => "with a description",
            Message::Request(request) if !request.body().is_empty() => "with a description",
            Message::Request(_) | Message::Response(_) => "",
        };
        sent.map(|record| format!("{} {}", record.label(), label(record.message)).trim().to_owned()).collect()
    }
}

async fn changed(call: &mut Call) {
    event(call, |event| matches!(event, CallEvent::Changed).then_some(())).await;
}

#[tokio::test]
async fn a_user_accepts_a_change_and_the_other_side_hears_that_it_takes_a_while() {
    let mut scene = Scene::begin().await;
    scene.ask().await;
    scene.bob.progress(StatusCode::RINGING).await.unwrap();
    scene.bob.accept_change().await.unwrap();
    changed(&mut scene.alice).await;
    assert_eq!(scene.heard_by("bob"), ["offer alice 1, 1 media", "offer alice 2, 2 media"]);
    assert_eq!(scene.heard_by("alice"), ["answer bob 1, 1 media", "answer bob 2, 2 media"]);
    let again = scene.bob.accept_change().await;
    assert!(matches!(again, Err(CallError::Session(_))), "{again:?}");
    assert!(scene.bob.progress(StatusCode::RINGING).await.is_err());
    let sent = scene.sent_by_bob().await;
    assert_eq!(sent[..2], ["180 Ringing (INVITE)", "200 OK (INVITE) with a description"], "{sent:?}");
}

#[tokio::test]
async fn a_user_declines_a_change_and_the_call_goes_on() {
    let mut scene = Scene::begin().await;
    scene.ask().await;
    scene.bob.decline_change(StatusCode::NOT_ACCEPTABLE_HERE).await.unwrap();
    let status = event(&mut scene.alice, |event| match event {
        CallEvent::ChangeFailed { status } => Some(*status),
        _ => None,
    });
    assert_eq!(status.await, StatusCode::NOT_ACCEPTABLE_HERE);
    scene.alice.message(Body::text("still there?")).await.unwrap();
    let sent = scene.sent_by_bob().await;
    assert_eq!(sent[..2], ["488 Not Acceptable Here", "200 OK (MESSAGE)"], "{sent:?}");
}

// rfc3262#5, rfc6141#3.1
#[tokio::test]
async fn a_change_that_is_answered_early_is_in_force_before_it_is_accepted() {
    let mut scene = Scene::begin().await;
    scene.ask().await;
    scene.bob.answer_early().await.unwrap();
    changed(&mut scene.alice).await;
    assert_eq!(scene.heard_by("alice").last().unwrap(), "answer bob 2, 2 media");
    assert!(scene.bob.answer_early().await.is_err(), "once");
    scene.bob.accept_change().await.unwrap();
    scene.bob.message(Body::text("done")).await.unwrap();
    let sent = scene.sent_by_bob().await;
    let expected = ["183 Session Progress with a description", "200 OK (PRACK)", "200 OK (INVITE)"];
    assert_eq!(sent[..3], expected, "{sent:?}");
}

// rfc6141#3.3
#[tokio::test]
async fn a_change_that_was_answered_early_is_taken_back_by_update() {
    let mut scene = Scene::begin().await;
    scene.ask().await;
    scene.bob.answer_early().await.unwrap();
    changed(&mut scene.alice).await;
    scene.bob.decline_change(StatusCode::NOT_ACCEPTABLE_HERE).await.unwrap();
    changed(&mut scene.bob).await;
    assert_eq!(
        scene.heard_by("alice").last().unwrap(),
        "offer bob 3, 1 media",
        "as it was, in a new version"
    );
    assert_eq!(scene.heard_by("bob").last().unwrap(), "answer alice 3, 1 media");
    let sent = scene.sent_by_bob().await;
    let expected = [
        "183 Session Progress with a description",
        "200 OK (PRACK)",
        "UPDATE with a description",
        "200 OK (INVITE)",
    ];
    assert_eq!(sent[..4], expected, "{sent:?}");
}

/// Whoever loses the connection while bob's user is asked: the question is answered or void, and the call goes on.
#[tokio::test]
async fn ac8_a_connection_may_be_lost_while_a_user_decides() {
    for loser in ["alice", "bob"] {
        let testbed = Testbed::start().await.unwrap();
        let relay = Relay::start(testbed.local_addr()).await.unwrap();
        let through =
            |user: &str| if user == loser { format!("ws://{}", relay.local_addr()) } else { testbed.url() };
        let connect = async |user: &str| {
            let builder = UserAgent::builder(&testbed.aor(user)).server(&through(user)).password(PASSWORD);
            let (ua, events) = builder.connect().await.unwrap();
            ua.register().await.unwrap();
            (ua, events)
        };
        let (alices, bobs) = (connect("alice").await, connect("bob").await);
        let mut scene = Scene::of(testbed, alices, bobs).await;
        scene.ask().await;
        scene.bob.progress(StatusCode::RINGING).await.unwrap();
        // by then that is there: a server that has heard nothing of a callee would say at once that it is gone
        scene.bob.message(Body::text("one moment")).await.unwrap();
        relay.cut(RelayCut::Reset);
        let lost = if loser == "alice" { &mut scene.alice } else { &mut scene.bob };
        event(lost, |event| matches!(event, CallEvent::Interrupted).then_some(())).await;
        scene.bob.accept_change().await.unwrap();
        if loser == "bob" {
            event(&mut scene.bob, |event| matches!(event, CallEvent::Resumed).then_some(())).await;
        }
        changed(&mut scene.alice).await;
        if loser == "alice" {
            event(&mut scene.alice, |event| matches!(event, CallEvent::Resumed).then_some(())).await;
        }
        assert_eq!(scene.heard_by("alice").last().unwrap(), "answer bob 2, 2 media", "{loser}");
        assert_eq!(scene.alice.hang_up().await.unwrap().kind, EndKind::HungUp);
        assert_eq!(scene.bob.ended().await.kind, EndKind::HungUp);
    }
}

/// What rings, and what both ends hear of it.
async fn ringing(
    testbed: &Testbed,
) -> ([(UserAgent, Events); 2], Call, IncomingCall, Arc<Mutex<Vec<String>>>) {
    let alices = agent(testbed, "alice").await;
    let mut bobs = agent(testbed, "bob").await;
    let (media, heard) = Phone::new("alice", false);
    let outgoing = alices.0.call("bob", media).await.unwrap();
    let incoming = next_call(&mut bobs.1).await;
    ([alices, bobs], outgoing, incoming, heard)
}

async fn progress(call: &mut Call, wanted: u16) {
    event(call, |event| match event {
        CallEvent::Progress { status } if status.code() == wanted => Some(()),
        _ => None,
    })
    .await;
}

/// AC-16 in the runtime, for a caller and a callee: the answer of the 183 reaches the media handler, and the 200 has none.
#[tokio::test]
async fn ac16_a_call_is_answered_early_and_accepted_later() {
    let testbed = Testbed::start().await.unwrap();
    let (_agents, mut outgoing, mut incoming, heard) = ringing(&testbed).await;
    incoming.progress(StatusCode::new(182).unwrap()).await.unwrap();
    progress(&mut outgoing, 182).await;
    assert!(incoming.progress(StatusCode::OK).await.is_err());
    let early = incoming.answer_early(Phone::new("bob", false).0).await.unwrap();
    progress(&mut outgoing, 183).await;
    assert_eq!(*heard.lock().unwrap(), ["answer bob 1, 1 media"]);
    assert_eq!(early.incoming().relation(), None::<Relation>);
    let mut answered = early.accept().await.unwrap();
    outgoing.established().await.unwrap();
    answered.established().await.unwrap();
    assert_eq!(*heard.lock().unwrap(), ["answer bob 1, 1 media"], "once");
    assert_eq!(outgoing.hang_up().await.unwrap().kind, EndKind::HungUp);
    assert_eq!(answered.ended().await.kind, EndKind::HungUp);
}

#[tokio::test]
async fn a_call_that_was_answered_early_is_refused_or_dropped() {
    for (is_dropped, expected) in
        [(true, StatusCode::TEMPORARILY_UNAVAILABLE), (false, StatusCode::BUSY_HERE)]
    {
        let testbed = Testbed::start().await.unwrap();
        let (_agents, mut outgoing, incoming, _) = ringing(&testbed).await;
        let early = incoming.answer_early(Phone::new("bob", false).0).await.unwrap();
        progress(&mut outgoing, 183).await;
        if is_dropped {
            drop(early);
        } else {
            early.reject(expected).await;
        }
        assert_eq!(outgoing.ended().await.status, Some(expected));
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_is_heard_of_after_an_early_answer() {
    let testbed = Testbed::start().await.unwrap();
    let (_agents, mut outgoing, incoming, _) = ringing(&testbed).await;
    let mut early = incoming.answer_early(Phone::new("bob", false).0).await.unwrap();
    progress(&mut outgoing, 183).await;
    drop(outgoing);
    assert_eq!(early.ended().await.kind, EndKind::Cancelled);
}
