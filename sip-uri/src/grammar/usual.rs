//! The usual form of a SIP or SIPS URI (RFC 3261 §25.1), taken apart in one pass.

use super::class::{Class, behind};
use super::sip::scheme;
use crate::Mode;
use crate::layout::Layout;

/// Takes apart `("sip:" / "sips:") [ user "@" ] hostname-or-IPv4address [ ":" port ] [ ";" … ]` without escapes in the
/// user and without password, as [`Mode::Lenient`] does. Returns what follows it as well; if that is nothing, or
/// something that no URI holds, the URI is whole. `None` says nothing.
#[inline(always)]
pub(crate) fn sip_uri(bytes: &[u8]) -> Option<(Layout, &[u8])> {
    let length = u32::try_from(bytes.len()).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a part is not longer than the whole")]
    let start_of = |rest: &[u8]| length - rest.len() as u32;
    let rest = behind_scheme(bytes)?;
    let user = start_of(rest);
    let (user_end, rest) = match behind_user(rest) {
        // rfc3261#19.1.1 not empty before an @
        at_sign @ [b'@', host @ ..] if at_sign.len() < rest.len() => (start_of(at_sign), host),
        _ => (user, rest),
    };
    let (port, behind_host, behind_port) = hostport(rest)?;
    // Behind an at sign that comes later the host would be another one: the class has none.
    let following = match behind_port {
        [b';', ..] => behind(behind_port, Class::USUAL_PARAMS, Mode::Lenient),
        _ => behind_port,
    };
    let (host, host_end) = (start_of(rest), start_of(behind_host));
    let (params, headers) = (start_of(behind_port), start_of(following));
    Some((Layout { user, user_end, host, host_end, params, headers, port }, following))
}

/// What stands behind a user that does not look like a host with parameters, if there is a user.
fn behind_user(bytes: &[u8]) -> &[u8] {
    match behind(bytes, Class::HOST, Mode::Strict) {
        rest @ ([] | [b'@' | b':' | b';' | b'>', ..]) => rest,
        rest => behind(rest, Class::USER, Mode::Strict),
    }
}

/// What stands behind `"sip:" / "sips:"`.
fn behind_scheme(bytes: &[u8]) -> Option<&[u8]> {
    if let [b's', b'i', b'p', b':', rest @ ..] = bytes {
        return Some(rest);
    }
    bytes.get(scheme(bytes).ok()?..)
}

/// The port of `hostname-or-IPv4address [ ":" port ]`, what follows the host and what follows the port.
#[inline(always)]
pub(crate) fn hostport(bytes: &[u8]) -> Option<(Option<u16>, &[u8], &[u8])> {
    // A host needs a letter or a digit somewhere; usually it begins with one.
    bytes.first().filter(|first| first.is_ascii_alphanumeric())?;
    let behind_host = behind(bytes, Class::HOST, Mode::Strict);
    let [b':', digits @ ..] = behind_host else { return Some((None, behind_host, behind_host)) };
    let (mut port, mut rest) = (0_u16, digits);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        port = port.checked_mul(10)?.checked_add(u16::from(digit - b'0'))?;
        rest = tail;
    }
    (rest.len() < digits.len()).then_some((Some(port), behind_host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar;

    /// Every text of up to five of these pieces behind a scheme.
    const PIECES: [&str; 14] =
        ["a", "1", "@", ":", ";", "?", "%", ".", "-", "=", "[", "\u{e9}", "65536", "65535"];

    #[test]
    fn the_usual_form_is_what_the_grammar_makes_of_it() {
        let mut texts = vec!["sip:".to_owned(), "sips:".to_owned()];
        let mut usual = 0;
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| PIECES.map(|piece| format!("{text}{piece}"))).collect();
            for text in &texts {
                if let Some((layout, [])) = sip_uri(text.as_bytes()) {
                    let (expected, _) = grammar::sip::sip_uri(text, Mode::Lenient).unwrap();
                    assert_eq!(layout, expected, "{text}");
                    usual += 1;
                }
            }
        }
        assert!(usual > 1_000, "{usual}");
    }

    #[test]
    fn examples() {
        for (text, following) in [
            ("sip:alice@atlanta.com:5060;lr", ""),
            ("sips:1212@gateway.com>;tag=1", ">;tag=1"),
            ("sip:h:5;x=a@b", "@b"),
            ("sip:h?a=b", "?a=b"),
            ("sip:a:5@h", "@h"),
        ] {
            assert_eq!(sip_uri(text.as_bytes()).map(|(_, rest)| rest), Some(following.as_bytes()), "{text}");
        }
        for text in ["tel:1", "sip:@h", "sip:h:99999", "sip:[::1]", "sip:"] {
            assert_eq!(sip_uri(text.as_bytes()), None, "{text}");
        }
    }
}
