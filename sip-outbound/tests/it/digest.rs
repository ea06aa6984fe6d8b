//! A registration behind digest authentication: RFC 3261 §24.1 and §22, AC-4, AC-13, as a transcript in virtual time.

use super::{World, config, cseq, expires};
use sip_auth::{Account, Algorithm, Attempts, AuthClient, DigestServer};
use sip_clock::TokenSource;
use sip_message::{Authorization, Request, Response, StatusCode, WwwAuthenticate};
use sip_outbound::{Input, Output};
use std::fmt::Write as _;

/// A registrar that challenges, between its user agent and a log of what passes.
struct Registrar {
    world: World,
    client: AuthClient,
    server: DigestServer,
    tokens: TokenSource,
    transcript: String,
}

impl Registrar {
    fn new(password: &str) -> Self {
        let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
        Self {
            world: World::new(config()),
            client: AuthClient::new(vec![Account::password("bob", password)]),
            server: DigestServer::new("biloxi.com", algorithms, [7; 32]),
            tokens: TokenSource::from_seed(2),
            transcript: String::new(),
        }
    }

    /// Exchanges messages until nothing is left to do now.
    fn run(&mut self) {
        let mut attempts = Attempts::default();
        while let Some(output) = self.world.output() {
            match output {
                Output::Request(mut request) => {
                    self.client.authorize(&mut request, &mut self.tokens);
                    self.exchange(&request, &mut attempts);
                }
                Output::Event(event) => {
                    let text = format!("{event:?}");
                    let text = text.split(", contacts").next().unwrap();
                    self.log(&format!("event {text}"));
                }
            }
        }
    }

    fn exchange(&mut self, request: &Request, attempts: &mut Attempts) {
        let count =
            credentials(request).map_or_else(|| "-".to_owned(), |it| it.0.get("nc").unwrap().to_owned());
        self.log(&format!("REGISTER cseq {} expires {} nc {count}", cseq(request).number, expires(request)));
        let response = self.answer(request);
        self.log(&response.start_line());
        let is_challenge = response.status() == StatusCode::UNAUTHORIZED;
        let input = match self.client.handle_challenge(request, &response, attempts) {
            Ok(()) if is_challenge => Input::Challenged { cseq: cseq(request) },
            Ok(()) | Err(_) => Input::Response(response),
        };
        self.world.handle(input);
    }

    fn answer(&mut self, request: &Request) -> Response {
        let now = self.world.now;
        let password = |user: &str| (user == "bob").then_some("zanzibar");
        let verdict = credentials(request)
            .map(|it| self.server.verify(request.method(), request, &it.0, password, now));
        let is_stale = match verdict {
            Some(Ok(_)) => return super::response(request, StatusCode::OK, &[("Expires", "400")]),
            Some(Err(refusal)) => refusal.is_stale(),
            None => false,
        };
        let challenges = self.server.challenges(now, is_stale).into_iter();
        let response = request.response(StatusCode::UNAUTHORIZED);
        challenges.fold(response, |response, challenge| response.with(&WwwAuthenticate(challenge)))
    }

    fn log(&mut self, line: &str) {
        writeln!(self.transcript, "{} {line}", self.world.now).unwrap();
    }
}

fn credentials(request: &Request) -> Option<Authorization> {
    request.headers().typed().unwrap()
}

#[test]
fn registers_refreshes_with_stale_nonces_and_unregisters() {
    let mut registrar = Registrar::new("zanzibar");
    registrar.world.registration.register(registrar.world.now);
    registrar.run();
    registrar.world.elapse();
    registrar.run();
    registrar.world.now += super::secs(1);
    registrar.world.registration.unregister(registrar.world.now);
    registrar.run();
    insta::assert_snapshot!("digest_registration", registrar.transcript);
}

#[test]
fn a_wrong_password_stops() {
    let mut registrar = Registrar::new("guess");
    registrar.world.registration.register(registrar.world.now);
    registrar.run();
    insta::assert_snapshot!("digest_wrong_password", registrar.transcript);
    assert_eq!(registrar.world.registration.next_timeout(), None);
}
