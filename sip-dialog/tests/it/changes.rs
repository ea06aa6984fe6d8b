//! Changing a session that stands: RFC 3261 §14, RFC 3311, RFC 6337 §3 to §5; AC-14, AC-17, AC-19, AC-23.

use crate::messages::NOW;
use crate::rfc3261_12::{established, requests};
use crate::world::{Act, Fate, World};
use sip_dialog::{Direction, Hold, Input, SessionDescription};
use sip_message::{Body, HeaderName, Method, StatusCode};

const ALICE: usize = 0;
const BOB: usize = 1;

/// Answered at 1 s.
fn call() -> World {
    World::new(&["bob"]).at(0, ALICE, Act::Call { offer: true }).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($name:ident: $world:expr;)+) => {
        $(#[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    the_caller_offers_anew: call().at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::AnswerWith("bob 2"))
        .at(3000, BOB, Act::HangUp);
    the_callee_offers_anew: call().at(2000, BOB, Act::Offer("bob 2")).at(2100, ALICE, Act::AnswerWith("alice 2"))
        .at(3000, ALICE, Act::HangUp);
    an_offer_equal_to_the_last_is_answered_without_asking: call().at(2000, ALICE, Act::Offer("alice"))
        .at(3000, ALICE, Act::HangUp);
    ac19_a_refused_offer_leaves_the_session_as_it_was: call().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2100, BOB, Act::Decline).at(3000, BOB, Act::Offer("bob")).at(4000, ALICE, Act::HangUp);
    ac19_an_offer_without_any_response_leaves_the_session_as_it_was: call().at(2000, ALICE, Act::Offer("alice 2"))
        .fate(3, Fate::Cut);
    ac23_an_invite_without_offer_asks_for_one: call().at(2000, ALICE, Act::Raw("INVITE"))
        .at(2100, BOB, Act::AnswerWith("bob, all of it"));
    ac26_the_2xx_and_the_ack_of_a_re_invite_are_repeated: call().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2100, BOB, Act::AnswerWith("bob 2")).fate(4, Fate::Lost).fate(6, Fate::Lost).at(9000, ALICE, Act::HangUp);
    ac29_a_challenge_keeps_the_offer: call().challenges(BOB, &["INVITE"]).at(2000, BOB, Act::Ring)
        .at(5000, ALICE, Act::Offer("alice 2")).at(5500, BOB, Act::AnswerWith("bob 2")).at(6000, BOB, Act::HangUp);
    hanging_up_answers_the_offer_that_waits: call().at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::HangUp);
    hanging_up_while_an_offer_is_under_way: call().at(2000, ALICE, Act::Offer("alice 2")).at(2020, ALICE, Act::HangUp);
    a_second_offer_has_to_wait: call().at(2000, ALICE, Act::Offer("alice 2")).at(2010, ALICE, Act::Offer("alice 3"))
        .at(2100, BOB, Act::Offer("bob 2")).at(2200, BOB, Act::Decline).at(3000, ALICE, Act::HangUp);
    ac14_a_second_invite_before_the_answer: call().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2100, ALICE, Act::Raw("INVITE")).at(2200, BOB, Act::AnswerWith("bob 2")).at(3000, BOB, Act::HangUp);
    ac14_glare: call().at(2000, ALICE, Act::Offer("alice 2")).at(2010, BOB, Act::Offer("bob 2"))
        .at(3950, BOB, Act::AnswerWith("bob 3")).at(3950, ALICE, Act::AnswerWith("alice 3"))
        .at(9000, BOB, Act::AnswerWith("bob 4")).at(9900, ALICE, Act::HangUp);
    ac17_hold_and_resume: call().talking().at(2000, ALICE, Act::Hold).at(3000, ALICE, Act::Resume)
        .at(4000, BOB, Act::HangUp);
    ac17_both_hold_and_resume: call().talking().at(2000, ALICE, Act::Hold).at(3000, BOB, Act::Hold)
        .at(4000, ALICE, Act::Resume).at(5000, BOB, Act::Resume).at(6000, BOB, Act::HangUp);
    ac17_hold_waits_for_the_open_offer: call().at(2000, ALICE, Act::Offer("o=- 1 1 IN\r\nm=audio 1 x\r\n"))
        .at(2010, ALICE, Act::Hold).at(2100, BOB, Act::AnswerWith("o=- 2 1 IN\r\nm=audio 1 x\r\n"))
        .at(2300, BOB, Act::AnswerWith("o=- 2 1 IN\r\nm=audio 1 x\r\n")).at(3000, ALICE, Act::HangUp);
    ac14_holds_collide: call().talking().at(2000, ALICE, Act::Hold).at(2010, BOB, Act::Hold).at(9000, BOB, Act::HangUp);
    an_update_changes_the_session: call().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(2100, BOB, Act::AnswerWith("bob 2")).at(3000, BOB, Act::Update(Some("bob 3")))
        .at(3100, ALICE, Act::AnswerWith("alice 3")).at(4000, ALICE, Act::HangUp);
    an_update_without_offer_changes_nothing: call().at(2000, ALICE, Act::Update(None)).at(3000, ALICE, Act::HangUp);
    an_update_needs_to_be_allowed: call().hides(BOB, Method::Update).at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(3000, ALICE, Act::HangUp);
    ac19_a_refused_update_leaves_the_session_as_it_was: call().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(2100, BOB, Act::Decline).at(3000, BOB, Act::Offer("bob")).at(4000, ALICE, Act::HangUp);
    ac14_updates_collide: call().talking().at(2000, ALICE, Act::Update(Some("o=- 1 7 IN\r\nm=audio 1 x\r\n")))
        .at(2010, BOB, Act::Update(Some("o=- 1 8 IN\r\nm=audio 1 x\r\n"))).at(9000, BOB, Act::HangUp);
    ac14_an_update_refused_with_500_goes_out_again: call()
        .refuses(BOB, "UPDATE", StatusCode::SERVER_INTERNAL_ERROR, (HeaderName::RetryAfter, "3"))
        .at(2000, ALICE, Act::Update(Some("alice 2"))).at(6000, BOB, Act::AnswerWith("bob 2"))
        .at(7000, ALICE, Act::HangUp);
    an_update_that_needs_the_user_becomes_a_re_invite: call().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(30_000, BOB, Act::AnswerWith("bob 2")).at(31_000, ALICE, Act::HangUp);
    ac29_a_challenged_update_keeps_the_offer: call().challenges(BOB, &["UPDATE"])
        .at(2000, ALICE, Act::Update(Some("alice 2"))).at(2300, BOB, Act::AnswerWith("bob 2"))
        .at(3000, ALICE, Act::HangUp);
    updates_of_both_ends_before_the_answer: World::new(&["bob"]).requires("100rel")
        .at(0, ALICE, Act::Call { offer: true })
        .at(100, BOB, Act::EarlyMedia).at(120, BOB, Act::Update(Some("before PRACK")))
        .at(500, ALICE, Act::Update(Some("alice 2"))).at(600, BOB, Act::AnswerWith("bob 2"))
        .at(800, BOB, Act::Update(Some("bob 3"))).at(900, ALICE, Act::AnswerWith("alice 3"))
        .at(1000, BOB, Act::Update(None)).at(2000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    ac26_the_2xx_of_a_re_invite_is_repeated_although_both_have_left: call().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2100, BOB, Act::AnswerWith("bob 2")).fate(4, Fate::Lost).at(2120, BOB, Act::HangUp);
    ac23_an_offer_that_comes_after_the_bye_is_answered_in_the_ack: call().talking().at(2000, ALICE, Act::AskOffer)
        .at(2020, ALICE, Act::HangUp);
    an_update_that_is_answered_after_the_bye_gets_no_ack: call().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(2100, BOB, Act::AnswerWith("bob 2")).at(2120, ALICE, Act::HangUp);
    ac26_the_last_2xx_is_not_repeated_for_ever: call().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2100, BOB, Act::AnswerWith("bob 2")).fate(4, Fate::Cut).at(2120, BOB, Act::HangUp);
    ac23_the_caller_asks_for_an_offer: call().at(2000, ALICE, Act::AskOffer)
        .at(2100, BOB, Act::AnswerWith("bob, all of it")).at(2400, ALICE, Act::AnswerWith("alice 2"))
        .at(4000, BOB, Act::HangUp);
    ac23_the_callee_asks_for_an_offer: call().at(2000, BOB, Act::AskOffer)
        .at(2100, ALICE, Act::AnswerWith("alice, all of it")).at(2110, BOB, Act::Offer("bob 2"))
        .at(2400, BOB, Act::AnswerWith("bob 2")).at(4000, BOB, Act::HangUp);
    ac23_an_offer_asked_for_and_refused: call().at(2000, ALICE, Act::AskOffer).at(2100, BOB, Act::Decline)
        .at(4000, BOB, Act::HangUp);
    ac23_an_offer_asked_for_and_declined_ends_the_call: call().at(2000, BOB, Act::AskOffer)
        .at(2100, ALICE, Act::AnswerWith("alice, all of it")).at(2400, BOB, Act::Decline);
    ac23_an_offer_asked_for_and_not_answered_ends_the_call: call().at(2000, ALICE, Act::AskOffer)
        .at(2100, BOB, Act::AnswerWith("bob, all of it"));
    hanging_up_before_the_answer_to_an_offer_asked_for: call().at(2000, ALICE, Act::AskOffer)
        .at(2100, BOB, Act::AnswerWith("bob, all of it")).at(2500, ALICE, Act::HangUp);
    update_in_a_session_that_stands: call().talking().at(2000, ALICE, Act::Raw("UPDATE")).at(3000, BOB, Act::HangUp);
}

