//! The header fields of a message, in their order (RFC 3261 §7.3).

mod buffer;
mod edit;
mod elements;
mod essentials;
mod field;
mod index;
mod party;
mod printed;
mod salvaged;
mod seal;
mod views;

pub(crate) use buffer::{Buffer, Source};
pub(crate) use edit::harmless;
pub(crate) use elements::Elements;
pub use essentials::Essentials;
pub use field::Field;
pub(crate) use field::{Line, Origin, TagPlace, offset};
pub(crate) use printed::LineNotes;

use crate::header_name::NameId;
use crate::{Header, HeaderError, HeaderName, Mode};
use bytes::Bytes;
use index::Index;
pub(crate) use index::Lines;
use std::fmt;

/// The header fields of a message: an index into the received bytes, and the lines written since (RFC 3261 §7.3).
///
/// Reading decodes on demand and gives the same answer every time. Editing touches the fields it names; the others
/// keep their bytes and their order.
///
/// ```
/// use sip_message::{CallId, Headers, Route, Supported};
///
/// let mut headers = Headers::new();
/// headers.push(&CallId("a84b4c76e66710".into()));
/// headers.set_list(&[Supported("gruu".into()), Supported("outbound".into())]);
/// assert_eq!(headers.list::<Supported>().count(), 2);
/// assert_eq!(headers.typed::<Route>(), Ok(None));
/// assert_eq!(headers.to_string(), "Call-ID: a84b4c76e66710\r\nSupported: gruu, outbound\r\n");
/// ```
#[derive(Clone, Default)]
pub struct Headers {
    source: Source,
    written: String,
    /// Lines that were copied and are no text.
    odd: Box<[u8]>,
    lines: Index,
    edited: bool,
    mode: Mode,
}

impl Headers {
    /// No header fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts all lines in at once; they are read once [`stand_in`](Self::stand_in) has said in what.
    pub(crate) fn fill<T>(&mut self, put: impl FnOnce(&mut Lines) -> T) -> T {
        self.lines.fill(put)
    }

    /// Says what the lines stand in, and how they are read.
    pub(crate) fn stand_in(&mut self, source: Bytes, mode: Mode) {
        self.source = source.into();
        self.mode = mode;
    }

