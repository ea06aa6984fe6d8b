//! The feature `serde`: URIs are strings.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use sip_uri::{Host, Uri};

#[test]
fn uris_are_read_from_strings() {
    let text: StrDeserializer<'_, Error> = "sip:a%20b@h;;lr".into_deserializer();
    assert_eq!(Uri::deserialize(text).unwrap().to_string(), "sip:a%20b@h;;lr");
    let text: StrDeserializer<'_, Error> = "[::1]".into_deserializer();
    assert_eq!(Host::deserialize(text).unwrap().to_string(), "[::1]");
}

#[test]
fn errors_say_what_is_wrong() {
    let text: StrDeserializer<'_, Error> = "sip:a b@h".into_deserializer();
    assert!(Uri::deserialize(text).unwrap_err().to_string().contains("byte 5"));
}
