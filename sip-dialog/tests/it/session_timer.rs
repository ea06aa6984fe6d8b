//! Session timers that the peer asks for: RFC 4028; AC-33.

use crate::world::{Act, Fate, World, contact, invite};
use sip_clock::Instant;
use sip_dialog::{InviteSession, SessionSettings};
use sip_message::{HeaderName, MinSe, Request, StatusCode, Supported};

const ALICE: usize = 0;
const BOB: usize = 1;

/// Answered at 1 s.
fn call(expires: &'static str) -> World {
    World::new(&["bob"]).expires(expires).at(0, ALICE, Act::Call { offer: true }).at(1000, BOB, Act::Accept)
}

macro_rules! flows {
    ($($name:ident: $world:expr;)+) => {
        $(#[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    ac33_the_caller_refreshes: call("90").at(100_000, ALICE, Act::HangUp);
    ac33_the_callee_refreshes: call("90;refresher=uas").at(100_000, ALICE, Act::HangUp);
    ac33_a_re_invite_is_a_refresh: call("90").talking().at(40_000, ALICE, Act::Hold).at(95_000, ALICE, Act::HangUp);
    ac33_the_other_end_may_offer: call("90").talking().at(40_000, BOB, Act::Hold).at(95_000, ALICE, Act::HangUp);
    ac33_refreshes_without_answer_end_the_call: call("90").fate(3, Fate::Cut);
    ac33_a_peer_that_does_not_refresh_is_left: call("90;refresher=uas").fate(3, Fate::Cut);
    ac33_a_lost_refresh_is_repeated: call("90").fate(3, Fate::Lost).at(60_000, ALICE, Act::HangUp);
}

#[test]
fn ac33_an_interval_that_is_too_small_gets_422() {
    let mut invite = invite("alice", true);
    invite.headers_mut().push_text(&HeaderName::SessionExpires, "89").unwrap();
    let settings = SessionSettings::default();
    let serve = |invite: &Request| {
        InviteSession::server(invite, "b".into(), contact("bob"), settings, Instant::ZERO).map_err(Box::new)
    };
    assert!(serve(&invite).is_ok(), "a peer that does not know 422 is spared");
    invite.headers_mut().push(&Supported("timer".to_owned()));
    let refusal = serve(&invite).unwrap_err();
    assert_eq!(refusal.status(), StatusCode::SESSION_INTERVAL_TOO_SMALL);
    assert_eq!(refusal.headers().required::<MinSe>().unwrap().seconds, 90);
}
