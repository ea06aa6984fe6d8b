//! A re-INVITE that waits for the user, as its server tells the peer: reliable provisional responses (RFC 3262 §3 and
//! §5), exchanges inside of it (RFC 6337 §4), what becomes of them when it is refused or cancelled (RFC 6141 §3) and of
//! the target (§4). In figures of RFC 6337 that begin with a re-INVITE, Bob stands here for the end that serves it;
//! `rfc6337` has them from the other end.

use crate::messages::{NOW, outputs};
use crate::rfc3261_12::{acknowledged, requests};
use crate::table::of_caller;
use crate::world::{Act, Fate, World, cancel_of, contact};
use sip_clock::Instant;
use sip_dialog::{
    Direction, Input, InviteError, InviteSession, Output, ReliableProvisional, SessionDescription,
    SessionEvent, SessionState,
};
use sip_message::{
    Allow, Body, CSeq, Contact, HeaderName, Method, RAck, RSeq, Request, Require, Response, StatusCode,
    Supported,
};
use std::time::Duration;

const ALICE: usize = 0;
const BOB: usize = 1;

/// Answered at 1 s: 0 INVITE, 1 200, 2 ACK.
fn answered() -> World {
    World::new(&["bob"]).detailed().at(0, ALICE, Act::Call { offer: true }).at(1000, BOB, Act::Accept)
}

/// Alice's re-INVITE at 2 s (3) is answered reliably at 2.1 s (4), the PRACK (5) comes at 2.2 s, its 200 (6) at 2.25 s.
fn offered() -> World {
    answered().at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::Progress("bob 2"))
}

/// Her re-INVITE at 2 s asks for an offer, which Bob makes at 2.1 s.
fn asked() -> World {
    answered().at(2000, ALICE, Act::AskOffer).at(2100, BOB, Act::Progress("bob 2"))
}

