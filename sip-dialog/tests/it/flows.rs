//! Single calls as transcripts: RFC 3261 §9, §13, §15, §22.2, and the races between their messages.

use crate::world::{Act, Fate, World};
use sip_message::StatusCode;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

const CALL: Act = Act::Call { offer: true };

fn call() -> World {
    World::new(&["bob"]).at(0, ALICE, CALL)
}

/// Rings at 100 ms and is answered at 1 s.
fn answered_call() -> World {
    call().at(100, BOB, Act::Ring).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($(#[$doc:meta])* $name:ident: $world:expr;)+) => {
        $($(#[$doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    // rfc3261#13.2.1/5-6,11, type=test
    caller_hangs_up: answered_call().at(2000, ALICE, Act::HangUp);
    callee_hangs_up: answered_call().at(2000, BOB, Act::HangUp);
    early_media_then_answer: call().at(100, BOB, Act::EarlyMedia).at(500, BOB, Act::Accept).at(900, ALICE, Act::HangUp);
    busy: call().at(100, BOB, Act::Reject(StatusCode::BUSY_HERE));
    callee_drops_the_call: call().at(100, BOB, Act::HangUp);
    cancelled_while_ringing: call().at(100, BOB, Act::Ring).at(1000, ALICE, Act::HangUp);
    ac25_hang_up_before_any_response_waits_for_one: call().at(10, ALICE, Act::HangUp).at(100, BOB, Act::Ring);
    hang_up_before_any_response_and_then_an_answer: call().at(10, ALICE, Act::HangUp).at(100, BOB, Act::Accept);
    hang_up_before_any_response_and_none_comes: call().at(10, ALICE, Act::HangUp).fate(0, Fate::Cut);
    ac25_cancel_crosses_the_answer: call().at(100, BOB, Act::Ring).at(1000, BOB, Act::Accept).at(1010, ALICE, Act::HangUp);
    ac25_cancel_without_final_response: call().at(100, BOB, Act::Ring).at(1000, ALICE, Act::HangUp).fate(2, Fate::Cut);
    answer_after_cancel_is_too_late:
        call().at(100, BOB, Act::Ring).at(1000, ALICE, Act::HangUp).at(1060, BOB, Act::Accept);
    ac37_a_bye_says_why: answered_call().at(2000, ALICE, Act::MediaFails).at(2010, ALICE, Act::HangUp);
    ac37_a_cancel_says_why: call().at(10, ALICE, Act::MediaFails).at(100, BOB, Act::Ring);
    ac37_a_callee_that_waits_for_the_ack_says_why_later: answered_call().fate(3, Fate::Lost)
        .at(1020, BOB, Act::MediaFails);
    ac37_an_end_of_the_other_side_stays_its_own: answered_call().at(2000, ALICE, Act::HangUp)
        .at(2060, BOB, Act::MediaFails);
    ac37_answered_elsewhere: call().at(100, BOB, Act::Ring).at(1000, ALICE, Act::AnsweredElsewhere);
    ac26_lost_ack_is_repeated_verbatim: answered_call().fate(3, Fate::Lost).at(4000, BOB, Act::HangUp);
    // rfc3261#13.2.2/11, type=test
    ac26_lost_success_is_repeated: answered_call().fate(2, Fate::Lost).at(4000, ALICE, Act::HangUp);
    // rfc3261#13.3.1.4/4, type=test
    ac26_no_ack_at_all_ends_in_bye: answered_call().fate(3, Fate::Cut);
    ac25_callee_hangs_up_before_the_ack: answered_call().fate(3, Fate::Lost).at(1020, BOB, Act::HangUp);
    crossing_byes: answered_call().at(2000, ALICE, Act::HangUp).at(2010, BOB, Act::HangUp);
    bye_without_answer: answered_call().at(2000, ALICE, Act::HangUp).fate(4, Fate::Cut);
    bye_overtakes_the_ack: answered_call().at(1051, ALICE, Act::HangUp).fate(3, Fate::Lost);
    // rfc3261#13.2.2/4-5,12, type=test
    ac15_two_answers_from_a_fork: World::new(&["bob", "carol"])
        .at(0, ALICE, CALL)
        .at(100, BOB, Act::Ring)
        .at(200, CAROL, Act::Ring)
        .at(1000, BOB, Act::Accept)
        .at(1010, CAROL, Act::Accept)
        .at(3000, ALICE, Act::HangUp);
    ac15_two_answers_after_a_cancel: World::new(&["bob", "carol"])
        .at(0, ALICE, CALL)
        .at(100, BOB, Act::Ring)
        .at(1000, BOB, Act::Accept)
        .at(1010, CAROL, Act::Accept)
        .at(1020, ALICE, Act::HangUp);
    ac26_lost_acks_of_a_fork: World::new(&["bob", "carol"])
        .at(0, ALICE, CALL)
        .at(1000, BOB, Act::Accept)
        .at(1010, CAROL, Act::Accept)
        .fate(4, Fate::Lost)
        .fate(5, Fate::Lost)
        .at(3000, ALICE, Act::HangUp);
    ac29_challenged_invite_and_bye: answered_call()
        .challenges(BOB, &["INVITE", "BYE", "MESSAGE"])
        .at(2000, ALICE, Act::Message)
        .at(3000, ALICE, Act::HangUp);
    hang_up_meets_a_challenge: call().challenges(BOB, &["INVITE"]).at(10, ALICE, Act::HangUp);
    ac29_challenged_bye_of_the_callee: answered_call().challenges(ALICE, &["BYE"]).at(2000, BOB, Act::HangUp);
    // rfc3261#13.2.1/5,9,11, rfc3261#13.2.2/9, type=test
    delayed_offer: World::new(&["bob"])
        .at(0, ALICE, Act::Call { offer: false })
        .at(1000, BOB, Act::Accept)
        .at(1800, ALICE, Act::Answer)
        .at(3000, BOB, Act::HangUp);
    delayed_offer_without_answer: World::new(&["bob"])
        .at(0, ALICE, Act::Call { offer: false })
        .at(1000, BOB, Act::Accept);
    delayed_offer_hung_up: World::new(&["bob"])
        .at(0, ALICE, Act::Call { offer: false })
        .at(1000, BOB, Act::Accept)
        .at(1100, ALICE, Act::HangUp);
    requests_inside_the_dialog: answered_call()
        .at(2000, ALICE, Act::Message)
        .at(2100, BOB, Act::Message)
        .at(2200, ALICE, Act::Raw("OPTIONS"))
        .at(2300, BOB, Act::Raw("INVITE"))
        .at(2400, ALICE, Act::Raw("INFO"))
        .at(2500, BOB, Act::Raw("WATCH"))
        .at(2600, BOB, Act::Stale("MESSAGE"))
        .at(3000, BOB, Act::Raw("BYE"));
    requests_before_the_answer: call()
        .at(100, BOB, Act::Ring)
        .at(200, ALICE, Act::Raw("INVITE"))
        .at(300, BOB, Act::Raw("INVITE"))
        .at(400, ALICE, Act::Raw("OPTIONS"))
        .at(500, ALICE, Act::Raw("BYE"));
    // rfc3261#12.2.1.2/2, type=test
    lost_dialog_ends_the_session: answered_call()
        .at(2000, BOB, Act::HangUp)
        .at(2010, ALICE, Act::Message)
        .fate(4, Fate::Lost);
    // rfc3261#13.3.1.1/2, type=test
    ringing_is_repeated_each_minute: call().at(100, BOB, Act::Ring).at(150_000, BOB, Act::Accept)
        .at(160_000, BOB, Act::HangUp);
    verbs_after_the_end: call().at(100, BOB, Act::Reject(StatusCode::DECLINE)).at(120, BOB, Act::Accept)
        .at(130, BOB, Act::HangUp).at(140, BOB, Act::Ring);
}