    /// The mode that the message was read in, which [`typed`](Self::typed) obeys; [`Mode::Lenient`] for our own.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The fields in their order; lines that are no header fields are left out.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.lines.iter().filter(|line| line.id != NameId::RAW).map(|line| self.field(*line))
    }

    /// The lines that are no header fields: without a colon, or with something else than a token in front of it.
    /// They are kept and printed where they stood.
    pub fn raw_lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter(|line| line.id == NameId::RAW).map(|line| self.field(*line).line())
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether there is a field called `name`.
    #[must_use]
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.named(name).next().is_some()
    }

    /// How many fields are called `name`.
    #[must_use]
    pub fn count(&self, name: &HeaderName) -> usize {
        self.named(name).count()
    }

    /// The value of the first field called `name`, as received, folds included.
    #[must_use]
    pub fn raw(&self, name: &HeaderName) -> Option<&[u8]> {
        self.named(name).next().map(|field| field.value())
    }

    /// The value of the field: the first one where several are allowed, `None` where there is none.
    ///
    /// It obeys the mode that the message was read in: in [`Mode::Strict`] no value was received that follows its
    /// grammar loosely, and in [`Mode::Salvage`] the first value that can be read counts, whatever else stands there.
    /// [`typed_in`](Self::typed_in) takes a mode of your own. What is written into the message is read leniently.
    ///
    /// # Errors
    /// But in [`Mode::Salvage`] [`HeaderError::Repeated`] for a second field with another value where one is allowed;
    /// [`HeaderError::Malformed`] and [`HeaderError::NotUtf8`] for a value that cannot be read.
    pub fn typed<H: Header>(&self) -> Result<Option<H>, HeaderError> {
        match self.mode {
            Mode::Strict | Mode::Lenient => self.sole(),
            Mode::Salvage => self.first_readable(),
        }
    }

    /// The first value that can be read, or why the first one cannot.
    pub(crate) fn first_readable<H: Header>(&self) -> Result<Option<H>, HeaderError> {
        salvaged::first(self.list())
    }

    /// The only value, or the first one where several are allowed.
    pub(crate) fn sole<H: Header>(&self) -> Result<Option<H>, HeaderError> {
        if !H::REPEATABLE && !H::LIST {
            let Some(field) = self.single(&H::NAME)? else { return Ok(None) };
            return field.decode(0..field.value().len()).map(Some);
        }
        if !H::REPEATABLE {
            self.single(&H::NAME)?;
        }
        self.list::<H>().next().transpose()
    }

    /// The value of a field that must be there.
    ///
    /// # Errors
    /// Those of [`typed`](Self::typed), and [`HeaderError::Missing`].
    pub fn required<H: Header>(&self) -> Result<H, HeaderError> {
        self.typed()?.ok_or(HeaderError::Missing { name: H::NAME })
    }

    /// The values of all fields of the name, in their order, lists taken apart (RFC 3261 §7.3.1).
    ///
    /// A bad element is an error in its place; the others are not harmed. Empty elements are passed over.
    pub fn list<H: Header>(&self) -> impl Iterator<Item = Result<H, HeaderError>> {
        let id = H::NAME.id();
        let lines = self.lines.named(id);
        let fields = lines.map(|line| self.field(*line)).filter(move |field| field.is_called(id, &H::NAME));
        fields.flat_map(|field| {
            Elements::new(field.value(), H::LIST).map(move |element| field.decode::<H>(element))
        })
    }

    /// Appends all lines to `out`; those that stand behind each other in one buffer go as one piece.
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        let mut piece = Line::NOWHERE;
        for line in &*self.lines {
            if line.origin == piece.origin && line.start == piece.end {
                piece.end = line.end;
            } else {
                out.extend_from_slice(self.field(piece).line());
                piece = *line;
            }
        }
        out.extend_from_slice(self.field(piece).line());
    }

    /// Every line, raw ones included.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Field<'_>> {
        self.lines.iter().map(|line| self.field(*line))
    }

    /// The bytes of the message that the fields were parsed from; empty for a message of ours.
    pub(crate) fn source(&self) -> &Bytes {
        self.source.bytes()
    }

    /// The same to be read.
    pub(crate) fn source_buffer(&self) -> Buffer<'_> {
        self.source.buffer()
    }

    /// Whether anything differs from what was received.
    pub(crate) const fn is_edited(&self) -> bool {
        self.edited
    }

    /// How many bytes the lines take.
    pub(crate) fn printed_len(&self) -> usize {
        self.lines.iter().map(|line| line.end.saturating_sub(line.start) as usize).sum()
    }

    /// The Content-Length fields.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = Field<'_>> {
        self.lines.named(NameId::CONTENT_LENGTH).map(|line| self.field(*line))
    }

    fn field(&self, line: Line) -> Field<'_> {
        let buffer = match line.origin {
            Origin::Received => self.source.buffer(),
            Origin::Written => Buffer::Text(&self.written),
            Origin::Odd => Buffer::Bytes(&self.odd),
        };
        Field::new(buffer, line)
    }

    /// The field that may stand once; the same value again leaves no doubt.
    fn single(&self, name: &HeaderName) -> Result<Option<Field<'_>>, HeaderError> {
        let id = name.id();
        let Some((line, is_only)) = self.lines.first(id) else { return Ok(None) };
        // rfc3261#7.3.1 only a field whose value is a list may be repeated
        if id == NameId::OTHER || !is_only {
            let mut fields = self.named(name);
            let first = fields.next();
            return match first.is_some_and(|first| fields.any(|field| field.value() != first.value())) {
                true => Err(HeaderError::Repeated { name: name.clone() }),
                false => Ok(first),
            };
        }
        Ok(Some(self.field(*line)))
    }

    fn named(&self, name: &HeaderName) -> impl Iterator<Item = Field<'_>> {
        let id = name.id();
        let lines = self.lines.named(id);
        lines.map(|line| self.field(*line)).filter(move |field| field.is_called(id, name))
    }
}

