//! `uri-parameter` and `header` lists (RFC 3261 §19.1.1) as they are read out of a URI.

use crate::escape::decode;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// One parameter of a URI, decoded.
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
    fn of(text: &'a str) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Self { text, name, value: Some(value) },
            None => Self { text, name: text, value: None },
        }
    }

    pub(crate) fn decoded(self) -> UriParam<'a> {
        UriParam { name: decode(self.name), value: self.value.map(decode) }
    }

    /// The name as comparisons see it.
    pub(crate) fn key(self) -> String {
        decode(self.name).to_ascii_lowercase()
    }
}

/// The elements of `text`, which begins with `mark` or is empty; those without a name are passed over.
pub(crate) fn raw_params(
    text: &str,
    mark: char,
    separator: char,
) -> impl Iterator<Item = RawParam<'_>> + Clone {
    let list = text.strip_prefix(mark).unwrap_or(text);
    list.split(separator).map(RawParam::of).filter(|param| !param.name.is_empty())
}

/// The first parameter whose name an earlier one had, in `O(n log n)`.
pub(crate) fn repeated(text: &str) -> Option<&str> {
    text.get(1..)?.find(';')?;
    let mut seen = BTreeSet::new();
    raw_params(text, ';', ';').find(|param| !seen.insert(param.key())).map(|param| param.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_found_in_any_spelling() {
        assert_eq!(repeated(""), None);
        assert_eq!(repeated(";a"), None);
        assert_eq!(repeated(";a=1;b;c=1"), None);
        assert_eq!(repeated(";a=1;b;%41=2"), Some("%41=2"));
    }

    #[test]
    fn empty_elements_are_passed_over() {
        let names: Vec<&str> = raw_params("?a=&&=x&b", '?', '&').map(|param| param.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(raw_params("", ';', ';').count(), 0);
    }
}
