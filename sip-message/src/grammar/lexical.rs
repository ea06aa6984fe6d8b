//! Words, white space, quoted strings and comments (RFC 3261 §25.1, basic rules).

use super::{Fault, Parsed, rule};
use crate::Method;
use crate::token::{is_token, is_token_byte};
use nom::Err;
use nom::Parser;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::map;
use nom::sequence::delimited;
use std::borrow::Cow;
use std::fmt::Display;

/// White space as it is left after unfolding; line ends count for values that did not come from a message.
pub(crate) const fn is_lws(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Replaces each line end with the white space around it by one space.
pub(crate) fn unfold(text: &str) -> Cow<'_, str> {
    // rfc3261#7.3.1 a fold means the same as one space
    if memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let parts =
        text.split(['\r', '\n']).map(|part| part.trim_matches([' ', '\t'])).filter(|part| !part.is_empty());
    Cow::Owned(parts.collect::<Vec<_>>().join(" "))
}

/// `LWS`, or nothing.
pub(crate) fn lws(input: &str) -> Parsed<'_, &str> {
    take_while(is_lws).parse(input)
}

/// `LWS`
pub(crate) fn some_lws(input: &str) -> Parsed<'_, &str> {
    rule("LWS", take_while1(is_lws)).parse(input)
}

/// `SEMI`, `SLASH`, `EQUAL` …: the separator between optional white space.
pub(crate) fn separator<'a>(text: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, &'a str> {
    rule(text, delimited(lws, tag(text), lws))
}

/// `token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")`
pub(crate) fn token(input: &str) -> Parsed<'_, &str> {
    rule("token", take_while1(|character: char| u8::try_from(character).is_ok_and(is_token_byte)))
        .parse(input)
}

/// `callid = word ["@" word]` in front of parameters: anything without white space, comma or semicolon.
pub(crate) fn callid(input: &str) -> Parsed<'_, &str> {
    rule("callid", unseparated).parse(input)
}

/// A host, a URN or another value whose own grammar nobody needs: `1*` of anything but white space, comma, semicolon
/// and quotes.
pub(crate) fn unseparated(input: &str) -> Parsed<'_, &str> {
    let parser = take_while1(|character| !is_lws(character) && !matches!(character, ',' | ';' | '"'));
    rule("value", parser).parse(input)
}

/// `token / quoted-string`, without the quotes.
pub(crate) fn token_or_quoted(input: &str) -> Parsed<'_, String> {
    if input.starts_with('"') { quoted_string(input) } else { map(token, str::to_owned).parse(input) }
}

/// `Method = INVITEm / ACKm / … / extension-method`
pub(crate) fn method(input: &str) -> Parsed<'_, Method> {
    let (rest, text) = token(input)?;
    text.parse().map(|method| (rest, method)).map_err(|_| Err::Error(Fault::new(input, "Method")))
}

/// `quoted-string = SWS DQUOTE *(qdtext / quoted-pair) DQUOTE`, returned without quotes and backslashes.
pub(crate) fn quoted_string(input: &str) -> Parsed<'_, String> {
    let (mut rest, _) = rule("quoted-string", tag("\"")).parse(input)?;
    let mut text = String::new();
    loop {
        let end = rest.find(['"', '\\']).ok_or(Err::Error(Fault::new(input, "closing quote")))?;
        let (plain, tail) = rest.split_at(end);
        text.push_str(plain);
        let mut characters = tail.chars();
        if characters.next() == Some('"') {
            return Ok((characters.as_str(), text));
        }
        let escaped = characters.next().ok_or(Err::Error(Fault::new(tail, "quoted-pair")))?;
        text.push(escaped);
        rest = characters.as_str();
    }
}

/// `comment = LPAREN *(ctext / quoted-pair / comment) RPAREN`, returned without the outer parentheses, else as it
/// stands. Nesting is counted, not recursed into.
pub(crate) fn comment(input: &str) -> Parsed<'_, &str> {
    let fault = || Err::Error(Fault::new(input, "closing parenthesis"));
    let (inside, _) = rule("comment", tag("(")).parse(input)?;
    let end = comment_length(input.as_bytes()).ok_or_else(fault)?;
    let (text, rest) = inside.split_at_checked(end - 2).ok_or_else(fault)?;
    Ok((rest.strip_prefix(')').unwrap_or(rest), text))
}

/// How long the comment in front of `bytes` is with its parentheses; `None` when it does not end.
pub(crate) fn comment_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (position, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(position + 1);
        }
    }
    None
}

/// Writes a value as it is.
pub(crate) fn write_plain(value: &impl Display, out: &mut String) {
    out.push_str(&value.to_string());
}

/// Writes `text` as a token if it is one, else as a quoted-string.
pub(crate) fn write_token_or_quoted(text: &str, out: &mut String) {
    if is_token(text.as_bytes()) { out.push_str(text) } else { write_quoted(text, out) }
}

/// Writes `text` as a quoted-string.
pub(crate) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_lose_their_backslashes_and_get_them_back() {
        let (rest, text) = quoted_string(r#""a \"b\" \\" tail"#).unwrap();
        assert_eq!((rest, text.as_str()), (" tail", r#"a "b" \"#));
        let mut printed = String::new();
        write_quoted(&text, &mut printed);
        assert_eq!(printed, r#""a \"b\" \\""#);
        assert!(quoted_string(r#""open"#).is_err());
        assert!(quoted_string(r#""open\"#).is_err());
    }

    #[test]
    fn values_that_are_no_tokens_are_quoted() {
        let mut printed = String::new();
        write_token_or_quoted("a.b", &mut printed);
        write_token_or_quoted("a b", &mut printed);
        write_token_or_quoted("", &mut printed);
        assert_eq!(printed, r#"a.b"a b""""#);
        assert_eq!(token_or_quoted("\"a b\";x"), Ok((";x", "a b".to_owned())));
        assert_eq!(callid("a@[::1];to-tag=1"), Ok((";to-tag=1", "a@[::1]")));
        assert!(unseparated(";x").is_err());
    }

    #[test]
    fn folds_become_one_space() {
        assert_eq!(unfold("a \r\n\t b\r\n \r\n c"), "a b c");
        assert!(matches!(unfold("a  b"), Cow::Borrowed("a  b")));
    }

    #[test]
    fn comments_nest() {
        assert_eq!(comment(r"(a (b) \) c) d"), Ok((" d", r"a (b) \) c")));
        assert!(comment("(a (b)").is_err());
    }
}
