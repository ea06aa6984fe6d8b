//! How much room a public future takes in the task that waits for it: AC-63.

use crate::sockets::{agent, next_call};
use sip_message::{Body, Headers, Method, StatusCode};
use sip_testbed::Testbed;
use sip_ua::{ApplicationSdp, Call, IncomingCall, Renegotiation, UserAgent};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// The size of a future that is dropped at once.
fn of<F: Future>(future: F) -> usize {
    size_of_val(&future)
}

fn media() -> ApplicationSdp {
    ApplicationSdp::new(SDP).0
}

fn of_user_agent(ua: &UserAgent) -> Vec<(&'static str, usize)> {
    vec![
        ("connect", of(UserAgent::builder("sip:a@example.test").connect())),
        ("register", of(ua.register())),
        ("unregister", of(ua.unregister())),
        ("bindings", of(ua.bindings())),
        ("message", of(ua.message("bob", "hello"))),
        ("options", of(ua.options("bob"))),
        ("call", of(ua.call("bob", media()))),
        ("network_changed", of(ua.network_changed())),
        ("close", of(ua.clone().close())),
    ]
}

fn of_call(call: &mut Call) -> Vec<(&'static str, usize)> {
    let body = || Body::text("hello");
    vec![
        ("next", of(call.next())),
        ("established", of(call.established())),
        ("ended", of(call.ended())),
        ("hang_up", of(call.hang_up())),
        ("hold", of(call.hold())),
        ("dtmf", of(call.dtmf("1"))),
        ("renegotiate", of(call.renegotiate(Renegotiation::Offer))),
        ("info", of(call.info("p", Some(body())))),
        ("message in a call", of(call.message(body()))),
        ("send", of(call.send(Method::Refer, Headers::new(), Some(body())))),
        ("replaces", of(call.replaces())),
        ("progress", of(call.progress(StatusCode::RINGING))),
        ("answer_early", of(call.answer_early())),
        ("accept_change", of(call.accept_change())),
        ("decline_change", of(call.decline_change(StatusCode::NOT_ACCEPTABLE_HERE))),
    ]
}

fn of_incoming(call: IncomingCall) -> [(&'static str, usize); 1] {
    [("accept", of(call.accept(media())))]
}

#[tokio::test]
async fn ac63_a_public_future_takes_less_than_two_kibibytes() {
    let testbed = Testbed::start().await.unwrap();
    let (alice, _alices) = agent(&testbed, "alice").await;
    let (_bob, mut bobs) = agent(&testbed, "bob").await;
    let mut call = alice.call("bob", media()).await.unwrap();
    let incoming = next_call(&mut bobs).await;
    let mut all = of_user_agent(&alice);
    all.extend(of_call(&mut call));
    all.extend(of_incoming(incoming));
    let large: Vec<_> = all.into_iter().filter(|(_, size)| *size >= 2048).collect();
    assert!(large.is_empty(), "{large:?}");
}
