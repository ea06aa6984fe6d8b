//! The bytes that header fields stand in, which are nearly always text: RFC 3261 §7 and §25.1 have them in UTF-8.

use bytes::Bytes;
use bytestring::ByteString;
use std::ops::Range;
use std::str::Utf8Error;

/// The length up to which a message is looked at as a whole. In a longer one, whose body is most of it, each field is
/// looked at when it is read.
const MOST_MESSAGES: usize = 8 * 1024;

/// A message that was received or sealed.
#[derive(Clone)]
pub(crate) enum Source {
    /// All of it is text.
    Text(ByteString),
    /// Some of it may be none.
    Bytes(Bytes),
}

impl Source {
    pub(crate) fn bytes(&self) -> &Bytes {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    pub(crate) fn buffer(&self) -> Buffer<'_> {
        match self {
            Self::Text(text) => Buffer::Text(text),
            Self::Bytes(bytes) => Buffer::Bytes(bytes),
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        let text = (bytes.len() <= MOST_MESSAGES).then(|| ByteString::try_from(bytes.clone()));
        match text {
            Some(Ok(text)) => Self::Text(text),
            Some(Err(_)) | None => Self::Bytes(bytes),
        }
    }
}

/// What a [`Source`], or what was written since, has in it.
#[derive(Clone, Copy)]
pub(crate) enum Buffer<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Buffer<'a> {
    pub(crate) const fn all(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// What stands at `range`; nothing beyond the end.
    pub(crate) fn bytes(self, range: Range<usize>) -> &'a [u8] {
        self.all().get(range).unwrap_or_default()
    }

    /// The text at `range`; none beyond the end.
    pub(crate) fn text(self, range: Range<usize>) -> Result<&'a str, Utf8Error> {
        if let Self::Text(text) = self
            && let Some(part) = text.get(range.clone())
        {
            return Ok(part);
        }
        std::str::from_utf8(self.bytes(range))
    }
}
