//! The delimiter lines of a `multipart` body (RFC 2046 §5.1.1), found in one pass.

use memchr::memmem::Finder;

/// A line that begins with two hyphens and the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    /// Where the line end in front begins: it belongs to the delimiter.
    pub(super) start: usize,
    /// Where the hyphens stand.
    pub(super) hyphens: usize,
    /// Behind the line end.
    pub(super) end: usize,
    /// Whether it is the last: two hyphens follow the boundary.
    pub(super) closes: bool,
}

/// All delimiter lines in `bytes`, those behind the closing one as well; `mark` is the boundary behind two hyphens.
pub(super) fn delimiters<'a>(bytes: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = Delimiter> + 'a {
    let finder = Finder::new(mark);
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let hyphens = from + finder.find(bytes.get(from..)?)?;
            from = hyphens + mark.len();
            if let Some(delimiter) = delimiter(bytes, hyphens, from) {
                from = delimiter.end;
                return Some(delimiter);
            }
        }
    })
}

/// `delimiter := CRLF "--" boundary` or `close-delimiter`, then `transport-padding` and a line end; LF is met for
/// CRLF. `None` where the mark is part of another line.
fn delimiter(bytes: &[u8], hyphens: usize, behind: usize) -> Option<Delimiter> {
    let start = match bytes.get(..hyphens)? {
        [.., b'\r', b'\n'] => hyphens - 2,
        [.., b'\n'] => hyphens - 1,
        [] => 0,
        [..] => return None,
    };
    let rest = bytes.get(behind..)?;
    let closes = rest.starts_with(b"--");
    let mut rest = if closes { rest.get(2..)? } else { rest };
    while let [b' ' | b'\t', tail @ ..] = rest {
        rest = tail;
    }
    let rest = match rest {
        [b'\r', b'\n', tail @ ..] | [b'\n', tail @ ..] => tail,
        [] => rest,
        [..] => return None,
    };
    Some(Delimiter { start, hyphens, end: bytes.len() - rest.len(), closes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize, bool)> {
        delimiters(text.as_bytes(), b"--b").map(|found| (found.start, found.end, found.closes)).collect()
    }

    #[test]
    fn delimiters_are_lines_of_their_own() {
        assert_eq!(found("--b\r\nx\r\n--b \t\r\ny\n--b--"), [(0, 5, false), (6, 15, false), (16, 22, true)]);
        assert_eq!(found("x--b\r\n --b\r\n--bc\r\n--b-\r\n--b x\r\n--b-- x"), []);
        assert_eq!(found("--b\r\n--b--\r\n"), [(0, 5, false), (3, 12, true)]);
        assert_eq!(found(""), []);
    }
}