/// The fields as they stand on the wire; bytes that are not UTF-8 are shown as U+FFFD.
impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(self.printed_len());
        self.print(&mut bytes);
        f.write_str(&String::from_utf8_lossy(&bytes))
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|field| field.name().to_string())).finish()
    }
}

/// Equal are header fields that print the same bytes.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.lines().map(|field| field.line()).eq(other.lines().map(|field| field.line()))
    }
}

impl Eq for Headers {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Contact, ContentLength, MaxForwards, Message, Subject, Via, WwwAuthenticate};

    fn headers(text: &str) -> Headers {
        Message::parse(format!("SIP/2.0 200 OK\r\n{text}\r\n").into()).unwrap().headers().clone()
    }

    #[test]
    fn lists_are_taken_apart_outside_quotes_and_brackets() {
        let headers =
            headers("m: \"A, B\" <sip:a,b@c>, sip:d@e;x=\",\"\r\nContact:\r\ncontact: ,<sip:f@g>,\r\n");
        let uris: Vec<_> =
            headers.list::<Contact>().map(|c| c.unwrap().addr().unwrap().uri.to_string()).collect();
        assert_eq!(uris, ["sip:a,b@c", "sip:d@e", "sip:f@g"]);
    }

    #[test]
    fn a_bad_element_spoils_itself_only() {
        let headers = headers("Via: SIP/2.0/WS a, nonsense, SIP/2.0/WS b\r\n");
        let hosts: Vec<_> = headers.list::<Via>().map(|via| via.map(|via| via.host.to_string())).collect();
        assert_eq!(hosts.iter().filter(|host| host.is_ok()).count(), 2);
        let error = hosts.into_iter().find_map(Result::err);
        assert!(matches!(error, Some(HeaderError::Malformed { offset: 22, .. })), "{error:?}");
    }

    #[test]
    fn a_bad_byte_spoils_its_field_only() {
        let source = b"SIP/2.0 200 OK\r\nSubject: a\xffb\r\nMax-Forwards: 7\r\n\r\n";
        let message = Message::parse(source.to_vec().into()).unwrap();
        let error = message.headers().typed::<Subject>().unwrap_err();
        assert_eq!(error, HeaderError::NotUtf8 { name: HeaderName::Subject, offset: 1 });
        assert_eq!(message.headers().required::<MaxForwards>().unwrap().0, 7);
    }

    #[test]
    fn single_fields_stand_once() {
        let headers = headers("Max-Forwards: 1\r\nMax-Forwards: 2\r\nl: 0\r\nContent-Length:0\r\n");
        assert_eq!(headers.required::<ContentLength>().unwrap().0, 0);
        assert_eq!(
            headers.typed::<MaxForwards>(),
            Err(HeaderError::Repeated { name: HeaderName::MaxForwards })
        );
        assert_eq!(headers.required::<Subject>(), Err(HeaderError::Missing { name: HeaderName::Subject }));
    }

    #[test]
    fn challenges_stand_in_fields_of_their_own() {
        let headers = headers(
            "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\nwww-authenticate: Basic realm=\"c\"\r\n",
        );
        let schemes: Vec<_> = headers.list::<WwwAuthenticate>().map(|c| c.unwrap().0.scheme).collect();
        assert_eq!(schemes, ["Digest", "Basic"]);
        assert_eq!(headers.required::<WwwAuthenticate>().unwrap().0.get("nonce"), Some("b"));
    }

    #[test]
    fn lines_that_are_no_fields_are_kept_apart() {
        let headers = headers("no colon here\r\nbad name: x\r\ns: y\r\n: z\r\n");
        assert_eq!((headers.len(), headers.raw_lines().count()), (1, 3));
        assert_eq!(headers.to_string(), "no colon here\r\nbad name: x\r\ns: y\r\n: z\r\n");
    }

    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", headers("s: secret\r\nX-y: z\r\n")), r#"["Subject", "X-y"]"#);
    }
}
