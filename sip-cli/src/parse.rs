//! `sip parse`: what is in a message (RFC 3261 §7), and what deviates from the grammar (§25.1).

use crate::excerpt::{excerpt, place};
use crate::exit::Failure;
use crate::input::{self, Input};
use crate::options::{Mode, Parse};
use crate::output;
use bytes::Bytes;
use serde::Serialize;
use sip_message::{Deviation, Field, Message, ParseMessageError};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Shows each file; 1 if one cannot be read as a message, 2 if one cannot be read at all.
pub(crate) fn run(options: &Parse) -> Result<ExitCode, Failure> {
    let mode = match options.mode {
        Mode::Strict => sip_message::Mode::Strict,
        Mode::Lenient => sip_message::Mode::Lenient,
        Mode::Salvage => sip_message::Mode::Salvage,
    };
    let mut code = 0;
    for input in input::read(&options.files) {
        let (object, words) = show(&input, mode);
        code = code.max(if input.bytes.is_err() { 2 } else { u8::from(!object.ok) });
        if options.json { output::json(&object)? } else { output::text(&words)? }
    }
    Ok(ExitCode::from(code))
}

/// An input as an object and in words.
fn show(input: &Input, mode: sip_message::Mode) -> (Object, String) {
    let (name, title) = (&input.name, input.title());
    let bytes = match &input.bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            return (Object::refused(name, error.to_string()), format!("{title}: cannot be read: {error}\n"));
        }
    };
    match Message::parse_with(bytes.clone(), mode) {
        Ok(message) => (Object::read(name, &message), read(title, bytes, &message)),
        Err(error) => {
            let mut object = Object::refused(name, error.to_string());
            if let ParseMessageError::Deviates(deviation) = &error {
                object.deviations.push(DeviationObject::new(deviation));
            }
            (object, refused(title, bytes, &error))
        }
    }
}

/// The JSON object of a file.
#[derive(Serialize)]
struct Object {
    file: String,
    ok: bool,
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    uri: Option<String>,
    headers: Vec<HeaderObject>,
    body_bytes: usize,
    deviations: Vec<DeviationObject>,
    error: Option<String>,
}

#[derive(Serialize)]
struct HeaderObject {
    name: String,
    raw: String,
    value: Option<String>,
    error: Option<String>,
}

#[derive(Serialize)]
struct DeviationObject {
    name: &'static str,
    section: &'static str,
    start: usize,
    end: usize,
    message: &'static str,
}

impl Object {
    fn refused(file: &str, error: String) -> Self {
        Self {
            file: file.to_owned(),
            ok: false,
            kind: None,
            method: None,
            status: None,
            uri: None,
            headers: Vec::new(),
            body_bytes: 0,
            deviations: Vec::new(),
            error: Some(error),
        }
    }

    fn read(file: &str, message: &Message) -> Self {
        let request = message.as_request();
        let headers = message.headers();
        let raw_lines = headers.raw_lines().map(HeaderObject::no_field);
        Self {
            file: file.to_owned(),
            ok: true,
            kind: Some(if request.is_some() { "request" } else { "response" }),
            method: request.map(|request| request.method().to_string()),
            status: message.as_response().map(|response| response.status().code()),
            uri: request.map(|request| request.request_uri().to_owned()),
            headers: headers.iter().map(|field| HeaderObject::new(&field)).chain(raw_lines).collect(),
            body_bytes: message.body().len(),
            deviations: message.deviations().iter().map(DeviationObject::new).collect(),
            error: None,
        }
    }
}

