//! Session timers: the example of RFC 4028 §13 as far as user agents go, table 2 of its §9, refreshes and expiry of §10.
//! The second 422 of the example comes from a second proxy: ours tries again once (`ac33_a_second_422_ends_the_call`).

use crate::world::{Act, Fate, World};
use sip_dialog::Side;
use sip_message::{HeaderName, Method, StatusCode};

const ALICE: usize = 0;
const BOB: usize = 1;

/// Alice asks for 90 s. Answered at 1 s: 0 INVITE, 1 200, 2 ACK.
fn call() -> World {
    World::new(&["bob"])
        .detailed()
        .settings_of(ALICE, |settings| settings.session_interval = Some(90))
        .at(0, ALICE, Act::Call { offer: true })
        .at(1000, BOB, Act::Accept)
}

/// Bob is the one who wants a timer.
fn wanted_by_bob() -> World {
    call()
        .settings_of(ALICE, |settings| settings.session_interval = None)
        .settings_of(BOB, |settings| settings.session_interval = Some(90))
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// As there with one 422: the INVITE again with Session-Expires and Min-SE as demanded, the 2xx with Require and
    /// `refresher=uac`, UPDATE after half of it, without Min-SE; then Alice is gone, and Bob says BYE 32 s before the
    /// end. What she does until the connection is found broken is not in the ladder.
    rfc4028_13_example: call().settings_of(BOB, |settings| settings.min_session_interval = 100).fate(7, Fate::Cut);
    /// §7.4, §10: 422 to a refresh; the next one asks for more.
    rfc4028_7_4_a_422_to_a_refresh: call()
        .refuses(BOB, "UPDATE", StatusCode::SESSION_INTERVAL_TOO_SMALL, (HeaderName::MinSe, "120"))
        .at(60_000, ALICE, Act::HangUp);
    /// §7.4: a re-INVITE with the description unchanged where the peer has no UPDATE.
    rfc4028_7_4_a_refresh_by_re_invite: call().hides(BOB, Method::Update).at(60_000, ALICE, Act::HangUp);
    /// §7.4: any re-INVITE is a refresh and keeps the roles; from the other end `uac` and `uas` change places.
    rfc4028_7_4_the_roles_stay: call().talking().at(30_000, BOB, Act::Hold).at(80_000, ALICE, Act::HangUp);
    /// Table 2 of §9, the caller has no wish: the callee chooses, here itself.
    rfc4028_9_the_callee_refreshes: call().settings_of(BOB, |settings| settings.refresher = Some(Side::Local))
        .at(60_000, ALICE, Act::HangUp);
    /// Table 2 of §9, the caller wants the callee to do it: it does, whatever it would like.
    rfc4028_9_the_caller_chooses: call().settings_of(ALICE, |settings| settings.refresher = Some(Side::Remote))
        .settings_of(BOB, |settings| settings.refresher = Some(Side::Remote)).at(60_000, ALICE, Act::HangUp);
    /// §9: the callee may ask for a timer that the caller supports and did not ask for.
    rfc4028_9_the_callee_asks: wanted_by_bob().at(60_000, ALICE, Act::HangUp);
    /// §9: shorter than asked for, not below the caller's Min-SE.
    rfc4028_9_shorter_within_min_se: call().settings_of(ALICE, |settings| {
        settings.session_interval = Some(300);
        settings.min_session_interval = 120;
    }).settings_of(BOB, |settings| settings.session_interval = Some(90)).at(80_000, ALICE, Act::HangUp);
    /// §10: the end that does not refresh says BYE a third of a short interval before its end.
    rfc4028_10_no_refresh_comes: call().fate(3, Fate::Cut);
    /// §10: 481 to the refresh ends the call.
    rfc4028_10_a_481_to_the_refresh: call()
        .refuses(BOB, "UPDATE", StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, (HeaderName::Subject, "gone"));
}
