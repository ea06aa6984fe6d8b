//! The message under the lint, with the questions that many rules ask of it (RFC 3261 §20).

use super::Edition;
use crate::headers::Elements;
use crate::params::params;
use crate::{CSeq, Field, Header, HeaderError, HeaderName, Message, Method, Params, Request, Response, Via};
use std::ops::Range;

/// A message, the bytes that spans count in, and the method it belongs to.
pub(super) struct Subject<'a> {
    pub(super) message: &'a Message,
    pub(super) edition: Edition,
    /// The method of the request, or of the request that is answered.
    pub(super) method: Option<Method>,
}

/// One element of a header field with its bytes in the message.
pub(super) struct Element<'a, H> {
    pub(super) bytes: &'a [u8],
    pub(super) value: Result<H, HeaderError>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(message: &'a Message, edition: Edition) -> Self {
        let method = match message {
            Message::Request(request) => Some(request.method().clone()),
            Message::Response(response) => {
                response.headers().typed::<CSeq>().ok().flatten().map(|cseq| cseq.method)
            }
        };
        Self { message, edition, method }
    }

    /// The request, where the rules of RFC 3261 hold.
    pub(super) fn request(&self) -> Option<&'a Request> {
        self.message.as_request()
    }

    pub(super) fn response(&self) -> Option<&'a Response> {
        self.message.as_response()
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status().code())
    }

    pub(super) fn is_rfc3261(&self) -> bool {
        self.edition == Edition::Rfc3261
    }

    /// Whether the message belongs to a request with this method.
    pub(super) fn is_of(&self, method: &Method) -> bool {
        self.method.as_ref() == Some(method)
    }

    /// Whether the message is a request with one of these methods.
    pub(super) fn is_request_of(&self, methods: &[Method]) -> bool {
        self.request().is_some_and(|request| methods.contains(request.method()))
    }

    /// Whether the message is a 2xx to a request with one of these methods.
    pub(super) fn is_success_of(&self, methods: &[Method]) -> bool {
        self.response().is_some_and(|response| response.status().is_success())
            && self.method.as_ref().is_some_and(|method| methods.contains(method))
    }

    /// Where `part`, a part of the message, stands in it.
    pub(super) fn span(&self, part: &[u8]) -> Range<usize> {
        let source: &[u8] = self.message.headers().source();
        let start = (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize).min(source.len());
        let skipped = self.message.skipped();
        skipped + start..skipped + (start + part.len()).min(source.len())
    }

    /// Where the start line stands, its line end left out.
    pub(super) fn start_line(&self) -> Range<usize> {
        let source: &[u8] = self.message.headers().source();
        let skipped = self.message.skipped();
        skipped..skipped + memchr::memchr2(b'\r', b'\n', source).unwrap_or(source.len())
    }

    /// The fields of a name.
    pub(super) fn fields(&self, name: &HeaderName) -> impl Iterator<Item = Field<'a>> {
        self.message.headers().iter().filter(move |field| field.name() == *name)
    }

    fn fields_of<H: Header>(&self) -> impl Iterator<Item = Field<'a>> {
        self.message.headers().iter().filter(|field| field.name() == H::NAME)
    }

    /// Where the first field of the name stands, name and value; the start line where there is none.
    pub(super) fn span_of(&self, name: &HeaderName) -> Range<usize> {
        self.fields(name).next().map_or_else(|| self.start_line(), |field| self.field_span(&field))
    }

    /// Where a field stands, name and value.
    pub(super) fn field_span(&self, field: &Field<'_>) -> Range<usize> {
        let name = self.span(field.name_text().as_bytes());
        name.start..self.span(field.value()).end.max(name.end)
    }

    /// The elements of all fields of a type, good and bad.
    pub(super) fn elements<H: Header>(&self) -> impl Iterator<Item = Element<'a, H>> {
        self.fields_of::<H>().flat_map(|field| {
            Elements::new(field.value(), H::LIST).map(move |element| Element {
                bytes: field.value().get(element.clone()).unwrap_or_default(),
                value: field.decode(element),
            })
        })
    }

    /// The elements of a type that can be read.
    pub(super) fn values<H: Header>(&self) -> impl Iterator<Item = (&'a [u8], H)> {
        self.elements().filter_map(|element| element.value.ok().map(|value| (element.bytes, value)))
    }

    /// The first value of a type, if it can be read.
    pub(super) fn first<H: Header>(&self) -> Option<(&'a [u8], H)> {
        self.elements().next().and_then(|element| element.value.ok().map(|value| (element.bytes, value)))
    }

    /// The texts of the elements of a list that are UTF-8.
    pub(super) fn texts(&self, name: &HeaderName) -> impl Iterator<Item = &'a str> {
        self.fields(name).flat_map(|field| {
            Elements::new(field.value(), true)
                .filter_map(move |element| std::str::from_utf8(field.value().get(element)?).ok())
        })
    }

    /// The texts of the elements of a list, each as the word before its parameters, and the parameters.
    pub(super) fn words(&self, name: &HeaderName) -> impl Iterator<Item = (&'a str, Params)> {
        self.texts(name).map(word)
    }

    /// Whether one of the lists of option tags has `tag`.
    pub(super) fn has_tag(&self, name: &HeaderName, tag: &str) -> bool {
        self.texts(name).any(|text| text.eq_ignore_ascii_case(tag))
    }

    /// The transport of the topmost Via, in capitals.
    pub(super) fn transport(&self) -> Option<String> {
        self.first::<Via>().map(|(_, via)| via.transport.to_ascii_uppercase())
    }
}

/// The word before the parameters of a value, and the parameters.
fn word(text: &str) -> (&str, Params) {
    let end = text.find(';').unwrap_or(text.len());
    let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (head.trim_ascii(), params(rest).map_or_else(|_| Params::new(), |(_, params)| params))
}

/// The bytes of the parameter `name` in an element, from its name to the next semicolon; the element without one.
pub(super) fn param_bytes<'a>(element: &'a [u8], name: &str) -> &'a [u8] {
    element
        .split(|byte| *byte == b';')
        .skip(1)
        .map(<[u8]>::trim_ascii)
        .find(|part| {
            let key = part.split(|byte| *byte == b'=').next().unwrap_or_default();
            key.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
        })
        .unwrap_or(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_word_and_parameters() {
        let (head, params) = word("active ; expires=7");
        assert_eq!((head, params.get("expires")), ("active", Some("7")));
        assert_eq!(word("plain").0, "plain");
    }

    #[test]
    fn a_parameter_is_underlined_alone() {
        let element = b"<sip:a@b>;q=2 ; Expires = x";
        assert_eq!(param_bytes(element, "expires"), b"Expires = x");
        assert_eq!(param_bytes(element, "q"), b"q=2");
        assert_eq!(param_bytes(element, "z"), element);
    }
}
