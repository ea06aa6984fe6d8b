//! Who the peer is, through a call: RFC 3325, RFC 4916; AC-71.

use crate::messages::{NOW, client, outputs};
use crate::table::{of_caller, response};
use crate::world::{contact, invite};
use sip_dialog::{Input, InviteSession, Output, SessionEvent, SessionSettings};
use sip_message::{Body, HeaderName, Method, Response};

fn asserting(mut response: Response, identity: &str) -> Response {
    response.headers_mut().push_text(&HeaderName::PAssertedIdentity, identity).unwrap();
    response
}

/// Who the application is told of, and whether a request came with it.
fn told(session: &mut InviteSession) -> Vec<String> {
    let events = outputs(session).into_iter().filter_map(|output| match output {
        Output::Event(SessionEvent::RemoteIdentity(address)) => Some(address.uri.to_string()),
        Output::Event(SessionEvent::Received(request)) => Some(request.method().to_string()),
        _ => None,
    });
    events.collect()
}

#[test]
fn ac71_the_caller_learns_from_provisional_and_final_responses_whom_it_reached() {
    let mut alice = client(invite("alice", true));
    assert_eq!(alice.remote_identity(), None);
    let ringing = response(&alice, 180, "tag-bob", 1, Method::Invite, "");
    alice.handle(Input::Response(asserting(ringing, "\"Desk\" <sip:desk@example.com>")), NOW);
    assert_eq!(told(&mut alice), ["sip:desk@example.com"]);
    let accepted = response(&alice, 200, "tag-bob", 1, Method::Invite, "bob");
    alice.handle(Input::Response(asserting(accepted, "<sip:carol@example.com>")), NOW);
    assert_eq!(told(&mut alice), ["sip:carol@example.com"]);
    assert_eq!(alice.remote_identity().unwrap().uri.to_string(), "sip:carol@example.com");
}

#[test]
fn ac71_re_invite_and_update_tell_of_another_peer_and_are_shown_whole() {
    let mut first = invite("alice", true);
    first.headers_mut().push_text(&HeaderName::PAssertedIdentity, "<sip:alice@example.com>").unwrap();
    let mut settings = SessionSettings::default();
    settings.shows_requests = true;
    let mut bob = InviteSession::server(&first, "tag-bob".into(), contact("bob"), settings, NOW).unwrap();
    assert_eq!(bob.remote_identity().unwrap().uri.to_string(), "sip:alice@example.com");
    bob.accept(Some(Body::sdp("bob")), NOW).unwrap();
    bob.handle(Input::Request(of_caller(Method::Ack)), NOW);
    assert!(told(&mut bob).is_empty(), "what a call begins with is no news");
    let mut update = of_caller(Method::Update);
    update.headers_mut().push_text(&HeaderName::PAssertedIdentity, "<tel:+15551234>").unwrap();
    bob.handle(Input::Request(update), NOW);
    assert_eq!(told(&mut bob), ["tel:+15551234", "UPDATE"]);
}
