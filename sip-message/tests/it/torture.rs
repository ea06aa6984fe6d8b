//! RFC 4475 and RFC 5118, every message with the outcome that its RFC asks for, by the table `vectors/torture.tsv`:
//! what strict mode refuses, what lenient mode reads under which deviations, and the status that is owed.
//!
//! `owed` is `-` where a request is served or a response used, `drop` where nothing can be answered. The server that
//! owes it knows the methods of our table, no extension, and the body types of `BODY_TYPES`.

use sip_message::{
    Accept, Authorization, CSeq, CallId, Contact, ContentLength, ContentType, DeviationKind, From, Header,
    Message, Method, Mode, ParseMessageError, Request, Require, Response, StatusCode, To, Via,
};
use sip_uri::Uri;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Types that the server of the table takes in a request.
const BODY_TYPES: &[&str] = &["application/sdp", "text/plain", "multipart/mixed"];

struct Row {
    file: String,
    strict: String,
    lenient: String,
    owed: String,
}

#[test]
fn every_message_has_its_outcome() {
    let rows = rows();
    for row in &rows {
        let bytes = fs::read(folder().join(&row.file)).unwrap();
        assert_eq!(strict(&bytes), row.strict, "strict: {}", row.file);
        assert_eq!(lenient(&bytes), row.lenient, "lenient: {}", row.file);
        assert_eq!(owed_for(&bytes), row.owed, "owed: {}", row.file);
    }
}

#[test]
fn the_table_has_every_file_and_a_reason_for_each() {
    let listed: BTreeSet<_> = rows().into_iter().map(|row| row.file).collect();
    let mut there = BTreeSet::new();
    for name in ["rfc4475", "rfc5118"] {
        for entry in fs::read_dir(folder().join(name)).unwrap() {
            there.insert(format!("{name}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    assert_eq!(listed, there);
    assert_eq!(
        there.iter().filter(|file| file.starts_with("rfc4475") && !file.contains("test.dat")).count(),
        49
    );
    assert_eq!(there.iter().filter(|file| file.starts_with("rfc5118")).count(), 12);
}

#[test]
fn salvage_reads_what_the_others_refuse() {
    let read = |file: &str| Message::parse_with(fs::read(folder().join(file)).unwrap().into(), Mode::Salvage);
    let message = read("rfc4475/test.dat").unwrap();
    let kinds: Vec<_> = message.deviations().into_iter().map(|deviation| deviation.kind).collect();
    assert!(kinds.contains(&DeviationKind::VersionMissing) && kinds.contains(&DeviationKind::NotAField));
    assert!(matches!(read("rfc4475/bigcode.dat"), Err(ParseMessageError::StartLine { .. })));
}

fn strict(bytes: &[u8]) -> String {
    match Message::parse_with(bytes.to_vec().into(), Mode::Strict) {
        Ok(_) => "ok".into(),
        Err(ParseMessageError::Deviates(deviation)) => deviation.kind.name().into(),
        Err(_) => "refused".into(),
    }
}

fn lenient(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(bytes.to_vec().into()) else { return "refused".into() };
    let kinds: Vec<_> = message.deviations().iter().map(|deviation| deviation.kind.name()).collect();
    if kinds.is_empty() { "ok".into() } else { kinds.join(",") }
}

fn owed_for(bytes: &[u8]) -> String {
    let owed = match Message::parse(bytes.to_vec().into()) {
        Ok(Message::Request(request)) => owed(&request),
        Ok(Message::Response(response)) => return if is_ours(&response) { "-" } else { "drop" }.into(),
        Err(_) if bytes.starts_with(b"SIP/") => return "drop".into(),
        Err(error) => Some(error.status()),
    };
    owed.map_or("-".into(), |status| status.code().to_string())
}

/// Whether a response can be matched to a request of a user agent, which is the last that a Via names.
fn is_ours(response: &Response) -> bool {
    // rfc3261#8.1.3.3 a response with more than one Via is for somebody else
    let vias: Vec<_> = response.headers().list::<Via>().collect();
    response.headers().required::<CSeq>().is_ok() && matches!(vias[..], [Ok(_)])
}

/// The status that a request is refused with, in the order of RFC 3261 §8.2.
fn owed(request: &Request) -> Option<StatusCode> {
    if request.version() != "SIP/2.0" {
        return Some(StatusCode::VERSION_NOT_SUPPORTED);
    }
    if !is_readable(request) {
        return Some(StatusCode::BAD_REQUEST);
    }
    if matches!(request.method(), Method::Other(_)) {
        return Some(StatusCode::NOT_IMPLEMENTED);
    }
    if &request.headers().required::<CSeq>().unwrap().method != request.method() {
        return Some(StatusCode::BAD_REQUEST);
    }
    match request.uri() {
        Err(_) => return Some(StatusCode::BAD_REQUEST),
        Ok(Uri::Tel(_) | Uri::Other(_)) => return Some(StatusCode::UNSUPPORTED_URI_SCHEME),
        Ok(Uri::Sip(_)) => {}
    }
    if request.headers().list::<Require>().next().is_some() {
        return Some(StatusCode::BAD_EXTENSION);
    }
    if request.method() == &Method::Register { owed_by_registrar(request) } else { owed_for_content(request) }
}

fn owed_by_registrar(request: &Request) -> Option<StatusCode> {
    let To(to) = request.headers().required().unwrap();
    if !matches!(to.uri, Uri::Sip(_)) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let mut credentials = request.headers().list::<Authorization>().peekable();
    let unknown = credentials.peek().is_some()
        && credentials.all(|value| value.is_ok_and(|value| !value.0.scheme.eq_ignore_ascii_case("Digest")));
    unknown.then_some(StatusCode::UNAUTHORIZED)
}

fn owed_for_content(request: &Request) -> Option<StatusCode> {
    if let Ok(Some(content_type)) = request.headers().typed::<ContentType>() {
        let name = format!("{}/{}", content_type.media_type, content_type.subtype);
        if !BODY_TYPES.contains(&name.to_ascii_lowercase().as_str()) {
            return Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
    }
    let accepted: Vec<Accept> = request.headers().list().map(Result::unwrap).collect();
    let takes_sdp =
        |accept: &Accept| ["application/sdp", "*/*"].contains(&accept.encoded().split(';').next().unwrap());
    (!accepted.is_empty() && !accepted.iter().any(takes_sdp)).then_some(StatusCode::NOT_ACCEPTABLE)
}

/// Whether every field that a server needs is there once and can be read.
fn is_readable(request: &Request) -> bool {
    let headers = request.headers();
    let length_is_right = |length: &ContentLength| length.0 as usize == request.body().len();
    headers.required::<From>().is_ok()
        && headers.required::<To>().is_ok()
        && headers.required::<CallId>().is_ok()
        && headers.required::<CSeq>().is_ok()
        && headers.required::<Via>().is_ok()
        && headers.list::<Via>().all(|via| via.is_ok())
        && headers.list::<Contact>().all(|contact| contact.is_ok())
        && headers.typed::<ContentLength>().is_ok_and(|length| length.as_ref().is_none_or(length_is_right))
}

fn rows() -> Vec<Row> {
    let table = include_str!("../vectors/torture.tsv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        let [file, _, strict, lenient, owed, reason] = cells[..] else { panic!("six cells: {line}") };
        assert!(!reason.is_empty(), "{file} has no reason");
        Row { file: file.into(), strict: strict.into(), lenient: lenient.into(), owed: owed.into() }
    });
    rows.collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}
