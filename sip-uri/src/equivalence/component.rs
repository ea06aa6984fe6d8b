//! Sameness of one component, RFC 3261 §19.1.4: escapes, case, and lists whose order does not matter.

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

/// The first parameter of each name, by name.
pub(super) fn by_name<'a>(params: impl Iterator<Item = RawParam<'a>>) -> BTreeMap<String, Option<&'a str>> {
    let mut map = BTreeMap::new();
    for param in params {
        map.entry(param.key()).or_insert(param.value);
    }
    map
}

fn fold(unit: Unit, case: Case) -> Unit {
    let byte = match case {
        Case::Sensitive => unit.byte,
        Case::Insensitive => unit.byte.to_ascii_lowercase(),
    };
    Unit { byte, escaped: unit.escaped && is_reserved(byte) }
}
