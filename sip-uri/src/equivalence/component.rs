//! Sameness of one component, RFC 3261 §19.1.4: escapes, case, and lists whose order does not matter.

use crate::Host;
use crate::escape::{Unit, Units};
use crate::grammar::class::is_reserved;
use crate::param::RawParam;
use std::collections::BTreeMap;

/// Whether letters of another case are other letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Insensitive,
}

/// Whether two components are the same text: a character equals its escape, unless it is reserved (RFC 2396 §2.2).
pub(super) fn same(one: &str, two: &str, case: Case) -> bool {
    one == two || Units::of(one).map(|unit| fold(unit, case)).eq(Units::of(two).map(|unit| fold(unit, case)))
}

/// As [`same`], where an absent component equals an absent one only.
pub(super) fn same_option(one: Option<&str>, two: Option<&str>, case: Case) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => same(one, two, case),
        (one, two) => one.is_none() && two.is_none(),
    }
}

/// Which parameters may be absent from one of two lists.
#[derive(Clone, Copy, Debug)]
pub(super) enum Presence {
    /// Any but these.
    Counts(&'static [&'static str]),
    /// None.
    AlwaysCounts,
}

/// Whether two parameter lists match: those in both by value, those in one only by `presence`.
pub(super) fn same_params<'a>(
    one: impl Iterator<Item = RawParam<'a>>,
    two: impl Iterator<Item = RawParam<'a>>,
    presence: Presence,
) -> bool {
    let (one, two) = (by_name(one), by_name(two));
    let shared_match = one.iter().all(|(name, value)| match two.get(name) {
        Some(other) => same_value(name, *value, *other),
        None => true,
    });
    let presence_matches = match presence {
        Presence::Counts(names) => {
            names.iter().all(|name| one.contains_key(*name) == two.contains_key(*name))
        }
        Presence::AlwaysCounts => one.keys().eq(two.keys()),
    };
    shared_match && presence_matches
}

/// The digits of a telephone number or context: without the visual separators of RFC 3966 §3, and without case.
pub(super) fn digits(text: &str) -> impl Iterator<Item = u8> {
    let is_digit = |byte: &u8| !matches!(byte, b'-' | b'.' | b'(' | b')');
    text.bytes().filter(is_digit).map(|byte| byte.to_ascii_lowercase())
}

/// The first parameter of each name, by name.
fn by_name<'a>(params: impl Iterator<Item = RawParam<'a>>) -> BTreeMap<String, Option<&'a str>> {
    let mut map = BTreeMap::new();
    for param in params {
        map.entry(param.key()).or_insert(param.value);
    }
    map
}

/// Values have no case unless their definition says so; addresses and telephone digits are compared as such.
fn same_value(name: &str, one: Option<&str>, two: Option<&str>) -> bool {
    match (name, one, two) {
        // rfc3261#7.1 methods have case
        ("method", one, two) => same_option(one, two, Case::Sensitive),
        ("maddr", Some(one), Some(two)) => match (one.parse::<Host>(), two.parse::<Host>()) {
            (Ok(one), Ok(two)) => one.is_equivalent(&two),
            _ => same(one, two, Case::Insensitive),
        },
        // rfc3966#4
        ("ext", Some(one), Some(two)) => digits(one).eq(digits(two)),
        ("phone-context", Some(one), Some(two)) if one.starts_with('+') && two.starts_with('+') => {
            digits(one).eq(digits(two))
        }
        (_, one, two) => same_option(one, two, Case::Insensitive),
    }
}

fn fold(unit: Unit, case: Case) -> Unit {
    let byte = match case {
        Case::Sensitive => unit.byte,
        Case::Insensitive => unit.byte.to_ascii_lowercase(),
    };
    Unit { byte, escaped: unit.escaped && is_reserved(byte) }
}
