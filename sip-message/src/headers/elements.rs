//! The elements of a comma-separated header value (RFC 3261 §7.3.1), found without decoding them.

use memchr::{memchr, memchr2, memchr3};
use std::ops::Range;

/// The ranges of the elements in a value, white space around them left out, empty ones passed over.
pub(crate) struct Elements<'a> {
    value: &'a [u8],
    position: usize,
    list: bool,
}

impl<'a> Elements<'a> {
    /// The elements of `value`; the whole of it where it is no list.
    pub(crate) const fn new(value: &'a [u8], list: bool) -> Self {
        Self { value, position: 0, list }
    }

    /// The end of the element that begins at the position: a comma outside quotes and angle brackets.
    fn end(&self) -> usize {
        let mut at = self.position;
        while let Some(found) = self.find(at, |rest| memchr3(b',', b'"', b'<', rest)) {
            let behind = match self.value.get(found) {
                Some(b'"') => self.behind_quotes(found + 1),
                Some(b'<') => self.find(found + 1, |rest| memchr(b'>', rest)).map(|end| end + 1),
                Some(_) | None => return found,
            };
            let Some(behind) = behind else { break };
            at = behind;
        }
        self.value.len()
    }

    /// Behind the closing quote of the string whose content begins at `start`.
    fn behind_quotes(&self, start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            let found = self.find(at, |rest| memchr2(b'"', b'\\', rest))?;
            if self.value.get(found) == Some(&b'"') {
                return Some(found + 1);
            }
            at = found + 2;
        }
    }

    /// What `search` finds from `start` on.
    fn find(&self, start: usize, search: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        search(self.value.get(start..)?).map(|found| start + found)
    }

    /// `range` without the white space at its ends.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let bytes = self.value.get(range.clone()).unwrap_or_default();
        let start = range.start + (bytes.len() - bytes.trim_ascii_start().len());
        start..start + bytes.trim_ascii().len()
    }
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if !self.list {
            self.list = true;
            self.position = self.value.len() + 1;
            return Some(0..self.value.len());
        }
        while self.position <= self.value.len() {
            let end = self.end();
            let element = self.trimmed(self.position..end);
            self.position = end + 1;
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(value: &str) -> Vec<&str> {
        Elements::new(value.as_bytes(), true).map(|range| &value[range]).collect()
    }

    #[test]
    fn commas_count_outside_quotes_and_brackets_only() {
        assert_eq!(split("a, b ,,c,"), ["a", "b", "c"]);
        assert_eq!(split(r#""a, \" b" <x,y>;z=",", d"#), [r#""a, \" b" <x,y>;z=",""#, "d"]);
        assert_eq!(split("<a\"b>, c"), ["<a\"b>", "c"]);
        assert_eq!(split("\"open, c"), ["\"open, c"]);
        assert_eq!(split("<open, c"), ["<open, c"]);
        assert_eq!(split("  "), [""; 0]);
    }

    #[test]
    fn a_single_value_is_one_element_even_when_empty() {
        let mut elements = Elements::new(b"a, b", false);
        assert_eq!((elements.next(), elements.next()), (Some(0..4), None));
        assert_eq!(Elements::new(b"", false).count(), 1);
    }
}
