//! Bodies of several parts: `multipart/*`, taken apart and put together (RFC 2046 §5.1, RFC 5621 §4).

use super::delimiter::{Delimiter, delimiters};
use super::{Body, BodyPart, MultipartError};
use crate::{ContentId, ContentType, Limits};
use bytes::Bytes;
use memchr::memmem;
use std::collections::BTreeSet;

/// A body of several parts (RFC 2046 §5.1, RFC 5621 §4).
///
/// ```
/// use sip_message::{Body, BodyPart, ContentType, Limits, Multipart};
///
/// let body = Multipart::new("mixed")
///     .with_part(BodyPart::new(&ContentType::sdp(), "v=0\r\n"))
///     .with_part(BodyPart::new(&ContentType::text_plain(), "hello"))
///     .to_body();
/// assert_eq!(body.content_type.params.get("boundary"), Some("part-00000000"));
///
/// let multipart = Multipart::parse(&body, &Limits::default())?;
/// assert_eq!(multipart.parts()[1].bytes(), "hello");
/// # Ok::<_, sip_message::MultipartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Multipart {
    content_type: ContentType,
    preamble: Bytes,
    parts: Vec<BodyPart>,
    epilogue: Bytes,
    is_closed: bool,
}

impl Multipart {
    /// `multipart/subtype` without parts: `mixed`, `alternative`, `related`.
    #[must_use]
    pub fn new(subtype: &str) -> Self {
        Self {
            content_type: ContentType::new("multipart", subtype),
            preamble: Bytes::new(),
            parts: Vec::new(),
            epilogue: Bytes::new(),
            is_closed: true,
        }
    }

    /// Takes a body apart, one level deep: a part may be `multipart` itself. Lines may end with CRLF or LF, and the
    /// last part may lack its delimiter. The bytes are shared, not copied.
    ///
    /// # Errors
    /// [`MultipartError`].
    pub fn parse(body: &Body, limits: &Limits) -> Result<Self, MultipartError> {
        let Body { content_type, bytes } = body;
        if !content_type.media_type.eq_ignore_ascii_case("multipart") {
            return Err(MultipartError::NotMultipart);
        }
        // rfc2046#5.1.1 a boundary does not end with white space
        let boundary = content_type.params.get("boundary").unwrap_or_default().trim_ascii_end();
        if boundary.is_empty() {
            return Err(MultipartError::NoBoundary);
        }
        let mark = format!("--{boundary}");
        let mut found = delimiters(bytes, mark.as_bytes());
        let first = found.next().ok_or(MultipartError::NoDelimiter)?;
        let mut multipart = Self {
            content_type: content_type.clone(),
            preamble: bytes.slice(..first.start),
            parts: Vec::new(),
            epilogue: bytes.slice(first.end..),
            is_closed: first.closes,
        };
        let mut before = first;
        while !multipart.is_closed {
            let after = found.next().unwrap_or_else(|| end_of(bytes));
            multipart.push_between(bytes, before, after, limits)?;
            multipart.is_closed = after.closes;
            multipart.epilogue = bytes.slice(after.end..);
            if after.hyphens == bytes.len() {
                break;
            }
            before = after;
        }
        Ok(multipart)
    }

    /// The same body with another part behind the others.
    #[must_use]
    pub fn with_part(mut self, part: BodyPart) -> Self {
        self.parts.push(part);
        self
    }

    /// The same body with a parameter of its media type, as `type` or `start` of `multipart/related` (RFC 2387 §3).
    #[must_use]
    pub fn with_param(mut self, name: &str, value: &str) -> Self {
        self.content_type.params.set_quoted(name, value);
        self
    }

    /// The subtype, as received.
    #[must_use]
    pub fn subtype(&self) -> &str {
        &self.content_type.subtype
    }

    /// The parts, in their order.
    #[must_use]
    pub fn parts(&self) -> &[BodyPart] {
        &self.parts
    }

    /// What stands before the first delimiter, for those who do not know `multipart`.
    #[must_use]
    pub const fn preamble(&self) -> &Bytes {
        &self.preamble
    }

    /// What stands behind the last delimiter.
    #[must_use]
    pub const fn epilogue(&self) -> &Bytes {
        &self.epilogue
    }

