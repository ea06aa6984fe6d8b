//! Offer and answer as RFC 6337 tells them: the six patterns of its §2.2, their rejections of §2.3, the ladders of §3 and
//! §4, hold of §5.3. In figures 7, 9, 11 and 18 a foreign user agent sends an UPDATE too early, which ours never does; how
//! ours stands in its place is seen in `re_invite`; figure 10 is the common shape of those after it; figure 14 is
//! `ac14_updates_collide`, the glare of two re-INVITEs `rfc5407_3_3_1_re_invites_cross`, and what a re-INVITE that fails
//! leaves (§3.4) the tests named `ac19_` and those of `rfc6141`.

use crate::world::{Act, Fate, World};
use sip_dialog::ReliableProvisional;
use sip_message::StatusCode;

const ALICE: usize = 0;
const BOB: usize = 1;

fn call() -> World {
    World::new(&["bob"]).detailed().at(0, ALICE, Act::Call { offer: true })
}

fn without_offer() -> World {
    World::new(&["bob"]).detailed().at(0, ALICE, Act::Call { offer: false })
}

/// Answered at 1 s: 0 INVITE, 1 200, 2 ACK.
fn answered() -> World {
    call().at(1000, BOB, Act::Accept)
}

/// The answer goes out reliably at 100 ms: 0 INVITE, 1 183, 2 PRACK, 3 200 to PRACK.
fn early() -> World {
    call().requires("100rel").at(100, BOB, Act::EarlyMedia)
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// As table 1 has it, first and later: INVITE offers, its 2xx answers.
    rfc6337_2_2_pattern_1: answered().at(2000, BOB, Act::Offer("bob 2")).at(2100, ALICE, Act::AnswerWith("alice 2"))
        .at(3000, ALICE, Act::HangUp);
    /// As table 1 has it, first and later: the 2xx offers, its ACK answers.
    rfc6337_2_2_pattern_2: without_offer().at(1000, BOB, Act::Accept).at(1200, ALICE, Act::Answer)
        .at(2000, BOB, Act::AskOffer).at(2100, ALICE, Act::AnswerWith("alice 2")).at(2300, BOB, Act::AnswerWith("bob 2"))
        .at(3000, ALICE, Act::HangUp);
    /// As table 1 has it: INVITE offers, a reliable provisional response answers; nothing follows in the 2xx.
    rfc6337_2_2_pattern_3: early().at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// As table 1 has it: the reliable provisional response offers, its PRACK answers.
    rfc6337_2_2_pattern_4: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia).at(200, ALICE, Act::Answer)
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// As table 1 has it: PRACK offers, its 2xx answers. Alice is a foreign user agent; ours prefers UPDATE (§3.2).
    rfc6337_2_2_pattern_5: early().offers_in_prack(ALICE, "alice 2").at(300, BOB, Act::AnswerWith("bob 2"))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// As table 1 has it, early and established, by either end: UPDATE offers, its 2xx answers.
    rfc6337_2_2_pattern_6: early().at(300, ALICE, Act::Update(Some("alice 2"))).at(350, BOB, Act::AnswerWith("bob 2"))
        .at(500, BOB, Act::Update(Some("bob 3"))).at(550, ALICE, Act::AnswerWith("alice 3"))
        .at(1000, BOB, Act::Accept).at(2000, BOB, Act::Update(Some("bob 4")))
        .at(2050, ALICE, Act::AnswerWith("alice 4")).at(3000, ALICE, Act::HangUp);
    /// As its note has it: UPDATE may go without an offer.
    rfc6337_2_2_an_update_without_offer: early().at(300, ALICE, Act::Update(None)).at(1000, BOB, Act::Accept)
        .at(3000, ALICE, Act::HangUp);

    /// As table 2 has it: 488.
    rfc6337_2_3_rejection_1: call().at(100, BOB, Act::Reject(StatusCode::NOT_ACCEPTABLE_HERE));
    /// The same to a re-INVITE: 488 and the session as before.
    rfc6337_2_3_rejection_1_later: answered().at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::Decline)
        .at(3000, ALICE, Act::HangUp);
    /// As table 2 has it: an answer in the ACK all the same, then the end of the dialog.
    rfc6337_2_3_rejection_2: without_offer().at(1000, BOB, Act::Accept).at(1100, ALICE, Act::HangUp);
    /// The other way of table 2: an answer in the ACK, then a new offer.
    rfc6337_2_3_rejection_2_by_a_new_offer: answered().at(2000, ALICE, Act::AskOffer)
        .at(2100, BOB, Act::AnswerWith("bob, all of it")).at(2200, ALICE, Act::AnswerWith("alice 2"))
        .at(2210, ALICE, Act::Offer("alice 3")).at(2300, BOB, Act::AnswerWith("bob 3")).at(3000, ALICE, Act::HangUp);
    /// As table 2 has it: 488, also after a reliable provisional response.
    rfc6337_2_3_rejection_3: call().requires("100rel").at(100, BOB, Act::Ring)
        .at(1000, BOB, Act::Reject(StatusCode::NOT_ACCEPTABLE_HERE));
    /// As table 2 has it: an answer in the PRACK, then a new offer, which waits for the end of the PRACK (UAC-IU).
    rfc6337_2_3_rejection_4: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia)
        .at(200, ALICE, Act::Answer).fate(2, Fate::Lost).at(210, ALICE, Act::Update(Some("alice 2")))
        .at(1000, BOB, Act::AnswerWith("bob 2")).at(1500, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// The other way that the text of §2.3 allows: the INVITE is cancelled.
    rfc6337_2_3_rejection_4_by_cancel: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia)
        .at(200, ALICE, Act::HangUp);
    /// As table 2 has it: PRACK gets 200 with an answer that takes nothing, then the INVITE is refused. The 488 to
    /// PRACK that §2.3 knows of is against RFC 3262 §3.
    rfc6337_2_3_rejection_5: early().offers_in_prack(ALICE, "o=- 1 2 IN\r\nm=audio 4000 RTP/AVP 0\r\n")
        .at(300, BOB, Act::Decline);
    /// As table 2 has it, in the early dialog and in the established one: 488.
    rfc6337_2_3_rejection_6: early().at(300, ALICE, Act::Update(Some("alice 2"))).at(350, BOB, Act::Decline)
        .at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Update(Some("alice 3"))).at(2050, BOB, Act::Decline)
        .at(3000, ALICE, Act::HangUp);

    /// Figure 1 as the caller sees it. Each PRACK gets 481 since Bob's session did not make what it acknowledges. The description in the 2xx is the one that ought not to be there, and counts for nothing.
    rfc6337_3_1_1_figure_1_caller: call().at(100, BOB, Act::EarlyMedia).at(200, BOB, Act::Reliable(1, ""))
        .at(300, BOB, Act::Reliable(2, "early")).at(400, BOB, Act::Reliable(3, "late")).at(1000, BOB, Act::Accept)
        .at(3000, ALICE, Act::HangUp);
    /// Figure 1 as the callee sees it, from F3 on: all is reliable where the caller requires that.
    rfc6337_3_1_1_figure_1_callee: call().requires("100rel").at(100, BOB, Act::Ring).at(300, BOB, Act::EarlyMedia)
        .at(500, BOB, Act::Ring).at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// Before F6 the caller must not offer: F3 to F5 complete nothing.
    rfc6337_3_1_1_no_offer_before_the_answer: call().requires("100rel").at(100, BOB, Act::Ring)
        .at(300, ALICE, Act::Update(Some("alice 2"))).at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// As figure 2 has it, but for its unreliable F2.
    rfc6337_3_1_2_figure_2: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia)
        .at(200, ALICE, Act::Answer).at(500, BOB, Act::Ring).at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// Its F3 must have the offer: what has none is not sent reliably, and to a caller that takes no other not at all.
    rfc6337_3_1_2_ringing_without_the_offer: without_offer()
        .settings(|settings| settings.reliable = ReliableProvisional::WhenSupported).at(100, BOB, Act::Ring)
        .at(70_000, BOB, Act::Accept).at(70_200, ALICE, Act::Answer).at(72_000, ALICE, Act::HangUp);
    /// The same where the caller requires reliable responses.
    rfc6337_3_1_2_ringing_without_the_offer_required: without_offer().requires("100rel").at(100, BOB, Act::Ring)
        .at(1000, BOB, Act::Accept).at(1200, ALICE, Act::Answer).at(3000, ALICE, Act::HangUp);
    /// Its F2 has no description: what is neither offer nor answer is left out.
    rfc6337_3_1_2_no_description_in_an_unreliable_response: without_offer().at(100, BOB, Act::EarlyMedia)
        .at(1000, BOB, Act::Accept).at(1200, ALICE, Act::Answer).at(3000, ALICE, Act::HangUp);

    /// Table 3, UPDATE and UPDATE: what comes before the answer is no answer, and gets 491 (UAS-UcU).
    rfc6337_4_1_figure_3: answered().at(2000, ALICE, Act::Update(Some("alice 2")))
        .at(2060, BOB, Act::AnswerWith("bob 2")).fate(4, Fate::Lost).at(2070, BOB, Act::Update(Some("bob 3")))
        .at(5000, ALICE, Act::AnswerWith("alice 3")).at(9000, ALICE, Act::HangUp);
    /// Ours sends no re-INVITE while its UPDATE is open (UAC-UI).
    rfc6337_4_1_figure_4: answered().at(2000, ALICE, Act::Update(Some("alice 2"))).at(2010, ALICE, Act::AskOffer)
        .at(2060, BOB, Act::AnswerWith("bob 2")).at(3000, ALICE, Act::HangUp);
    /// As there: 500 (UAS-IsU). Alice is a foreign user agent: ours offers nothing before its ACK.
    rfc6337_4_1_figure_5: answered().at(2000, ALICE, Act::AskOffer).at(2010, ALICE, Act::RawOffer("UPDATE", "alice 3"))
        .at(2200, BOB, Act::AnswerWith("bob 2")).at(2400, ALICE, Act::AnswerWith("alice 2")).at(4000, BOB, Act::HangUp);
    /// As there: 491 (UAS-IcU), since the answer is lost at first. Bob is a foreign user agent: ours waits for the PRACK.
    rfc6337_4_1_figure_7: answered().takes_prack(BOB).at(2000, ALICE, Act::Offer("alice 2"))
        .fate(4, Fate::Lost).at(2060, BOB, Act::Reliable(1, "bob 2")).at(2070, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(2560, BOB, Act::Reliable(1, "bob 2")).at(3000, BOB, Act::AnswerWith("bob 2")).at(4000, ALICE, Act::HangUp);
    /// As there: 491 (UAS-IcU) while the PRACK has no answer. Bob is a foreign user agent: ours waits for the PRACK.
    rfc6337_4_1_figure_9: answered().takes_prack(BOB).at(2000, ALICE, Act::Offer("alice 2"))
        .at(2060, BOB, Act::Reliable(1, "bob 2")).at(2070, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(3000, BOB, Act::AnswerWith("bob 2")).at(4000, ALICE, Act::HangUp);
    /// The same where the 200 that comes is that of an earlier PRACK, for a response that had no description.
    rfc6337_4_1_figure_9_after_another_prack: answered().takes_prack(BOB).at(2000, ALICE, Act::Offer("alice 2"))
        .at(2060, BOB, Act::Reliable(1, "")).at(2065, BOB, Act::Reliable(2, "bob 2")).fate(7, Fate::Lost)
        .at(2200, BOB, Act::RawOffer("UPDATE", "bob 3")).at(3000, BOB, Act::AnswerWith("bob 2"))
        .at(4000, ALICE, Act::HangUp);
    /// As there: 491 (UAS-IcU). Both are foreign: ours offers nothing in PRACK, and no UPDATE before it.
    rfc6337_4_2_figure_11: answered().takes_prack(BOB).offers_in_prack(ALICE, "alice 3")
        .at(2000, ALICE, Act::Offer("alice 2")).at(2060, BOB, Act::Reliable(1, "bob 2"))
        .at(2065, BOB, Act::RawOffer("UPDATE", "bob 3")).at(3000, BOB, Act::AnswerWith("bob 2"))
        .at(4000, ALICE, Act::HangUp);
    /// As there: 491 (UAS-IcU). Bob is a foreign user agent: ours waits for the PRACK.
    rfc6337_4_3_figure_18: answered().takes_prack(BOB).at(2000, ALICE, Act::AskOffer)
        .at(2060, BOB, Act::Reliable(1, "bob 2")).at(2070, BOB, Act::RawOffer("UPDATE", "bob 3"))
        .at(2500, ALICE, Act::AnswerWith("alice 2")).at(3000, ALICE, Act::HangUp);
    /// As there: 491 (UAS-IcU). Bob is a foreign user agent: ours waits for the ACK.
    rfc6337_4_1_figure_8: answered().at(2000, ALICE, Act::Offer("alice 2")).at(2060, BOB, Act::AnswerWith("bob 2"))
        .fate(4, Fate::Lost).at(2070, BOB, Act::RawOffer("UPDATE", "bob 3")).at(4000, ALICE, Act::HangUp);
    /// As there: 500 (UAS-IsU). Alice is a foreign user agent: ours offers nothing before its ACK.
    rfc6337_4_2_figure_12: answered().at(2000, ALICE, Act::AskOffer).at(2060, BOB, Act::AnswerWith("bob 2"))
        .at(2065, ALICE, Act::RawOffer("UPDATE", "alice 3")).at(2200, ALICE, Act::AnswerWith("alice 2"))
        .at(4000, BOB, Act::HangUp);
    /// As there: 500, as it would be for the lower number alone. Alice is a foreign user agent: ours waits for the UPDATE.
    rfc6337_4_2_figure_13: answered().at(2000, ALICE, Act::RawOffer("UPDATE", "alice 2")).fate(3, Fate::Lost)
        .at(2010, ALICE, Act::Raw("INVITE")).at(2200, BOB, Act::AnswerWith("bob 2")).at(4000, BOB, Act::HangUp);
    /// Figure 6 in the early dialog: an UPDATE that overtakes the PRACK with the answer gets 500 (UAS-IsU).
    rfc6337_4_1_figure_6: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia)
        .at(200, ALICE, Act::RawOffer("UPDATE", "alice 2"));
    /// Table 4, UPDATE against an INVITE whose offer has no answer yet: 491 (UAS-IcU).
    rfc6337_4_2_an_update_before_the_answer: call().at(100, BOB, Act::Ring).at(200, BOB, Act::RawOffer("UPDATE", "bob 2"))
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    /// As there: 500 to the second UPDATE (UAS-UsU), with an offer or without.
    rfc6337_4_3_figure_15: answered().at(2000, ALICE, Act::RawOffer("UPDATE", "alice 2"))
        .at(2010, ALICE, Act::RawOffer("UPDATE", "alice 3")).at(2020, ALICE, Act::Raw("UPDATE"))
        .at(2100, BOB, Act::AnswerWith("bob 2")).at(3000, BOB, Act::HangUp);
    /// As there: 491 (UAS-UcI).
    rfc6337_4_3_figure_16: answered().at(2000, ALICE, Act::Update(Some("alice 2"))).at(2010, BOB, Act::Raw("INVITE"))
        .at(2100, BOB, Act::AnswerWith("bob 2")).at(3000, ALICE, Act::HangUp);
    /// Its rules are about offers: an UPDATE without one hinders neither re-INVITE nor UPDATE.
    rfc6337_4_3_an_update_without_offer_hinders_nothing: answered().at(2000, ALICE, Act::Update(None))
        .at(2010, BOB, Act::Offer("bob 2")).at(2100, ALICE, Act::AnswerWith("alice 2")).at(3000, ALICE, Act::Update(None))
        .at(3010, BOB, Act::Update(Some("bob 3"))).at(3100, ALICE, Act::AnswerWith("alice 3"))
        .at(4000, ALICE, Act::HangUp);
    /// As there: 500 (UAS-UsI).
    rfc6337_4_3_figure_17: answered().at(2000, ALICE, Act::RawOffer("UPDATE", "alice 2"))
        .at(2010, ALICE, Act::Raw("INVITE")).at(2100, BOB, Act::AnswerWith("bob 2")).at(3000, BOB, Act::HangUp);
    /// Figure 19 in the early dialog: the offer of the reliable response has no answer yet (UAS-IsU).
    rfc6337_4_3_figure_19: without_offer().requires("100rel").at(100, BOB, Act::EarlyMedia)
        .at(200, ALICE, Act::RawOffer("UPDATE", "alice 2")).at(1000, BOB, Act::HangUp);

    /// Each end puts its own hold into its offer, whatever the other one said (§5.3), and resumes its own only.
    rfc6337_5_3_hold_and_resume: answered().talking().at(2000, ALICE, Act::Hold).at(3000, BOB, Act::Hold)
        .at(4000, ALICE, Act::Resume).at(5000, BOB, Act::Resume).at(6000, ALICE, Act::HangUp);
    /// An end that holds says so in the offer that a re-INVITE without one asks for, and does not make it inactive.
    rfc6337_5_3_an_offer_asked_for_while_holding: answered().talking().at(2000, ALICE, Act::Hold)
        .at(3000, BOB, Act::AskOffer).at(6000, ALICE, Act::HangUp);
    /// The end on hold offers what it would like; the one that holds answers so that hold stays.
    rfc6337_5_3_an_offer_asked_for_while_held: answered().talking().at(2000, ALICE, Act::Hold)
        .at(3000, ALICE, Act::AskOffer).at(6000, ALICE, Act::HangUp);
}
