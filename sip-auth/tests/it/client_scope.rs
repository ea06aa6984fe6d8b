//! Which requests carry credentials unasked: RFC 3261 §22.1 to §22.3.

use super::{answer, authorized, bob, invite, proxy_challenge, proxy_credentials, register, request};
use super::{server_credentials, unauthorized};
use sip_auth::{Account, AuthClient};
use sip_message::{HeaderName, Method};

const CHALLENGE: &str = r#"Digest realm="biloxi.com", nonce="n", qop="auth""#;

/// How many credentials a request of another call carries after `first` was challenged by a proxy.
fn unasked(client: &mut AuthClient, first: &sip_message::Request) -> usize {
    answer(client, first, &[proxy_challenge(first, &[CHALLENGE])]).unwrap();
    let other = request(Method::Message, "sip:carol@chicago.com", "another");
    proxy_credentials(&authorized(client, &other)).len()
}

// rfc3261#22.3/5-7, type=test
#[test]
fn credentials_for_an_unknown_proxy_stay_in_their_call() {
    let mut client = bob();
    assert_eq!(unasked(&mut client, &invite()), 0);
    let bye = request(Method::Bye, "sip:carol@192.0.2.1", "call");
    assert_eq!(proxy_credentials(&authorized(&mut client, &bye)).len(), 1);
}

// rfc3261#22.3/7, type=test
#[test]
fn credentials_for_the_outbound_proxy_go_everywhere() {
    // named by the configuration
    let account = Account::password("bob", "zanzibar").with_realm("biloxi.com");
    assert_eq!(unasked(&mut AuthClient::new(vec![account]), &invite()), 1);
    // it challenged a REGISTER
    assert_eq!(unasked(&mut bob(), &register()), 1);
    // the registrar of its realm did
    let mut client = bob();
    answer(&mut client, &register(), &[unauthorized(&register(), &[CHALLENGE])]).unwrap();
    assert_eq!(unasked(&mut client, &invite()), 1);
}

// rfc3261#22.2/3, type=test
#[test]
fn credentials_for_a_server_go_to_its_host_only() {
    let mut client = bob();
    answer(&mut client, &register(), &[unauthorized(&register(), &[CHALLENGE])]).unwrap();
    let mut count =
        |uri| server_credentials(&authorized(&mut client, &request(Method::Options, uri, "x"))).len();
    assert_eq!(count("sip:alice@BILOXI.com"), 1);
    assert_eq!(count("sip:alice@atlanta.com"), 0);
}

// rfc3261#22.1/7-8, type=test
#[test]
fn ack_and_cancel_are_left_alone() {
    let mut client = bob();
    answer(&mut client, &invite(), &[unauthorized(&invite(), &[CHALLENGE])]).unwrap();
    for method in [Method::Ack, Method::Cancel] {
        let request = request(method, "sip:bob@biloxi.com", "call");
        assert_eq!(authorized(&mut client, &request).to_bytes(), request.to_bytes());
    }
}

/// AC-29: everything but ACK and CANCEL, in a dialog or not.
#[test]
fn ac29_every_other_method_is_authorized() {
    for method in Method::ALL {
        let request = request(method.clone(), "sip:bob@biloxi.com", "call");
        let is_exempt = matches!(method, Method::Ack | Method::Cancel);
        let sent = answer(&mut bob(), &request, &[proxy_challenge(&request, &[CHALLENGE])]).unwrap();
        assert_eq!(proxy_credentials(&sent).len(), usize::from(!is_exempt), "{method:?}");
    }
}

#[test]
fn foreign_credentials_stay() {
    let mut client = bob();
    answer(&mut client, &invite(), &[unauthorized(&invite(), &[CHALLENGE])]).unwrap();
    let mut with_token = invite();
    with_token.headers_mut().push_text(&HeaderName::Authorization, "Bearer abc").unwrap();
    let sent = authorized(&mut client, &with_token);
    let schemes: Vec<_> = server_credentials(&sent).into_iter().map(|found| found.scheme).collect();
    assert_eq!(schemes, ["Bearer", "Digest"]);
    // and our own are replaced, not added to
    assert_eq!(server_credentials(&authorized(&mut client, &sent)).len(), 2);
}

#[test]
fn a_peer_that_makes_up_realms_cannot_fill_the_memory() {
    let mut client = bob();
    for number in 0..100 {
        let text = format!(r#"Digest realm="realm{number}", nonce="n", qop="auth""#);
        answer(&mut client, &invite(), &[proxy_challenge(&invite(), &[&text])]).unwrap();
    }
    assert_eq!(proxy_credentials(&authorized(&mut client, &invite())).len(), 32);
}
