//! Addresses as header fields carry them: `name-addr` and `addr-spec` with parameters (RFC 3261 §20.10, §25.1).

use crate::Params;
use crate::grammar::{Fault, Parsed, comment, is_lws, lws, quoted_string, rule, write_quoted};
use crate::params::params;
use nom::bytes::complete::{tag, take_till, take_while};
use nom::combinator::opt;
use nom::sequence::{delimited, preceded};
use nom::{Err, Parser};
use sip_uri::{Mode, Uri};

/// An optional display name, a URI, and the parameters of the header field (RFC 3261 §20.10, §25.1).
///
/// ```
/// # use sip_message::NameAddr;
/// let addr = NameAddr::new("sip:bob@biloxi.example".parse()?).with_tag("a6c85cf");
/// assert_eq!(addr.to_string(), "<sip:bob@biloxi.example>;tag=a6c85cf");
/// # Ok::<_, sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameAddr {
    /// The name for people, without quotes and backslashes.
    pub display_name: Option<String>,
    /// The address.
    pub uri: Uri,
    /// The parameters behind the address; those of the URI stand in `uri`.
    pub params: Params,
}

impl NameAddr {
    /// An address alone.
    #[must_use]
    pub const fn new(uri: Uri) -> Self {
        Self { display_name: None, uri, params: Params::new() }
    }

    /// The same address with a display name.
    #[must_use]
    pub fn with_display_name(mut self, name: &str) -> Self {
        self.display_name = Some(name.to_owned());
        self
    }

    /// The same address with a `tag` parameter (RFC 3261 §19.3).
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }

    /// The `tag` parameter; `None` also for an empty one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// Appends the address in its `name-addr` form, the URI between `<` and `>`.
    pub fn encode(&self, out: &mut String) {
        if let Some(name) = &self.display_name {
            write_quoted(name, out);
            out.push(' ');
        }
        out.push('<');
        out.push_str(self.uri.as_str());
        out.push('>');
        self.params.encode(out);
    }
}

impl std::fmt::Display for NameAddr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.encode(&mut text);
        f.write_str(&text)
    }
}

/// `(name-addr / addr-spec) *(SEMI generic-param)`, and the comment that RFC 2543 §6.13 allows behind a Contact.
pub(crate) fn name_addr(input: &str) -> Parsed<'_, NameAddr> {
    let (rest, display_name) = display_name(input)?;
    let (rest, uri) = if rest.starts_with('<') { bracketed_uri(rest)? } else { addr_spec(rest)? };
    let (rest, (params, comment)) = (params, opt(preceded(lws, comment))).parse(rest)?;
    let display_name = display_name.filter(|name| !name.is_empty());
    Ok((rest, NameAddr { display_name, uri, params: params.commented(comment) }))
}

/// `[display-name]` in front of `<`, where `display-name = *(token LWS) / quoted-string`; any words will do, and
/// `None` where there is no `<` to come. A URI is never looked for between quotes.
fn display_name(input: &str) -> Parsed<'_, Option<String>> {
    if input.starts_with('"') {
        let (rest, name) = quoted_string(input)?;
        let (rest, _) = lws(rest)?;
        if rest.starts_with('<') {
            return Ok((rest, Some(name)));
        }
        return Ok(match display_name(rest)? {
            (behind, Some(more)) => (behind, Some([name, more].join(" "))),
            (_, None) => (rest, Some(name)),
        });
    }
    let end = input.find(['<', '"', ';']).unwrap_or(input.len());
    let (words, rest) = input.split_at_checked(end).unwrap_or((input, ""));
    if rest.starts_with('"') && is_words(words) {
        let (rest, more) = display_name(rest)?;
        let more = more.unwrap_or_default();
        return Ok((rest, Some(format!("{} {more}", words.trim_matches(is_lws)))));
    }
    if !rest.starts_with('<') || words.is_empty() {
        return Ok(bare_uri(words).map_or((input, None), |at| words_before(input, at)));
    }
    // What has no letter is no name: registrars leave colons and the like between elements.
    let words = words.trim_matches(is_lws);
    Ok((rest, is_name(words).then(|| words.to_owned())))
}

/// What stands behind the display name of an address that can be read.
pub(crate) fn behind_display_name(input: &str) -> &str {
    display_name(input).map_or(input, |(rest, _)| rest)
}

/// Whether there are words and no URI that could end in a quoted parameter.
fn is_words(text: &str) -> bool {
    is_name(text) && !text.contains([':', '='])
}

fn is_name(words: &str) -> bool {
    words.contains(|character: char| character.is_alphanumeric())
}

