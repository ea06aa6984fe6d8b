//! What a server accepts and refuses: RFC 3261 §22, RFC 7616 §3.3 to §3.6, RFC 8760 §2.6.

use super::{answer, authorized, bob, register, server_credentials};
use sip_auth::{Account, Algorithm, AuthClient, DigestServer, Qop, Refusal, Secret};
use sip_clock::Instant;
use sip_message::{Credentials, Method, Request, Response, StatusCode, WwwAuthenticate};
use std::time::Duration;

fn registrar() -> DigestServer {
    DigestServer::new("biloxi.com", vec![Algorithm::Sha256, Algorithm::Md5], [7; 32])
}

fn at(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

fn challenged(server: &mut DigestServer, now: Instant) -> Response {
    let response = register().response(StatusCode::UNAUTHORIZED);
    let challenges = server.challenges(now, false);
    challenges.into_iter().fold(response, |response, challenge| response.with(&WwwAuthenticate(challenge)))
}

fn verify(server: &mut DigestServer, request: &Request, now: Instant) -> Result<String, Refusal> {
    let credentials = server_credentials(request).remove(0);
    verify_credentials(server, request, &credentials, now)
}

fn verify_credentials(
    server: &mut DigestServer,
    request: &Request,
    credentials: &Credentials,
    now: Instant,
) -> Result<String, Refusal> {
    let password = |user: &str| (user == "bob").then_some("zanzibar");
    server.verify(request.method(), request, credentials, password, now)
}

/// A server, a client that knows its challenge of instant zero, and the request it answers with.
fn answered() -> (DigestServer, AuthClient, Request) {
    let (mut server, mut client) = (registrar(), bob());
    let response = challenged(&mut server, at(0));
    let request = answer(&mut client, &register(), &[response]).unwrap();
    (server, client, request)
}

// rfc3261#22/3, rfc3261#22.3/10, rfc3261#22.4/2,5, type=test
#[test]
fn each_challenge_has_its_own_algorithm_and_a_qop() {
    let challenges = registrar().with_qop(&[Qop::Auth, Qop::AuthInt]).challenges(at(0), true);
    let algorithms: Vec<_> = challenges.iter().map(|found| found.get("algorithm").unwrap()).collect();
    assert_eq!(algorithms, ["SHA-256", "MD5"]);
    assert!(
        challenges.iter().all(|found| found.scheme == "Digest" && found.get("realm") == Some("biloxi.com"))
    );
    assert!(challenges.iter().all(|found| found.get("qop") == Some("auth,auth-int")));
    assert!(challenges.iter().all(|found| found.get("stale") == Some("true")));
    assert_eq!(challenges[0].get("nonce"), challenges[1].get("nonce"));
}

#[test]
fn a_nonce_ages() {
    let (mut server, mut client, request) = answered();
    assert_eq!(verify(&mut server, &request, at(300)), Ok("bob".to_owned()));
    let later = authorized(&mut client, &register());
    assert_eq!(verify(&mut server, &later, at(301)), Err(Refusal::Stale));
    assert!(Refusal::Stale.is_stale());
}

#[test]
fn a_wrong_password_is_told_before_a_stale_nonce() {
    let mut server = registrar();
    let mut client = AuthClient::new(vec![Account::password("bob", "guess")]);
    let response = challenged(&mut server, at(0));
    let request = answer(&mut client, &register(), &[response]).unwrap();
    assert_eq!(verify(&mut server, &request, at(301)), Err(Refusal::WrongResponse));
}

#[test]
fn the_nonce_of_another_server_is_stale() {
    let (_, _, request) = answered();
    let mut restarted = DigestServer::new("biloxi.com", vec![Algorithm::Sha256], [8; 32]);
    assert_eq!(verify(&mut restarted, &request, at(1)), Err(Refusal::Stale));
}

#[test]
fn a_nonce_count_is_good_once() {
    let (mut server, mut client, request) = answered();
    assert!(verify(&mut server, &request, at(1)).is_ok());
    assert_eq!(verify(&mut server, &request, at(1)), Err(Refusal::Replayed));
    let next = authorized(&mut client, &register());
    assert!(verify(&mut server, &next, at(1)).is_ok());
}

// rfc3261#22.4/1,7, type=test
#[test]
fn without_qop_a_nonce_is_good_once() {
    let mut server = registrar();
    let nonce = server.challenges(at(0), false)[0].get("nonce").unwrap().to_owned();
    let response =
        super::unauthorized(&register(), &[&format!(r#"Digest realm="biloxi.com", nonce="{nonce}""#)]);
    let mut client = bob();
    let request = answer(&mut client, &register(), &[response]).unwrap();
    assert!(verify(&mut server, &request, at(1)).is_ok());
    let next = authorized(&mut client, &register());
    assert_eq!(verify(&mut server, &next, at(1)), Err(Refusal::Replayed));
}

#[test]
fn a_stored_ha1_serves_in_place_of_the_password() {
    let (mut server, _, request) = answered();
    let credentials = server_credentials(&request).remove(0);
    let stored = "e65db393e748c5228939a6b4b2879e9ea5625cd79fd5267868cb568d69f6b97e";
    let lookup = |_: &str| Secret::ha1(Algorithm::Sha256, stored).ok();
    let outcome = server.verify(&Method::Register, &request, &credentials, lookup, at(1));
    assert_eq!(outcome, Ok("bob".to_owned()));
}

// rfc3261#22.1/6, type=test
#[test]
fn an_ack_is_verified_with_the_credentials_of_its_invite() {
    let (mut server, mut client, _) = answered();
    let invite = authorized(&mut client, &super::request(Method::Invite, "sip:x@biloxi.com", "call"));
    let credentials = server_credentials(&invite).remove(0);
    assert!(verify(&mut server, &invite, at(300)).is_ok());
    // the nonce has aged and its count is used up
    let ack = super::request(Method::Ack, "sip:x@biloxi.com", "call");
    let password = |_: &str| Some("zanzibar");
    let outcome = server.verify(&Method::Invite, &ack, &credentials, password, at(301));
    assert_eq!(outcome, Ok("bob".to_owned()));
}

#[test]
fn the_uri_may_be_equivalent_but_not_another() {
    let (mut server, _, request) = answered();
    let mut elsewhere = request.clone();
    elsewhere.set_uri(&"sip:chicago.com".parse().unwrap());
    assert_eq!(verify(&mut server, &elsewhere, at(1)), Err(Refusal::OtherUri));
    let mut same = request;
    same.set_uri(&"sip:BILOXI.com".parse().unwrap());
    assert!(verify(&mut server, &same, at(1)).is_ok());
}

// rfc3261#22/2, rfc3261#22.4/2, type=test
#[test]
fn unreadable_credentials_are_told_apart() {
    let (mut server, _, request) = answered();
    let good = server_credentials(&request).remove(0);
    let mut outcome = |edit: &dyn Fn(&mut Credentials)| {
        let mut credentials = good.clone();
        edit(&mut credentials);
        verify_credentials(&mut server, &request, &credentials, at(1)).unwrap_err()
    };
    let malformed = |parameter| Refusal::Malformed { parameter };
    assert_eq!(outcome(&|it| it.scheme = "Basic".to_owned()), Refusal::NotDigest);
    assert_eq!(outcome(&|it| it.params.set_quoted("realm", "chicago.com")), Refusal::OtherRealm);
    assert_eq!(outcome(&|it| it.params.set("algorithm", Some("SHA-512-256"))), Refusal::AlgorithmNotOffered);
    assert_eq!(outcome(&|it| it.params.set("algorithm", Some("ROT13"))), Refusal::AlgorithmNotOffered);
    assert_eq!(outcome(&|it| it.params.set_quoted("username", "mallory")), Refusal::UnknownUser);
    assert_eq!(outcome(&|it| it.params.set("qop", Some("auth-conf"))), malformed("qop"));
    for nc in ["1", "+0000001", "0000000g", "000000001", ""] {
        assert_eq!(outcome(&|it| it.params.set("nc", Some(nc))), malformed("nc"));
    }
}

#[test]
fn each_refusal_has_its_status() {
    assert_eq!(Refusal::Malformed { parameter: "nc" }.status(), StatusCode::BAD_REQUEST);
    assert_eq!(Refusal::OtherUri.status(), StatusCode::BAD_REQUEST);
    for refusal in [Refusal::NotDigest, Refusal::UnknownUser, Refusal::WrongResponse, Refusal::Replayed] {
        assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(
        format!("{:?}", registrar()),
        r#"DigestServer { realm: "biloxi.com", algorithms: [Sha256, Md5], .. }"#
    );
}
