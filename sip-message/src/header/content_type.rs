//! Content-Type: what the body is (RFC 3261 §20.15).

use crate::grammar::{Parsed, decode, separator, token};
use crate::params::params;
use crate::token::is_token;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::Parser;
use nom::sequence::separated_pair;
use std::borrow::Cow;

/// A media type with its parameters, e.g. `application/sdp` (RFC 3261 §20.15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentType {
    /// The type, e.g. `application`.
    pub media_type: Cow<'static, str>,
    /// The subtype, e.g. `sdp`.
    pub subtype: Cow<'static, str>,
    /// The parameters, e.g. `charset` or `boundary`.
    pub params: Params,
}

impl ContentType {
    /// `media_type/subtype` without parameters.
    #[must_use]
    pub fn new(media_type: &str, subtype: &str) -> Self {
        Self { media_type: word(media_type), subtype: word(subtype), params: Params::new() }
    }

    /// `application/sdp`, a session description.
    #[must_use]
    pub fn sdp() -> Self {
        Self::new("application", "sdp")
    }

    /// `text/plain`.
    #[must_use]
    pub fn text_plain() -> Self {
        Self::new("text", "plain")
    }

    /// Whether this is `media_type/subtype`, whatever the case and the parameters (RFC 3261 §7.4.1).
    #[must_use]
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type) && self.subtype.eq_ignore_ascii_case(subtype)
    }
}

impl Header for ContentType {
    const NAME: HeaderName = HeaderName::ContentType;

    /// `media-type = m-type SLASH m-subtype *(SEMI m-parameter)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        if let Some((media_type, subtype)) = value.split_once('/')
            && is_token(media_type.as_bytes())
            && is_token(subtype.as_bytes())
        {
            return Ok(Self::new(media_type, subtype));
        }
        let parser = media_type.map(|(media_type, subtype, params)| Self {
            media_type: media_type.into(),
            subtype: subtype.into(),
            params,
        });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        encode_media_type(&self.media_type, &self.subtype, &self.params, out);
    }
}

/// Words that most types are made of, which need no text of their own.
const USUAL_WORDS: [&str; 6] = ["application", "sdp", "text", "plain", "multipart", "mixed"];

fn word(text: &str) -> Cow<'static, str> {
    match USUAL_WORDS.into_iter().find(|usual| *usual == text) {
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(text.to_owned()),
    }
}

/// `media-type`, or the `media-range` of Accept, whose `*` is a token as well.
pub(crate) fn media_type(input: &str) -> Parsed<'_, (String, String, Params)> {
    let (rest, ((media_type, subtype), params)) =
        (separated_pair(token, separator("/"), token), params).parse(input)?;
    Ok((rest, (media_type.to_owned(), subtype.to_owned(), params)))
}

/// Appends what [`media_type`] reads.
pub(crate) fn encode_media_type(media_type: &str, subtype: &str, params: &Params, out: &mut String) {
    out.push_str(media_type);
    out.push('/');
    out.push_str(subtype);
    params.encode(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_subtype_and_parameters() {
        let value = ContentType::decode("multipart / Mixed ; boundary=\"a b\";x=1").unwrap();
        assert!(value.is("MULTIPART", "mixed"));
        assert_eq!(value.params.get("boundary"), Some("a b"));
        assert_eq!(value.encoded(), "multipart/Mixed;boundary=\"a b\";x=1");
        assert!(ContentType::decode("text").is_err());
    }
}
