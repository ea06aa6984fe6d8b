//! Reliable provisional responses, rule by rule: RFC 3262 §3 (callee), §4 (caller), §5 (offer and answer). It has no
//! ladders; those of RFC 6337 §3.1 stand in `rfc6337`.

use crate::world::{Act, Fate, World};
use sip_dialog::ReliableProvisional;
use sip_message::StatusCode;

const ALICE: usize = 0;
const BOB: usize = 1;

/// The caller supports reliable provisional responses.
fn call() -> World {
    World::new(&["bob"]).detailed().at(0, ALICE, Act::Call { offer: true })
}

/// The caller requires them.
fn reliable() -> World {
    call().requires("100rel")
}

/// A call that is up; Bob's user agent is a foreign one, which answers re-INVITEs reliably.
fn answered() -> World {
    call().takes_prack(BOB).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// Require, RSeq, PRACK with RAck, and each number one higher.
    rfc3262_3_numbers_rise_by_one: reliable().at(100, BOB, Act::Ring).at(500, BOB, Act::Ring)
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// A caller that supports the extension gets what the policy says, here reliable ones.
    rfc3262_3_supported: call().settings(|settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(100, BOB, Act::Ring).at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// The response is repeated after T1, 3·T1, 7·T1, without the cap of T2, and the INVITE refused after 64·T1.
    rfc3262_3_repeated_until_5xx: reliable().ignores(ALICE, "PRACK").at(100, BOB, Act::Ring).ignores(BOB, "PRACK");
    /// The second one waits for the PRACK of the first.
    rfc3262_3_one_at_a_time: reliable().at(100, BOB, Act::Ring).fate(2, Fate::Lost).at(150, BOB, Act::EarlyMedia)
        .at(2000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// A PRACK that acknowledges nothing gets 481.
    rfc3262_3_stray_prack: reliable().at(100, BOB, Act::Ring).at(300, ALICE, Act::Raw("PRACK"))
        .at(1000, BOB, Act::HangUp);
    /// The 2xx need not wait for the PRACK of a response without description, which still gets its 200.
    rfc3262_3_a_late_prack: reliable().at(100, BOB, Act::Ring).fate(2, Fate::Lost).at(200, BOB, Act::Accept)
        .at(3000, ALICE, Act::HangUp);
    /// A refusal need not wait for any PRACK; the response is not repeated after it.
    rfc3262_3_a_refusal_does_not_wait: reliable().at(100, BOB, Act::EarlyMedia).fate(2, Fate::Lost)
        .at(200, BOB, Act::Reject(StatusCode::BUSY_HERE));
    /// Ringing is repeated after two and a half minutes where it is reliable.
    rfc3262_3_ringing_goes_on: reliable().at(100, BOB, Act::Ring).at(200_000, BOB, Act::Accept)
        .at(210_000, BOB, Act::HangUp);
    /// The first number may be any; one that is skipped is as if lost, a repeated one not acknowledged again.
    rfc3262_4_in_order: call().at(100, BOB, Act::Reliable(41, "")).at(300, BOB, Act::Reliable(41, ""))
        .at(400, BOB, Act::Reliable(43, "")).at(500, BOB, Act::Reliable(42, "")).at(600, BOB, Act::Reliable(43, ""))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// The 2xx waits for the PRACK of the answer.
    rfc3262_5_the_2xx_waits_for_the_description: reliable().at(100, BOB, Act::EarlyMedia).fate(2, Fate::Lost)
        .at(200, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// An offer in PRACK gets its answer in the 2xx to PRACK, and the 2xx to INVITE waits for that.
    rfc3262_5_an_offer_in_prack: reliable().offers_in_prack(ALICE, "alice 2").at(100, BOB, Act::EarlyMedia)
        .at(250, BOB, Act::Accept).at(500, BOB, Act::AnswerWith("bob 2")).at(3000, ALICE, Act::HangUp);
    /// The same as the last one is answered without asking.
    rfc3262_5_the_same_offer_in_prack: reliable().offers_in_prack(ALICE, "alice").at(100, BOB, Act::EarlyMedia)
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);

    /// To a re-INVITE, too, each is acknowledged, once and in order; what an unreliable one says counts for nothing.
    rfc3262_4_in_order_to_a_re_invite: answered().at(2000, ALICE, Act::Offer("alice 2"))
        .at(2060, BOB, Act::Reliable(7, "")).at(2200, BOB, Act::Reliable(7, "")).at(2300, BOB, Act::Reliable(9, "bob 9"))
        .at(2400, BOB, Act::Reliable(8, "bob 2")).at(2500, BOB, Act::Reliable(9, "bob 9"))
        .at(3000, BOB, Act::AnswerWith("bob 3")).at(4000, ALICE, Act::HangUp);
    /// What failed is sent again when the response comes again.
    rfc3262_4_a_prack_that_failed_to_a_re_invite: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Offer("alice 2"))
        .at(2060, BOB, Act::Reliable(7, "bob 2")).at(2560, BOB, Act::Reliable(7, "bob 2"))
        .at(3000, BOB, Act::AnswerWith("bob 2")).at(4000, ALICE, Act::HangUp);
    /// The offer that a re-INVITE asked for is answered in the PRACK, and the 2xx has nothing more to say.
    rfc3262_5_an_offer_to_a_re_invite: answered().at(2000, ALICE, Act::AskOffer)
        .at(2060, BOB, Act::Reliable(7, "bob 2")).at(2300, ALICE, Act::AnswerWith("alice 2"))
        .at(3000, ALICE, Act::HangUp);
    /// The offer itself cannot be refused: the re-INVITE is cancelled, and the session as it was.
    rfc3262_5_an_offer_to_a_re_invite_that_is_declined: answered().at(2000, ALICE, Act::AskOffer)
        .at(2060, BOB, Act::Reliable(7, "bob 2")).at(2300, ALICE, Act::Decline).at(2600, BOB, Act::Reliable(7, "bob 2"))
        .at(3000, BOB, Act::Offer("bob 3")).at(3100, ALICE, Act::AnswerWith("alice 3")).at(4000, ALICE, Act::HangUp);
    /// So it is when the application says nothing for as long as the peer waits.
    rfc3262_5_an_offer_to_a_re_invite_that_nobody_answers: answered().at(2000, ALICE, Act::AskOffer)
        .at(2060, BOB, Act::Reliable(7, "bob 2")).at(50_000, ALICE, Act::HangUp);
    /// A 2xx before the answer ends the exchange without any.
    rfc3262_5_a_2xx_before_the_prack: answered().at(2000, ALICE, Act::AskOffer).at(2060, BOB, Act::Reliable(7, "bob 2"))
        .at(2200, BOB, Act::AnswerWith("bob 2")).at(4000, ALICE, Act::AnswerWith("alice 2"))
        .at(5000, ALICE, Act::HangUp);
}
