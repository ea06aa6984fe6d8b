//! What parsing and comparing cost on the eight examples of RFC 3261 §19.1.3 and the pairs of §19.1.4.
//!
//! It reads no clock (`cargo xtask bench syntax` does). Count instructions, and subtract the run with 0 repetitions:
//! `valgrind --tool=callgrind target/release/deps/uri-* parse 1000`, beside `strict`, `pairs` (all URIs of the pairs
//! are parsed), `equivalent` (each pair is compared) and `clone`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark measures known input")]

use sip_uri::{Mode, SipUri};
use std::hint::black_box;

const EXAMPLES: [&str; 8] = [
    "sip:alice@atlanta.com",
    "sip:alice:secretword@atlanta.com;transport=tcp",
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    "sips:1212@gateway.com",
    "sip:alice@192.0.2.4",
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@atlanta.com",
];

const PAIRS: &str = include_str!("../tests/vectors/uri/rfc_compare.tsv");

fn main() {
    let words: Vec<String> = std::env::args().filter(|word| word != "--bench").skip(1).collect();
    let what = words.first().map_or("parse", String::as_str);
    let repetitions: usize = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(1000);
    let pairs: Vec<(SipUri, SipUri)> = PAIRS.lines().skip(1).map(pair).collect();
    for _ in 0..repetitions {
        match what {
            "strict" => EXAMPLES.iter().for_each(|text| parse(text, Mode::Strict)),
            "pairs" => pairs.iter().for_each(|(one, two)| {
                parse(one.as_str(), Mode::Lenient);
                parse(two.as_str(), Mode::Lenient);
            }),
            "equivalent" => pairs.iter().for_each(|(one, two)| {
                black_box(black_box(one).is_equivalent(black_box(two)));
            }),
            "clone" => pairs.iter().for_each(|pair| drop(black_box(black_box(pair).clone()))),
            _ => EXAMPLES.iter().for_each(|text| parse(text, Mode::Lenient)),
        }
    }
}

fn parse(text: &str, mode: Mode) {
    black_box(SipUri::parse(black_box(text), mode).unwrap());
}

fn pair(line: &str) -> (SipUri, SipUri) {
    let mut fields = line.split('\t').skip(1);
    (fields.next().unwrap().parse().unwrap(), fields.next().unwrap().parse().unwrap())
}
