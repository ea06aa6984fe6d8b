//! Asking the user: RFC 3261 §22.1, AC-28.

use super::{authorized, bob, invite, proxy_challenge, register, server_credentials, unauthorized};
use sip_auth::{
    Account, Algorithm, Attempts, AuthClient, AuthError, BearerToken, CredentialsAnswer, CredentialsNeeded,
    Origin,
};
use sip_message::{Method, Request, Response};

fn password(username: &str, password: &str) -> CredentialsAnswer {
    CredentialsAnswer::Account(Account::password(username, password))
}

fn with_nonce(request: &Request, nonce: &str) -> Response {
    unauthorized(request, &[&format!(r#"Digest realm="biloxi.com", nonce="{nonce}", qop="auth""#)])
}

fn only(mut needed: Vec<CredentialsNeeded>) -> CredentialsNeeded {
    assert_eq!(needed.len(), 1, "{needed:?}");
    needed.remove(0)
}

// rfc3261#22.1/10, type=test
#[test]
fn a_realm_without_credentials_is_asked_about_with_what_it_offers() {
    let client = AuthClient::new(Vec::new());
    let offers = [
        r#"Digest realm="a", nonce="1", algorithm=SHA-256"#,
        r#"Bearer realm="b", authz_server="https://as.example", scope="sip""#,
        r#"Digest realm="a", nonce="1", algorithm=MD5"#,
        r#"Digest realm="c", nonce="1", algorithm=AKAv1-MD5"#,
    ];
    let response = proxy_challenge(&invite(), &offers);
    let needed = client.credentials_needed(&invite(), &response, &Attempts::default());
    let [a, b] = &needed[..] else { panic!("{needed:?}") };
    assert_eq!((a.realm.as_str(), a.origin, a.was_refused), ("a", Origin::Proxy, false));
    assert_eq!(a.algorithms, [Algorithm::Sha256, Algorithm::Md5]);
    assert_eq!((&a.method, a.request_uri.as_str()), (&Method::Invite, "sip:bob@biloxi.com"));
    let token = b.token.as_ref().unwrap();
    assert_eq!(token.authz_server.as_deref(), Some("https://as.example"));
    assert_eq!((token.scope.as_deref(), b.algorithms.is_empty()), (Some("sip"), true));
}

#[test]
fn nobody_is_asked_about_a_realm_that_can_be_answered() {
    let needed = bob().credentials_needed(&register(), &with_nonce(&register(), "1"), &Attempts::default());
    assert_eq!(needed, []);
}

#[test]
fn refused_credentials_are_asked_for_anew_and_the_new_ones_are_tried() {
    let (mut client, mut attempts) = (bob(), Attempts::default());
    let response = with_nonce(&register(), "1");
    client.handle_challenge(&register(), &response, &mut attempts).unwrap();
    let sent = authorized(&mut client, &register());
    let needed = only(client.credentials_needed(&sent, &response, &attempts));
    assert!(needed.was_refused);

    client.provide(&needed, password("robert", "other"));
    assert_eq!(client.credentials_needed(&sent, &response, &attempts), []);
    client.handle_challenge(&sent, &response, &mut attempts).unwrap();
    let again = authorized(&mut client, &sent);
    let credentials = server_credentials(&again);
    assert_eq!(credentials.len(), 1, "those that were refused are gone");
    assert_eq!(credentials[0].get("username"), Some("robert"));
}

// rfc3261#22.1/11, type=test
#[test]
fn the_same_password_again_is_not_sent_again() {
    let (mut client, mut attempts) = (bob(), Attempts::default());
    let response = with_nonce(&register(), "1");
    client.handle_challenge(&register(), &response, &mut attempts).unwrap();
    let sent = authorized(&mut client, &register());
    let needed = only(client.credentials_needed(&sent, &response, &attempts));
    client.provide(&needed, password("bob", "zanzibar"));
    let outcome = client.handle_challenge(&sent, &response, &mut attempts);
    assert_eq!(outcome, Err(AuthError::WrongCredentials { realm: "biloxi.com".to_owned() }));
}

#[test]
fn a_realm_that_was_declined_is_not_asked_about_again_for_that_request() {
    let (client, mut attempts) = (AuthClient::new(Vec::new()), Attempts::default());
    let response = with_nonce(&register(), "1");
    attempts.decline(Origin::Server, "biloxi.com");
    assert_eq!(client.credentials_needed(&register(), &response, &attempts), []);
    let other = client.credentials_needed(&register(), &response, &Attempts::default());
    assert_eq!(other.len(), 1);
}

#[test]
fn nobody_is_asked_once_the_attempts_are_over() {
    let (mut client, mut attempts) = (AuthClient::new(Vec::new()), Attempts::default());
    let mut sent = register();
    let mut asked = 0;
    let error = loop {
        let response = with_nonce(&sent, "1");
        for needed in client.credentials_needed(&sent, &response, &attempts) {
            asked += 1;
            client.provide(&needed, password("bob", &format!("guess {asked}")));
        }
        if let Err(error) = client.handle_challenge(&sent, &response, &mut attempts) {
            break error;
        }
        sent = authorized(&mut client, &sent);
    };
    assert_eq!(asked, 3);
    assert_eq!(error, AuthError::WrongCredentials { realm: "biloxi.com".to_owned() });
}

#[test]
fn a_refused_token_is_asked_for_anew() {
    let mut client = AuthClient::new(Vec::new());
    let mut attempts = Attempts::default();
    let response = unauthorized(&register(), &[r#"Bearer realm="b", authz_server="https://as.example""#]);
    let needed = only(client.credentials_needed(&register(), &response, &attempts));
    let token = |text: &str| CredentialsAnswer::Token(BearerToken::new("https://as.example", text).unwrap());
    client.provide(&needed, token("old"));
    client.handle_challenge(&register(), &response, &mut attempts).unwrap();
    let sent = authorized(&mut client, &register());
    let needed = only(client.credentials_needed(&sent, &response, &attempts));
    assert!(needed.was_refused);
    client.provide(&needed, token("new"));
    client.handle_challenge(&sent, &response, &mut attempts).unwrap();
    let again = server_credentials(&authorized(&mut client, &sent)).remove(0);
    assert!(again.params.iter().any(|(name, _)| name == "new"));
}
