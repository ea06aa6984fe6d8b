//! A message as a snapshot shows it: every field with a type (RFC 3261 §20) decoded and encoded again.

use sip_message::{
    BodyPart, Header, HeaderError, HeaderName, Headers, Limits, Message, MultipartError, SipFrag,
};
use std::fmt::Write;

/// Start line, typed fields in the order of their first occurrence, body.
pub(crate) fn describe(message: &Message) -> String {
    let mut out = format!("{}\n", message.start_line());
    if let Message::Request(request) = message {
        match request.uri() {
            Ok(uri) => writeln!(out, "  scheme: {}", uri.scheme()).unwrap(),
            Err(error) => writeln!(out, "  ! {error}").unwrap(),
        }
    }
    let mut seen = Vec::new();
    for field in message.headers().iter() {
        let name = field.name();
        if !seen.contains(&name) {
            describe_field(message.headers(), &name, &mut out);
            seen.push(name);
        }
    }
    for line in message.headers().raw_lines() {
        writeln!(out, "no field: {:?}", String::from_utf8_lossy(line)).unwrap();
    }
    writeln!(out, "body: {} bytes{}", message.body().len(), length_remark(message)).unwrap();
    if let Some(body) = BodyPart::received(message.headers(), message.body()) {
        describe_parts(&body, 1, &mut out);
        if body.content_type().media_type.eq_ignore_ascii_case("multipart") {
            let found = body.session_description(&Limits::default());
            writeln!(out, "session description: {}", if found.is_some() { "found" } else { "none" }).unwrap();
        }
    }
    out
}

/// The parts of a `multipart` body, and the status in a fragment of a message.
fn describe_parts(part: &BodyPart, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    if part.content_type().is("message", "sipfrag") {
        let status = SipFrag::parse(part.bytes().clone()).map(|fragment| fragment.status());
        writeln!(out, "{indent}fragment: {status:?}").unwrap();
    }
    match part.multipart(&Limits::default()) {
        Ok(multipart) => {
            for part in multipart.parts() {
                let (is, length) = (part.content_type().encoded(), part.bytes().len());
                let used = part.disposition().encoded();
                writeln!(out, "{indent}part: {}, {length} bytes, {used}", visible(&is)).unwrap();
                describe_parts(part, depth + 1, out);
            }
        }
        Err(MultipartError::NotMultipart) => {}
        Err(error) => writeln!(out, "{indent}! {error}").unwrap(),
    }
}

/// Whether the message says how long its body is.
pub(crate) fn says_its_length(message: &Message) -> bool {
    let mut lengths = message.headers().list::<sip_message::ContentLength>().peekable();
    lengths.peek().is_some()
        && lengths.all(|length| length.is_ok_and(|length| length.0 as usize == message.body().len()))
}

/// The RFCs elide bodies and leave Content-Length out or "..."; printing adds or corrects it.
fn length_remark(message: &Message) -> &'static str {
    match (message.headers().contains(&HeaderName::ContentLength), says_its_length(message)) {
        (false, _) => " (no Content-Length, printing adds it)",
        (true, false) => " (wrong Content-Length, printing corrects it)",
        (true, true) => "",
    }
}

/// Shows the field by its type, where it has one.
macro_rules! show_by_type {
    ($headers:expr, $name:expr, $out:expr, [$($header:ident),+ $(,)?]) => {
        match $name {
            $(HeaderName::$header => typed::<sip_message::$header>($headers, $out),)+
            _ => untyped($headers, $name, $out),
        }
    };
}

#[rustfmt::skip]
fn describe_field(headers: &Headers, name: &HeaderName, out: &mut String) {
    show_by_type!(headers, name, out, [
        Accept, Allow, AllowEvents, AuthenticationInfo, Authorization, CSeq, CallId, Contact, ContentLength, ContentType,
        ErrorInfo, Expires, From, MaxForwards, MinExpires, Path, ProxyAuthenticate, ProxyAuthorization, ProxyRequire,
        Reason, RecordRoute, Require, RetryAfter, Route, Server, ServiceRoute, Subject, Supported, To, Unsupported,
        UserAgent, Via, Warning, WwwAuthenticate,
    ]);
}

fn typed<H: Header>(headers: &Headers, out: &mut String) {
    if let Err(error @ HeaderError::Repeated { .. }) = headers.typed::<H>() {
        writeln!(out, "! {error}").unwrap();
    }
    for value in headers.list::<H>() {
        match value {
            Ok(value) => writeln!(out, "{}: {}", H::NAME, visible(&again(&value))).unwrap(),
            Err(error) => writeln!(out, "! {error}").unwrap(),
        }
    }
}

/// The value on the wire, after checking that it is read back as what it is.
fn again<H: Header>(value: &H) -> String {
    let text = value.encoded();
    assert_eq!(H::decode(&text).unwrap().encoded(), text);
    text
}

/// The fields without a type in the list above, by the table of all types.
fn untyped(headers: &Headers, name: &HeaderName, out: &mut String) {
    for field in headers.iter().filter(|field| field.name() == *name) {
        for value in field.values().into_iter().flatten() {
            match value {
                Ok(value) => writeln!(out, "{name}: {}", visible(&again_by_name(name, value))).unwrap(),
                Err(error) => writeln!(out, "! {error}").unwrap(),
            }
        }
        match field.text() {
            Ok(_) if field.values().is_some() => {}
            Ok(text) => writeln!(out, "{name} (untyped): {}", visible(&text)).unwrap(),
            Err(error) => writeln!(out, "! {error}").unwrap(),
        }
    }
}

/// The value on the wire, after checking that it is read back as what it is.
fn again_by_name(name: &HeaderName, value: String) -> String {
    let mut headers = Headers::new();
    headers.push_text(name, &value).unwrap();
    let again = headers.iter().next().and_then(|field| field.values()).unwrap();
    assert_eq!(again, [Ok(value.clone())]);
    value
}

fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() })
        .collect()
}
