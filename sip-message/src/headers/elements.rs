//! The elements of a comma-separated header value (RFC 3261 §7.3.1), found without decoding them.

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
        let mut place = Place::Outside;
        for (index, byte) in self.value.iter().enumerate().skip(self.position) {
            place = match (place, byte) {
                (Place::Outside, b',') => return index,
                (Place::Outside, b'"') => Place::Quotes,
                (Place::Outside, b'<') => Place::Brackets,
                (Place::Quotes, b'\\') => Place::Escape,
                (Place::Quotes, b'"') | (Place::Brackets, b'>') => Place::Outside,
                (Place::Escape, _) => Place::Quotes,
                (Place::Outside | Place::Quotes | Place::Brackets, _) => place,
            };
        }
        self.value.len()
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

/// Where a byte of the value stands.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    Quotes,
    Escape,
    Brackets,
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
