//! What deviates from the grammar of RFC 3261 §25.1, as findings: one rule for each kind of deviation, with its name.

use super::findings::Findings;
use super::subject::Subject;
use super::{Finding, Rule};
use crate::{Deviation, DeviationKind, HeaderError};
use std::ops::Range;

/// One rule for each [`DeviationKind`], in its order.
pub(super) static TABLE: [Rule; DeviationKind::ALL.len()] = table();

/// Nothing beside [`TABLE`].
pub(super) static RULES: &[&Rule] = &[];

/// What RFC 2543 has (§6.13, §6.20).
const LEGAL_BEFORE: [DeviationKind; 2] = [DeviationKind::Comment, DeviationKind::DateForSeconds];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for deviation in subject.message.deviations() {
        if !subject.is_rfc3261() && LEGAL_BEFORE.contains(&deviation.kind) {
            continue;
        }
        let position = DeviationKind::ALL.iter().position(|kind| *kind == deviation.kind);
        if let Some(rule) = position.and_then(|position| TABLE.get(position)) {
            findings.push(match fault(subject, &deviation) {
                Some((error, span)) => malformed(Finding::new(rule, span), &error),
                None => Finding::new(rule, deviation.span),
            });
        }
    }
}

/// Why the value of a malformed field cannot be read, and the bytes from where it cannot.
fn fault(subject: &Subject<'_>, deviation: &Deviation) -> Option<(HeaderError, Range<usize>)> {
    if deviation.kind != DeviationKind::FieldMalformed {
        return None;
    }
    let field = subject
        .message
        .headers()
        .iter()
        .find(|field| subject.field_span(field).contains(&deviation.span.start))?;
    let error = field.values()?.into_iter().find_map(Result::err)?;
    let HeaderError::Malformed { offset, .. } = &error else {
        return Some((error, deviation.span.clone()));
    };
    let start = subject.span(field.value()).start + offset;
    let span =
        if deviation.span.contains(&start) { start..deviation.span.end } else { deviation.span.clone() };
    Some((error, span))
}

/// The finding with what was expected where the value cannot be read any further.
fn malformed(finding: Finding, error: &HeaderError) -> Finding {
    let HeaderError::Malformed { name, rule, .. } = error else { return finding.saying(error.to_string()) };
    finding.saying(format!("{name} cannot be read from here on")).remedied_by(format!(
        "the grammar wants {} here; until then receivers pass the field over",
        told(rule)
    ))
}

/// A rule of the grammar in words.
fn told(rule: &str) -> String {
    let words = match rule {
        "token" => "a token, which is letters, digits and - . ! % * _ + ` ' ~",
        "1*DIGIT" => "digits",
        "number in range" => "a smaller number",
        "addr-spec" => "a URI, such as sip:alice@atlanta.example,",
        "closing quote" => "a closing double quote",
        "closing parenthesis" => "a closing parenthesis",
        "end of the value" => "the end of the value or a separator",
        "host" => "a host name or an address",
        "LWS" => "a space",
        "value" => "a value",
        "" => "something else",
        "<" | ">" | ";" | ":" | "=" | "/" | "," => return format!("`{rule}`"),
        rule => return format!("what RFC 3261 §25.1 or the extension calls {rule}"),
    };
    words.to_owned()
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn table() -> [Rule; DeviationKind::ALL.len()] {
    let mut rules = [rule_for(DeviationKind::NotAField); DeviationKind::ALL.len()];
    let mut index = 0;
    while index < rules.len() {
        rules[index] = rule_for(DeviationKind::ALL[index]);
        index += 1;
    }
    rules
}

const fn rule_for(kind: DeviationKind) -> Rule {
    Rule::error(kind.id(), kind.section(), kind.description(), remedy(kind))
}

/// What a sender does about it.
const fn remedy(kind: DeviationKind) -> &'static str {
    use DeviationKind as Kind;
    match kind {
        Kind::LineEndNotCrlf => "end every line with CR LF",
        Kind::EmptyLineMissing => "end the header section with an empty line",
        Kind::Truncated => "send the whole message",
        Kind::StartLineSpace => "put exactly one space between the parts of the start line",
        Kind::StartLineNotUtf8 => "write the start line in UTF-8",
        Kind::VersionMissing | Kind::VersionUnknown => "write SIP/2.0",
        Kind::RequestUriSpace | Kind::UriSpace => "remove the white space from the URI, or escape it as %20",
        Kind::RequestUriBrackets => "write the Request-URI without < and >",
        Kind::RequestUriHeaders => "move what stands behind ? into header fields of the request",
        Kind::RequestUriMalformed => "write a URI, with everything escaped that its grammar does not allow",
        Kind::ReasonSpaceMissing => "put a space behind the status code, even before an empty reason",
        Kind::ReasonCharacters => "escape what is to be escaped as % and two hexadecimal digits",
        Kind::BytesBehindBody
        | Kind::ContentLengthTooLarge
        | Kind::ContentLengthTooSmall
        | Kind::ContentLengthMalformed => "write the number of bytes in the body into Content-Length",
        Kind::ContentLengthRepeated | Kind::ContentLengthConflict => "keep one Content-Length, the right one",
        Kind::NotAField => {
            "write a name, a colon and a value, or begin the line with a space to continue the one before"
        }
        Kind::NotUtf8 => "write the value in UTF-8",
        Kind::ControlCharacter => "remove the control character",
        Kind::FieldRepeated => "keep one of the fields",
        Kind::FieldMalformed => "write the value as the grammar of the field wants it",
        Kind::FieldEmpty => "write a value, or leave the field out",
        Kind::ParamValue => "write a value that the parameter allows",
        Kind::Comment => "leave the comment out",
        Kind::DateForSeconds => "write how many seconds there are until then",
        Kind::ElementEmpty => "remove the comma that nothing stands at",
        Kind::DisplayNameNotToken => {
            "put the display name between double quotes, those inside behind a backslash"
        }
        Kind::AddressWithoutBrackets => "put the URI between < and >",
        Kind::UriHashInUser => "write %23 for #",
        Kind::UriUser => "escape what the user part does not allow as % and two hexadecimal digits",
        Kind::UriPassword => "escape what the password does not allow, or better leave the password out",
        Kind::UriHost => "write a domain name, an IPv4 address, or an IPv6 address between [ and ]",
        Kind::UriPort => "write a port behind the colon, or remove the colon",
        Kind::UriParam => "write each parameter once, with a name, and escape what it does not allow",
        Kind::UriHeader => "write name=value, and escape what it does not allow",
        Kind::UriOther => "escape what the URI does not allow as % and two hexadecimal digits",
        Kind::ParamEmpty => "remove the semicolon that no parameter follows",
        Kind::ParamValueEmpty => "write a value behind the equals sign, or remove the sign",
        Kind::ParamCharacters => "put the value between double quotes",
        Kind::ReceivedBrackets => "write the address without brackets",
        Kind::Separator => {
            "write what the grammar wants: commas between the parameters of Digest, semicolons in Privacy"
        }
        Kind::Product => "write name/version pairs with a space between, and anything else in parentheses",
        Kind::CallIdCharacters => "write a word, and perhaps @ and another word",
        Kind::AuthParamQuoting => {
            "quote realm, nonce, opaque, uri, username, response and cnonce, and nothing else"
        }
    }
}
