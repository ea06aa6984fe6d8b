//! `uri-parameter` and `header` lists (RFC 3261 §19.1.1) as they are read out of a URI.

use crate::escape::{Units, decode};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// One parameter of a URI, decoded (RFC 3261 §19.1.1).
#[expect(clippy::exhaustive_structs, reason = "a parameter is a name and perhaps a value")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriParam<'a> {
    /// The name, in the case it was written in.
    pub name: Cow<'a, str>,
    /// The value; `None` without an equals sign.
    pub value: Option<Cow<'a, str>>,
}

impl UriParam<'_> {
    /// Whether this is the parameter `name`; names have no case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A parameter as written: its text, name and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawParam<'a> {
    pub(crate) text: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: Option<&'a str>,
}

impl<'a> RawParam<'a> {
    /// Whether both are the same piece of one text.
    pub(crate) fn is_at(self, other: RawParam<'_>) -> bool {
        std::ptr::eq(self.text, other.text)
    }

    /// Whether this is the parameter `name`, whatever its case and escapes.
    pub(crate) fn is_named(self, name: &str) -> bool {
        // An escape is longer than what it stands for.
        self.name.eq_ignore_ascii_case(name)
            || (self.name.len() > name.len() && is_escaped(self.name) && folded(self.name).eq(folded(name)))
    }

    /// Whether both have the same name, whatever its case and escapes.
    pub(crate) fn has_name_of(self, other: RawParam<'_>) -> bool {
        self.name.eq_ignore_ascii_case(other.name)
            || ((is_escaped(self.name) || is_escaped(other.name)) && folded(self.name).eq(folded(other.name)))
    }

    pub(crate) fn decoded(self) -> UriParam<'a> {
        UriParam { name: decode(self.name), value: self.value.map(decode) }
    }

    /// The name as comparisons see it.
    pub(crate) fn key(self) -> String {
        decode(self.name).to_ascii_lowercase()
    }
}

/// Whether there may be escapes in a short text.
pub(crate) fn is_escaped(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'%')
}

/// A name without its escapes and in lower case.
fn folded(name: &str) -> impl Iterator<Item = u8> {
    Units::of(name).map(|unit| unit.byte.to_ascii_lowercase())
}

/// The elements of `text`, which begins with a mark (`;` or `?`) or is empty; those without a name are passed over.
pub(crate) fn raw_params(text: &str, separator: u8) -> RawParams<'_> {
    RawParams { rest: text.get(1..), separator }
}

/// The elements of a list that are still to be read, in one pass over the bytes.
#[derive(Clone, Debug)]
pub(crate) struct RawParams<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Iterator for RawParams<'a> {
    type Item = RawParam<'a>;

    fn next(&mut self) -> Option<RawParam<'a>> {
        loop {
            let rest = self.rest?;
            let (end, name_end) = element(rest.as_bytes(), self.separator);
            let text = rest.get(..end).unwrap_or_default();
            self.rest = rest.get(end + 1..);
            let name = text.get(..name_end.unwrap_or(end)).unwrap_or_default();
            if !name.is_empty() {
                let value = name_end.and_then(|name_end| text.get(name_end + 1..));
                return Some(RawParam { text, name, value });
            }
        }
    }
}

/// Where the element ends that a list begins with, and its name, if it has a value.
pub(crate) fn element(bytes: &[u8], separator: u8) -> (usize, Option<usize>) {
    let end = bytes.iter().position(|byte| *byte == separator).unwrap_or(bytes.len());
    let name_end = bytes.get(..end).unwrap_or_default().iter().position(|byte| *byte == b'=');
    match name_end.and_then(|at| bytes.get(at + 1..)) {
        Some([b'"', quoted @ ..]) => (bytes.len() - behind_quoted(quoted, separator).len(), name_end),
        Some(_) | None => (end, name_end),
    }
}

/// What an element leaves whose value is quoted, as RFC 2543 §2 has it: separators between the quotes are part of it.
#[cold]
fn behind_quoted(quoted: &[u8], separator: u8) -> &[u8] {
    let mut rest = quoted;
    let behind = loop {
        rest = match rest {
            [b'"', behind @ ..] => break behind,
            [b'\\', _, behind @ ..] | [_, behind @ ..] => behind,
            // A quote that is not closed is a character like others.
            [] => break quoted,
        };
    };
    let end = behind.iter().position(|byte| *byte == separator).unwrap_or(behind.len());
    behind.get(end..).unwrap_or_default()
}

/// So many separators are in a list that is compared element by element.
const FEW: usize = 8;

impl<'a> RawParams<'a> {
    /// Whether the list is short enough to look through it again for each element, which needs no memory.
    pub(crate) fn is_few(&self) -> bool {
        self.rest.unwrap_or_default().bytes().filter(|byte| *byte == self.separator).count() <= FEW
    }

    /// The first element with the name of `param`.
    pub(crate) fn named_as(&self, param: RawParam<'_>) -> Option<RawParam<'a>> {
        self.clone().find(|other| other.has_name_of(param))
    }
}

/// Where the first parameter stands whose name an earlier one had: an offset into `text`. In `O(n log n)`.
pub(crate) fn repeated(text: &str) -> Option<usize> {
    // One parameter cannot be repeated.
    text.get(1..)?.find(';')?;
    let mut params = raw_params(text, b';');
    let offset = |again: RawParam<'_>| again.text.as_ptr().addr() - text.as_ptr().addr();
    if !params.is_few() {
        let mut seen = BTreeSet::new();
        return params.find(|param| !seen.insert(param.key())).map(offset);
    }
    let all = params.clone();
    let is_first = |param: &RawParam<'_>| all.named_as(*param).is_some_and(|first| first.is_at(*param));
    params.find(|param| !is_first(param)).map(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_found_in_any_spelling() {
        assert_eq!(repeated(""), None);
        assert_eq!(repeated(";a"), None);
        assert_eq!(repeated(";a=1;b;c=1"), None);
        assert_eq!(repeated(";a=1;b;%41=2"), Some(7));
        assert_eq!(repeated(";a;b;c;d;e;f;g;h;i;j;B"), Some(21));
    }

    #[test]
    fn empty_elements_are_passed_over() {
        let names: Vec<&str> = raw_params("?a=&&=x&b", b'&').map(|param| param.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(raw_params("", b';').count(), 0);
    }

    #[test]
    fn separators_between_quotes_separate_nothing() {
        let texts = |text| raw_params(text, b';').map(|param| param.text).collect::<Vec<_>>();
        assert_eq!(texts(r#";a="b;c\";d";e;f="g;h"#), [r#"a="b;c\";d""#, "e", "f=\"g", "h"]);
        assert_eq!(texts(r#";a=b"c;d""#), ["a=b\"c", "d\""]);
    }
}
