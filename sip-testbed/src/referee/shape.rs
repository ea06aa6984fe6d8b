//! The shape of a message: all of it but the numbers and the random names, by which two messages are alike for rules
//! that look at one message alone (RFC 3261 §7, §25).

use sip_message::Message;
use std::hash::{DefaultHasher, Hasher};

/// A hash of the shape of `message`.
///
/// Words are kept, for they may be methods, option tags and parameters; what is chosen by chance is not: words with
/// digits, of which only the length counts where all are digits, tags, user parts, and names under `.invalid`.
pub(super) fn of(message: &Message) -> u64 {
    let bytes = message.to_bytes();
    let mut hasher = DefaultHasher::new();
    let mut rest = &bytes[..];
    let mut before: &[u8] = b"";
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        hash_word(&mut hasher, before, word, after);
        let next = after.iter().position(u8::is_ascii_alphanumeric).unwrap_or(after.len());
        (before, rest) = after.split_at(next);
        hasher.write(before);
        if is_tag(word) && before == b"=" {
            before = b"tag=";
        }
    }
    hasher.finish()
}

fn hash_word(hasher: &mut DefaultHasher, before: &[u8], word: &[u8], after: &[u8]) {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_chosen = before == b"tag=" || after.starts_with(b"@") || after.starts_with(b".invalid");
    match digits {
        _ if is_chosen => hasher.write_u8(0),
        0 => hasher.write(word),
        digits if digits == word.len() => hasher.write_usize(digits),
        _ => hasher.write_u8(1),
    }
}

fn is_tag(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> u64 {
        of(&Message::parse(format!("{text}\r\n\r\n").into()).unwrap())
    }

    #[test]
    fn numbers_and_random_names_do_not_matter() {
        let one = "BYE sip:xyz@abc.invalid SIP/2.0\r\nFrom: <sip:a@b.test>;tag=abc\r\nCSeq: 1 BYE";
        let other = "BYE sip:uvw@def.invalid SIP/2.0\r\nFrom: <sip:b@b.test>;tag=def\r\nCSeq: 2 BYE";
        assert_eq!(shape(one), shape(other));
    }

    #[test]
    fn methods_names_and_parameters_matter() {
        let of = |line: &str| shape(&format!("BYE sip:a@b.test SIP/2.0\r\n{line}"));
        let lines =
            ["CSeq: 1 BYE", "CSeq: 1 INVITE", "CSeq: 1000 BYE", "Require: timer", "To: <sip:a@b>;tag=", ""];
        let shapes: std::collections::HashSet<u64> = lines.iter().map(|line| of(line)).collect();
        assert_eq!(shapes.len(), lines.len());
    }
}
