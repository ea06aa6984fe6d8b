//! Sameness of tel URIs, RFC 3966 §4.

use super::component::{Case, by_name, same_option};
use crate::TelUri;

/// Whether both are global or both local, with the same digits and the same parameters.
pub(super) fn same(one: &TelUri, two: &TelUri) -> bool {
    // rfc3966#4 the plus sign is among the digits compared here
    same_digits(one.number(), two.number()) && same_params(one, two)
}

fn same_params(one: &TelUri, two: &TelUri) -> bool {
    let (one, two) = (by_name(one.raw_param_list()), by_name(two.raw_param_list()));
    one.len() == two.len()
        && one
            .iter()
            .zip(&two)
            .all(|((name, one), (other, two))| name == other && same_value(name, *one, *two))
}

/// Values have no case; those that are digits are compared without visual separators.
fn same_value(name: &str, one: Option<&str>, two: Option<&str>) -> bool {
    match (name, one, two) {
        ("ext", Some(one), Some(two)) => same_digits(one, two),
        ("phone-context", Some(one), Some(two)) if one.starts_with('+') && two.starts_with('+') => {
            same_digits(one, two)
        }
        (_, one, two) => same_option(one, two, Case::Insensitive),
    }
}

fn same_digits(one: &str, two: &str) -> bool {
    digits(one).eq(digits(two))
}

fn digits(text: &str) -> impl Iterator<Item = u8> {
    let is_digit = |byte: &u8| !matches!(byte, b'-' | b'.' | b'(' | b')');
    text.bytes().filter(is_digit).map(|byte| byte.to_ascii_lowercase())
}
