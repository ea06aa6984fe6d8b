//! Searches in the header section, eight bytes at a time: where a line ends (RFC 3261 §7) and which of the usual names
//! it begins with (§7.3.1).

use memchr::memchr2;

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

/// So many blocks are looked at one by one; beyond, a search that begins slowly and then goes faster pays.
const NEAR: usize = 8;

/// Where the first CR or LF of `bytes` stands; their length where there is none.
#[inline(always)]
pub(crate) fn line_break(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let mut at = 0;
    for block in blocks.iter().take(NEAR) {
        // Both are small, and hardly any other byte of a header field is; compilers do this in a few steps.
        if block.iter().fold(false, |found, byte| found | (*byte <= b'\r'))
            && let Some(place) = break_in(block)
        {
            return at + place;
        }
        at += block.len();
    }
    far_line_break(bytes, at)
}

/// As [`line_break`], where there is none in front of `start`.
#[inline(never)]
fn far_line_break(bytes: &[u8], start: usize) -> usize {
    let far = bytes.get(start..).unwrap_or_default();
    start + memchr2(b'\r', b'\n', far).unwrap_or(far.len())
}

/// Where the first CR or LF of a block stands.
#[inline(always)]
fn break_in(block: &[u8; 16]) -> Option<usize> {
    let (words, _) = block.as_chunks::<8>();
    let marks = words.iter().map(|word| up_to_cr(u64::from_le_bytes(*word)));
    let (word, marks) = marks.enumerate().find(|(_, marks)| *marks != 0)?;
    let place = word * 8 + first(marks);
    match block.get(place) {
        Some(b'\r' | b'\n') => Some(place),
        Some(_) | None => late_break_in(block),
    }
}

/// As [`break_in`], where a tab or a control character comes first.
#[inline(never)]
fn late_break_in(block: &[u8; 16]) -> Option<usize> {
    block.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
}

/// The bytes up to the first colon as two words padded with zeros, if it is among the first 16, and where it stands.
pub(crate) fn up_to_colon(bytes: &[u8]) -> Option<([u64; 2], usize)> {
    let (words, _) = bytes.as_chunks::<8>();
    let [low, high, ..] = words else { return None };
    let (low, high) = (u64::from_le_bytes(*low), u64::from_le_bytes(*high));
    let marks = equal(low, b':');
    if marks != 0 {
        return Some(([low & up_to_first(marks), 0], first(marks)));
    }
    let marks = equal(high, b':');
    (marks != 0).then(|| ([low, high & up_to_first(marks)], 8 + first(marks)))
}

/// `name` with a colon behind it as [`up_to_colon`] gives it; `None` where that is more than 16 bytes.
pub(crate) const fn with_colon(name: &[u8]) -> Option<[u64; 2]> {
    let (mut low, mut high) = (b':' as u64, 0);
    if name.len() > 15 {
        return None;
    }
    let mut rest = name;
    while let [front @ .., last] = rest {
        (low, high) = (low << 8 | *last as u64, high << 8 | low >> 56);
        rest = front;
    }
    Some([low, high])
}

/// A high bit in the first byte of `word` that equals `byte`; bits behind it say nothing.
const fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGH_BITS
}

/// A high bit in the first byte of `word` that is no greater than CR; bits behind it say nothing.
const fn up_to_cr(word: u64) -> u64 {
    word.wrapping_sub(ONES * (b'\r' as u64 + 1)) & !word & HIGH_BITS
}

/// Which byte the lowest of `marks` stands for.
const fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// All bits of the bytes up to the one that the lowest of `marks` stands for.
const fn up_to_first(marks: u64) -> u64 {
    marks ^ (marks - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_search_byte_by_byte_finds() {
        for length in 0..170 {
            for at in (0..=length).step_by(7) {
                for (filler, end) in [(b'a', b'\r'), (b'\t', b'\n'), (0, b'\r'), (0x8d, b'\n'), (0x0c, b'\n')]
                {
                    let mut bytes = vec![filler; length];
                    bytes.iter_mut().skip(at).step_by(3).for_each(|byte| *byte = end);
                    let expected = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                    assert_eq!(line_break(&bytes), expected.unwrap_or(length));
                }
            }
        }
    }

    #[test]
    fn names_end_at_the_first_colon() {
        for name in
            ["", "a", "Contact", "Max-Forwards", "Content-Length", "Session-Expires", "\u{bb}\u{ba}9;\0"]
        {
            let line = format!("{name}: :x::                ");
            assert_eq!(
                up_to_colon(line.as_bytes()),
                with_colon(name.as_bytes()).zip(Some(name.len())),
                "{name}"
            );
        }
        assert_eq!(up_to_colon(b"WWW-Authenticate: Basic"), None);
        assert_eq!(up_to_colon(b"Via: SIP/2.0/WS"), None);
        assert_eq!(with_colon(b"WWW-Authenticate"), None);
        assert_ne!(with_colon(b"To"), with_colon(b"To\0"));
    }
}
