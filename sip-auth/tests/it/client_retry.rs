//! When a request is sent again: AC-28, RFC 3261 §22.1, and the servers that made the rule necessary.

use super::{answer, authorized, bob, invite, proxy_challenge, register, server_credentials, unauthorized};
use sip_auth::{Attempts, AuthError};
use sip_message::{Request, Response};

fn wrong() -> AuthError {
    AuthError::WrongCredentials { realm: "biloxi.com".to_owned() }
}

fn with_nonce(request: &Request, nonce: &str, more: &str) -> Response {
    unauthorized(request, &[&format!(r#"Digest realm="biloxi.com", nonce="{nonce}", qop="auth"{more}"#)])
}

fn nonce_and_count(request: &Request) -> (String, String) {
    let credentials = server_credentials(request).remove(0);
    (credentials.get("nonce").unwrap().to_owned(), credentials.get("nc").unwrap().to_owned())
}

// rfc3261#22.1/11, type=test
#[test]
fn ac28_the_same_nonce_again_means_wrong_credentials() {
    let mut client = bob();
    let response = with_nonce(&register(), "1", "");
    let outcome = answer(&mut client, &register(), &[response.clone(), response]);
    assert_eq!(outcome.unwrap_err(), wrong());
    // they are not offered again unasked
    assert_eq!(server_credentials(&authorized(&mut client, &register())).len(), 0);
}

#[test]
fn ac28_a_new_nonce_without_stale_is_tried_once_more() {
    let nonces = ["1", "2", "3"].map(|nonce| with_nonce(&register(), nonce, ""));
    assert!(answer(&mut bob(), &register(), &nonces[..2]).is_ok());
    assert_eq!(answer(&mut bob(), &register(), &nonces).unwrap_err(), wrong());
}

// rfc3261#22.1/11, type=test
#[test]
fn ac28_stale_is_retried_even_with_the_same_nonce() {
    let first = with_nonce(&register(), "1", "");
    let stale = with_nonce(&register(), "1", ", stale=TRUE");
    let sent = answer(&mut bob(), &register(), &[first, stale]).unwrap();
    assert_eq!(nonce_and_count(&sent), ("1".to_owned(), "00000002".to_owned()));
}

#[test]
fn ac28_a_request_is_repeated_three_times_at_most() {
    let responses = ["1", "2", "3", "4"].map(|nonce| with_nonce(&register(), nonce, ", stale=true"));
    assert!(answer(&mut bob(), &register(), &responses[..3]).is_ok());
    assert_eq!(answer(&mut bob(), &register(), &responses).unwrap_err(), AuthError::TooManyAttempts);
}

#[test]
fn ac28_the_limit_is_shared_by_401_and_407() {
    let proxies = ["a", "b"].map(|realm| {
        proxy_challenge(&invite(), &[&format!(r#"Digest realm="{realm}", nonce="1", qop="auth""#)])
    });
    let [first, second] = proxies;
    let servers = ["c", "d"].map(|realm| {
        unauthorized(&invite(), &[&format!(r#"Digest realm="{realm}", nonce="1", qop="auth""#)])
    });
    let [third, fourth] = servers;
    let mut client = bob();
    let sent = answer(&mut client, &invite(), &[first.clone(), second.clone(), third.clone()]).unwrap();
    assert_eq!(super::proxy_credentials(&sent).len(), 2);
    let outcome = answer(&mut bob(), &invite(), &[first, second, third, fourth]);
    assert_eq!(outcome.unwrap_err(), AuthError::TooManyAttempts);
}

#[test]
fn ac28_an_expired_nonce_of_an_earlier_request_is_replaced() {
    let mut client = bob();
    answer(&mut client, &register(), &[with_nonce(&register(), "1", "")]).unwrap();
    let refresh = authorized(&mut client, &register());
    assert_eq!(nonce_and_count(&refresh), ("1".to_owned(), "00000002".to_owned()));
    // no stale, as FRITZ!Box and Kamailio answer (P4)
    let mut attempts = Attempts::default();
    client.handle_challenge(&refresh, &with_nonce(&refresh, "2", ""), &mut attempts).unwrap();
    let again = authorized(&mut client, &refresh);
    assert_eq!(nonce_and_count(&again), ("2".to_owned(), "00000001".to_owned()));
    assert_eq!(attempts.answered(), 1);
}

#[test]
fn ac28_the_nonce_count_counts_requests_and_the_cnonce_changes() {
    let mut client = bob();
    answer(&mut client, &register(), &[with_nonce(&register(), "1", "")]).unwrap();
    let mut tokens = sip_clock::TokenSource::from_seed(3);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut request = register();
        client.authorize(&mut request, &mut tokens);
        let credentials = server_credentials(&request).remove(0);
        seen.push((credentials.get("nc").unwrap().to_owned(), credentials.get("cnonce").unwrap().to_owned()));
    }
    let counts: Vec<_> = seen.iter().map(|(nc, _)| nc.as_str()).collect();
    assert_eq!(counts, ["00000002", "00000003", "00000004"]);
    assert!(seen[0].1 != seen[1].1 && seen[1].1 != seen[2].1);
}

#[test]
fn a_session_algorithm_keeps_its_cnonce() {
    let mut client = bob();
    let response = with_nonce(&register(), "1", ", algorithm=SHA-256-sess");
    answer(&mut client, &register(), &[response]).unwrap();
    let mut tokens = sip_clock::TokenSource::from_seed(3);
    let mut cnonce = || {
        let mut request = register();
        client.authorize(&mut request, &mut tokens);
        server_credentials(&request).remove(0).get("cnonce").unwrap().to_owned()
    };
    assert_eq!(cnonce(), cnonce());
}

/// A restarted server answers 503 to a nonce it does not know (P3): the next REGISTER goes out without.
#[test]
fn ac4_forget_starts_over_without_credentials() {
    let mut client = bob();
    answer(&mut client, &register(), &[with_nonce(&register(), "1", "")]).unwrap();
    client.forget();
    assert_eq!(authorized(&mut client, &register()).to_bytes(), register().to_bytes());
}
