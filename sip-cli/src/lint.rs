//! `sip lint`: what a message does against the rules of the RFCs, and what to do about it.

use crate::excerpt::{excerpt, place};
use crate::exit::Failure;
use crate::input::{self, Input};
use crate::options::Lint;
use crate::output;
use crate::parse::refused;
use serde::Serialize;
use sip_message::{Edition, Finding, Message, Severity, lint_as};
use std::process::ExitCode;

/// Checks each file; 1 if one has an error or is no message, 2 if one cannot be read at all.
pub(crate) fn run(options: &Lint) -> Result<ExitCode, Failure> {
    let edition = if options.rfc2543 { Edition::Rfc2543 } else { Edition::Rfc3261 };
    let mut code = 0;
    for input in input::read(&options.files) {
        let (object, words) = check(&input, edition);
        code = code.max(if input.bytes.is_err() { 2 } else { u8::from(!object.ok) });
        if options.json { output::json(&object)? } else { output::text(&words)? }
    }
    Ok(ExitCode::from(code))
}

/// What is found in an input, as an object and in words.
fn check(input: &Input, edition: Edition) -> (Object, String) {
    let (name, title) = (&input.name, input.title());
    let bytes = match &input.bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            return (Object::refused(name, error.to_string()), format!("{title}: cannot be read: {error}\n"));
        }
    };
    match Message::parse(bytes.clone()) {
        Err(error) => (Object::refused(name, error.to_string()), refused(title, bytes, &error)),
        Ok(message) => {
            let findings = lint_as(&message, edition);
            (Object::checked(name, bytes, &findings), report(title, bytes, &message, &findings))
        }
    }
}

/// The JSON object of a file.
#[derive(Serialize)]
struct Object {
    file: String,
    /// Whether there is no finding of severity error.
    ok: bool,
    findings: Vec<FindingObject>,
    error: Option<String>,
}

#[derive(Serialize)]
struct FindingObject {
    rule: &'static str,
    section: String,
    severity: &'static str,
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    message: String,
    remedy: String,
}

impl Object {
    fn refused(file: &str, error: String) -> Self {
        Self { file: file.to_owned(), ok: false, findings: Vec::new(), error: Some(error) }
    }

    fn checked(file: &str, bytes: &[u8], findings: &[Finding]) -> Self {
        Self {
            file: file.to_owned(),
            ok: findings.iter().all(|finding| finding.severity() != Severity::Error),
            findings: findings.iter().map(|finding| FindingObject::new(bytes, finding)).collect(),
            error: None,
        }
    }
}

impl FindingObject {
    fn new(bytes: &[u8], finding: &Finding) -> Self {
        let span = finding.span();
        let at = place(bytes, span.start);
        Self {
            rule: finding.rule().id(),
            section: finding.section().to_owned(),
            severity: finding.severity().as_str(),
            start: span.start,
            end: span.end,
            line: at.line,
            column: at.column,
            message: finding.message().to_owned(),
            remedy: finding.remedy().to_owned(),
        }
    }
}

/// All findings of a file in words, and how many there are.
fn report(name: &str, bytes: &[u8], message: &Message, findings: &[Finding]) -> String {
    let mut out: String = findings.iter().map(|finding| told(name, bytes, finding)).collect();
    let count = |severity| findings.iter().filter(|finding| finding.severity() == severity).count();
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}{}", if count == 1 { "" } else { "s" }))
        .collect();
    let summary = if counts.is_empty() { "nothing to find fault with".to_owned() } else { counts.join(", ") };
    out.push_str(&format!("{name}: {}: {summary}\n", message.start_line()));
    out
}

/// One finding: what, where, the line, the section and the remedy.
fn told(name: &str, bytes: &[u8], finding: &Finding) -> String {
    let span = finding.span();
    let at = place(bytes, span.start);
    format!(
        "{}: {}\n --> {name}, line {}, column {}\n{}  = {} [{}]\n  = help: {}\n\n",
        finding.severity(),
        finding.message(),
        at.line,
        at.column,
        excerpt(bytes, &span),
        finding.section(),
        finding.rule().id(),
        finding.remedy()
    )
}
