//! The error of the grammar: which rule of RFC 3261 §25.1 was not met, and where.

use crate::{HeaderError, HeaderName};
use nom::combinator::all_consuming;
use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Parser};

/// Where a rule was not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault<'a> {
    rest: &'a str,
    rule: &'static str,
}

impl<'a> Fault<'a> {
    /// A fault at the beginning of `rest`.
    pub(crate) const fn new(rest: &'a str, rule: &'static str) -> Self {
        Self { rest, rule }
    }
}

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, kind: ErrorKind) -> Self {
        Self { rest, rule: if kind == ErrorKind::Eof { "end of the value" } else { "" } }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// Of two alternatives the one that came further says more.
    fn or(self, other: Self) -> Self {
        if other.rest.len() <= self.rest.len() { other } else { self }
    }
}

/// What each rule of the grammar returns.
pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;

/// Names the rule that `parser` stands for in its faults, unless one inside has a name already.
pub(crate) fn rule<'a, T>(
    name: &'static str,
    mut parser: impl Parser<&'a str, Output = T, Error = Fault<'a>>,
) -> impl FnMut(&'a str) -> Parsed<'a, T> {
    let named =
        move |fault: Fault<'a>| if fault.rule.is_empty() { Fault { rule: name, ..fault } } else { fault };
    move |input| parser.parse(input).map_err(|error| error.map(named))
}

/// Runs `parser` over the whole of a value of the field `name`, white space around it aside.
pub(crate) fn decode<'a, T>(
    name: &HeaderName,
    value: &'a str,
    parser: impl Parser<&'a str, Output = T, Error = Fault<'a>>,
) -> Result<T, HeaderError> {
    let start = value.trim_start_matches(super::is_lws);
    match all_consuming(parser).parse(start.trim_end_matches(super::is_lws)) {
        Ok((_, parsed)) => Ok(parsed),
        Err(Err::Error(fault) | Err::Failure(fault)) => Err(HeaderError::Malformed {
            name: name.clone(),
            rule: fault.rule,
            offset: offset_in(value, fault.rest),
        }),
        Err(Err::Incomplete(_)) => {
            Err(HeaderError::Malformed { name: name.clone(), rule: "value", offset: value.len() })
        }
    }
}

/// How far into `value` its part `rest` begins.
fn offset_in(value: &str, rest: &str) -> usize {
    (rest.as_ptr() as usize).saturating_sub(value.as_ptr() as usize).min(value.len())
}
