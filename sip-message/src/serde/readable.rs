//! A message as a record of its parts (RFC 3261 §7.1 to §7.4).

use super::parse;
use crate::{HeaderName, InvalidValue, Message, Method, StatusCode, Token};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why a record is no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("a message has method and uri, or status and reason")]
    NoStartLine,
    #[error("status {0} is not in 100 to 699")]
    Status(u16),
    #[error("in {part}: {error}")]
    Value { part: &'static str, error: InvalidValue },
    #[error(transparent)]
    Message(#[from] crate::ParseMessageError),
}

/// The parts of a message.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Readable<'a> {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    method: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    uri: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<Cow<'a, str>>,
    headers: Vec<ReadableField<'a>>,
    body: Content<'a>,
    /// The whole message, where the parts do not say all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    wire: Option<Content<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadableField<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// Bytes, as text where they are text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
}

impl<'a> Content<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes)
            .map_or_else(|_| Self::Bytes(bytes.to_vec()), |text| Self::Text(Cow::Borrowed(text)))
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl<'a> Readable<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let request = message.as_request();
        let response = message.as_response();
        let fields = message.headers().iter().map(|field| ReadableField {
            name: Cow::Borrowed(field.name_text()),
            value: String::from_utf8_lossy(field.value()),
        });
        let mut readable = Self {
            method: request.map(|request| Cow::Borrowed(request.method().as_str())),
            uri: request.map(|request| Cow::Borrowed(request.request_uri())),
            status: response.map(|response| response.status().code()),
            reason: response.map(|response| Cow::Borrowed(response.reason())),
            headers: fields.collect(),
            body: Content::of(message.body()),
            wire: None,
        };
        let wire = message.to_bytes();
        if readable.assembled().is_ok_and(|bytes| bytes == wire) {
            return readable;
        }
        readable.wire = Some(match std::str::from_utf8(&wire) {
            Ok(text) => Content::Text(Cow::Owned(text.to_owned())),
            Err(_) => Content::Bytes(wire.to_vec()),
        });
        readable
    }

    pub(super) fn message(&self) -> Result<Message, Unreadable> {
        let bytes = match &self.wire {
            Some(wire) => wire.as_bytes().to_vec(),
            None => self.assembled()?,
        };
        Ok(parse(bytes)?)
    }

    /// The message that the parts make up; no part can hold a line end.
    fn assembled(&self) -> Result<Vec<u8>, Unreadable> {
        let mut out = self.start_line()?;
        for field in &self.headers {
            let name: Token = checked("headers", field.name.parse())?;
            checked("headers", InvalidValue::check_line(&field.value))?;
            let is_length = HeaderName::from_bytes(name.as_str().as_bytes()) == Ok(HeaderName::ContentLength);
            // A body that was changed by hand is not cut by the old length.
            let length = self.body.as_bytes().len().to_string();
            let value = if is_length { length.as_str() } else { &field.value };
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        Ok([out.as_bytes(), self.body.as_bytes()].concat())
    }

    fn start_line(&self) -> Result<String, Unreadable> {
        match (&self.method, &self.uri, self.status) {
            (Some(method), Some(uri), None) => {
                let method: Method = checked("method", method.parse())?;
                checked("uri", InvalidValue::check_line(uri))?;
                Ok(format!("{method} {uri} SIP/2.0\r\n"))
            }
            (None, None, Some(code)) => {
                let status = StatusCode::new(code).ok_or(Unreadable::Status(code))?;
                let reason = self.reason.as_deref().unwrap_or(status.default_reason());
                checked("reason", InvalidValue::check_line(reason))?;
                Ok(format!("SIP/2.0 {code} {reason}\r\n"))
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => Err(Unreadable::NoStartLine),
        }
    }
}

fn checked<T>(part: &'static str, outcome: Result<T, InvalidValue>) -> Result<T, Unreadable> {
    outcome.map_err(|error| Unreadable::Value { part, error })
}
