//! A line of an input with a part of it underlined.

use std::ops::Range;

/// How many characters of a line are shown.
const WIDTH: usize = 100;
/// How many characters in front of the underlined part are shown when the line is longer.
const LEAD: usize = 40;

/// Where a range of bytes stands, in numbers that people count in.
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The character in the line, from 1.
    pub(crate) column: usize,
}

/// The line and column of a byte.
pub(crate) fn place(bytes: &[u8], offset: usize) -> Place {
    let (start, _) = line_around(bytes, offset);
    let before = bytes.get(..start).unwrap_or_default();
    let line = 1 + line_ends(before);
    let column =
        1 + characters(bytes.get(start..offset.min(bytes.len())).unwrap_or_default()).chars().count();
    Place { line, column }
}

/// The line that `span` begins in, with its number, and the part of it that `span` covers underlined.
pub(crate) fn excerpt(bytes: &[u8], span: &Range<usize>) -> String {
    let (start, end) = line_around(bytes, span.start);
    let part = |range: Range<usize>| characters(bytes.get(range).unwrap_or_default());
    let from = span.start.clamp(start, end);
    let to = span.end.clamp(from, end);
    let (before, marked, after) = (part(start..from), part(from..to), part(to..end));
    let number = place(bytes, span.start).line.to_string();
    let (before, marked, after) = shortened(&before, &marked, &after);
    let margin = " ".repeat(number.len());
    let carets = "^".repeat(marked.chars().count().max(1));
    let indent = " ".repeat(before.chars().count());
    format!("{margin} |\n{number} | {before}{marked}{after}\n{margin} | {indent}{carets}\n")
}

/// The three parts of a line, cut so that they fit the width.
fn shortened(before: &str, marked: &str, after: &str) -> (String, String, String) {
    let count = |text: &str| text.chars().count();
    if count(before) + count(marked) + count(after) <= WIDTH {
        return (before.to_owned(), marked.to_owned(), after.to_owned());
    }
    let surplus = count(before).saturating_sub(LEAD);
    let before: String = if surplus == 0 {
        before.to_owned()
    } else {
        format!("…{}", before.chars().skip(surplus + 1).collect::<String>())
    };
    let marked = start_of(marked, WIDTH.saturating_sub(count(&before)));
    let after = start_of(after, WIDTH.saturating_sub(count(&before) + count(&marked)));
    (before, marked, after)
}

/// The text, or as much of it as `room` has with an ellipsis.
fn start_of(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// Text with one visible character for each that would move the cursor.
fn characters(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|character| if character == '\t' { ' ' } else { visible(character) }).collect()
}

fn visible(character: char) -> char {
    if character.is_control() { '\u{fffd}' } else { character }
}

/// Where the line with the byte at `offset` begins and ends.
fn line_around(bytes: &[u8], offset: usize) -> (usize, usize) {
    let offset = offset.min(bytes.len());
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let start = bytes.get(..offset).unwrap_or_default().iter().rposition(is_end).map_or(0, |end| end + 1);
    let rest = bytes.get(offset..).unwrap_or_default();
    (start, offset + rest.iter().position(is_end).unwrap_or(rest.len()))
}

/// How many lines end in `bytes`: with CRLF, LF or CR.
fn line_ends(bytes: &[u8]) -> usize {
    let pairs = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() - pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_underlined_in_its_line() {
        let bytes = b"BYE sip:a SIP/2.0\r\nVia:\tx y\r\n\r\n";
        assert_eq!(excerpt(bytes, &(24..25)), "  |\n2 | Via: x y\n  |      ^\n");
        assert_eq!((place(bytes, 26).line, place(bytes, 26).column), (2, 8));
    }

    #[test]
    fn nothing_is_shown_as_one_caret_and_more_lines_as_the_first() {
        assert_eq!(excerpt(b"ab", &(2..2)), "  |\n1 | ab\n  |   ^\n");
        assert_eq!(excerpt(b"a\nb\n", &(0..3)), "  |\n1 | a\n  | ^\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_part() {
        let line = format!("{}HERE{}", "a".repeat(200), "b".repeat(200));
        let shown = excerpt(line.as_bytes(), &(200..204));
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH + 4), "{shown}");
        assert!(shown.contains("aHEREb") && shown.contains("…"));
    }

    #[test]
    fn bytes_that_are_no_text_take_one_place_each() {
        assert_eq!(excerpt(b"\xff\x1bx", &(2..3)), "  |\n1 | \u{fffd}\u{fffd}x\n  |   ^\n");
    }
}