impl HeaderObject {
    fn new(field: &Field<'_>) -> Self {
        let raw = String::from_utf8_lossy(field.value()).into_owned();
        let (value, error) = match field.values() {
            Some(values) => {
                let error = values.iter().find_map(|value| value.as_ref().err()).map(ToString::to_string);
                let good: Vec<String> = values.into_iter().filter_map(Result::ok).collect();
                let is_read = error.is_none() || !good.is_empty();
                (is_read.then(|| good.join(", ")), error)
            }
            None => match field.text() {
                Ok(text) => (Some(text.into_owned()), None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        Self { name: field.name().to_string(), raw, value, error }
    }

    /// A line that is no header field: it has no name.
    fn no_field(line: &[u8]) -> Self {
        Self {
            name: String::new(),
            raw: String::from_utf8_lossy(line.trim_ascii_end()).into_owned(),
            value: None,
            error: Some("this line is no header field (RFC 3261 §7.3)".to_owned()),
        }
    }
}

impl DeviationObject {
    fn new(deviation: &Deviation) -> Self {
        let Deviation { kind, span } = deviation;
        let message = kind.description();
        Self { name: kind.name(), section: kind.section(), start: span.start, end: span.end, message }
    }
}

/// A message in words.
fn read(name: &str, bytes: &Bytes, message: &Message) -> String {
    let kind = if message.as_request().is_some() { "a request" } else { "a response" };
    let mut out = format!("{name}: {kind}\n  {}\n", message.start_line());
    for header in Object::read(name, message).headers {
        let value = header.value.as_deref().unwrap_or(&header.raw);
        let _ = match header.name.as_str() {
            "" => writeln!(out, "  {}", header.raw),
            name => writeln!(out, "  {name}: {value}"),
        };
        if let Some(error) = header.error {
            let _ = writeln!(out, "    ^ {error}");
        }
    }
    let _ = match message.body().len() {
        0 => writeln!(out, "  no body"),
        1 => writeln!(out, "  a body of 1 byte"),
        length => writeln!(out, "  a body of {length} bytes"),
    };
    let deviations = message.deviations();
    if deviations.is_empty() {
        out.push_str("  as the grammar has it\n");
    }
    for deviation in &deviations {
        out.push('\n');
        out.push_str(&deviating(name, bytes, deviation));
    }
    out.push('\n');
    out
}

/// A deviation in words: what, where, by which section.
fn deviating(name: &str, bytes: &[u8], deviation: &Deviation) -> String {
    let at = place(bytes, deviation.span.start);
    format!(
        "odd: {}\n --> {name}, line {}, column {}\n{}  = {}: {}\n",
        deviation.kind,
        at.line,
        at.column,
        excerpt(bytes, &deviation.span),
        deviation.kind.section(),
        deviation.kind.name()
    )
}

/// Why a file is no message, in words.
pub(crate) fn refused(name: &str, bytes: &[u8], error: &ParseMessageError) -> String {
    let (span, advice) = match error {
        ParseMessageError::Deviates(deviation) => {
            let advice = format!(
                "strict mode forgives nothing; --mode lenient reads on ({})",
                deviation.kind.section()
            );
            (Some(deviation.span.clone()), advice)
        }
        ParseMessageError::StartLine { offset, .. } => {
            let advice =
                "a message begins with `METHOD URI SIP/2.0` or `SIP/2.0 CODE REASON` (RFC 3261 §7.1, §7.2)";
            (Some(*offset..*offset), advice.to_owned())
        }
        ParseMessageError::LineTooLong { offset, .. } => {
            (Some(*offset..*offset), "shorten the line".to_owned())
        }
        ParseMessageError::Truncated { offset } => {
            let advice = "the rest is missing; --mode salvage reads what there is (RFC 3261 §7)".to_owned();
            (Some(*offset..*offset), advice)
        }
        ParseMessageError::Empty => {
            (None, "there is nothing but line ends: a keep-alive (RFC 5626 §4.4.1)".to_owned())
        }
        _ => (None, "send less; a limit protects the receiver".to_owned()),
    };
    let shown = span.map_or_else(String::new, |span| {
        let at = place(bytes, span.start);
        format!(" --> {name}, line {}, column {}\n{}", at.line, at.column, excerpt(bytes, &span))
    });
    format!("{name}: no SIP message: {error}\n{shown}  = help: {advice}\n\n")
}
