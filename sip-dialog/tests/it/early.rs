//! What may come before the answer, and key presses after it: RFC 3262, early media and INFO; AC-16, AC-22, AC-24.

use crate::world::{Act, Fate, World};
use sip_dialog::EarlyMedia;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn call() -> World {
    World::new(&["bob"]).at(0, ALICE, Act::Call { offer: true })
}

fn without_offer() -> World {
    World::new(&["bob"]).at(0, ALICE, Act::Call { offer: false })
}

/// Both send early media, bob first; carol answers.
fn fork(policy: EarlyMedia) -> World {
    World::new(&["bob", "carol"])
        .settings(|settings| settings.early_media = policy)
        .at(0, ALICE, Act::Call { offer: true })
        .at(100, BOB, Act::EarlyMedia)
        .at(200, CAROL, Act::EarlyMedia)
        .at(1000, CAROL, Act::Accept)
        .at(2000, ALICE, Act::HangUp)
}

macro_rules! flows {
    ($($name:ident: $world:expr;)+) => {
        $(#[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    ac16_early_media_of_the_first_fork: fork(EarlyMedia::FirstFork);
    ac16_early_media_of_all_forks: fork(EarlyMedia::All);
    ac16_no_early_media: fork(EarlyMedia::Off);
    ac16_the_same_early_media_again_is_no_news: call().at(100, BOB, Act::EarlyMedia).at(300, BOB, Act::EarlyMedia)
        .at(1000, BOB, Act::Accept).at(2000, ALICE, Act::HangUp);
    ac24_reliable_responses_in_order: call().at(100, BOB, Act::Reliable(7, "")).at(200, BOB, Act::Reliable(9, ""))
        .at(300, BOB, Act::Reliable(8, "bob")).at(400, BOB, Act::Reliable(9, "")).at(1000, BOB, Act::Accept)
        .at(2000, ALICE, Act::HangUp);
    ac24_a_lost_prack_is_sent_again_with_its_response: call().at(100, BOB, Act::Reliable(1, "bob"))
        .fate(2, Fate::Lost).at(1500, BOB, Act::Reliable(1, "bob")).at(3000, BOB, Act::Accept)
        .at(4000, ALICE, Act::HangUp);
    ac24_a_challenged_prack: call().challenges(BOB, &["PRACK"]).at(100, BOB, Act::Reliable(1, "bob"))
        .at(1000, BOB, Act::Accept).at(2000, ALICE, Act::HangUp);
    ac24_each_fork_counts_by_itself: World::new(&["bob", "carol"]).at(0, ALICE, Act::Call { offer: true })
        .at(100, BOB, Act::Reliable(5, "bob")).at(110, CAROL, Act::Reliable(700, "carol"))
        .at(1000, CAROL, Act::Accept).at(2000, ALICE, Act::HangUp);
    ac23_the_offer_of_a_reliable_response_is_answered_in_prack: without_offer()
        .at(100, BOB, Act::Reliable(1, "bob")).at(500, ALICE, Act::Answer).at(2000, ALICE, Act::HangUp);
    ac22_key_presses: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf('5'))
        .at(2100, BOB, Act::Dtmf('#')).at(3000, ALICE, Act::HangUp);
    ac22_an_info_without_answer_ends_nothing: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf('5'))
        .fate(3, Fate::Cut);
    ac22_a_challenged_info: call().challenges(BOB, &["INFO"]).at(1000, BOB, Act::Accept)
        .at(2000, ALICE, Act::Dtmf('5')).at(3000, ALICE, Act::HangUp);
}
