//! What may come before the answer, and key presses after it: RFC 3262, early media and INFO; AC-16, AC-22, AC-24.

use crate::messages::{NOW, client, outputs};
use crate::table::response;
use crate::world::{Act, Fate, World, invite};
use sip_dialog::{EarlyMedia, Input, Output, ReliableProvisional, SessionEvent};
use sip_message::{HeaderName, Method, StatusCode};

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

/// The caller requires reliable provisional responses.
fn reliable() -> World {
    call().requires("100rel")
}

/// A description with key presses as RTP events.
const EVENTS: &str = "m=audio 1 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

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
    ac22_key_presses: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf("5"))
        .at(2100, BOB, Act::Dtmf("#")).at(3000, ALICE, Act::HangUp);
    ac22_an_info_without_answer_ends_nothing: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf("5"))
        .fate(3, Fate::Cut);
    ac22_keys_are_pressed_one_after_the_other: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf("12,R"))
        .at(9000, ALICE, Act::HangUp);
    ac22_keys_as_rtp_events_where_both_have_them: call()
        .at(1000, BOB, Act::Accept).at(1500, ALICE, Act::Offer(EVENTS))
        .at(1600, BOB, Act::AnswerWith(EVENTS)).at(2000, ALICE, Act::Dtmf("1,2")).at(9000, ALICE, Act::HangUp);
    ac22_a_refused_info_ends_nothing_but_the_number: call().at(1000, BOB, Act::Accept)
        .refuses(BOB, "INFO", StatusCode::UNSUPPORTED_MEDIA_TYPE, (HeaderName::Accept, "text/plain"))
        .at(2000, ALICE, Act::Dtmf("123")).at(9000, ALICE, Act::Dtmf("4")).at(10_000, ALICE, Act::HangUp);
    ac22_keys_are_held_back: call().at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Dtmf("12"))
        .at(2050, ALICE, Act::PauseDtmf(true)).at(5000, ALICE, Act::PauseDtmf(false)).at(9000, ALICE, Act::HangUp);
    info_of_a_package_that_the_peer_receives: call()
        .settings_of(BOB, |settings| settings.recv_info = vec!["conference".to_owned()])
        .requires("100rel").at(100, BOB, Act::EarlyMedia).at(300, ALICE, Act::Info("conference"))
        .at(1000, BOB, Act::Accept).at(2000, ALICE, Act::Info("other")).at(2100, BOB, Act::Info("conference"))
        .at(3000, ALICE, Act::Info("Conference")).at(4000, ALICE, Act::HangUp);
    info_of_a_package_is_refused_and_ends_nothing: call()
        .settings_of(BOB, |settings| settings.recv_info = vec!["conference".to_owned()])
        .at(1000, BOB, Act::Accept)
        .refuses(BOB, "INFO", StatusCode::BAD_INFO_PACKAGE, (HeaderName::RecvInfo, "other"))
        .at(2000, ALICE, Act::Info("conference")).at(3000, ALICE, Act::Info("other"))
        .at(4000, ALICE, Act::HangUp);
    ac22_a_challenged_info: call().challenges(BOB, &["INFO"]).at(1000, BOB, Act::Accept)
        .at(2000, ALICE, Act::Dtmf("5")).at(3000, ALICE, Act::HangUp);
    ac24_the_callee_sends_reliably_when_required: reliable().at(100, BOB, Act::Ring).at(1000, BOB, Act::EarlyMedia)
        .at(2000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    ac24_the_callee_sends_reliably_when_supported:
        call().settings(|settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(100, BOB, Act::Ring).at(2000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    ac24_one_reliable_response_at_a_time: reliable().at(100, BOB, Act::Ring).at(110, BOB, Act::EarlyMedia)
        .at(1000, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    ac24_an_answer_that_waits_its_turn_is_not_said_yet: reliable().at(100, BOB, Act::Ring).at(110, BOB, Act::EarlyMedia)
        .fate(2, Fate::Lost).at(300, ALICE, Act::RawOffer("UPDATE", "alice 2")).at(600, BOB, Act::HangUp);
    ac24_a_lost_reliable_response_is_repeated: reliable().at(100, BOB, Act::Ring).fate(1, Fate::Lost)
        .fate(2, Fate::Lost).at(3000, BOB, Act::Accept).at(4000, ALICE, Act::HangUp);
    ac24_the_success_waits_for_the_prack_of_a_description: reliable().at(100, BOB, Act::EarlyMedia)
        .fate(2, Fate::Lost).at(200, BOB, Act::Accept).at(210, BOB, Act::Ring).at(3000, ALICE, Act::HangUp);
    ac24_the_success_does_not_wait_for_the_prack_of_a_ringing: reliable().at(100, BOB, Act::Ring)
        .fate(2, Fate::Lost).at(200, BOB, Act::Accept).at(3000, ALICE, Act::HangUp);
    ac24_without_prack_the_call_is_refused: reliable().at(100, BOB, Act::Ring).fate(1, Fate::Cut);
    ac24_without_prack_an_accepted_call_is_refused: reliable().at(100, BOB, Act::EarlyMedia).fate(1, Fate::Cut)
        .at(200, BOB, Act::Accept);
    ac24_cancelled_while_the_success_waits: reliable().at(100, BOB, Act::EarlyMedia).fate(2, Fate::Lost)
        .at(200, BOB, Act::Accept).at(210, ALICE, Act::HangUp);
    ac24_hung_up_while_the_success_waits: reliable().at(100, BOB, Act::EarlyMedia).fate(2, Fate::Lost)
        .at(200, BOB, Act::Accept).at(210, BOB, Act::HangUp);
    ac24_ringing_reliably_is_repeated_every_150_s: reliable().at(100, BOB, Act::Ring).at(160_000, BOB, Act::Accept)
        .at(170_000, BOB, Act::HangUp);
    ac23_an_offer_in_a_reliable_response_and_its_answer_in_prack: without_offer().requires("100rel")
        .at(100, BOB, Act::EarlyMedia).at(300, BOB, Act::Accept).at(500, ALICE, Act::Answer)
        .at(2000, ALICE, Act::HangUp);
}

#[test]
fn ac16_a_provisional_response_is_news_when_its_status_reason_tag_or_body_is() {
    let mut session = client(invite("alice", true));
    let mut news = |status, reason: &str, tag, body| {
        let mut ringing = response(&session, status, tag, 1, Method::Invite, body);
        ringing.set_reason(reason).unwrap();
        session.handle(Input::Response(ringing), NOW);
        let told = outputs(&mut session);
        told.iter().filter(|it| matches!(it, Output::Event(SessionEvent::Progress { .. }))).count()
    };
    assert_eq!(news(180, "Ringing", "tag-bob", ""), 1);
    assert_eq!(news(180, "Ringing", "tag-bob", ""), 0, "the same");
    assert_eq!(news(180, "Still Ringing", "tag-bob", ""), 1, "another reason");
    assert_eq!(news(183, "Still Ringing", "tag-bob", ""), 1, "another status");
    assert_eq!(news(183, "Still Ringing", "tag-bob", "early"), 1, "another body");
    assert_eq!(news(183, "Still Ringing", "tag-bob", "early"), 0, "the same");
    assert_eq!(news(183, "Still Ringing", "tag-carol", "early"), 1, "another fork");
}
