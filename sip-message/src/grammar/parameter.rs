//! Parameters: `*(SEMI generic-param)` and the comma-separated `auth-param` (RFC 3261 §25.1).

use super::{Parsed, is_lws, quoted_string, rule, separator, token};
use crate::params::{Param, Params};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while;
use nom::combinator::{map, opt};
use nom::multi::{many0, separated_list1};
use nom::sequence::{pair, preceded, separated_pair};

/// `*(SEMI generic-param)`
pub(crate) fn params(input: &str) -> Parsed<'_, Params> {
    map(many0(preceded(separator(";"), generic_param)), Params::from_list).parse(input)
}

/// `generic-param = token [EQUAL gen-value]`
fn generic_param(input: &str) -> Parsed<'_, Param> {
    map(pair(token, opt(preceded(separator("="), gen_value))), |(name, value)| Param::new(name, value))
        .parse(input)
}

/// `gen-value = token / host / quoted-string`; taken as anything up to the next separator, since addresses, URIs and
/// empty values are met. The flag says whether it was quoted.
fn gen_value(input: &str) -> Parsed<'_, (String, bool)> {
    let plain = take_while(|character: char| !is_lws(character) && !matches!(character, ';' | ',' | '"'));
    alt((map(quoted_string, |text| (text, true)), map(plain, |text: &str| (text.to_owned(), false))))
        .parse(input)
}

/// `auth-param *(COMMA auth-param)`
pub(crate) fn auth_params(input: &str) -> Parsed<'_, Params> {
    map(separated_list1(separator(","), auth_param), Params::from_list).parse(input)
}

/// `auth-param = auth-param-name EQUAL (token / quoted-string)`
fn auth_param(input: &str) -> Parsed<'_, Param> {
    map(separated_pair(token, separator("="), rule("auth-param", gen_value)), |(name, value)| {
        Param::new(name, Some(value))
    })
    .parse(input)
}
