//! UPDATE: the example of RFC 3311 §8 and the rules of its §5. That the caller waits for the reliable answer is shown by
//! `rfc6337_3_1_1_no_offer_before_the_answer`; what collides is in `rfc6337` and `rfc5407`.

use crate::world::{Act, World};
use sip_message::Method;

const ALICE: usize = 0;
const BOB: usize = 1;

/// The answer goes out reliably at 100 ms: 0 INVITE, 1 183, 2 PRACK, 3 200 to PRACK.
fn early() -> World {
    World::new(&["bob"]).detailed().requires("100rel").at(0, ALICE, Act::Call { offer: true }).at(
        100,
        BOB,
        Act::EarlyMedia,
    )
}

/// Answered at 1 s.
fn answered() -> World {
    World::new(&["bob"]).detailed().at(0, ALICE, Act::Call { offer: true }).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// As there, message by message, but for the status of message 2: 183 has the description here.
    rfc3311_8_example: early().at(300, ALICE, Act::Update(Some("alice 2"))).at(360, BOB, Act::AnswerWith("bob 2"))
        .at(600, BOB, Act::Update(Some("bob 3"))).at(660, ALICE, Act::AnswerWith("alice 3"))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// §4: nothing goes to a peer that does not name UPDATE in Allow.
    rfc3311_4_not_allowed: early().hides(BOB, Method::Update).at(300, ALICE, Act::Update(None))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// §5.1, callee: no offer before the PRACK of the answer.
    rfc3311_5_1_the_callee_waits_for_prack: early().at(120, BOB, Act::Update(Some("bob 2")))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// §5.1, either: no second offer before the answer to the first.
    rfc3311_5_1_one_offer_at_a_time: early().at(300, ALICE, Act::Update(Some("alice 2")))
        .at(310, ALICE, Act::Update(Some("alice 3"))).at(360, BOB, Act::Update(Some("bob 2")))
        .at(400, BOB, Act::AnswerWith("bob 3")).at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// §5.2: 500 with Retry-After to a second one before the first has its answer, whatever it carries.
    rfc3311_5_2_a_second_update: early().at(300, ALICE, Act::RawOffer("UPDATE", "alice 2"))
        .at(310, ALICE, Act::Raw("UPDATE")).at(400, BOB, Act::AnswerWith("bob 2")).at(500, BOB, Act::HangUp);
    /// §5.2: the same description once more is no change.
    rfc3311_5_2_nothing_has_changed: answered().at(2000, ALICE, Act::Update(Some("alice"))).at(3000, BOB, Act::HangUp);
    /// §5.2: 504 when the user has to be asked; a re-INVITE then asks.
    rfc3311_5_2_the_user_has_to_be_asked: answered().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(25_000, BOB, Act::AnswerWith("bob 2")).at(30_000, ALICE, Act::HangUp);
    /// §5.2, §5.3: 488, and the session is as it was.
    rfc3311_5_3_refused: answered().at(2000, ALICE, Act::Update(Some("alice 2"))).at(2060, BOB, Act::Decline)
        .at(3000, BOB, Act::Update(Some("bob"))).at(4000, ALICE, Act::HangUp);
    /// §5.3: 491 is followed by another try, 2.1 to 4 s later from the owner of the Call-ID.
    rfc3311_5_3_tried_again_after_491: answered().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(2000, BOB, Act::Update(Some("bob 2"))).at(4040, ALICE, Act::AnswerWith("alice 3"))
        .at(6500, BOB, Act::AnswerWith("bob 3")).at(9000, ALICE, Act::HangUp);
}
