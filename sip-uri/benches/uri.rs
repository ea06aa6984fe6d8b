//! What parsing, comparing and printing cost on the eight examples of RFC 3261 §19.1.3 and the pairs of §19.1.4.
//!
//! `cargo bench -p sip-uri` prints nanoseconds per URI: the best of many rounds, so that other work does not show.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark measures known input"
)]

use sip_uri::{Mode, SipUri};
use std::hint::black_box;
use std::time::Instant;

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
    for (name, mode) in [("parse strict", Mode::Strict), ("parse lenient", Mode::Lenient)] {
        report(name, EXAMPLES.len(), || {
            for text in EXAMPLES {
                black_box(SipUri::parse(black_box(text), mode).unwrap());
            }
        });
    }
    let pairs: Vec<(SipUri, SipUri)> = PAIRS.lines().skip(1).map(pair).collect();
    report("parse the pairs", pairs.len() * 2, || {
        for (one, two) in &pairs {
            black_box(SipUri::parse(black_box(one.as_str()), Mode::Lenient).unwrap());
            black_box(SipUri::parse(black_box(two.as_str()), Mode::Lenient).unwrap());
        }
    });
    report("is_equivalent", pairs.len(), || {
        for (one, two) in &pairs {
            black_box(black_box(one).is_equivalent(black_box(two)));
        }
    });
    for (one, two) in &pairs {
        report(&format!("{one} ~ {two}"), 1, || {
            black_box(black_box(one).is_equivalent(black_box(two)));
        });
    }
    let uris = EXAMPLES.map(|text| text.parse::<SipUri>().unwrap());
    report("clone", uris.len(), || {
        for uri in &uris {
            black_box(black_box(uri).clone());
        }
    });
}

fn pair(line: &str) -> (SipUri, SipUri) {
    let mut fields = line.split('\t').skip(1);
    (fields.next().unwrap().parse().unwrap(), fields.next().unwrap().parse().unwrap())
}

fn report(name: &str, count: usize, work: impl Fn()) {
    const REPEATS: usize = 1000;
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        for _ in 0..REPEATS {
            work();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<40} {:7.1} ns", best * 1e9 / (REPEATS * count) as f64);
}
