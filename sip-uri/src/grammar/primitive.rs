//! What the rules of RFC 3261 §25.1 are made of: spans of a class with escapes, and errors that know their place.

use super::class::{Class, span};
use crate::{Mode, ParseUriError};
use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Offset};

/// The makers of a [`ParseUriError`]: its variants, as functions of the offset.
pub(crate) type Rule = fn(usize) -> ParseUriError;

/// Where parsing stopped, and the rule that did not match there.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    rest: &'a str,
    rule: Rule,
}

pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self { rest, rule: ParseUriError::Opaque }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// The error that `rule` is broken at `rest`.
pub(crate) fn fault<'a, T>(rest: &'a str, rule: Rule) -> Parsed<'a, T> {
    Err(nom::Err::Error(Fault { rest, rule }))
}

/// Turns the outcome of a parser that was run on `input` into our own error with an offset.
pub(crate) fn finish<'a, T>(input: &'a str, outcome: Parsed<'a, T>) -> Result<T, ParseUriError> {
    match outcome {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err((fault.rule)(input.offset(fault.rest))),
        Err(nom::Err::Incomplete(_)) => Err(ParseUriError::Opaque(input.len())),
    }
}

/// The run of `class` and `escaped` that the input begins with, behind what follows it; see [`span`].
pub(crate) fn span0(input: &str, class: Class, mode: Mode) -> (&str, &str) {
    let end = span(input.as_bytes(), 0, class, mode);
    let (span, rest) = input.split_at_checked(end).unwrap_or((input, ""));
    (rest, span)
}

/// As [`span0`], but at least one character long.
pub(crate) fn span1<'a>(class: Class, mode: Mode, rule: Rule) -> impl Fn(&'a str) -> Parsed<'a, &'a str> {
    move |input| match span0(input, class, mode) {
        (_, "") => fault(input, rule),
        parsed => Ok(parsed),
    }
}

/// The end of a component: nothing is left, or one of `stops` follows.
pub(crate) fn end<'a>(input: &'a str, stops: &[char], rule: Rule) -> Parsed<'a, ()> {
    if input.is_empty() || input.starts_with(stops) { Ok((input, ())) } else { fault(input, rule) }
}
