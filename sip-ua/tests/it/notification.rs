//! NOTIFY that nobody asked for: AC-38, P13, P29; RFC 6665 §4.1.3, RFC 3842.

use crate::peer::{Peer, request, response};
use sip_dialog::SessionEvent;
use sip_message::{Body, ContentType, HeaderName, Method, StatusCode, To};
use sip_ua::core::{Event, UnsolicitedNotify};

/// What Asterisk sends when a message waits.
const SUMMARY: &str =
    "Messages-Waiting: yes\nMessage-Account: sip:asterisk@192.0.2.1\nVoice-Message: 2/8 (0/2)\n";

fn notify(event: &str, content: &str, body: &str) -> String {
    let fields = format!("{event}{content}");
    request("NOTIFY", &fields, "").replace(
        "Content-Length: 0\n\n",
        &format!("Content-Length: {}\n\n{body}", body.replace('\n', "\r\n").len()),
    )
}

fn status(alice: &mut Peer) -> u16 {
    alice.sent_response().status().code()
}

// Asterisk
#[test]
fn p29_a_message_summary_that_nobody_asked_for_gets_200_and_is_shown_with_its_body() {
    for is_registered in [false, true] {
        let mut alice = Peer::connected();
        if is_registered {
            alice.act(|core, now| core.register(now));
            let register = alice.sent_request();
            alice.receive(response(&register, StatusCode::OK));
            alice.events.clear();
        }
        let content = "Content-Type: application/simple-message-summary\n";
        alice.receive_text(&notify("Event: message-summary\n", content, SUMMARY));
        assert_eq!(status(&mut alice), 200);
        let Some(Event::Notification { request }) = alice.events.pop() else { panic!("{:?}", alice.events) };
        let event: sip_message::Event = request.headers().required().unwrap();
        assert_eq!(event.package(), "message-summary");
        assert_eq!(*request.body(), SUMMARY.replace('\n', "\r\n").as_bytes());
        assert!(alice.core.is_idle() || is_registered);
    }
}

#[test]
fn ac38_what_servers_tell_unasked_is_shown_and_answered_200() {
    for event in ["message-summary", "check-sync", "check-sync;reboot=false", "talk", "hold", "keep-alive"] {
        let mut alice = Peer::connected();
        alice.receive_text(&notify(&format!("Event: {event}\n"), "", ""));
        assert_eq!(status(&mut alice), 200, "{event}");
        assert!(matches!(alice.events[..], [Event::Notification { .. }]), "{event}");
    }
}

#[test]
fn ac38_what_only_a_request_of_ours_begins_gets_481_and_no_event_489() {
    for (event, expected) in
        [("Event: refer\n", 481), ("Event: refer;id=93809824\n", 481), ("", 489), ("Event: ;\n", 489)]
    {
        let mut alice = Peer::connected();
        alice.receive_text(&notify(event, "", ""));
        assert_eq!(status(&mut alice), expected, "{event}");
        assert!(alice.events.is_empty(), "{event}");
    }
}

#[test]
fn ac38_the_policy_may_refuse_them() {
    let mut alice = Peer::with(|config| config.unsolicited_notify = UnsolicitedNotify::Refuse);
    alice.receive_text(&notify("Event: message-summary\n", "", ""));
    assert_eq!(status(&mut alice), 481);
    assert!(alice.events.is_empty());
}

/// A call of bob that alice has answered; the To of his requests in it.
fn in_call(alice: &mut Peer) -> String {
    alice.receive_text(
        &request("INVITE", "Content-Type: application/sdp\n", "")
            .replace("Content-Length: 0\n\n", "Content-Length: 5\n\nv=0\n"),
    );
    let Some(Event::IncomingCall { call, .. }) = alice.events.pop() else { panic!("no call") };
    let answer = Body { content_type: ContentType::sdp(), bytes: "v=0\r\n".into() };
    alice.act(|core, now| core.accept(call, Some(answer), now)).unwrap();
    let To(to) = alice.sent_response().headers().required().unwrap();
    let ack = request("ACK", "", "").replace("To: <sip:alice@example.test>", &format!("To: {to}"));
    alice.receive_text(&ack);
    alice.events.clear();
    to.to_string()
}

// BroadWorks
#[test]
fn ac38_talk_and_hold_arrive_inside_their_call() {
    let mut alice = Peer::connected();
    let to = in_call(&mut alice);
    let inside = |event: &str, number: u32| {
        notify(&format!("Event: {event}\n"), "", "")
            .replace("To: <sip:alice@example.test>", &format!("To: {to}"))
            .replace("CSeq: 1 NOTIFY", &format!("CSeq: {number} NOTIFY"))
            .replace("z9hG4bKbobNOTIFY", &format!("z9hG4bKbobNOTIFY{number}"))
    };
    for (number, event) in (2..).zip(["talk", "hold"]) {
        alice.receive_text(&inside(event, number));
        assert_eq!(status(&mut alice), 200);
        let [Event::Call { event: SessionEvent::Notified(request), .. }] = &alice.events[..] else {
            panic!("{:?}", alice.events)
        };
        assert_eq!(request.headers().raw(&HeaderName::Event), Some(event.as_bytes()));
        alice.events.clear();
    }
    // no transfer was asked for; and what is older than the last one is out of order (RFC 3261 §12.2.2)
    alice.receive_text(&inside("refer", 4));
    assert_eq!(status(&mut alice), 481);
    alice.receive_text(&inside("talk", 2).replace("NOTIFY2", "NOTIFYold"));
    assert_eq!(status(&mut alice), 500);
    assert!(alice.events.is_empty() && alice.core.calls().count() == 1);
}

#[test]
fn ac38_notify_is_among_the_methods_that_are_served() {
    let mut alice = Peer::connected();
    alice.receive_text(&request("OPTIONS", "", ""));
    let options = alice.sent_response();
    let allow = options.headers().list::<sip_message::Allow>().flatten();
    assert!(allow.into_iter().any(|sip_message::Allow(method)| method == Method::Notify));
}
