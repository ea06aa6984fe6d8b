//! The messages printed in the other RFCs, kept in one archive for each RFC: those whose header fields this crate
//! types with a snapshot each, all others read without an error (RFC 3261 §7).
//!
//! An entry is `=== NAME LENGTH clean|loose`, a line feed, LENGTH bytes and a line feed. A clean one follows the ABNF
//! and its body is as long as it says, so strict mode has to accept it; in a loose one the RFC elides or misprints.

use crate::describe::describe;
use crate::laws::is_kept;
use insta::{assert_snapshot, glob};
use sip_message::{DeviationKind, Limits, Message, Mode, ParseMessageError};
use std::fmt::Write;
use std::fs;
use std::path::Path;

struct Example {
    name: String,
    clean: bool,
    bytes: Vec<u8>,
}

/// Clean ones that strict mode refuses all the same, since the ABNF of an extension has another value there.
const MISPRINTED: [(&str, DeviationKind, &str); 7] = [
    ("rfc3515/4.1-F1-REFER.sip", DeviationKind::FieldMalformed, "a remark stands where the URI belongs"),
    ("rfc3515/4.1-F3-NOTIFY.sip", DeviationKind::FieldMalformed, "a remark stands where the number belongs"),
    ("rfc3515/4.2-F7-REFER.sip", DeviationKind::FieldMalformed, "a remark stands where the URI belongs"),
    ("rfc3515/4.2-F9-NOTIFY.sip", DeviationKind::FieldMalformed, "a remark stands where the number belongs"),
    ("rfc4579/5.7-F1-REFER.sip", DeviationKind::UriSpace, "the URI is wrapped to fit the page"),
    ("rfc5359/2.4-F5-REFER.sip", DeviationKind::FieldMalformed, "the URI of Referred-By has no scheme"),
    ("rfc5589/7.5-F3-REFER.sip", DeviationKind::FieldMalformed, "markup of the page stands behind the URI"),
];

fn examples(path: &Path) -> Vec<Example> {
    let archive = fs::read(path).unwrap();
    let mut rest = &archive[..];
    let mut list = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        let [_, name, length, kind] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let length: usize = length.parse().unwrap();
        let bytes = rest[end + 1..end + 1 + length].to_vec();
        list.push(Example { name: name.into(), clean: kind == "clean", bytes });
        rest = &rest[end + length + 2..];
    }
    list
}

/// Reads an example; printing what was read keeps what was read.
fn read(example: &Example) -> Message {
    let message = Message::parse_datagram(example.bytes.clone().into(), &Limits::default()).unwrap();
    if let Message::Response(response) = &message {
        is_kept(response);
    }
    let printed = message.to_bytes();
    assert_eq!(Message::parse(printed.clone()).unwrap().to_bytes(), printed, "{}", example.name);
    if example.clean {
        assert_eq!(printed, example.bytes, "{}", example.name);
        let strict = Message::parse_with(printed, Mode::Strict);
        let refused = match strict {
            Ok(_) => None,
            Err(ParseMessageError::Deviates(deviation)) => Some(deviation.kind),
            Err(error) => panic!("{}: {error}", example.name),
        };
        let known = MISPRINTED.iter().find(|(name, ..)| *name == example.name);
        assert_eq!(refused, known.map(|(_, kind, _)| *kind), "{}", example.name);
    }
    message
}

#[test]
fn implemented_rfcs() {
    glob!("../vectors", "examples/rfc*.messages", |path| {
        let mut out = String::new();
        for example in examples(path) {
            let message = read(&example);
            writeln!(out, "=== {}\n{}", example.name, describe(&message)).unwrap();
            for deviation in message.deviations() {
                writeln!(out, "deviation: {deviation}").unwrap();
            }
        }
        assert_snapshot!(out);
    });
}

#[test]
fn all_others_parse() {
    glob!("../vectors", "examples/others.messages", |path| {
        let list = examples(path);
        assert!(list.len() > 1000);
        list.iter().for_each(|example| {
            read(example);
        });
    });
}
