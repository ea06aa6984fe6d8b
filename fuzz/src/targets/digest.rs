//! RFC 3261 §22, RFC 7616: any challenge is answered with credentials that can be read, or not at all.

use sip_auth::{Account, Algorithm, Attempts, AuthClient, DigestServer};
use sip_clock::{Instant, TokenSource};
use sip_message::{
    Authorization, Credentials, Header, HeaderName, Message, Method, Request, Response, StatusCode,
    WwwAuthenticate,
};

/// Each line is the value of a challenge; the first is tried as credentials as well.
pub(super) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut response = Response::new(StatusCode::UNAUTHORIZED);
    for line in text.lines().take(4) {
        // A line with NUL or CR is refused, and is no challenge then.
        let _ = response.headers_mut().push_text(&HeaderName::WwwAuthenticate, line);
    }
    let first = text.lines().next().unwrap_or_default();
    if let Ok(Authorization(credentials)) = Authorization::decode(first) {
        refused(&credentials);
    }
    answered(&response);
}

fn answered(response: &Response) {
    let mut client = AuthClient::new(vec![Account::password("alice", "secret")]);
    let mut request = request();
    if client.handle_challenge(&request, response, &mut Attempts::default()).is_err() {
        return;
    }
    client.authorize(&mut request, &mut TokenSource::from_seed(1));
    let challenged: Vec<_> = response.headers().list::<WwwAuthenticate>().flatten().collect();
    let printed = Message::parse(request.to_bytes()).expect("our own request can be read");
    for credentials in printed.headers().list::<Authorization>() {
        let credentials = credentials.expect("our own credentials can be read").0;
        let realm = credentials.get("realm").expect("credentials name their realm");
        assert!(challenged.iter().any(|challenge| challenge.0.get("realm") == Some(realm)), "{realm}");
    }
}

/// Nobody guesses the nonce of a server.
fn refused(credentials: &Credentials) {
    let mut server = DigestServer::new("a.example", vec![Algorithm::Sha256, Algorithm::Md5], [7; 32]);
    let password = |_: &str| Some("secret");
    let verdict = server.verify(&Method::Register, &request(), credentials, password, Instant::ZERO);
    assert!(verdict.is_err(), "{credentials:?}");
}

fn request() -> Request {
    let uri = "sip:a.example".parse().expect("the text is a URI");
    Request::new(Method::Register, &uri)
}
