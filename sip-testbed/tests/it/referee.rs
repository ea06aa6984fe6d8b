//! The rules that show in messages alone, each broken once (RFC 3261 §8.1.1, §8.2.6.2, §9.1, §17).

use crate::support::{answer, from_alice, message, seconds};
use sip_clock::Instant;
use sip_message::{HeaderName, Message, Request, StatusCode};
use sip_testbed::{BrokenRule, Record, Referee};

const BOB: &str = "sip:bob@example.test";

fn invite() -> Request {
    from_alice("INVITE", BOB, "1")
}

/// Another request with the branch of [`invite`].
fn after_invite(method: &str) -> Request {
    let mut request = from_alice(method, BOB, "1");
    request.headers_mut().remove(&HeaderName::Contact);
    request
}

fn there(at: Instant, message: impl Into<Message>) -> Record {
    Record::new(at, "alice", "bob", received(&message.into()))
}

fn back(at: Instant, message: impl Into<Message>) -> Record {
    Record::new(at, "bob", "alice", received(&message.into()))
}

fn received(message: &Message) -> Message {
    Message::parse(message.to_bytes()).unwrap()
}

/// The rules that the last of `records` breaks; the others break none.
fn broken_by_last(records: &[Record]) -> Vec<BrokenRule> {
    let breaches = Referee::new().breaches(records);
    assert!(breaches.iter().all(|breach| breach.record + 1 == records.len()), "{breaches:?}");
    breaches.into_iter().map(|breach| breach.rule).collect()
}

#[test]
fn a_good_exchange_breaks_no_rule() {
    let options = from_alice("OPTIONS", BOB, "1");
    let records =
        [there(seconds(0), options.clone()), back(seconds(1), answer(&options, StatusCode::BUSY_HERE, "b"))];
    assert_eq!(Referee::new().breaches(&records), []);
}

// rfc3261#9.1
#[test]
fn an_early_cancel_is_seen() {
    let cancel = there(seconds(1), after_invite("CANCEL"));
    assert_eq!(broken_by_last(std::slice::from_ref(&cancel)), [BrokenRule::CancelOfNothing]);
    assert_eq!(broken_by_last(&[there(seconds(0), invite()), cancel]), [BrokenRule::CancelTooEarly]);
}

// rfc3261#17.1.1.3
#[test]
fn an_ack_of_a_2xx_in_the_transaction_of_its_invite_is_seen() {
    let mut ok = answer(&invite(), StatusCode::OK, "b");
    ok.headers_mut().push_text(&HeaderName::Contact, "<sip:bob@bob.invalid>").unwrap();
    let records = [there(seconds(0), invite()), back(seconds(1), ok), there(seconds(2), after_invite("ACK"))];
    let rules = broken_by_last(&records);
    assert!(rules.contains(&BrokenRule::AckInTransaction), "{rules:?}");
}