macro_rules! flows {
    ($($(#[doc = $doc:literal])* $name:ident: $world:expr;)+) => {
        $($(#[doc = $doc])* #[test] fn $name() { insta::assert_snapshot!($world.run().transcript); })+
    };
}

flows! {
    /// The answer goes early, and the 2xx has nothing more to say.
    rfc3262_5_an_early_answer: offered().at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// Nor does it when the application gives an answer once more.
    rfc3262_5_an_early_answer_given_again: offered().at(3000, BOB, Act::AnswerWith("bob 3"))
        .at(4000, ALICE, Act::HangUp);
    /// The offer that was asked for goes early, its answer comes in the PRACK.
    rfc3262_5_an_early_offer: asked().at(2300, ALICE, Act::AnswerWith("alice 2")).at(3000, BOB, Act::Conclude)
        .at(4000, ALICE, Act::HangUp);
    /// An UPDATE without an offer in between leaves it open.
    rfc3262_5_an_update_before_the_answer_in_prack: asked().at(2130, BOB, Act::Update(None))
        .at(2300, ALICE, Act::AnswerWith("alice 2")).at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// The 2xx waits for the PRACK of a description.
    rfc3262_3_the_2xx_waits_for_the_prack: offered().fate(5, Fate::Lost).at(2200, BOB, Act::Conclude)
        .at(4000, ALICE, Act::HangUp);
    /// It is repeated until then.
    rfc3262_3_repeated_until_prack: offered().fate(4, Fate::Lost).at(3000, BOB, Act::Conclude)
        .at(4000, ALICE, Act::HangUp);
    /// Without PRACK the re-INVITE is refused after 64·T1, and both ends are as before; so says one exchange more.
    rfc3262_3_without_prack_it_is_refused: offered().ignores(BOB, "PRACK").at(40_000, BOB, Act::AnswerWith("bob"))
        .at(50_000, ALICE, Act::HangUp);
    /// A response without description holds nothing back, and its PRACK may come after the 2xx.
    rfc3262_3_a_late_prack: answered().settings(|settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::Progress("")).fate(5, Fate::Lost)
        .at(2200, BOB, Act::AnswerWith("bob 2")).at(4000, ALICE, Act::HangUp);
    /// One at a time.
    rfc3262_3_one_at_a_time: answered().settings(|settings| settings.reliable = ReliableProvisional::WhenSupported)
        .at(2000, ALICE, Act::Offer("alice 2")).at(2100, BOB, Act::Progress("")).at(2110, BOB, Act::Progress("bob 2"))
        .at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// What is reliable need not be repeated every minute.
    rfc3262_3_every_two_and_a_half_minutes: offered().at(200_000, BOB, Act::Conclude).at(210_000, ALICE, Act::HangUp);
    /// Its 200 has the answer, and so the 2xx waits for the user. Alice is a foreign user agent: ours prefers UPDATE.
    rfc3262_5_an_offer_in_prack: offered().offers_in_prack(ALICE, "alice 3").at(2300, BOB, Act::Conclude)
        .at(2500, BOB, Act::AnswerWith("bob 3")).at(4000, ALICE, Act::HangUp);
    /// It takes nothing when the user wants none of it, and then the re-INVITE as a whole is undone.
    rfc3262_5_an_offer_in_prack_that_is_declined: offered().offers_in_prack(ALICE, "o=- 1 2 IN\r\nm=audio 4000 RTP/AVP 0\r\n")
        .at(2500, BOB, Act::Decline).at(2700, ALICE, Act::AnswerWith("alice 4")).at(4000, ALICE, Act::HangUp);
    /// The same without a word of the user, as long as a transaction lasts.
    rfc3262_5_an_offer_in_prack_that_nobody_answers: offered()
        .offers_in_prack(ALICE, "o=- 1 2 IN\r\nm=audio 4000 RTP/AVP 0\r\n").at(20_000, ALICE, Act::AnswerWith("alice 4"))
        .at(30_000, ALICE, Act::HangUp);

    /// The offer waits for the PRACK, which is lost with its response at first: UAC-IU.
    rfc6337_4_1_figure_7: offered().fate(4, Fate::Lost).at(2150, BOB, Act::Update(Some("bob 3")))
        .at(3000, BOB, Act::Update(Some("bob 3"))).at(3100, ALICE, Act::AnswerWith("alice 3"))
        .at(3500, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// From the other end of figure 9: the UPDATE of Bob goes out with the 200 to PRACK at the earliest, and is behind it.
    rfc6337_4_1_figure_9: offered().fate(6, Fate::Lost).at(2201, BOB, Act::Update(Some("bob 3")))
        .at(4000, BOB, Act::Conclude).at(5000, ALICE, Act::HangUp);
    /// Bob sends no UPDATE before the PRACK, so that it can offer. Alice is a foreign user agent.
    rfc6337_4_2_figure_11: offered().offers_in_prack(ALICE, "alice 3").at(2150, BOB, Act::Update(Some("bob 3")))
        .at(2300, BOB, Act::AnswerWith("bob 4")).at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// Bob sends no UPDATE while his offer has no answer.
    rfc6337_4_3_figure_18: asked().at(2200, BOB, Act::Update(Some("bob 3"))).at(2500, ALICE, Act::AnswerWith("alice 2"))
        .at(2600, BOB, Act::Update(Some("bob 3"))).at(2700, ALICE, Act::AnswerWith("alice 3"))
        .at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// As there: 500 (UAS-IsU). Alice is a foreign user agent: ours answers first.
    rfc6337_4_3_figure_19: asked().at(2200, ALICE, Act::RawOffer("UPDATE", "alice 3")).at(2400, BOB, Act::HangUp);
    /// The PRACK of the answer has not come: 500 (UAS-IsU). Alice is a foreign user agent: ours waits for its 200.
    rfc6337_4_3_an_update_before_the_prack: offered().fate(5, Fate::Lost)
        .at(2160, ALICE, Act::RawOffer("UPDATE", "alice 3")).at(2400, BOB, Act::HangUp);
    /// Another INVITE gets 500 until the first has its 2xx: UAS-IsI. Alice is a foreign user agent.
    rfc6337_4_3_an_invite_inside_another: offered().at(2500, ALICE, Act::Raw("INVITE")).at(3000, BOB, Act::Conclude)
        .at(4000, BOB, Act::HangUp);

    /// Bob takes a part at once, and the user refuses the rest.
    rfc6141_3_1_figure_3: offered().at(2500, BOB, Act::Update(Some("bob 3"))).at(2600, ALICE, Act::AnswerWith("alice 3"))
        .at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// Alice changes her mind in between, and Bob goes back to where it began. Alice is a foreign user agent.
    rfc6141_3_6_figure_4: offered().at(2500, ALICE, Act::RawOffer("UPDATE", "alice 3"))
        .at(2600, BOB, Act::AnswerWith("bob 3")).at(3000, BOB, Act::Decline).at(3200, ALICE, Act::AnswerWith("alice"))
        .at(4000, BOB, Act::HangUp);
    /// It says so by UPDATE and 2xx.
    rfc6141_3_3_a_late_refusal: offered().at(3000, BOB, Act::Decline).at(3200, ALICE, Act::AnswerWith("alice"))
        .at(4000, ALICE, Act::HangUp);
    /// The same before the PRACK: first that, then the UPDATE, then the 2xx.
    rfc6141_3_3_a_late_refusal_before_the_prack: offered().fate(5, Fate::Lost).at(2160, BOB, Act::Decline)
        .at(3200, ALICE, Act::AnswerWith("alice")).at(4000, ALICE, Act::HangUp);
    /// Where Alice does not want to go back, what was agreed stands.
    rfc6141_3_3_the_peer_does_not_go_back: offered().at(3000, BOB, Act::Decline).at(3200, ALICE, Act::Decline)
        .at(4000, ALICE, Act::HangUp);
    /// The UPDATE meets another change of Alice: it goes out once more.
    rfc6141_3_3_going_back_collides: offered().refuses(ALICE, "UPDATE", StatusCode::REQUEST_PENDING, (HeaderName::Server, "a"))
        .at(3000, BOB, Act::Decline).at(6000, ALICE, Act::AnswerWith("alice")).at(9000, ALICE, Act::HangUp);
    /// Without UPDATE nothing is left but to refuse, and Alice makes sure (§3.4).
    rfc6141_3_3_a_late_refusal_without_update: offered().hides(ALICE, Method::Update).at(3000, BOB, Act::Decline)
        .at(3300, BOB, Act::AnswerWith("bob")).at(4000, ALICE, Act::HangUp);
    /// Nothing was agreed: refused, and both as before.
    rfc6141_3_3_a_refusal_before_anything_is_agreed: asked().at(2140, BOB, Act::Decline).at(4000, ALICE, Act::HangUp);
    /// Alice does not want the offer: CANCEL, and nothing was agreed.
    rfc3262_5_an_early_offer_that_is_declined: asked().at(2300, ALICE, Act::Decline).at(4000, ALICE, Act::HangUp);

    /// Hold waits for the end of the re-INVITE.
    ac17_hold_waits_for_a_re_invite: offered().at(2500, BOB, Act::Hold).at(3000, BOB, Act::Conclude)
        .at(3200, ALICE, Act::AnswerWith("alice 3")).at(4000, ALICE, Act::HangUp);
    /// Hold is in the answer that goes in the PRACK, and no re-INVITE has to tell it.
    ac17_hold_in_a_prack: answered().talking().asks(BOB).at(2000, ALICE, Act::AskOffer).at(2010, ALICE, Act::Hold)
        .at(2100, BOB, Act::Progress("o=- 1 2 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\n"))
        .at(3000, BOB, Act::Conclude).at(4000, ALICE, Act::HangUp);
    /// Either end may go meanwhile.
    a_bye_inside_a_re_invite: offered().at(2500, BOB, Act::HangUp);
    a_bye_of_the_other_end_inside_a_re_invite: offered().at(2500, ALICE, Act::HangUp);
}

/// The number of what Bob says first, since chance is in the names of the dialog only.
fn rseq(response: &Response) -> u32 {
    response.headers().required::<RSeq>().unwrap().0
}

/// A re-INVITE of Alice, who supports this extension.
fn re_invite(option: Option<&str>, text: &'static str) -> Request {
    let mut request = of_caller(Method::Invite);
    request.headers_mut().set(&CSeq::new(7, Method::Invite));
    request.headers_mut().push(&Allow(Method::Update));
    if let Some(option) = option {
        request.headers_mut().push(&Supported(option.to_owned()));
    }
    with_body(request, text)
}

fn with_body(mut request: Request, text: &'static str) -> Request {
    if !text.is_empty() {
        let body = Body::sdp(text);
        request.set_body(&body.content_type, body.bytes);
    }
    request
}

/// Another request of hers in this dialog.
fn next(method: Method, number: u32, text: &'static str) -> Request {
    let mut request = of_caller(method.clone());
    request.headers_mut().set(&CSeq::new(number, method));
    with_body(request, text)
}

/// Her PRACK of the response with this number.
fn prack(number: u32, rseq: u32, text: &'static str) -> Request {
    next(Method::Prack, number, text).with(&RAck { rseq, cseq: CSeq::new(7, Method::Invite) })
}

fn responses(session: &mut InviteSession) -> Vec<Response> {
    let responses = outputs(session).into_iter();
    responses
        .filter_map(
            |output| if let Output::Response { response, .. } = output { Some(response) } else { None },
        )
        .collect()
}

fn response(session: &mut InviteSession) -> Response {
    let mut responses = responses(session);
    assert_eq!(responses.len(), 1, "{responses:?}");
    responses.remove(0)
}

/// Bob, whom Alice asks.
fn asked_by(invite: Request) -> InviteSession {
    let mut session = acknowledged();
    session.handle(Input::Request(invite), NOW);
    drop(outputs(&mut session));
    session
}

/// Bob, who has answered early and whose answer was acknowledged.
fn executed() -> InviteSession {
    let mut session = asked_by(re_invite(Some("100rel"), "alice 2"));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    let number = rseq(&response(&mut session));
    session.handle(Input::Request(prack(8, number, "")), NOW);
    assert_eq!(response(&mut session).status(), StatusCode::OK);
    session
}

fn target(session: &InviteSession) -> String {
    session.dialogs().next().unwrap().remote_target().to_string()
}

fn at(millis: u64) -> Instant {
    NOW + Duration::from_millis(millis)
}

// rfc3262#3
#[test]
fn a_description_is_reliable_where_the_peer_supports_that_and_the_rest_by_policy() {
    for (option, text, is_reliable) in [
        (Some("100rel"), "bob 2", true),
        (Some("100rel"), "", false),
        (None, "bob 2", false),
        (None, "", false),
    ] {
        let mut session = asked_by(re_invite(option, "alice 2"));
        let body = Some(Body::sdp(text)).filter(|_| !text.is_empty());
        session.provisional(StatusCode::SESSION_PROGRESS, body, NOW).unwrap();
        let said = response(&mut session);
        assert_eq!(said.headers().contains(&HeaderName::RSeq), is_reliable, "{option:?} {text:?}");
        assert_eq!(said.headers().has_token(&HeaderName::Require, "100rel"), is_reliable);
        assert_eq!(said.body(), text);
    }
}

/// What an unreliable response said is no answer: the 2xx gives it (RFC 3261 §13.2.1).
#[test]
fn an_unreliable_description_is_given_again_in_the_2xx() {
    let mut session = asked_by(re_invite(None, "alice 2"));
    assert_eq!(session.accept(None, NOW), Err(InviteError::DescriptionMissing));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    drop(outputs(&mut session));
    session.accept(None, NOW).unwrap();
    let success = response(&mut session);
    assert_eq!((success.status(), success.body().as_ref()), (StatusCode::OK, b"bob 2".as_slice()));
}

// rfc3262#5
#[test]
fn an_invite_without_offer_gets_it_in_the_first_reliable_response_or_none() {
    let mut required = re_invite(None, "");
    required.headers_mut().push(&Require("100rel".to_owned()));
    let mut session = asked_by(required);
    let ringing = StatusCode::RINGING;
    assert_eq!(session.provisional(ringing, None, NOW), Err(InviteError::DescriptionMissing));
    session.handle(Input::Timeout, at(60_000));
    assert!(responses(&mut session).is_empty(), "nothing else may be said");
    session.provisional(ringing, Some(Body::sdp("bob 2")), NOW).unwrap();
    let said = response(&mut session);
    assert!(said.headers().contains(&HeaderName::RSeq) && said.body() == "bob 2");

    // rfc3262#5: the answer has no other place than the PRACK
    session.handle(Input::Request(prack(8, rseq(&said), "")), NOW);
    let told: Vec<StatusCode> = responses(&mut session).iter().map(Response::status).collect();
    assert_eq!(told, [StatusCode::OK, StatusCode::BAD_REQUEST]);
    assert_eq!(session.state(), SessionState::Established);
    session.offer(Body::sdp("bob 3")).unwrap();
}

#[test]
fn a_word_before_the_answer_needs_a_re_invite_that_waits() {
    let ringing = StatusCode::RINGING;
    let mut idle = acknowledged();
    assert_eq!(idle.provisional(ringing, None, NOW), Err(InviteError::AlreadyAnswered));
    let mut session = asked_by(re_invite(Some("100rel"), "alice 2"));
    let wrong = session.provisional(StatusCode::OK, None, NOW);
    assert_eq!(wrong, Err(InviteError::WrongStatus(StatusCode::OK)));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    session.accept(None, NOW).unwrap();
    assert_eq!(
        session.provisional(ringing, None, NOW),
        Err(InviteError::AlreadyAnswered),
        "the PRACK is to come"
    );
    assert_eq!(session.accept(None, NOW), Err(InviteError::NoOffer));
    assert_eq!(session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW), Err(InviteError::NoOffer));
}

// rfc6141#3.8
#[test]
fn cancel_does_not_undo_what_is_done() {
    let mut session = executed();
    session.handle(Input::Request(cancel_of(&re_invite(None, ""))), NOW);
    let told = outputs(&mut session);
    let [Output::Event(SessionEvent::OfferWithdrawn), Output::Response { response, .. }] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0));
}

#[test]
fn cancel_before_anything_is_done_refuses() {
    let mut session = asked_by(re_invite(Some("100rel"), "alice 2"));
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    drop(outputs(&mut session));
    session.handle(Input::Request(cancel_of(&re_invite(None, ""))), NOW);
    assert_eq!(response(&mut session).status(), StatusCode::REQUEST_TERMINATED);
    session.offer(Body::sdp("bob 3")).unwrap();
}

/// Its peer hears nothing more of it and takes it for refused.
#[test]
fn a_re_invite_whose_transaction_is_lost_is_undone() {
    let mut session = executed();
    let (cseq, remote_tag) = (CSeq::new(7, Method::Invite), "tag-alice".to_owned());
    session.handle(Input::Failed { cseq, remote_tag, failure: sip_dialog::Failure::Transport }, NOW);
    assert!(
        outputs(&mut session).iter().any(|told| matches!(told, Output::Event(SessionEvent::OfferWithdrawn)))
    );
    session.hold().unwrap();
    let offer = requests(&mut session).remove(0);
    assert_eq!(offer.body(), "bob", "as it was before");
}

// rfc3262#3
#[test]
fn what_a_late_prack_says_after_a_refusal_counts_for_nothing() {
    let mut session = asked_by(re_invite(Some("100rel"), ""));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    let number = rseq(&response(&mut session));
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    assert_eq!(response(&mut session).status(), StatusCode::NOT_ACCEPTABLE_HERE);
    assert_eq!(session.next_timeout(), None, "it is not repeated any more");
    session.handle(Input::Request(prack(8, number, "alice 2")), NOW);
    let told = outputs(&mut session);
    let [Output::Response { response, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0));
    session.handle(Input::Request(prack(9, number, "alice 2")), NOW);
    let again = responses(&mut session).remove(0);
    assert_eq!(again.status(), StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
}

#[test]
fn what_a_refused_re_invite_was_told_holds_nothing_up() {
    let mut session = asked_by(re_invite(Some("100rel"), ""));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    drop(outputs(&mut session));
    session.offer(Body::sdp("bob 3")).unwrap();
    assert_eq!(requests(&mut session).remove(0).body(), "bob 3");
}

// rfc6141#4.6
#[test]
fn a_reliable_response_takes_the_new_target_and_a_refusal_does_not_give_it_back() {
    let moved = |option| {
        let mut invite = re_invite(option, "alice 2");
        invite.headers_mut().set(&Contact::Addr(contact("alice-moved")));
        invite
    };
    let mut session = asked_by(moved(Some("100rel")));
    assert_eq!(target(&session), "sip:alice@ua.example.com", "not yet");
    session.provisional(StatusCode::RINGING, None, NOW).unwrap();
    assert_eq!(target(&session), "sip:alice@ua.example.com", "that may get lost");
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    assert_eq!(target(&session), "sip:alice-moved@ua.example.com");
    session.handle(Input::Request(cancel_of(&moved(None))), NOW);
    assert_eq!(target(&session), "sip:alice-moved@ua.example.com");
}

// rfc6141#4.6
#[test]
fn a_new_target_is_taken_by_a_reliable_response_where_there_is_no_update() {
    let mut invite = re_invite(Some("100rel"), "alice 2");
    invite.headers_mut().set(&Contact::Addr(contact("alice-moved")));
    invite.headers_mut().set_list(&[Allow(Method::Invite)]);
    let mut session = asked_by(invite);
    assert_eq!(session.next_timeout(), Some(at(500)));
    session.handle(Input::Timeout, at(500));
    let said = response(&mut session);
    assert!(said.status() == StatusCode::SESSION_PROGRESS && said.headers().contains(&HeaderName::RSeq));
    assert_eq!(target(&session), "sip:alice-moved@ua.example.com");
}

/// Requests are in the order of their numbers, whichever is answered first.
// rfc6141#4.8
#[test]
fn the_target_of_a_later_request_is_not_taken_back_by_the_2xx_to_an_earlier_one() {
    let mut invite = re_invite(None, "alice 2");
    invite.headers_mut().set(&Contact::Addr(contact("alice-7")));
    let mut session = asked_by(invite);
    let mut update = next(Method::Update, 8, "");
    update.headers_mut().set(&Contact::Addr(contact("alice-8")));
    session.handle(Input::Request(update), NOW);
    assert_eq!(target(&session), "sip:alice-8@ua.example.com");
    session.answer(Body::sdp("bob 2"), NOW).unwrap();
    assert_eq!(target(&session), "sip:alice-8@ua.example.com");
}

/// The UPDATE by which Bob undoes his early answer to the second of two re-INVITEs of Alice, as which `offers` and `answers`
/// come.
fn undoing(offers: [&'static str; 2], answers: [String; 2]) -> Request {
    let [first, second] = answers.map(Body::sdp);
    let mut session = asked_by(re_invite(Some("100rel"), offers[0]));
    session.answer(first, NOW).unwrap();
    session.handle(Input::Request(next(Method::Ack, 7, "")), NOW);
    let mut again = re_invite(Some("100rel"), offers[1]);
    again.headers_mut().set(&CSeq::new(8, Method::Invite));
    session.handle(Input::Request(again), NOW);
    drop(outputs(&mut session));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(second), NOW).unwrap();
    let rseq = rseq(&response(&mut session));
    let acknowledged = next(Method::Prack, 9, "").with(&RAck { rseq, cseq: CSeq::new(8, Method::Invite) });
    session.handle(Input::Request(acknowledged), NOW);
    drop(outputs(&mut session));
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    let mut sent = requests(&mut session);
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.remove(0)
}

// rfc3264#8
#[test]
fn the_update_that_undoes_an_early_answer_has_a_higher_version() {
    let sdp = |version| format!("o=- 1 {version} IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n");
    let early = "o=- 1 6 IN IP4 192.0.2.1\r\nm=video 4000 RTP/AVP 31\r\n".to_owned();
    let update = undoing(["alice 2", "alice 3"], [sdp(5), early]);
    assert_eq!((update.method(), update.body().as_ref()), (&Method::Update, sdp(7).as_bytes()));
}

/// What an answer was cut to by its offer is no hold of the end that gave it.
// rfc6337#5.3
#[test]
fn ac17_the_update_that_undoes_an_early_answer_offers_what_this_end_wants() {
    let sdp =
        |version| format!("o=- 1 {version} IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n");
    let offers = [
        "o=- 2 2 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\na=recvonly\r\n",
        "o=- 2 3 IN IP4 192.0.2.2\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n",
    ];
    let update = undoing(offers, [sdp(5), sdp(6)]);
    assert_eq!(update.method(), &Method::Update);
    let offer = SessionDescription::new(update.body().clone());
    assert_eq!(offer.direction(), Direction::SendRecv, "not sendonly, as it answered to recvonly");
}

/// A description of Bob with one line of media that goes so.
fn directed(version: u32, direction: &str) -> Body {
    Body::sdp(format!("o=- 1 {version} IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\na={direction}\r\n"))
}

/// What the re-INVITE by which this end holds says.
fn held(session: &mut InviteSession) -> Direction {
    session.hold().unwrap();
    SessionDescription::new(requests(session).remove(0).body().clone()).direction()
}

/// As those of any other offer that came to nothing.
#[test]
fn ac17_the_directions_of_an_early_offer_are_forgotten_with_its_re_invite() {
    let mut session = asked_by(re_invite(Some("100rel"), "alice 2"));
    session.answer(directed(5, "sendrecv"), NOW).unwrap();
    session.handle(Input::Request(next(Method::Ack, 7, "")), NOW);
    let mut again = re_invite(Some("100rel"), "");
    again.headers_mut().set(&CSeq::new(8, Method::Invite));
    session.handle(Input::Request(again), NOW);
    session.provisional(StatusCode::SESSION_PROGRESS, Some(directed(6, "recvonly")), NOW).unwrap();
    session.decline(StatusCode::NOT_ACCEPTABLE_HERE, NOW).unwrap();
    drop(outputs(&mut session));
    assert_eq!(held(&mut session), Direction::SendOnly, "not inactive, as recvonly would become");
}

/// Whatever becomes of the UPDATE, the answer that this end gave in the meantime stands.
#[test]
fn ac17_an_update_without_offer_that_fails_forgets_no_directions() {
    let mut session = asked_by(re_invite(None, "alice 2"));
    session.answer(directed(5, "recvonly"), NOW).unwrap();
    session.handle(Input::Request(next(Method::Ack, 7, "")), NOW);
    drop(outputs(&mut session));
    let dialog = session.dialogs().next().unwrap().id().clone();
    session.update(&dialog, None).unwrap();
    let update = requests(&mut session).remove(0);
    session.handle(Input::Request(next(Method::Update, 8, "alice 3")), NOW);
    session.answer(directed(6, "sendrecv"), NOW).unwrap();
    session.handle(Input::Response(update.response(StatusCode::SERVER_INTERNAL_ERROR)), NOW);
    drop(outputs(&mut session));
    assert_eq!(held(&mut session), Direction::SendOnly, "not inactive, as recvonly would become");
}

/// An offer that goes out once more on the next flow and fails there has left nothing behind.
#[test]
fn ac17_the_directions_of_an_offer_that_is_refused_on_the_next_flow_are_forgotten() {
    let mut session = asked_by(re_invite(None, "alice 2"));
    session.answer(directed(5, "sendrecv"), NOW).unwrap();
    session.handle(Input::Request(next(Method::Ack, 7, "")), NOW);
    session.offer(directed(6, "recvonly")).unwrap();
    drop(outputs(&mut session));
    session.handle(Input::FlowLost, at(100));
    session.handle(Input::FlowRestored { contact: contact("bob") }, at(200));
    let sent = requests(&mut session);
    let again = sent.iter().find(|request| *request.method() == Method::Invite).unwrap();
    assert_eq!(again.body(), &directed(6, "recvonly").bytes);
    session.handle(Input::Response(again.response(StatusCode::NOT_ACCEPTABLE_HERE)), at(300));
    drop(outputs(&mut session));
    assert_eq!(held(&mut session), Direction::SendOnly, "not inactive, as recvonly would become");
}

/// What was said on the old flow goes out once more on the new one.
#[test]
fn a_lost_flow_does_not_end_a_re_invite_that_waits() {
    let mut session = asked_by(re_invite(Some("100rel"), "alice 2"));
    session.provisional(StatusCode::SESSION_PROGRESS, Some(Body::sdp("bob 2")), NOW).unwrap();
    let said = response(&mut session);
    session.handle(Input::FlowLost, at(100));
    for millis in [500, 40_000] {
        session.handle(Input::Timeout, at(millis));
        let told = responses(&mut session);
        assert!(told.is_empty(), "{millis}: nothing goes out, and nothing is given up: {told:?}");
    }
    session.handle(Input::FlowRestored { contact: contact("bob") }, at(50_000));
    let again = responses(&mut session);
    assert_eq!(again[0].headers().typed::<RSeq>(), said.headers().typed::<RSeq>());
    session.handle(Input::Request(prack(8, rseq(&said), "")), at(50_100));
    session.accept(None, at(50_200)).unwrap();
    let told: Vec<StatusCode> = responses(&mut session).iter().map(Response::status).collect();
    assert_eq!(told, [StatusCode::OK, StatusCode::OK]);
}
