//! Media handlers that take their time, or fail: what they hold up (RFC 3264 says only who offers and who answers), over real
//! sockets.

use crate::sockets::{agent, next_call};
use async_trait::async_trait;
use sip_dialog::EndKind;
use sip_message::Body;
use sip_testbed::Testbed;
use sip_ua::{ApplicationSdp, CallError, CallEvent, MediaError, SessionDescriptionHandler};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

fn at_once() -> ApplicationSdp {
    ApplicationSdp::new(SDP).0
}

/// Says when it is asked, and answers when it is let.
struct Slow {
    heard: mpsc::UnboundedSender<&'static str>,
    leave: Arc<Semaphore>,
}

/// The test's end of it.
struct Ear {
    heard: mpsc::UnboundedReceiver<&'static str>,
    leave: Arc<Semaphore>,
}

fn slow() -> (Slow, Ear) {
    let (sender, heard) = mpsc::unbounded_channel();
    let leave = Arc::new(Semaphore::new(0));
    (Slow { heard: sender, leave: leave.clone() }, Ear { heard, leave })
}

impl Slow {
    async fn told(&self, what: &'static str) {
        let _ = self.heard.send(what);
        self.leave.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl SessionDescriptionHandler for Slow {
    async fn offer(&mut self) -> Result<Body, MediaError> {
        Ok(Body::sdp(SDP))
    }

    async fn answer(&mut self, _offer: Body) -> Result<Body, MediaError> {
        self.told("offer").await;
        Ok(Body::sdp(SDP))
    }

    async fn set_answer(&mut self, _answer: Body) -> Result<(), MediaError> {
        self.told("answer").await;
        Ok(())
    }

    async fn close(&mut self) {
        let _ = self.heard.send("close");
    }
}

impl Ear {
    async fn hears(&mut self, what: &str) {
        assert_eq!(self.heard.recv().await, Some(what));
    }

    async fn hears_nothing_more(&mut self) {
        assert_eq!(self.heard.recv().await, None, "it is dropped");
    }

    fn let_go_on(&self) {
        self.leave.add_permits(1);
    }
}

#[tokio::test]
async fn a_media_handler_that_takes_its_time_holds_up_its_own_call_only() {
    let testbed = Testbed::start().await.unwrap();
    let ((alice, _alices), (bob, mut bobs)) = (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
    let (media, mut ear) = slow();
    let mut waiting = alice.call("bob", at_once()).await.unwrap();
    let accepting = next_call(&mut bobs).await.accept(media);
    let meanwhile = async {
        ear.hears("offer").await;
        let mut other = alice.call("bob", at_once()).await.unwrap();
        let mut bobs_other = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
        other.established().await.unwrap();
        other.hang_up().await.unwrap();
        assert_eq!(bobs_other.ended().await.kind, EndKind::HungUp);
        bob.options("alice").await.unwrap();
        ear.let_go_on();
    };
    let (accepted, ()) = tokio::join!(accepting, meanwhile);
    let mut accepted = accepted.unwrap();
    waiting.established().await.unwrap();
    waiting.hang_up().await.unwrap();
    accepted.ended().await;
    ear.hears("close").await;
    ear.hears_nothing_more().await;
}

#[tokio::test]
async fn what_happens_while_a_media_handler_is_asked_is_told_after_it_and_in_order() {
    let testbed = Testbed::start().await.unwrap();
    let ((alice, _alices), (_bob, mut bobs)) = (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
    let (media, mut ear) = slow();
    let mut call = alice.call("bob", media).await.unwrap();
    let mut bobs_call = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
    ear.hears("answer").await;
    bobs_call.established().await.unwrap();
    bobs_call.message(Body::text("one")).await.unwrap();
    bobs_call.message(Body::text("two")).await.unwrap();
    bobs_call.hang_up().await.unwrap();
    ear.let_go_on();
    let mut told = Vec::new();
    while let Some(event) = call.next().await {
        told.push(match event {
            CallEvent::Progress { .. } => continue,
            CallEvent::Established => "up".to_owned(),
            CallEvent::Message(body) => String::from_utf8_lossy(&body.bytes).into_owned(),
            CallEvent::Ended(cause) => format!("{:?}", cause.kind),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(told, ["up", "one", "two", "HungUp"]);
    ear.hears("close").await;
    ear.hears_nothing_more().await;
}

/// RFC 3261 §15: a user who hangs up need not wait for anything.
#[tokio::test]
async fn a_call_is_hung_up_while_its_media_handler_is_asked() {
    for is_dropped in [false, true] {
        let testbed = Testbed::start().await.unwrap();
        let ((alice, _alices), (_bob, mut bobs)) =
            (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
        let (media, mut ear) = slow();
        let mut call = alice.call("bob", media).await.unwrap();
        let mut bobs_call = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
        ear.hears("answer").await;
        let ended = async {
            assert_eq!(bobs_call.ended().await.kind, EndKind::HungUp);
            ear.let_go_on();
        };
        if is_dropped {
            drop(call);
            ended.await;
        } else {
            let (hung_up, ()) = tokio::join!(call.hang_up(), ended);
            hung_up.unwrap();
        }
        ear.hears("close").await;
        ear.hears_nothing_more().await;
    }
}

#[tokio::test]
async fn media_is_closed_when_its_user_agent_is_closed_while_it_is_asked() {
    let testbed = Testbed::start().await.unwrap();
    let ((alice, alices), (_bob, mut bobs)) = (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
    let (media, mut ear) = slow();
    let mut call = alice.call("bob", media).await.unwrap();
    let _bobs_call = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
    ear.hears("answer").await;
    drop(alices);
    alice.close().await;
    while call.next().await.is_some() {}
    ear.let_go_on();
    ear.hears("close").await;
    ear.hears_nothing_more().await;
}

/// Panics when it is asked for anything but an offer.
struct Broken;

#[async_trait]
impl SessionDescriptionHandler for Broken {
    async fn offer(&mut self) -> Result<Body, MediaError> {
        Ok(Body::sdp(SDP))
    }

    async fn answer(&mut self, _offer: Body) -> Result<Body, MediaError> {
        panic!("broken")
    }

    async fn set_answer(&mut self, _answer: Body) -> Result<(), MediaError> {
        tokio::task::yield_now().await;
        panic!("broken")
    }

    async fn close(&mut self) {
        panic!("broken")
    }
}

#[tokio::test]
async fn a_media_handler_that_panics_ends_its_call_and_no_other() {
    let testbed = Testbed::start().await.unwrap();
    let ((alice, _alices), (_bob, mut bobs)) = (agent(&testbed, "alice").await, agent(&testbed, "bob").await);
    let mut good = alice.call("bob", at_once()).await.unwrap();
    let mut bobs_good = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
    good.established().await.unwrap();
    // the callee's
    let mut call = alice.call("bob", at_once()).await.unwrap();
    let accepted = next_call(&mut bobs).await.accept(Broken).await;
    assert!(matches!(accepted, Err(CallError::Closed)), "{accepted:?}");
    assert!(call.established().await.is_err());
    // the caller's
    let mut call = alice.call("bob", Broken).await.unwrap();
    let mut bobs_call = next_call(&mut bobs).await.accept(at_once()).await.unwrap();
    assert_eq!(call.established().await.unwrap_err().kind, EndKind::MediaFailed);
    bobs_call.ended().await;
    // the others go on
    bobs_good.message(Body::text("still there")).await.unwrap();
    good.hang_up().await.unwrap();
    bobs_good.ended().await;
}