    /// Whether the closing delimiter was there; without it the body may have been cut off.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The part that a `cid:` URL names (RFC 2392 §2).
    #[must_use]
    pub fn named_by(&self, url: &str) -> Option<&BodyPart> {
        self.parts.iter().find(|part| part.content_id().is_some_and(|id| id.is_named_by(url)))
    }

    /// The part that the others belong to: the one that `start` names, else the first (RFC 2387 §3.2).
    #[must_use]
    pub fn root(&self) -> Option<&BodyPart> {
        let start = self.content_type.params.get("start");
        let start = start.map(|id| ContentId(id.trim_matches(['<', '>']).to_owned()));
        let named = start
            .and_then(|start| self.parts.iter().find(|part| part.content_id().is_some_and(|id| id == start)));
        named.or_else(|| self.parts.first())
    }

    /// The body as it goes into a message, between boundaries that stand nowhere else in it.
    #[must_use]
    pub fn to_body(&self) -> Body {
        let parts: Vec<Vec<u8>> = self.parts.iter().map(BodyPart::printed).collect();
        let around = [&self.preamble[..], &self.epilogue].into_iter();
        let boundary = unused_boundary(around.chain(parts.iter().map(Vec::as_slice)));
        let mut bytes = Vec::new();
        if !self.preamble.is_empty() {
            bytes.extend_from_slice(&self.preamble);
            bytes.extend_from_slice(b"\r\n");
        }
        for part in &parts {
            bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            bytes.extend_from_slice(part);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        bytes.extend_from_slice(&self.epilogue);
        let mut content_type = self.content_type.clone();
        content_type.params.set_quoted("boundary", &boundary);
        Body { content_type, bytes: bytes.into() }
    }

    /// Reads the part between two delimiters.
    fn push_between(
        &mut self,
        bytes: &Bytes,
        before: Delimiter,
        after: Delimiter,
        limits: &Limits,
    ) -> Result<(), MultipartError> {
        let index = self.parts.len();
        if index == limits.body_parts {
            return Err(MultipartError::TooManyParts { limit: limits.body_parts });
        }
        // The line end before a delimiter ends the header section of a part without a body, and no body.
        let section = bytes.slice(before.end..after.hyphens.max(before.end));
        let length = after.start.saturating_sub(before.end);
        let part = BodyPart::parse(section, length, limits);
        self.parts.push(part.map_err(|error| MultipartError::Part { index, error })?);
        Ok(())
    }
}

/// What ends the last part where no delimiter does.
const fn end_of(bytes: &Bytes) -> Delimiter {
    Delimiter { start: bytes.len(), hyphens: bytes.len(), end: bytes.len(), closes: false }
}

/// A boundary that does not stand in `texts`: `part-` and eight digits.
fn unused_boundary<'a>(texts: impl Iterator<Item = &'a [u8]>) -> String {
    let stem = b"part-";
    let mut used = BTreeSet::new();
    for text in texts {
        let digits = memmem::find_iter(text, stem).filter_map(|at| text.get(at + stem.len()..)?.get(..8));
        used.extend(digits.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok()));
    }
    let unused = (0..).zip(&used).find_map(|(number, used)| (number != *used).then_some(number));
    let past_all = u32::try_from(used.len()).unwrap_or(u32::MAX);
    format!("part-{:08}", unused.unwrap_or(past_all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;

    fn parse(content_type: &str, text: &str) -> Result<Multipart, MultipartError> {
        let content_type = ContentType::decode(content_type).unwrap();
        Multipart::parse(&Body { content_type, bytes: text.to_owned().into() }, &Limits::default())
    }

    fn bodies(multipart: &Multipart) -> Vec<&[u8]> {
        multipart.parts().iter().map(|part| &part.bytes()[..]).collect()
    }

    #[test]
    fn preamble_parts_and_epilogue() {
        let text = "This is the preamble.\r\n--a b\r\n\r\nimplicit\r\n\r\n--a b  \r\n\
            Content-Type: text/html\r\n\r\n<p>\r\n--a b--\r\nThe epilogue.\r\n--a b\r\n\r\nnot a part";
        let multipart = parse("multipart/mixed;boundary=\"a b\"", text).unwrap();
        assert_eq!(multipart.preamble(), "This is the preamble.");
        assert_eq!(bodies(&multipart), [b"implicit\r\n".as_slice(), b"<p>"]);
        assert!(multipart.parts()[0].content_type().is("text", "plain"));
        assert!(multipart.parts()[1].content_type().is("text", "html"));
        assert!(multipart.epilogue().starts_with(b"The epilogue.") && multipart.is_closed());
    }

    #[test]
    fn lines_may_end_with_lf() {
        let multipart =
            parse("Multipart/Mixed;boundary=b", "--b\nContent-Type: a/b\n\nx\r\n\n--b\n\ny\n--b--\n");
        let multipart = multipart.unwrap();
        assert_eq!(bodies(&multipart), [b"x\r\n".as_slice(), b"y"]);
        assert!(multipart.parts()[0].content_type().is("a", "b"));
    }

    #[test]
    fn parts_may_be_empty_or_headers_alone() {
        let text = "--b\r\n--b\r\n\r\n--b\r\nContent-Type: a/b\r\n--b\r\nContent-ID: <1>\r\n\r\n--b--";
        let multipart = parse("multipart/mixed;boundary=b", text).unwrap();
        assert_eq!(bodies(&multipart), [b"".as_slice(); 4]);
        assert!(multipart.parts()[2].content_type().is("a", "b"));
        assert_eq!(multipart.named_by("cid:1"), multipart.parts().last());
        assert_eq!(parse("multipart/mixed;boundary=b", "--b--").unwrap().parts(), []);
    }

    #[test]
    fn a_body_that_was_cut_off_keeps_its_parts() {
        let multipart = parse("multipart/mixed;boundary=b", "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--").unwrap();
        assert_eq!(bodies(&multipart), [b"x".as_slice(), b"y\r\n--"]);
        assert!(!multipart.is_closed());
        let multipart = parse("multipart/mixed;boundary=b", "--b\r\n\r\nx\r\n--b").unwrap();
        assert_eq!(bodies(&multipart), [b"x".as_slice(), b""]);
    }

    #[test]
    fn what_is_no_multipart_says_why() {
        assert_eq!(parse("text/plain;boundary=b", "--b--"), Err(MultipartError::NotMultipart));
        assert_eq!(parse("multipart/mixed", "--b--"), Err(MultipartError::NoBoundary));
        assert_eq!(parse("multipart/mixed;boundary=\" \"", "--b--"), Err(MultipartError::NoBoundary));
        assert_eq!(parse("multipart/mixed;boundary=b", "v=0"), Err(MultipartError::NoDelimiter));
        let many = "--b\r\n".repeat(66);
        let error = parse("multipart/mixed;boundary=b", &many);
        assert_eq!(error, Err(MultipartError::TooManyParts { limit: 64 }));
        let long = format!("--b\r\n\r\n\r\n--b\r\nX: {}\r\n--b--", "x".repeat(9000));
        let error = parse("multipart/mixed;boundary=b", &long);
        assert!(matches!(error, Err(MultipartError::Part { index: 1, .. })));
    }

    #[test]
    fn what_was_put_together_is_taken_apart_again() {
        let inner = Multipart::new("alternative")
            .with_part(BodyPart::new(&ContentType::text_plain(), "--part-00000000\r\n"))
            .with_part(BodyPart::new(&ContentType::sdp(), vec![0, 255, 10]));
        let outer =
            Multipart::new("related").with_part(BodyPart::from(inner.to_body())).with_param("start", "<1>");
        let body = outer.to_body();
        assert_eq!(body.content_type.params.get("boundary"), Some("part-00000002"));
        let parsed = Multipart::parse(&body, &Limits::default()).unwrap();
        assert_eq!(parsed.subtype(), "related");
        let body = parsed.parts()[0].body();
        assert_eq!(body.content_type.params.get("boundary"), Some("part-00000001"));
        assert_eq!(Multipart::parse(&body, &Limits::default()).unwrap().parts(), inner.parts());
    }

    #[test]
    fn the_root_is_named_or_first() {
        let text = "--b\r\nContent-ID: <1>\r\n\r\nx\r\n--b\r\nContent-ID: <2>\r\n\r\ny\r\n--b--";
        let root =
            |start| parse(&format!("multipart/related;boundary=b{start}"), text).unwrap().root().cloned();
        assert_eq!(root(";start=\"<2>\"").unwrap().bytes(), "y");
        assert_eq!(root(";start=\"<3>\"").unwrap().bytes(), "x");
        assert_eq!(root("").unwrap().bytes(), "x");
        assert_eq!(Multipart::new("related").root(), None);
    }
}
