//! What a server says after it accepted credentials: RFC 7616 §3.5.

use super::{answer, authorized, bob, invite, server_credentials};
use bytes::Bytes;
use sip_auth::{Algorithm, AuthClient, DigestServer, Qop, Secret, ServerProof};
use sip_clock::Instant;
use sip_message::{AuthenticationInfo, ContentType, Method, Request, Response, StatusCode, WwwAuthenticate};
use std::time::Duration;

struct Pair {
    client: AuthClient,
    server: DigestServer,
    now: Instant,
}

impl Pair {
    fn new(algorithm: Algorithm, qop: Qop) -> Self {
        let server = DigestServer::new("biloxi.com", vec![algorithm], [7; 32]).with_qop(&[qop]);
        Self { client: bob(), server, now: Instant::ZERO }
    }

    fn challenged(&mut self) -> Request {
        let challenge = self.server.challenges(self.now, false).remove(0);
        let response = invite().response(StatusCode::UNAUTHORIZED).with(&WwwAuthenticate(challenge));
        answer(&mut self.client, &invite(), &[response]).unwrap()
    }

    /// The 200 of a server that knows `password`.
    fn accept(&mut self, request: &Request, password: &str) -> Response {
        let credentials = server_credentials(request).remove(0);
        let known =
            self.server.verify(&Method::Invite, request, &credentials, |_| Some("zanzibar"), self.now);
        assert_eq!(known.as_deref(), Ok("bob"));
        let mut response = request.response(StatusCode::OK);
        response.set_body(&ContentType::text_plain(), Bytes::from_static(b"welcome"));
        let secret = Secret::from(password);
        let info = self.server.authentication_info(&credentials, "bob", &secret, &response, self.now);
        response.with(&info.unwrap())
    }
}

fn info(response: &Response) -> AuthenticationInfo {
    response.headers().required::<AuthenticationInfo>().unwrap()
}

#[test]
fn a_server_that_knows_the_secret_is_verified() {
    for algorithm in Algorithm::ALL {
        for qop in [Qop::Auth, Qop::AuthInt] {
            let mut pair = Pair::new(algorithm, qop);
            let request = pair.challenged();
            let response = pair.accept(&request, "zanzibar");
            assert_eq!(
                pair.client.handle_success(&request, &response),
                ServerProof::Verified,
                "{algorithm} {qop}"
            );
        }
    }
}

#[test]
fn a_server_that_does_not_know_it_is_told() {
    let mut pair = Pair::new(Algorithm::Sha256, Qop::Auth);
    let request = pair.challenged();
    let response = pair.accept(&request, "guess");
    assert_eq!(pair.client.handle_success(&request, &response), ServerProof::Wrong);
}

#[test]
fn auth_int_tells_a_body_that_was_changed_on_the_way() {
    for (qop, expected) in [(Qop::Auth, ServerProof::Verified), (Qop::AuthInt, ServerProof::Wrong)] {
        let mut pair = Pair::new(Algorithm::Sha256, qop);
        let request = pair.challenged();
        let mut response = pair.accept(&request, "zanzibar");
        response.set_body(&ContentType::text_plain(), Bytes::from_static(b"goodbye"));
        assert_eq!(pair.client.handle_success(&request, &response), expected);
    }
}

#[test]
fn the_next_nonce_comes_at_half_time_and_is_used_from_its_first_count() {
    let mut pair = Pair::new(Algorithm::Sha256, Qop::Auth);
    let request = pair.challenged();
    assert_eq!(info(&pair.accept(&request, "zanzibar")).get("nextnonce"), None);
    pair.now += Duration::from_secs(151);
    let second = authorized(&mut pair.client, &invite());
    assert_eq!(server_credentials(&second)[0].get("nc"), Some("00000002"));
    let response = pair.accept(&second, "zanzibar");
    let next = info(&response).get("nextnonce").unwrap().to_owned();
    assert_eq!(pair.client.handle_success(&second, &response), ServerProof::Verified);
    let third = authorized(&mut pair.client, &invite());
    let credentials = server_credentials(&third).remove(0);
    assert_eq!((credentials.get("nonce"), credentials.get("nc")), (Some(next.as_str()), Some("00000001")));
    pair.accept(&third, "zanzibar");
    // an answer that was overtaken changes nothing
    assert_eq!(pair.client.handle_success(&request, &response), ServerProof::Absent);
    assert_eq!(pair.client.handle_success(&second, &response), ServerProof::Verified);
    let fourth = server_credentials(&authorized(&mut pair.client, &invite())).remove(0);
    assert_eq!((fourth.get("nonce"), fourth.get("nc")), (Some(next.as_str()), Some("00000002")));
}

#[test]
fn a_next_nonce_of_a_false_server_is_not_taken() {
    let mut pair = Pair::new(Algorithm::Sha256, Qop::Auth);
    let request = pair.challenged();
    let wrong = pair.accept(&request, "guess");
    let mut wrong_info = info(&wrong);
    wrong_info = wrong_info.with("nextnonce", "evil");
    let mut response = wrong;
    response.headers_mut().set(&wrong_info);
    assert_eq!(pair.client.handle_success(&request, &response), ServerProof::Wrong);
    let nonce = server_credentials(&authorized(&mut pair.client, &invite())).remove(0);
    assert_ne!(nonce.get("nonce"), Some("evil"));
}

#[test]
fn a_response_without_the_field_proves_nothing() {
    let mut pair = Pair::new(Algorithm::Sha256, Qop::Auth);
    let request = pair.challenged();
    assert_eq!(pair.client.handle_success(&request, &request.response(StatusCode::OK)), ServerProof::Absent);
    let response = pair.accept(&request, "zanzibar");
    assert_eq!(pair.client.handle_success(&invite(), &response), ServerProof::Absent);
}
