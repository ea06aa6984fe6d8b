//! The race conditions of RFC 5407 §3, each as its ladder has them; §3.1.1 is about transactions and shown by whole
//! user agents in sip-testbed.

use crate::world::{Act, Fate, World};

const ALICE: usize = 0;
const BOB: usize = 1;
const CALL: Act = Act::Call { offer: true };

/// Rings at 100 ms, answered at 1 s: 0 INVITE, 1 180, 2 200, 3 ACK.
fn call() -> World {
    World::new(&["bob"]).at(0, ALICE, CALL).at(100, BOB, Act::Ring).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// As there: the CANCEL comes too late, the 2xx is acknowledged and the dialog ended by BYE.
    rfc5407_3_1_2_cancel_crosses_the_200: call().at(1000, ALICE, Act::HangUp);
    /// As there for Bob. Alice is a foreign user agent: ours sends CANCEL, as the RFC recommends.
    rfc5407_3_1_3_bye_in_an_early_dialog_crosses_the_200: call().at(1000, ALICE, Act::Raw("BYE"));
    /// Ours answers 491, which the RFC allows besides the 200 of its ladder, and the offer comes again; so does the
    /// lost ACK.
    rfc5407_3_1_4_re_invite_crosses_the_repeated_200: call().fate(3, Fate::Lost)
        .at(1500, ALICE, Act::Offer("offer 2")).at(6000, BOB, Act::AnswerWith("answer 2"))
        .at(9000, ALICE, Act::HangUp);
    /// As there: 491, since Bob's own offer has no answer yet; tried again later, which the ladder leaves out.
    rfc5407_3_1_5_re_invite_crosses_the_repeated_200_with_an_offer: World::new(&["bob"])
        .at(0, ALICE, Act::Call { offer: false }).at(100, BOB, Act::Ring).at(1000, BOB, Act::Accept)
        .at(1060, ALICE, Act::Answer).fate(3, Fate::Lost)
        .at(1500, ALICE, Act::Offer("offer 2")).at(6000, BOB, Act::AnswerWith("answer 2"))
        .at(9000, ALICE, Act::HangUp);
    /// As there: the repeated 200 is acknowledged and starts no session anew.
    rfc5407_3_1_6_bye_crosses_the_repeated_200: call().fate(3, Fate::Lost).at(1500, ALICE, Act::HangUp);
    /// As there: both are answered 200.
    rfc5407_3_2_1_byes_cross: call().at(2000, ALICE, Act::HangUp).at(2000, BOB, Act::HangUp);
    /// As there: 481 to the re-INVITE.
    rfc5407_3_2_2_re_invite_crosses_the_bye: call().at(2000, ALICE, Act::HangUp)
        .at(2000, BOB, Act::Offer("offer 2"));
    /// As there: the 200 to the re-INVITE is acknowledged in the Mortal state.
    rfc5407_3_2_3_bye_crosses_the_200_to_a_re_invite: call().at(2000, BOB, Act::Offer("offer 2"))
        .at(2060, ALICE, Act::AnswerWith("answer 2")).at(2060, BOB, Act::HangUp);
    /// As there for Alice. Bob is a foreign user agent: ours waits for the ACK (RFC 3261 §15).
    rfc5407_3_2_4_ack_crosses_the_bye: call().at(1050, BOB, Act::Raw("BYE"));
    /// What ours does in place of §3.2.4.
    rfc5407_3_2_4_our_bye_waits_for_the_ack: call().at(1050, BOB, Act::HangUp);
    /// As there: Bob, who does not own the Call-ID, tries again within 2 s, Alice after 2.1 to 4 s.
    rfc5407_3_3_1_re_invites_cross: call().talking().at(2000, ALICE, Act::Hold).at(2000, BOB, Act::Hold)
        .at(9000, ALICE, Act::HangUp);
    /// As there: 491 to both, Bob's re-INVITE comes again first, then Alice's UPDATE.
    rfc5407_3_3_2_update_crosses_a_re_invite: call().at(2000, ALICE, Act::Update(Some("offer A")))
        .at(2000, BOB, Act::Offer("offer B")).at(4060, ALICE, Act::AnswerWith("answer A"))
        .at(6500, BOB, Act::AnswerWith("answer B")).at(9000, ALICE, Act::HangUp);
    /// As its text has it: without descriptions both succeed.
    rfc5407_3_3_2_updates_without_offer_cross: call().at(2000, ALICE, Act::Update(None))
        .at(2000, BOB, Act::Update(None)).at(9000, ALICE, Act::HangUp);
    /// As there: 481 to the REFER.
    rfc5407_3_3_3_refer_crosses_the_bye: call().at(2000, ALICE, Act::HangUp).at(2000, BOB, Act::Raw("REFER"));
}
