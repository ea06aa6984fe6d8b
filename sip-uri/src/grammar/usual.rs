//! The usual form of a SIP or SIPS URI (RFC 3261 §25.1), recognised in one pass.

use super::class::{Class, behind};
use super::sip::scheme;
use crate::Mode;

/// Whether `bytes` are `("sip:" / "sips:") [ user "@" ] hostname-or-IPv4address [ ":" port ] [ ";" … ] [ "?" … ]`
/// without escapes and password, which [`Mode::Lenient`] takes; `false` says nothing.
pub(crate) fn is_usual(bytes: &[u8]) -> bool {
    let Ok(start) = scheme(bytes) else { return false };
    let rest = bytes.get(start..).unwrap_or_default();
    let host = match behind(rest, Class::USER, Mode::Strict) {
        // rfc3261#19.1.1 not empty before an @
        [b'@', host @ ..] if host.len() + 1 < rest.len() => host,
        // Behind an at sign that comes later the host would be another one.
        later if later.contains(&b'@') => return false,
        _ => rest,
    };
    is_hostport_and_more(host)
}

fn is_hostport_and_more(bytes: &[u8]) -> bool {
    // A host needs a letter or a digit somewhere; usually it begins with one.
    if !bytes.first().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let mut rest = behind(bytes, Class::HOST, Mode::Strict);
    if let [b':', port @ ..] = rest {
        let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // Four digits always fit a port; of five, those below 60000.
        let fits = matches!((digits, port.first()), (1..=4, _) | (5, Some(b'0'..=b'5')));
        rest = port.get(digits..).filter(|_| fits).unwrap_or(rest);
    }
    if let [b';', ..] = rest {
        rest = behind(rest, Class::PARAMS, Mode::Lenient);
    }
    if let [b'?', ..] = rest {
        rest = behind(rest, Class::URIC, Mode::Lenient);
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SipUriRef;

    /// Every text of up to five of these pieces behind a scheme.
    const PIECES: [&str; 14] =
        ["a", "1", "@", ":", ";", "?", "%", ".", "-", "=", "[", "\u{e9}", "60000", "59999"];

    #[test]
    fn what_is_usual_is_legal() {
        let mut texts = vec!["sip:".to_owned(), "sips:".to_owned()];
        let mut usual = 0;
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| PIECES.map(|piece| format!("{text}{piece}"))).collect();
            for text in texts.iter().filter(|text| is_usual(text.as_bytes())) {
                assert!(SipUriRef::parse(text, Mode::Lenient).is_ok(), "{text}");
                usual += 1;
            }
        }
        assert!(usual > 1_000, "{usual}");
    }

    #[test]
    fn examples() {
        for text in ["sip:alice@atlanta.com:5060;lr?a=b", "sips:1212@gateway.com", "sip:h:5;x=a@b"] {
            assert_eq!(is_usual(text.as_bytes()), !text.ends_with("@b"), "{text}");
        }
        assert!(!is_usual(b"tel:1") && !is_usual(b"sip:@h") && !is_usual(b"sip:h:99999"));
    }
}
