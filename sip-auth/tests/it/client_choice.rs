//! Which challenge is answered and how: RFC 7616 §3.3 and §3.4, RFC 8760 §2.4.

use super::{answer, authorized, bob, invite, proxy_challenge, proxy_credentials, register};
use super::{challenge, server_credentials, unauthorized};
use bytes::Bytes;
use sip_auth::{Account, Algorithm, Attempts, AuthClient, AuthError};
use sip_message::{ContentType, Message, ProxyAuthenticate, StatusCode};

const MD5: &str = r#"Digest realm="biloxi.com", nonce="n", qop="auth", algorithm=MD5"#;
const SHA256: &str = r#"Digest realm="biloxi.com", nonce="n", qop="auth", algorithm=SHA-256"#;
const SHA512_256: &str = r#"Digest realm="biloxi.com", nonce="n", qop="auth", algorithm=SHA-512-256"#;

/// The one credential with which `bob` answers.
fn answer_to(challenges: &[&str]) -> sip_message::Credentials {
    let response = unauthorized(&register(), challenges);
    let sent = answer(&mut bob(), &register(), &[response]).unwrap();
    let mut credentials = server_credentials(&sent);
    assert_eq!(credentials.len(), 1);
    credentials.remove(0)
}

// rfc3261#22.4/3,6, type=test
#[test]
fn rfc3665_section_2_1() {
    let parse = |bytes: &'static [u8]| Message::parse(Bytes::from_static(bytes)).unwrap();
    let Message::Request(register) = parse(include_bytes!("../vectors/rfc3665/2.1-F1-REGISTER.sip")) else {
        panic!("a request");
    };
    let Message::Response(unauthorized) = parse(include_bytes!("../vectors/rfc3665/2.1-F2-401.sip")) else {
        panic!("a response");
    };
    let sent = answer(&mut bob(), &register, &[unauthorized]).unwrap();
    insta::assert_snapshot!("rfc3665_2_1_f3", String::from_utf8(sent.to_bytes().to_vec()).unwrap());
}

/// The digest that RFC 3665 §2.1 F3 prints has 31 digits: a placeholder, nothing to compare with.
#[test]
fn rfc3665_section_2_1_prints_no_digest() {
    let bytes = Bytes::from_static(include_bytes!("../vectors/rfc3665/2.1-F3-REGISTER.sip"));
    let printed = Message::parse(bytes).unwrap();
    let raw = printed.headers().raw(&"Authorization".parse().unwrap()).unwrap();
    let text = String::from_utf8_lossy(raw);
    let digest = text.split("response=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(digest.len(), 31);
}

#[test]
fn ac27_the_strongest_algorithm_of_a_realm_is_answered_in_any_order() {
    for challenges in [[SHA256, MD5], [MD5, SHA256]] {
        assert_eq!(answer_to(&challenges).get("algorithm"), Some("SHA-256"));
    }
    assert_eq!(answer_to(&[MD5, SHA512_256, SHA256]).get("algorithm"), Some("SHA-512-256"));
}

#[test]
fn ac27_what_is_not_understood_is_skipped() {
    let aka = r#"Digest realm="biloxi.com", nonce="n", qop="auth", algorithm=AKAv1-MD5"#;
    let other_qop = r#"Digest realm="biloxi.com", nonce="n", qop="auth-conf", algorithm=SHA-256"#;
    let without_nonce = r#"Digest realm="biloxi.com", qop="auth", algorithm=SHA-256"#;
    let basic = r#"Basic realm="biloxi.com""#;
    let answered = answer_to(&[aka, other_qop, without_nonce, basic, MD5]);
    assert_eq!(answered.get("algorithm"), Some("MD5"));

    let response = unauthorized(&register(), &[basic, aka]);
    let outcome = answer(&mut bob(), &register(), &[response]);
    let offered = vec!["Basic".to_owned(), "Digest AKAv1-MD5".to_owned()];
    assert_eq!(outcome.unwrap_err(), AuthError::NoSupportedChallenge { offered });
}

#[test]
fn a_response_without_a_challenge_is_a_typed_error() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED, StatusCode::OK] {
        let outcome = answer(&mut bob(), &register(), &[register().response(status)]);
        assert_eq!(outcome.unwrap_err(), AuthError::NoChallenge);
    }
}

