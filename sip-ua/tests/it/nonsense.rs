//! A registrar that answers nonsense cannot make us flood it: no more than one REGISTER per 10 s, on average and in
//! the long run; what a challenge, a 423 or a 439 repeats at once is waited for afterwards (RFC 3261 §10.2.7, §22.1).

use crate::peer::{Peer, challenge, response};
use proptest::prelude::*;
use sip_clock::Instant;
use sip_message::{Contact, HeaderName, Message, Method, Request, Response, StatusCode};
use std::time::Duration;

/// What may be sent at once, besides the one that nobody asked for: three answers to challenges, the interval that a
/// 423 wants, and without outbound after a 439.
const AT_ONCE: u64 = 5;

const INTERVAL: Duration = Duration::from_secs(10);

/// One way to answer a REGISTER.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    fields: Vec<(&'static str, String)>,
}

impl Answer {
    fn new(status: u16, fields: &[(&'static str, &str)]) -> Self {
        Self { status, fields: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
    }

    fn is_challenge(&self) -> bool {
        matches!(self.status, 401 | 407)
    }

    /// `nonce` is a new one each time.
    fn to(&self, register: &Request, nonce: usize) -> Response {
        let status = StatusCode::new(self.status).unwrap();
        let mut response = match self.is_challenge() {
            true => challenge(register, status, &format!("n{nonce}")),
            false => response(register, status),
        };
        let own = register.headers().required::<Contact>().unwrap().addr().unwrap().uri.to_string();
        for (name, value) in &self.fields {
            let name: HeaderName = name.parse().unwrap();
            if self.is_challenge() && name == HeaderName::WwwAuthenticate {
                response.headers_mut().remove(&name);
            }
            let value = value.replace("{own}", &own).replace("{nonce}", &nonce.to_string());
            response.headers_mut().push_text(&name, &value).unwrap();
        }
        response
    }
}

/// Everything that is worse than a bare status.
fn nonsense() -> Vec<Answer> {
    let stale = "Digest realm=\"example.test\", nonce=\"s{nonce}\", stale=true, qop=\"auth\"";
    let old = "Digest realm=\"example.test\", nonce=\"same\", stale=true, qop=\"auth\"";
    let realms = "Digest realm=\"r{nonce}\", nonce=\"n\", qop=\"auth\"";
    vec![
        Answer::new(200, &[]),
        Answer::new(200, &[("Contact", "<{own}>;expires=0")]),
        Answer::new(200, &[("Contact", "<{own}>;expires=1")]),
        Answer::new(200, &[("Contact", "<{own}>;expires=21")]),
        Answer::new(200, &[("Contact", "<{own}>;expires=nonsense")]),
        Answer::new(200, &[("Expires", "0")]),
        Answer::new(200, &[("Expires", "4294967295")]),
        Answer::new(200, &[("Contact", "*")]),
        Answer::new(200, &[("Contact", "<sip:other@elsewhere.test>;expires=1, <sip:x@y.test>;expires=0")]),
        Answer::new(200, &[("Contact", "no contact at all <")]),
        Answer::new(299, &[("Expires", "1")]),
        Answer::new(302, &[("Contact", "<{own}>")]),
        Answer::new(305, &[("Contact", "<sip:proxy.test>")]),
        Answer::new(401, &[]),
        Answer::new(401, &[("WWW-Authenticate", stale)]),
        Answer::new(401, &[("WWW-Authenticate", old)]),
        Answer::new(401, &[("WWW-Authenticate", realms)]),
        Answer::new(401, &[("WWW-Authenticate", "Digest")]),
        Answer::new(407, &[]),
        Answer::new(408, &[("Retry-After", "0")]),
        Answer::new(423, &[]),
        Answer::new(423, &[("Min-Expires", "0")]),
        Answer::new(423, &[("Min-Expires", "4294967295")]),
        Answer::new(423, &[("Min-Expires", "99999999999999999999")]),
        Answer::new(423, &[("Min-Expires", "60{nonce}")]),
        Answer::new(439, &[]),
        Answer::new(480, &[("Retry-After", "0")]),
        Answer::new(500, &[("Retry-After", "0 (now);duration=0")]),
        Answer::new(503, &[("Retry-After", "0")]),
        Answer::new(503, &[("Retry-After", "nonsense")]),
        Answer::new(600, &[("Retry-After", "0")]),
    ]
}

/// When REGISTERs came in so many seconds, each answered at once with the next of `answers`, over and over.
fn registers(answers: &[Answer], seconds: u64) -> Vec<Instant> {
    let mut alice = Peer::with(|config| {
        config.instance = Some("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6".parse().unwrap())
    });
    alice.act(|core, now| core.register(now));
    let mut times = Vec::new();
    let end = alice.now + Duration::from_secs(seconds);
    loop {
        for message in alice.take_sent() {
            let Message::Request(register) = message else { panic!("a response") };
            assert_eq!(register.method(), &Method::Register);
            let answer = &answers[times.len() % answers.len()];
            times.push(alice.now);
            assert!(times.len() < 1000, "a flood: {answers:?}");
            alice.receive(answer.to(&register, times.len()));
        }
        if alice.start_lines().is_empty() {
            match alice.core.next_timeout().filter(|at| *at < end) {
                Some(at) => alice.sleep(at.max(alice.now) - alice.now),
                None => return times,
            }
        }
    }
}

/// Holds the times against the law, for each window.
fn check(times: &[Instant], at_once: u64, answers: &[Answer]) {
    for (first, start) in times.iter().enumerate() {
        for (count, end) in times[first..].iter().enumerate() {
            let allowed = at_once + (*end - *start).as_secs() / INTERVAL.as_secs();
            assert!(count as u64 <= allowed, "{} within {:?}: {answers:?}", count + 1, *end - *start);
        }
    }
}

#[test]
fn no_final_status_brings_more_than_one_register_in_10_s() {
    let fields: [&[(&str, &str)]; 4] = [
        &[],
        &[("Retry-After", "0")],
        &[("Expires", "1"), ("Min-Expires", "1")],
        &[("Contact", "<{own}>;expires=1")],
    ];
    for status in 200..700 {
        for fields in fields {
            let answers = [Answer::new(status, fields)];
            let at_once = if matches!(status, 401 | 407 | 423 | 439) { AT_ONCE } else { 0 };
            check(&registers(&answers, 100), at_once, &answers);
        }
    }
}

#[test]
fn no_two_kinds_of_nonsense_bring_more_either() {
    let all = nonsense();
    let mut most = (0, Vec::new());
    for first in &all {
        for second in &all {
            let answers = [first.clone(), second.clone()];
            let times = registers(&answers, 200);
            check(&times, AT_ONCE, &answers);
            if times.len() > most.0 {
                most = (times.len(), answers.to_vec());
            }
        }
    }
    // one in 10 s for 200 s, and what came at once at the end
    assert!(most.0 as u64 <= 20 + 1 + AT_ONCE, "{most:?}");
}

#[test]
fn what_repeats_at_once_is_waited_for() {
    // each refresh is challenged three times over: four REGISTERs in 40 s, and no more but the first few
    let stale = "Digest realm=\"example.test\", nonce=\"s{nonce}\", stale=true, qop=\"auth\"";
    let challenge = Answer::new(401, &[("WWW-Authenticate", stale)]);
    let short = Answer::new(200, &[("Contact", "<{own}>;expires=1")]);
    let times = registers(&[challenge.clone(), challenge.clone(), challenge, short], 600);
    assert!((4 * 600 / 40..=4 * 600 / 40 + 4).contains(&times.len()), "{}", times.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sequence_of_nonsense_keeps_the_law(
        chosen in proptest::collection::vec(proptest::sample::select(nonsense()), 1..12),
    ) {
        check(&registers(&chosen, 300), AT_ONCE, &chosen);
    }
}
