//! Content-ID: the name by which others refer to a body (RFC 8262 §3, RFC 2392 §2).

use crate::grammar::{Parsed, decode, rule};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::bytes::complete::{tag, take_while1};
use nom::sequence::delimited;

/// The identifier, without the brackets around it (RFC 8262 §3, RFC 2392 §2).
///
/// ```
/// # use sip_message::{ContentId, Header};
/// let id = ContentId::decode("<target123@atlanta.example.com>")?;
/// assert!(id.is_named_by("cid:target123@atlanta.example.com"));
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentId(pub String);

impl ContentId {
    /// Whether a `cid:` URL names this identifier, escapes undone (RFC 2392 §2).
    #[must_use]
    pub fn is_named_by(&self, url: &str) -> bool {
        let Some((scheme, name)) = url.split_once(':') else { return false };
        scheme.eq_ignore_ascii_case("cid") && unescaped(name).eq(self.0.bytes())
    }
}

impl Header for ContentId {
    const NAME: HeaderName = HeaderName::ContentId;

    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, msg_id).map(|text| Self(text.to_owned()))
    }

    fn encode(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.0);
        out.push('>');
    }
}

/// `msg-id = "<" id-left "@" id-right ">"`; one without `@` is met and taken.
fn msg_id(input: &str) -> Parsed<'_, &str> {
    let id = take_while1(|character: char| !character.is_whitespace() && !matches!(character, '<' | '>'));
    rule("msg-id", delimited(tag("<"), id, tag(">"))).parse(input)
}

/// The bytes of a URL with `%xx` undone.
fn unescaped(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || match rest {
        [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            rest = tail;
            Some(hex_digit(*high) << 4 | hex_digit(*low))
        }
        [first, tail @ ..] => {
            rest = tail;
            Some(*first)
        }
        [] => None,
    })
}

/// The value of a hexadecimal digit.
const fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a' - 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn identifiers_stand_in_brackets() {
        assert_eq!(round_trip::<ContentId>("<alice@atlanta.example.com>").0, "alice@atlanta.example.com");
        assert_eq!(round_trip::<ContentId>("<1>").0, "1");
        for text in ["", "a@b", "<>", "<a b>", "<a@b"] {
            assert!(ContentId::decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn urls_name_identifiers() {
        let id = ContentId("foo4%25foo1@bar.net".into());
        assert!(id.is_named_by("CID:foo4%2525foo1@bar.net"));
        assert!(!id.is_named_by("cid:foo4%25foo1@bar.net"));
        assert!(!id.is_named_by("foo4"));
        assert!(ContentId("a/b".into()).is_named_by("cid:a%2Fb") && !id.is_named_by("mid:x"));
    }
}
