//! What INVITE and its answers tell of this user agent: RFC 3261 §13.1, §13.2.1, §13.3.1.4.

use crate::peer::{Peer, request};
use sip_message::{Allow, Body, Headers, Method, Supported};
use sip_ua::core::Event;

fn assert_introduced(headers: &Headers) {
    let allowed: Vec<Method> = headers.list::<Allow>().flatten().map(|Allow(method)| method).collect();
    for method in [Method::Invite, Method::Ack, Method::Cancel, Method::Bye, Method::Info] {
        assert!(allowed.contains(&method), "{method} is not in {allowed:?}");
    }
    let options: Vec<String> =
        headers.list::<Supported>().flatten().map(|Supported(option)| option).collect();
    assert!(options.contains(&"100rel".to_owned()) && options.contains(&"timer".to_owned()), "{options:?}");
}

// rfc3261#13.1/1, rfc3261#13.2.1/1-3, type=test
#[test]
fn an_invite_tells_the_methods_and_extensions_of_the_caller() {
    let mut alice = Peer::connected();
    let bob = "sip:bob@example.test".parse().unwrap();
    alice.act(|core, now| core.invite(&bob, &Body::sdp("v=0\r\n"), now)).unwrap();
    assert_introduced(alice.sent_request().headers());
}

// rfc3261#13.3.1.4/1, type=test
#[test]
fn a_success_tells_the_methods_and_extensions_of_the_callee() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("INVITE", "Content-Type: application/sdp\n", "v=0\n"));
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    alice.act(|core, now| core.accept(call, Some(Body::sdp("v=0\r\n")), now)).unwrap();
    assert_introduced(alice.sent_response().headers());
}
