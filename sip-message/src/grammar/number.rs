//! `1*DIGIT` of RFC 3261 §25.1 as a number of a given size.

use super::{Fault, Parsed, rule};
use nom::bytes::complete::take_while1;
use nom::{Err, Parser};
use std::str::FromStr;

/// A decimal number; one that does not fit `N` is a fault of its own rule.
pub(crate) fn number<N: FromStr>(input: &str) -> Parsed<'_, N> {
    let (rest, digits) =
        rule("1*DIGIT", take_while1(|character: char| character.is_ascii_digit())).parse(input)?;
    let value = digits.parse().map_err(|_| Err::Error(Fault::new(input, "number in range")))?;
    Ok((rest, value))
}

/// `1*DIGIT` and nothing else, without allocation or overflow.
pub(crate) fn digits(digits: &[u8]) -> Option<usize> {
    let add = |sum: usize, digit: &u8| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(usize::from(digit - b'0')),
        _ => None,
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_fine_and_overflow_is_not() {
        assert_eq!(number::<u8>("0000255 x"), Ok((" x", 255)));
        assert!(number::<u8>("256").is_err());
        assert!(number::<u32>("-1").is_err());
    }
}