#[test]
fn ac14_two_that_collide_a_thousand_times_converge_every_time() {
    for seed in 0..1000 {
        let later = 2000 + seed as u64 % 100;
        let world = call().talking().seed(seed).at(2000, ALICE, Act::Hold).at(later, BOB, Act::Hold).run();
        let held = |who: usize| world.agents[who].session.as_ref().unwrap().held();
        let both = Hold { local: true, remote: true };
        assert_eq!((held(ALICE), held(BOB)), (both, both), "{seed}\n{}", world.transcript);
    }
}

#[test]
fn ac17_any_order_of_hold_and_resume_ends_as_wished() {
    let acts = [(ALICE, Act::Hold), (ALICE, Act::Resume), (BOB, Act::Hold), (BOB, Act::Resume)];
    for order in 0..256_usize {
        for gap in [5, 70, 400, 6000] {
            let mut world = call().talking().seed(order);
            let mut wished = [false, false];
            for step in 0..4 {
                let (who, act) = acts[(order >> (2 * step)) % 4].clone();
                wished[who] = matches!(act, Act::Hold);
                world = world.at(2000 + gap * step as u64, who, act);
            }
            let world = world.run();
            let held = |who: usize| world.agents[who].session.as_ref().unwrap().held();
            assert_eq!(
                (held(ALICE), held(BOB)),
                (Hold { local: wished[0], remote: wished[1] }, Hold { local: wished[1], remote: wished[0] }),
                "{order} {gap}\n{}",
                world.transcript
            );
        }
    }
}

