//! Hashed usernames: RFC 7616 §3.4.4.

use super::{answer, bob, invite, server_credentials, unauthorized};
use sip_auth::{Algorithm, DigestServer, Refusal};
use sip_clock::Instant;
use sip_message::{Method, Request, StatusCode, WwwAuthenticate};

fn challenged(server: &mut DigestServer) -> Request {
    let response = invite().response(StatusCode::UNAUTHORIZED);
    let challenges = server.challenges(Instant::ZERO, false);
    let response = challenges.into_iter().fold(response, |all, one| all.with(&WwwAuthenticate(one)));
    answer(&mut bob(), &invite(), &[response]).unwrap()
}

fn verify(server: &mut DigestServer, request: &Request) -> Result<String, Refusal> {
    let credentials = server_credentials(request).remove(0);
    let password = |user: &str| (user == "bob").then_some("zanzibar");
    server.verify(&Method::Invite, request, &credentials, password, Instant::ZERO)
}

#[test]
fn the_username_does_not_show_and_the_user_is_recognised() {
    for algorithm in Algorithm::ALL {
        let mut server =
            DigestServer::new("biloxi.com", vec![algorithm], [7; 32]).with_userhash(["alice", "bob"]);
        let request = challenged(&mut server);
        let credentials = server_credentials(&request).remove(0);
        assert_eq!(credentials.get("userhash"), Some("true"));
        assert!(!String::from_utf8_lossy(&request.to_bytes()).contains("username=\"bob\""));
        assert_eq!(verify(&mut server, &request), Ok("bob".to_owned()), "{algorithm}");
    }
}

#[test]
fn a_plain_username_is_accepted_where_a_hash_was_asked_for() {
    let mut server = DigestServer::new("biloxi.com", vec![Algorithm::Md5], [7; 32]).with_userhash(["bob"]);
    let nonce = server.challenges(Instant::ZERO, false)[0].get("nonce").unwrap().to_owned();
    let plain = format!(r#"Digest realm="biloxi.com", nonce="{nonce}", qop="auth""#);
    let request = answer(&mut bob(), &invite(), &[unauthorized(&invite(), &[&plain])]).unwrap();
    assert_eq!(verify(&mut server, &request), Ok("bob".to_owned()));
}

#[test]
fn a_hash_of_nobody_known_is_an_unknown_user() {
    let mut server = DigestServer::new("biloxi.com", vec![Algorithm::Md5], [7; 32]).with_userhash(["alice"]);
    let request = challenged(&mut server);
    assert_eq!(verify(&mut server, &request), Err(Refusal::UnknownUser));
    let mut without = DigestServer::new("biloxi.com", vec![Algorithm::Md5], [7; 32]);
    assert_eq!(verify(&mut without, &request), Err(Refusal::UnknownUser));
}
