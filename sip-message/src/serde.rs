//! The optional feature `serde`: messages as records that people can read, deviations and findings (RFC 3261 §7).
//!
//! A request is `method`, `uri`, `headers` (each `name` and `value`) and `body`, a response `status`, `reason`, `headers`
//! and `body`. Where these would not print the same bytes, as with folds and odd white space, `wire` has the whole
//! message as well, and wins when it is read. Formats that nobody reads hold the bytes of the message.

mod deviation;
mod finding;
mod readable;

use crate::{Message, Mode, ParseMessageError, ParseOptions, Request, Response};
use bytes::Bytes;
use readable::Readable;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Readable::of(self).serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.to_bytes())
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Readable::deserialize(deserializer)?.message().map_err(D::Error::custom)
        } else {
            deserializer.deserialize_byte_buf(WireVisitor)
        }
    }
}

macro_rules! half {
    ($type:ident, $as_type:ident, $expected:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Message::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let message = Message::deserialize(deserializer)?;
                message.$as_type().cloned().ok_or_else(|| D::Error::custom($expected))
            }
        }
    };
}

half!(Request, as_request, "a request expected, this is a response");
half!(Response, as_response, "a response expected, this is a request");

/// The bytes of a message.
struct WireVisitor;

impl Visitor<'_> for WireVisitor {
    type Value = Message;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of a SIP message")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Message, E> {
        parse(bytes.to_vec()).map_err(E::custom)
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Message, E> {
        parse(bytes).map_err(E::custom)
    }
}

/// Reads bytes that were a message once, whatever mode and limits that was read with.
fn parse(bytes: Vec<u8>) -> Result<Message, ParseMessageError> {
    let mut options = ParseOptions::from(Mode::Salvage);
    options.limits.message = usize::MAX;
    options.limits.header_fields = usize::MAX;
    options.limits.line = usize::MAX;
    Message::parse_with(Bytes::from(bytes), options)
}