/// Bob and then Alice hold; Alice resumes and so offers nothing to be sent; Bob resumes before he answers that.
fn resumes_before_the_answer() -> World {
    const SDP: [&str; 2] = ["o=- 1 1 IN\r\nm=audio 1 x\r\n", "o=- 2 1 IN\r\nm=audio 1 x\r\n"];
    let answer = |who: usize| Act::AnswerWith(SDP[who]);
    call()
        .at(1500, ALICE, Act::Offer(SDP[ALICE]))
        .at(1600, BOB, answer(BOB))
        .at(2000, BOB, Act::Hold)
        .at(2100, ALICE, answer(ALICE))
        .at(3000, ALICE, Act::Hold)
        .at(3100, BOB, answer(BOB))
        .at(4000, ALICE, Act::Resume)
        .at(4100, BOB, Act::Resume)
        .at(4200, BOB, answer(BOB))
}

// rfc3264#6.1: the answer to an offer that sends nothing says nothing about what its author wants to receive.
#[test]
fn ac17_a_resume_that_an_answer_cannot_tell_is_told_by_an_offer() {
    let held = |world: &World, who: usize| world.agents[who].session.as_ref().unwrap().held();
    let refused = resumes_before_the_answer().at(4600, ALICE, Act::Decline).run();
    let (alice, bob) = (held(&refused, ALICE), held(&refused, BOB));
    assert_eq!((alice.local, alice.remote), (bob.remote, bob.local), "{}", refused.transcript);
    assert_eq!(bob, Hold { local: true, remote: false }, "{}", refused.transcript);
    let taken = resumes_before_the_answer().at(4600, ALICE, Act::AnswerWith("o=- 1 9 IN\r\nm=audio 1 x\r\n"));
    let taken = taken.run();
    assert_eq!((held(&taken, ALICE), held(&taken, BOB)), Default::default(), "{}", taken.transcript);
}

#[test]
fn ac19_the_session_survives_one_fault_in_a_change() {
    for packet in 3..7 {
        for fate in [Fate::Lost, Fate::Twice] {
            let world = call()
                .talking()
                .at(2000, ALICE, Act::Hold)
                .at(9000, ALICE, Act::Resume)
                .fate(packet, fate)
                .run();
            let held = |who: usize| world.agents[who].session.as_ref().unwrap().held();
            assert_eq!(
                (held(ALICE), held(BOB)),
                Default::default(),
                "{packet} {fate:?}\n{}",
                world.transcript
            );
        }
    }
}

/// What a failed offer wanted is wanted no more, also not by the hold after it.
#[test]
fn ac19_the_directions_of_a_refused_offer_are_forgotten() {
    let sdp = |version: u32, direction: &str| {
        Body::sdp(format!("o=- 1 {version} IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na={direction}\r\n"))
    };
    let mut session = established();
    for (version, direction, status) in
        [(5, "sendrecv", StatusCode::OK), (6, "recvonly", StatusCode::NOT_ACCEPTABLE_HERE)]
    {
        session.offer(sdp(version, direction)).unwrap();
        let sent = requests(&mut session).remove(0);
        let mut response = sent.response(status);
        if status.is_success() {
            let body = sdp(1, "sendrecv");
            response.set_body(&body.content_type, body.bytes);
        }
        session.handle(Input::Response(response), NOW);
        drop(requests(&mut session));
    }
    session.hold().unwrap();
    let held = SessionDescription::new(requests(&mut session).remove(0).body().clone());
    assert_eq!(held.direction(), Direction::SendOnly, "not inactive, as recvonly would become");
}
