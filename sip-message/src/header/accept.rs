//! Accept: the bodies a user agent understands (RFC 3261 §20.1).

use super::content_type::{encode_media_type, media_type};
use crate::grammar::decode;
use crate::{ContentType, Header, HeaderError, HeaderName, Params};
use nom::Parser;

/// One media range of an Accept list, e.g. `application/sdp;level=1` or `text/*` (RFC 3261 §20.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Accept {
    /// The type, or `*`.
    pub media_type: String,
    /// The subtype, or `*`.
    pub subtype: String,
    /// The parameters, `q` among them.
    pub params: Params,
}

impl Accept {
    /// `media_type/subtype` without parameters.
    #[must_use]
    pub fn new(media_type: &str, subtype: &str) -> Self {
        Self { media_type: media_type.to_owned(), subtype: subtype.to_owned(), params: Params::new() }
    }

    /// Whether a body of this type is in the range; parameters are not looked at.
    #[must_use]
    pub fn matches(&self, content_type: &ContentType) -> bool {
        let part = |range: &str, value: &str| range == "*" || range.eq_ignore_ascii_case(value);
        part(&self.media_type, &content_type.media_type) && part(&self.subtype, &content_type.subtype)
    }
}

impl Header for Accept {
    const NAME: HeaderName = HeaderName::Accept;
    const LIST: bool = true;
    const MAY_BE_EMPTY: bool = true;

    /// `accept-range = media-range *(SEMI accept-param)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = media_type.map(|(media_type, subtype, params)| Self { media_type, subtype, params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        encode_media_type(&self.media_type, &self.subtype, &self.params, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_match_types() {
        let range = Accept::decode("text/*;q=0.5").unwrap();
        assert!(range.matches(&ContentType::text_plain()));
        assert!(!range.matches(&ContentType::sdp()));
        assert_eq!(range.encoded(), "text/*;q=0.5");
    }
}
