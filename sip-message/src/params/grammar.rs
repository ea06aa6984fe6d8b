//! Parameters: `*(SEMI generic-param)` and the comma-separated `auth-param` (RFC 3261 §25.1).

use super::{Param, Params};
use crate::grammar::{Parsed, is_lws, quoted_string, rule, separator, token};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::combinator::{map, opt, recognize};
use nom::multi::{many1_count, separated_list1};
use nom::sequence::{delimited, preceded, separated_pair};

/// `*(SEMI generic-param)`; empty ones are passed over, RFC 3428 §10 prints some.
pub(crate) fn params(input: &str) -> Parsed<'_, Params> {
    let mut list = Vec::new();
    let mut rest = input;
    while let Ok((tail, _)) = separator(";").parse(rest) {
        rest = tail;
        if !rest.is_empty() && !rest.starts_with(';') {
            let (tail, param) = generic_param(rest)?;
            list.push(param);
            rest = tail;
        }
    }
    Ok((rest, Params::from_list(list)))
}

/// `prefix *(SEMI generic-param)`; behind an empty prefix the first parameter has no semicolon.
pub(crate) fn only_params<'a>(prefix: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, Params> {
    move |input| {
        if !prefix.is_empty() {
            return preceded(rule(prefix, tag(prefix)), params).parse(input);
        }
        let (rest, first) = generic_param(input)?;
        let (rest, others) = params(rest)?;
        Ok((rest, others.behind(first)))
    }
}

/// `generic-param = token [EQUAL gen-value]`
fn generic_param(input: &str) -> Parsed<'_, Param> {
    let (rest, name) = token(input)?;
    let Ok((tail, _)) = separator("=").parse(rest) else {
        return Ok((rest, Param::new(name, None)));
    };
    let (rest, value) = gen_value(tail)?;
    Ok((rest, Param::new(name, Some(value))))
}

/// `gen-value = token / host / quoted-string`; taken as anything up to the next separator, since addresses, URIs and
/// empty values are met. The flag says whether it was quoted.
fn gen_value(input: &str) -> Parsed<'_, (String, bool)> {
    if input.starts_with('"') {
        return map(quoted_string, |text| (text, true)).parse(input);
    }
    // rfc8224#4 `ident-info-uri` stands between brackets, where a semicolon separates nothing
    let bracketed = (tag("<"), take_till(|character| matches!(character, '<' | '>' | '"')), tag(">"));
    let plain = take_while(|character: char| !is_lws(character) && !matches!(character, ';' | ',' | '"'));
    map(recognize((opt(bracketed), plain)), |text: &str| (text.to_owned(), false)).parse(input)
}

/// `auth-param *(COMMA auth-param)`; RFC 3665 §2.1 prints white space for a comma, and some senders one comma more.
pub(crate) fn auth_params(input: &str) -> Parsed<'_, Params> {
    let commas = || recognize(many1_count(separator(",")));
    let list = separated_list1(alt((commas(), take_while1(is_lws))), auth_param);
    map(delimited(opt(commas()), list, opt(commas())), Params::from_list).parse(input)
}

/// `auth-param = auth-param-name EQUAL (token / quoted-string)`; an empty value counts as quoted, since `name=` at the
/// end is a `token68` as well.
fn auth_param(input: &str) -> Parsed<'_, Param> {
    map(separated_pair(token, separator("="), rule("auth-param", gen_value)), |(name, (value, quoted))| {
        let quoted = quoted || value.is_empty();
        Param::new(name, Some((value, quoted)))
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameters_are_passed_over() {
        let (rest, parsed) = params(";; a=1 ; ;b;").unwrap();
        assert_eq!((rest, parsed.len(), parsed.get("a")), ("", 2, Some("1")));
    }

    #[test]
    fn a_uri_in_brackets_keeps_its_semicolons() {
        let (rest, parsed) = params(";info=<https://a.example/b;c,d>;x=<y;z=<p;q>r").unwrap();
        assert_eq!((rest, parsed.get("info")), ("", Some("<https://a.example/b;c,d>")));
        assert_eq!((parsed.get("x"), parsed.get("z")), (Some("<y"), Some("<p;q>r")));
    }

    #[test]
    fn a_bad_parameter_is_a_fault_of_its_own() {
        assert!(params(";a=1;=2").is_err());
        assert!(params(";a=\"open").is_err());
        assert_eq!(params("x").unwrap().0, "x");
    }

    #[test]
    fn auth_params_with_and_without_commas() {
        let (rest, parsed) = auth_params("realm=\"a b\" nonce=c,\topaque=\"\"").unwrap();
        assert_eq!((rest, parsed.len(), parsed.get("opaque")), ("", 3, Some("")));
        assert!(auth_params("realm").is_err());
        let (rest, parsed) = auth_params(", realm=\"a\", ,nonce=b , ").unwrap();
        assert_eq!((rest, parsed.len(), parsed.get("nonce")), ("", 2, Some("b")));
        let mut printed = String::new();
        auth_params("stale =, opaque=").unwrap().1.encode_with_commas(&mut printed);
        assert_eq!(printed, "stale=\"\", opaque=\"\"");
    }
}
