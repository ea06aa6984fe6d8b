//! Privacy: what of the sender is to be hidden (RFC 3323 §4.2).

use crate::grammar::{decode, separator, token};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::branch::alt;
use nom::combinator::map;
use nom::multi::separated_list1;

/// The kinds of privacy that are asked for (RFC 3323 §4.2).
///
/// ```
/// # use sip_message::{Header, Privacy};
/// let privacy = Privacy::decode("header; user; critical")?;
/// assert!(privacy.asks_for("user") && privacy.asks_for("Critical"));
/// assert_eq!(privacy.encoded(), "header;user;critical");
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Privacy(pub Vec<String>);

impl Privacy {
    /// Whether `value` is among them: `header`, `session`, `user`, `none`, `critical`, `id` (RFC 3325 §9.3),
    /// `history` (RFC 7044 §10.1) or an extension.
    #[must_use]
    pub fn asks_for(&self, value: &str) -> bool {
        self.0.iter().any(|listed| listed.eq_ignore_ascii_case(value))
    }
}

impl Header for Privacy {
    const NAME: HeaderName = HeaderName::Privacy;

    /// `priv-value *(";" priv-value)`; commas are met as well.
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = separated_list1(alt((separator(";"), separator(","))), map(token, str::to_owned));
        decode(&Self::NAME, value, parser.map(Self))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.0.join(";"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn values_stand_between_semicolons() {
        assert_eq!(round_trip::<Privacy>("id").0, ["id"]);
        assert!(!round_trip::<Privacy>("header;session").asks_for("id"));
        assert_eq!(Privacy::decode("user, id").unwrap().0, ["user", "id"]);
        assert!(Privacy::decode("").is_err());
        assert!(Privacy::decode("id;").is_err());
    }
}