/// Where in `Bob sip:bob@biloxi.example` the URI begins: the last word, if that is a URI of SIP or a number.
fn bare_uri(words: &str) -> Option<usize> {
    let words = words.trim_end_matches(is_lws);
    let at = words.rfind(is_lws)? + 1;
    let scheme = words.get(at..)?.split(':').next()?;
    let is_address = ["sip", "sips", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (is_address && scheme.len() < words.len() - at).then_some(at)
}

/// The words in front of the URI that begins at `at`.
fn words_before(input: &str, at: usize) -> (&str, Option<String>) {
    let (words, rest) = input.split_at_checked(at).unwrap_or(("", input));
    let words = words.trim_matches(is_lws);
    (rest, is_name(words).then(|| words.to_owned()))
}

/// `LAQUOT addr-spec RAQUOT`
fn bracketed_uri(input: &str) -> Parsed<'_, Uri> {
    let text = take_till(|character| character == '>');
    let (rest, text) = delimited(rule("<", tag("<")), text, rule(">", tag(">"))).parse(input)?;
    if !text.contains(is_lws) {
        return Ok((rest, uri(text)?));
    }
    // Folds inside a URI are met (RFC 7118 §8.2 prints one); RFC 4475 §3.1.2.14 allows to ignore the space.
    let parsed = Uri::parse(&text.replace(is_lws, ""), Mode::Lenient);
    Ok((rest, parsed.map_err(|_| Err::Error(Fault::new(text, "addr-spec")))?))
}

/// `addr-spec` without brackets: what follows the first semicolon belongs to the header field.
fn addr_spec(input: &str) -> Parsed<'_, Uri> {
    // rfc3261#20.10 without brackets, all parameters are those of the field
    let (rest, text) =
        rule("addr-spec", take_while(|character| !is_lws(character) && character != ';')).parse(input)?;
    let (rest, _) = opt(lws).parse(rest)?;
    Ok((rest, uri(text)?))
}

/// `addr-spec = SIP-URI / SIPS-URI / absoluteURI`
fn uri(text: &str) -> Result<Uri, Err<Fault<'_>>> {
    Uri::parse(text, Mode::Lenient).map_err(|error| {
        let rest = text.get(error.offset()..).unwrap_or(text);
        Err::Error(Fault::new(rest, "addr-spec"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NameAddr {
        let (rest, parsed) = name_addr(text).unwrap();
        assert_eq!(rest, "");
        parsed
    }

    #[test]
    fn display_names_quoted_bare_and_absent() {
        let quoted = parse(r#""J \\ \"R\" <sip:x@y>" <sip:a@b.example>;tag=1"#);
        assert_eq!(quoted.display_name.as_deref(), Some(r#"J \ "R" <sip:x@y>"#));
        assert_eq!(quoted.uri.to_string(), "sip:a@b.example");
        assert_eq!(parse(&quoted.to_string()), quoted);
        assert_eq!(parse("Bob  Smith<sip:a@b>").display_name.as_deref(), Some("Bob  Smith"));
        assert_eq!(parse("\"\" <sip:a@b>").display_name, None);
        assert_eq!(parse("<sip:a@b>").display_name, None);
        assert_eq!(parse("Zoë <sip:a@b>").display_name.as_deref(), Some("Zoë"));
    }

    #[test]
    fn without_brackets_the_parameters_are_those_of_the_field() {
        let addr = parse("sip:a@b.example ; tag=7");
        assert_eq!((addr.uri.as_str(), addr.tag()), ("sip:a@b.example", Some("7")));
        assert_eq!(addr.to_string(), "<sip:a@b.example>;tag=7");
    }

    #[test]
    fn semicolons_and_commas_in_brackets_are_the_uris() {
        let addr = parse("<sip:user;par=u%40example.net@example.com;transport=ws>;tag=");
        assert_eq!(addr.uri.to_string(), "sip:user;par=u%40example.net@example.com;transport=ws");
        assert_eq!((addr.tag(), addr.params.contains("tag")), (None, true));
    }

    #[test]
    fn white_space_in_a_uri_is_dropped() {
        assert_eq!(parse("< sip:a@b.example\t;lr >").uri.to_string(), "sip:a@b.example;lr");
        assert!(name_addr("<si p>").is_err());
    }

    #[test]
    fn a_quoted_name_may_stand_before_a_bare_uri() {
        let addr = parse("\"asterisk\" sip:asterisk@192.0.2.1;tag=as66");
        assert_eq!((addr.display_name.as_deref(), addr.tag()), (Some("asterisk"), Some("as66")));
        assert!(name_addr("\"<sip:a@b>\"").is_err());
    }

    #[test]
    fn names_of_several_kinds_of_words_are_read_up_to_the_uri() {
        for (text, name) in [
            ("Bob Smith sip:bob@b.example;tag=7", "Bob Smith"),
            ("\"Bob\" Smith <sip:bob@b.example>;tag=7", "Bob Smith"),
            ("\"Bob\"Smith<sip:bob@b.example>;tag=7", "Bob Smith"),
            ("Bob \"B. <sip:x@y>\" Smith <sip:bob@b.example>;tag=7", "Bob B. <sip:x@y> Smith"),
            ("\"Bob\" Smith SIP:bob@b.example;tag=7", "Bob Smith"),
        ] {
            let addr = parse(text);
            assert_eq!((addr.display_name.as_deref(), addr.tag()), (Some(name), Some("7")), "{text}");
            assert!(addr.uri.as_str().ends_with(":bob@b.example"), "{text}");
        }
        for text in ["Bob bob@b.example", "Bob \"sip:a@b\"", "Bob sip:", "sip: a@b", "a \"<sip:a@b>"] {
            assert!(name_addr(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_schemes_are_addresses_too() {
        assert_eq!(parse("<tel:+1-201-555-0123>;x").uri.scheme(), "tel");
    }
}
