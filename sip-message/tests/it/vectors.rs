//! The messages printed in RFCs: what is made of each, and that printing gives the same bytes (RFC 3261 §7.3.1).

use crate::describe::{describe, says_its_length};
use crate::laws::is_kept;
use bytes::Bytes;
use insta::{assert_snapshot, glob};
use sip_message::{HeaderName, Limits, Message};
use std::path::Path;

/// One snapshot for each message of a folder; all of them are read.
macro_rules! examples {
    ($($name:ident = $pattern:literal,)+) => {
        $(#[test]
        fn $name() {
            glob!("../vectors", $pattern, |path| assert_snapshot!(describe(&round_trip(path).unwrap())));
        })+
    };
}

examples! {
    rfc3261 = "rfc3261/*.sip",
    rfc3327 = "rfc3327/*.sip",
    rfc3428 = "rfc3428/*.sip",
    rfc3608 = "rfc3608/*.sip",
    rfc3665 = "rfc3665/*.sip",
    rfc7118 = "rfc7118/*.sip",
}

#[test]
fn rfc4475() {
    glob!("../vectors", "rfc4475/*.dat", |path| assert_snapshot!(torture(path)));
}

#[test]
fn rfc5118() {
    glob!("../vectors", "rfc5118/*.dat", |path| assert_snapshot!(torture(path)));
}

/// What is made of a message that may be refused.
fn torture(path: &Path) -> String {
    match round_trip(path) {
        Ok(message) => describe(&message),
        Err(error) => format!("refused: {error}\n"),
    }
}

/// Reads the file and checks that printing keeps every byte but those of a Content-Length that is absent or wrong.
fn round_trip(path: &Path) -> Result<Message, sip_message::ParseMessageError> {
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let mut message = Message::parse_datagram(bytes.clone(), &Limits::default())?;
    if let Message::Response(response) = &message {
        is_kept(response);
    }
    let printed = message.to_bytes();
    let mut again = Message::parse(printed.clone()).unwrap();
    assert_eq!(again.to_bytes(), printed);
    if says_its_length(&message) {
        assert!(bytes.starts_with(&printed));
        return Ok(message);
    }
    let original = message.clone();
    assert!(says_its_length(&again));
    for message in [&mut message, &mut again] {
        message.headers_mut().remove(&HeaderName::ContentLength);
    }
    assert_eq!(message, again);
    Ok(original)
}
