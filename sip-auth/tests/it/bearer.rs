//! Access tokens: RFC 8898.

use super::{answer, authorized, bob, invite, proxy_challenge, proxy_credentials, register, request};
use super::{server_credentials, unauthorized};
use sip_auth::{Account, Attempts, AuthClient, AuthError, BearerToken};
use sip_message::{Authorization, Header, Method};

const ASKED: &str = r#"Bearer realm="biloxi.com", authz_server="https://as.biloxi.com", scope="sip""#;
const DIGEST: &str = r#"Digest realm="biloxi.com", nonce="n", qop="auth""#;

fn token(text: &str) -> BearerToken {
    BearerToken::new("https://as.biloxi.com", text).unwrap().with_realm("biloxi.com")
}

fn with_token(accounts: Vec<Account>) -> AuthClient {
    let mut client = AuthClient::new(accounts);
    client.set_token(token("first"));
    client
}

fn shown(request: &sip_message::Request) -> Vec<String> {
    server_credentials(request).into_iter().map(|credentials| Authorization(credentials).encoded()).collect()
}

// rfc8898#2.1.3
#[test]
fn a_register_is_answered_with_the_token_and_later_requests_carry_it() {
    let mut client = with_token(vec![]);
    let sent = answer(&mut client, &register(), &[unauthorized(&register(), &[ASKED])]).unwrap();
    assert_eq!(shown(&sent), ["Bearer first"]);
    assert_eq!(shown(&authorized(&mut client, &sent)), ["Bearer first"]);
    let elsewhere = request(Method::Options, "sip:carol@chicago.com", "x");
    assert!(shown(&authorized(&mut client, &elsewhere)).is_empty());
}

#[test]
fn a_proxy_gets_it_in_its_own_field() {
    let mut client = with_token(vec![]);
    let sent = answer(&mut client, &invite(), &[proxy_challenge(&invite(), &[ASKED])]).unwrap();
    assert_eq!((shown(&sent).len(), proxy_credentials(&sent).len()), (0, 1));
}

#[test]
fn a_token_comes_before_a_password_and_a_password_serves_without_one() {
    let account = || vec![Account::password("bob", "zanzibar")];
    let both = [unauthorized(&register(), &[DIGEST, ASKED])];
    let scheme = |client: &mut AuthClient| {
        let sent = answer(client, &register(), &both).unwrap();
        server_credentials(&sent).into_iter().map(|found| found.scheme).collect::<Vec<_>>()
    };
    assert_eq!(scheme(&mut with_token(account())), ["Bearer"]);
    assert_eq!(scheme(&mut AuthClient::new(account())), ["Digest"]);
}

#[test]
fn without_a_token_the_error_says_where_to_get_one() {
    let mut client = bob();
    let response = unauthorized(&register(), &[ASKED]);
    let error = client.handle_challenge(&register(), &response, &mut Attempts::default()).unwrap_err();
    let expected = AuthError::NoToken {
        realm: "biloxi.com".to_owned(),
        authz_server: Some("https://as.biloxi.com".to_owned()),
        scope: Some("sip".to_owned()),
    };
    assert_eq!(error, expected);
    // and once there is one, the same response is answered
    client.set_token(token("first"));
    assert_eq!(client.handle_challenge(&register(), &response, &mut Attempts::default()), Ok(()));
}

#[test]
fn a_refused_token_is_not_shown_again_until_there_is_a_new_one() {
    let mut client = with_token(vec![]);
    let mut attempts = Attempts::default();
    let first = unauthorized(&register(), &[ASKED]);
    client.handle_challenge(&register(), &first, &mut attempts).unwrap();
    let sent = authorized(&mut client, &register());
    let refused = unauthorized(&sent, &[r#"Bearer realm="biloxi.com", error="invalid_token""#]);
    let error = client.handle_challenge(&sent, &refused, &mut attempts).unwrap_err();
    let (realm, code) = ("biloxi.com".to_owned(), Some("invalid_token".to_owned()));
    assert_eq!(error, AuthError::TokenRefused { realm, error: code });
    assert!(shown(&authorized(&mut client, &register())).is_empty());
    client.set_token(token("second"));
    client.handle_challenge(&sent, &refused, &mut attempts).unwrap();
    assert_eq!(shown(&authorized(&mut client, &sent)), ["Bearer second"]);
}

#[test]
fn a_renewed_token_goes_out_without_a_new_challenge() {
    let mut client = with_token(vec![]);
    let sent = answer(&mut client, &register(), &[unauthorized(&register(), &[ASKED])]).unwrap();
    client.set_token(token("second"));
    assert_eq!(shown(&authorized(&mut client, &sent)), ["Bearer second"]);
}

// rfc8898#2.1.1
#[test]
fn a_server_that_names_another_authorization_server_gets_nothing() {
    let mut client = with_token(vec![]);
    let response =
        unauthorized(&invite(), &[r#"Bearer realm="biloxi.com", authz_server="https://evil.example""#]);
    let outcome = client.handle_challenge(&invite(), &response, &mut Attempts::default());
    assert!(matches!(outcome, Err(AuthError::NoToken { .. })), "{outcome:?}");
    assert!(shown(&authorized(&mut client, &invite())).is_empty());
}

#[test]
fn a_password_given_late_answers_the_same_response() {
    let mut client = AuthClient::new(vec![]);
    let response = unauthorized(&register(), &[DIGEST]);
    let mut attempts = Attempts::default();
    let error = client.handle_challenge(&register(), &response, &mut attempts).unwrap_err();
    assert_eq!(error, AuthError::NoAccount { realm: "biloxi.com".to_owned() });
    client.add_account(Account::password("bob", "zanzibar").with_realm("biloxi.com"));
    client.handle_challenge(&register(), &response, &mut attempts).unwrap();
    assert_eq!(attempts.answered(), 1);
    assert_eq!(server_credentials(&authorized(&mut client, &register())).len(), 1);
}