#[test]
fn ac27_algorithm_and_opaque_are_echoed_as_they_were_sent_or_not_at_all() {
    let bare = answer_to(&[r#"Digest realm="biloxi.com", nonce="n""#]);
    assert_eq!((bare.get("algorithm"), bare.get("opaque")), (None, None));
    let mut naming = bob().with_named_algorithm();
    let response = unauthorized(&register(), &[r#"Digest realm="biloxi.com", nonce="n""#]);
    let sent = answer(&mut naming, &register(), &[response]).unwrap();
    assert_eq!(server_credentials(&sent)[0].get("algorithm"), Some("MD5"));
    let full = answer_to(&[r#"Digest realm="biloxi.com", nonce="n", algorithm="md5", opaque="""#]);
    assert_eq!((full.get("algorithm"), full.get("opaque")), (Some("md5"), Some("")));
}

// rfc3261#22.4/4, type=test
#[test]
fn without_qop_there_is_no_cnonce_and_no_nc() {
    let credentials = answer_to(&[r#"Digest realm="biloxi.com", nonce="n""#]);
    assert!(["qop", "nc", "cnonce"].iter().all(|name| credentials.get(name).is_none()));
    // H(H(A1):n:H(A2)), computed with OpenSSL
    assert_eq!(credentials.get("response"), Some("adf574cc7f39b7551fd4e99953a8a5c8"));
}

#[test]
fn a_session_algorithm_without_qop_is_answered_with_auth() {
    let credentials = answer_to(&[r#"Digest realm="biloxi.com", nonce="n", algorithm=MD5-sess"#]);
    assert_eq!(credentials.get("qop"), Some("auth"));
    assert!(credentials.get("cnonce").is_some());
}

#[test]
fn ac27_auth_int_is_used_only_when_alone_and_covers_the_body() {
    let both = answer_to(&[r#"Digest realm="biloxi.com", nonce="n", qop="auth-int,auth""#]);
    assert_eq!(both.get("qop"), Some("auth"));

    let alone = r#"Digest realm="biloxi.com", nonce="n", qop="auth-int""#;
    let mut client = bob();
    let mut digest_with_body = |body: &'static str| {
        let mut invite = invite();
        invite.set_body(&ContentType::text_plain(), Bytes::from_static(body.as_bytes()));
        client.forget();
        let sent = answer(&mut client, &invite, &[unauthorized(&invite, &[alone])]).unwrap();
        let credentials = server_credentials(&sent).remove(0);
        assert_eq!(credentials.get("qop"), Some("auth-int"));
        credentials.get("response").unwrap().to_owned()
    };
    assert_ne!(digest_with_body("one"), digest_with_body("two"));
}

#[test]
fn ac27_a_407_with_both_header_fields_is_answered_as_a_407() {
    let www = sip_message::WwwAuthenticate(challenge(MD5));
    let both = proxy_challenge(&invite(), &[SHA256]).with(&www);
    let sent = answer(&mut bob(), &invite(), &[both]).unwrap();
    assert_eq!(proxy_credentials(&sent).len(), 1);
    assert_eq!(server_credentials(&sent).len(), 0);
}

#[test]
fn ac27_a_challenge_in_the_wrong_header_field_is_answered_in_its_own_kind() {
    let www = sip_message::WwwAuthenticate(challenge(MD5));
    let odd_407 = invite().response(StatusCode::PROXY_AUTHENTICATION_REQUIRED).with(&www);
    let sent = answer(&mut bob(), &invite(), &[odd_407]).unwrap();
    assert_eq!((server_credentials(&sent).len(), proxy_credentials(&sent).len()), (1, 0));

    let odd_401 = invite().response(StatusCode::UNAUTHORIZED).with(&ProxyAuthenticate(challenge(MD5)));
    let sent = answer(&mut bob(), &invite(), &[odd_401]).unwrap();
    assert_eq!((server_credentials(&sent).len(), proxy_credentials(&sent).len()), (0, 1));
}

// rfc3261#22.3/13, type=test
#[test]
fn ac27_each_realm_with_an_account_gets_credentials() {
    let accounts = vec![
        Account::password("bob", "x").with_realm("biloxi.com"),
        Account::password("robert", "y").with_realm("chicago.com"),
    ];
    let mut client = AuthClient::new(accounts);
    let chicago = r#"Digest realm="chicago.com", nonce="c", qop="auth""#;
    let unknown = r#"Digest realm="atlanta.com", nonce="a", qop="auth""#;
    let response = proxy_challenge(&invite(), &[unknown, MD5, chicago]);
    let sent = answer(&mut client, &invite(), &[response]).unwrap();
    let mut names: Vec<_> = proxy_credentials(&sent)
        .iter()
        .map(|credentials| credentials.get("username").unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["bob", "robert"]);

    let outcome = answer(&mut client, &invite(), &[proxy_challenge(&invite(), &[unknown])]);
    assert_eq!(outcome.unwrap_err(), AuthError::NoAccount { realm: "atlanta.com".to_owned() });
}

#[test]
fn ac29_a_stored_ha1_answers_the_algorithm_it_was_made_for() {
    // MD5("bob:biloxi.com:zanzibar")
    let ha1 = "12af60467a33e8518da5c68bbff12b11";
    let account = Account::ha1("bob", "biloxi.com", Algorithm::Md5, ha1).unwrap();
    let mut client = AuthClient::new(vec![account]);
    let response = unauthorized(&register(), &[SHA256, MD5]);
    let sent = answer(&mut client, &register(), &[response]).unwrap();
    let with_ha1 = server_credentials(&sent).remove(0);
    assert_eq!(with_ha1.get("response"), answer_to(&[MD5]).get("response"));

    let outcome = answer(&mut client, &register(), &[unauthorized(&register(), &[SHA256])]);
    let offered = vec!["SHA-256".to_owned()];
    assert_eq!(outcome.unwrap_err(), AuthError::NoSupportedChallenge { offered });
}

#[test]
fn ac29_quotes_and_backslashes_are_escaped_in_the_header_form_only() {
    let username = r#"b"o\b"#;
    let mut client = AuthClient::new(vec![Account::password(username, "zan$$zi%b^a@r")]);
    let sent = answer(&mut client, &register(), &[unauthorized(&register(), &[MD5])]).unwrap();
    let text = String::from_utf8(sent.to_bytes().to_vec()).unwrap();
    assert!(text.contains(r#"username="b\"o\\b""#), "{text}");
    let reparsed = Message::parse(sent.to_bytes()).unwrap();
    let header = reparsed.headers().required::<sip_message::Authorization>().unwrap();
    assert_eq!(header.0.get("username"), Some(username));
}

#[test]
fn a_username_that_would_break_the_header_is_refused() {
    let mut client = AuthClient::new(vec![Account::password("bob\r\nEvil: yes", "x")]);
    let response = unauthorized(&register(), &[MD5]);
    let outcome = client.handle_challenge(&register(), &response, &mut Attempts::default());
    assert_eq!(outcome, Err(AuthError::UnusableUsername { realm: "biloxi.com".to_owned() }));
    assert_eq!(authorized(&mut client, &register()).to_bytes(), register().to_bytes());
}

#[test]
fn debug_shows_no_secret() {
    let mut client = bob();
    answer(&mut client, &register(), &[unauthorized(&register(), &[MD5])]).unwrap();
    let text = format!("{client:?}");
    assert!(text.contains("bob") && text.contains("biloxi.com"));
    assert!(!text.contains("zanzibar") && !text.contains("12af60467a33e8518da5c68bbff12b11"), "{text}");
}
