//! Sameness of one component, RFC 3261 §19.1.4: escapes, case, and lists whose order does not matter.

use crate::Host;
use crate::escape::{Unit, Units};
use crate::grammar::class::{is_reserved, is_visual_separator};
use crate::param::{RawParam, RawParams, is_escaped};
use std::collections::BTreeMap;

/// Whether letters of another case are other letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Insensitive,
}

/// Whether two components are the same text: a character equals its escape, unless it is reserved (RFC 2396 §2.2).
pub(super) fn same(one: &str, two: &str, case: Case) -> bool {
    if one == two {
        return true;
    }
    if is_escaped(one) || is_escaped(two) {
        return Units::of(one).map(|unit| fold(unit, case)).eq(Units::of(two).map(|unit| fold(unit, case)));
    }
    case == Case::Insensitive && one.eq_ignore_ascii_case(two)
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

impl Presence {
    fn matters(self, param: RawParam<'_>) -> bool {
        match self {
            Self::Counts(names) if is_escaped(param.name) => names.iter().any(|name| param.is_named(name)),
            Self::Counts(names) => names.iter().any(|name| param.name.eq_ignore_ascii_case(name)),
            Self::AlwaysCounts => true,
        }
    }
}

/// Whether two parameter lists match: those in both by value, those in one only by `presence`. Of parameters with one
/// name the first counts.
pub(super) fn same_params(one: RawParams<'_>, two: RawParams<'_>, presence: Presence) -> bool {
    // Most lists have the same order, and one of them may go on.
    let (mut ones, mut twos) = (one.clone(), two.clone());
    loop {
        let (left, right) = (ones.clone(), twos.clone());
        match (ones.next(), twos.next()) {
            (None, None) => return true,
            (Some(one), Some(two)) if one.has_name_of(two) && same_value(one, two) => {}
            (None, Some(_)) if one.is_few() => {
                return present(right, |param| one.named_as(param).is_some(), presence);
            }
            (Some(_), None) if two.is_few() => {
                return present(left, |param| two.named_as(param).is_some(), presence);
            }
            (Some(_), _) | (_, Some(_)) => return same_in_any_order(one, two, presence),
        }
    }
}

/// As [`same_params`], without luck.
fn same_in_any_order(one: RawParams<'_>, two: RawParams<'_>, presence: Presence) -> bool {
    if one.is_few() && two.is_few() {
        let (ones, twos) = (one.clone(), two.clone());
        return shared_match(one, |param| ones.named_as(param), |param| twos.named_as(param), presence)
            && present(two, |param| ones.named_as(param).is_some(), presence);
    }
    let (ones, twos) = (by_name(one.clone()), by_name(two.clone()));
    let named = |map: &BTreeMap<_, RawParam<'_>>, param: RawParam<'_>| map.contains_key(&param.key());
    shared_match(
        one,
        |param| ones.get(&param.key()).copied(),
        |param| twos.get(&param.key()).copied(),
        presence,
    ) && present(two, |param| named(&ones, param), presence)
}

/// Whether each parameter of `list` that `own` finds by its name matches what `other` finds by it.
fn shared_match<'a>(
    mut list: RawParams<'a>,
    own: impl Fn(RawParam<'a>) -> Option<RawParam<'a>>,
    other: impl Fn(RawParam<'a>) -> Option<RawParam<'a>>,
    presence: Presence,
) -> bool {
    list.all(|param| match other(param) {
        Some(found) if same_value(param, found) => true,
        None if !presence.matters(param) => true,
        // A repetition says nothing.
        _ => own(param).is_some_and(|first| !first.is_at(param)),
    })
}

/// Whether the other list has each parameter of `list` that may not be absent from it.
fn present<'a>(
    mut list: RawParams<'a>,
    other_has: impl Fn(RawParam<'a>) -> bool,
    presence: Presence,
) -> bool {
    list.all(|param| other_has(param) || !presence.matters(param))
}

/// The digits of a telephone number or context: without the visual separators of RFC 3966 §3, and without case.
pub(super) fn digits(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| !is_visual_separator(*byte)).map(|byte| byte.to_ascii_lowercase())
}

/// The first parameter of each name, by name.
fn by_name(params: RawParams<'_>) -> BTreeMap<String, RawParam<'_>> {
    let mut map = BTreeMap::new();
    for param in params {
        map.entry(param.key()).or_insert(param);
    }
    map
}

/// Values of two parameters of one name: they have no case unless their definition says so; addresses and telephone
/// digits are compared as such.
fn same_value(one: RawParam<'_>, two: RawParam<'_>) -> bool {
    let (Some(left), Some(right)) = (one.value, two.value) else {
        return one.value == two.value;
    };
    // rfc3261#7.1 methods have case
    if one.is_named("method") {
        return same(left, right, Case::Sensitive);
    }
    if same(left, right, Case::Insensitive) {
        return true;
    }
    let are_contexts = || left.starts_with('+') && right.starts_with('+') && one.is_named("phone-context");
    if one.is_named("maddr") {
        let hosts = left.parse::<Host>().ok().zip(right.parse::<Host>().ok());
        hosts.is_some_and(|(left, right)| left.is_equivalent(&right))
    } else {
        // rfc3966#4
        (one.is_named("ext") || are_contexts()) && digits(left).eq(digits(right))
    }
}

fn fold(unit: Unit, case: Case) -> Unit {
    let byte = match case {
        Case::Sensitive => unit.byte,
        Case::Insensitive => unit.byte.to_ascii_lowercase(),
    };
    Unit { byte, escaped: unit.escaped && is_reserved(byte) }
}