// rfc3261#17.2.2: timer J.
#[test]
fn another_final_response_is_one_too_many_as_long_as_the_transaction_lasts() {
    let options = from_alice("OPTIONS", BOB, "1");
    let records = |second| {
        [
            there(seconds(0), options.clone()),
            back(seconds(1), answer(&options, StatusCode::BUSY_HERE, "b")),
            back(second, answer(&options, StatusCode::DECLINE, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(seconds(32))), [BrokenRule::SecondFinal]);
    assert_eq!(broken_by_last(&records(seconds(33))), []);
}

// rfc3261#17.2.2: a server knows a request for 64·T1 after its answer; what comes later, as over a new connection, is new.
#[test]
fn a_copy_that_the_server_has_forgotten_is_a_request_of_its_own() {
    let options = from_alice("OPTIONS", BOB, "1");
    let records = |copy| {
        [
            there(seconds(0), options.clone()),
            back(seconds(30), answer(&options, StatusCode::BUSY_HERE, "b")),
            there(copy, options.clone()),
            back(copy, answer(&options, StatusCode::DECLINE, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(seconds(61))), [BrokenRule::SecondFinal]);
    assert_eq!(broken_by_last(&records(seconds(62))), []);
}

// rfc3261#17.2.1, rfc6026#7.1: the answer may first have gone into the lost connection, out of sight; the timer of the
// server has run since then
#[test]
fn a_late_copy_of_an_invite_may_be_new_before_the_records_tell() {
    let records = |copy| {
        [
            there(seconds(0), invite()),
            back(seconds(15), answer(&invite(), StatusCode::BUSY_HERE, "b")),
            there(copy, invite()),
            back(seconds(33), answer(&invite(), StatusCode::DECLINE, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(seconds(31))), [BrokenRule::SecondFinal]);
    assert_eq!(broken_by_last(&records(seconds(32))), []);
}

// rfc3261#17.2.2: a proxy cancels once more when its client has come back; that may have answered the first CANCEL into
// the lost connection
#[test]
fn a_late_copy_of_a_cancel_may_be_new_before_the_records_tell() {
    let cancel = after_invite("CANCEL");
    let records = |copy| {
        [
            there(seconds(0), invite()),
            back(seconds(1), answer(&invite(), StatusCode::RINGING, "b")),
            there(seconds(2), cancel.clone()),
            there(seconds(20), cancel.clone()),
            back(seconds(21), answer(&cancel, StatusCode::OK, "b")),
            there(copy, cancel.clone()),
            back(seconds(35), answer(&cancel, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(seconds(33))), [BrokenRule::SecondFinal]);
    assert_eq!(broken_by_last(&records(seconds(34))), []);
}

// rfc6026#7.1: the server knew the first late copy, since it had answered into the lost connection, and no more the second
#[test]
fn a_second_late_copy_of_an_invite_may_be_new_though_the_first_was_not() {
    let records = |late| {
        [
            there(seconds(0), invite()),
            there(late, invite()),
            back(seconds(36), answer(&invite(), StatusCode::BUSY_HERE, "b")),
            there(seconds(66), invite()),
            back(seconds(67), answer(&invite(), StatusCode::DECLINE, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(seconds(35))), []);
    let once = records(seconds(35));
    assert_eq!(broken_by_last(&once[1..]), [BrokenRule::SecondFinal], "nothing went before");
}

/// A request that nobody answered is forgotten when its client has given up; one that rings is not.
#[test]
fn an_unanswered_copy_is_a_request_of_its_own_unless_it_rings() {
    let records = |status: StatusCode| {
        [
            there(seconds(0), invite()),
            back(seconds(1), answer(&invite(), status, "b")),
            there(seconds(40), invite()),
            back(seconds(41), answer(&invite(), StatusCode::BUSY_HERE, "b")),
            back(seconds(42), answer(&invite(), StatusCode::DECLINE, "c")),
        ]
    };
    assert_eq!(broken_by_last(&records(StatusCode::RINGING)), [BrokenRule::SecondFinal]);
}

// rfc3261#17.2.1, rfc3261#8.2.6.2
#[test]
fn responses_that_may_not_be_are_seen() {
    let (start, busy) = (there(seconds(0), invite()), answer(&invite(), StatusCode::BUSY_HERE, "b"));
    let ringing = back(seconds(2), answer(&invite(), StatusCode::RINGING, "b"));
    let late = [start.clone(), back(seconds(1), busy.clone()), ringing];
    assert_eq!(broken_by_last(&late), [BrokenRule::LateProvisional]);
    assert_eq!(broken_by_last(&[back(seconds(1), busy)]), [BrokenRule::Unasked]);
    let tagless = broken_by_last(&[start, back(seconds(1), invite().response(StatusCode::BUSY_HERE))]);
    assert!(tagless.contains(&BrokenRule::NoToTag), "{tagless:?}");
}

// rfc3261#17.1.2.2
#[test]
fn a_request_that_is_repeated_for_ever_is_seen() {
    let records: Vec<Record> =
        (0..41).map(|at| there(seconds(at / 2), from_alice("OPTIONS", BOB, "1"))).collect();
    assert_eq!(broken_by_last(&records), [BrokenRule::SentTooOften]);
}

#[test]
fn what_lint_calls_an_error_is_seen_each_time() {
    let mut options = from_alice("OPTIONS", BOB, "1");
    options.headers_mut().remove(&HeaderName::MaxForwards);
    let records = [there(seconds(0), options.clone()), there(seconds(1), options)];
    let breaches = Referee::new().breaches(&records);
    assert!(matches!(breaches[0].rule, BrokenRule::Malformed(_)), "{breaches:?}");
    assert!(breaches[0].to_string().starts_with("F1 is malformed: "), "{breaches:?}");
    assert_eq!(breaches.len(), 2);
}

#[test]
fn what_belongs_to_no_transaction_is_seen() {
    let broken = message("OPTIONS sip:bob@example.test SIP/2.0\nVia: nonsense\nMax-Forwards: 70");
    let rules = broken_by_last(&[Record::new(seconds(0), "alice", "bob", broken)]);
    assert!(rules.contains(&BrokenRule::Unreadable), "{rules:?}");
}
