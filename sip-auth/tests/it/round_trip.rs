//! Laws: the server accepts what the client makes, and nothing that was changed on the way.

use super::{answer, server_credentials};
use bytes::Bytes;
use proptest::prelude::*;
use sip_auth::{Account, Algorithm, AuthClient, DigestServer, Qop};
use sip_clock::Instant;
use sip_message::{ContentType, Message, Method, Request, StatusCode, WwwAuthenticate};

#[derive(Clone, Debug)]
struct Case {
    username: String,
    password: Vec<u8>,
    realm: String,
    algorithm: Algorithm,
    qop: Qop,
    body: Vec<u8>,
}

fn case() -> impl Strategy<Value = Case> {
    let algorithm = proptest::sample::select(&Algorithm::ALL[..]);
    let qop = proptest::sample::select(&[Qop::Auth, Qop::AuthInt][..]);
    let bytes = || proptest::collection::vec(any::<u8>(), 0..24);
    ("[^\\x00-\\x1f\\x7f]{0,16}", bytes(), "[ -~]{0,16}", algorithm, qop, bytes()).prop_map(
        |(username, password, realm, algorithm, qop, body)| Case {
            username,
            password,
            realm,
            algorithm,
            qop,
            body,
        },
    )
}

impl Case {
    fn server(&self) -> DigestServer {
        DigestServer::new(self.realm.as_str(), vec![self.algorithm], [1; 32]).with_qop(&[self.qop])
    }

    /// The request as it arrives: challenged, answered, printed and parsed.
    fn arrived(&self, server: &mut DigestServer) -> Request {
        let mut request = Request::new(Method::Message, &"sip:bob@biloxi.com".parse().unwrap());
        request.set_body(&ContentType::text_plain(), Bytes::from(self.body.clone()));
        let challenges = server.challenges(Instant::ZERO, false);
        let response =
            request.response(StatusCode::UNAUTHORIZED).with(&WwwAuthenticate(challenges[0].clone()));
        let account = Account::password(self.username.as_str(), &self.password);
        let sent = answer(&mut AuthClient::new(vec![account]), &request, &[response]).unwrap();
        match Message::parse(sent.to_bytes()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a request"),
        }
    }

    fn is_accepted(&self, server: &mut DigestServer, request: &Request) -> bool {
        let credentials = server_credentials(request).remove(0);
        let lookup = |user: &str| (user == self.username).then(|| self.password.clone());
        let outcome = server.verify(request.method(), request, &credentials, lookup, Instant::ZERO);
        outcome.is_ok_and(|user| user == self.username)
    }
}

proptest! {
    #[test]
    fn ac29_the_server_accepts_what_the_client_makes_of_any_name_and_password(case in case()) {
        let mut server = case.server();
        let request = case.arrived(&mut server);
        prop_assert!(case.is_accepted(&mut server, &request));
    }

    #[test]
    fn one_changed_byte_is_refused(case in case(), at: prop::sample::Index, name in prop::sample::select(
        &["username", "realm", "nonce", "uri", "response", "cnonce", "nc", "qop"][..])) {
        let mut server = case.server();
        let mut request = case.arrived(&mut server);
        let mut credentials = server_credentials(&request).remove(0);
        let value: Vec<char> = credentials.get(name).unwrap().chars().collect();
        prop_assume!(!value.is_empty());
        let position = at.index(value.len());
        let replacement = if value[position] == '7' { '8' } else { '7' };
        let changed: String =
            value.iter().enumerate().map(|(i, c)| if i == position { replacement } else { *c }).collect();
        credentials.params.set_quoted(name, &changed);
        request.headers_mut().set(&sip_message::Authorization(credentials));
        prop_assert!(!case.is_accepted(&mut server, &request));
    }

    #[test]
    fn another_method_is_refused(case in case()) {
        let mut server = case.server();
        let request = case.arrived(&mut server);
        let credentials = server_credentials(&request).remove(0);
        let lookup = |_: &str| Some(case.password.clone());
        let outcome = server.verify(&Method::Invite, &request, &credentials, lookup, Instant::ZERO);
        prop_assert!(outcome.is_err());
    }

    #[test]
    fn another_body_is_refused_with_auth_int_only(case in case()) {
        let mut server = case.server();
        let mut request = case.arrived(&mut server);
        let mut body = case.body.clone();
        body.push(b'!');
        request.set_body(&ContentType::text_plain(), Bytes::from(body));
        prop_assert_eq!(case.is_accepted(&mut server, &request), case.qop == Qop::Auth);
    }

    #[test]
    fn another_password_is_refused(case in case(), other in proptest::collection::vec(any::<u8>(), 0..24)) {
        prop_assume!(other != case.password);
        let mut server = case.server();
        let request = case.arrived(&mut server);
        let guess = Case { password: other, ..case };
        prop_assert!(!guess.is_accepted(&mut server, &request));
    }
}
