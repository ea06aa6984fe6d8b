//! Expires and Min-Expires, in seconds (RFC 3261 §20.19, §20.23), and the date that RFC 2543 §6.20 has for Expires.

use crate::grammar::{decode, number};
use crate::header::date::rfc1123_date;
use crate::{Date, Header, HeaderError, HeaderName};
use nom::Parser;
use nom::branch::alt;

super::number_header! {
    /// How long a registration, subscription or invitation lives, in seconds (RFC 3261 §20.19).
    Expires(u32)
}

super::number_header! {
    /// The shortest lifetime a server accepts, in seconds (RFC 3261 §20.23).
    MinExpires(u32)
}

/// An Expires as either edition of SIP has it.
///
/// ```
/// # use sip_message::{Date, Expiry, Header};
/// let now = Date::decode("Thu, 01 Dec 1994 15:59:00 GMT")?;
/// assert_eq!(Expiry::decode("Thu, 01 Dec 1994 16:00:00 GMT")?.seconds(now), 60);
/// assert_eq!(Expiry::decode("3600")?, Expiry::Seconds(3600));
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 2543 closes the list")]
pub enum Expiry {
    /// So many seconds from now (RFC 3261 §20.19).
    Seconds(u32),
    /// Until a moment (RFC 2543 §6.20).
    Until(Date),
}

impl Expiry {
    /// The seconds that are left at `now`; none behind the moment.
    #[must_use]
    pub fn seconds(self, now: Date) -> u32 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Until(date) => {
                let left = date.unix_seconds().saturating_sub(now.unix_seconds()).max(0);
                u32::try_from(left).unwrap_or(u32::MAX)
            }
        }
    }
}

impl Header for Expiry {
    const NAME: HeaderName = HeaderName::Expires;

    /// `delta-seconds`, and of RFC 2543 `SIP-date`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = alt((rfc1123_date.map(Self::Until), number.map(Self::Seconds)));
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        match self {
            Self::Seconds(seconds) => out.push_str(&seconds.to_string()),
            Self::Until(date) => date.encode(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn rfc2543_has_dates() {
        let date = Date::decode("Thu, 01 Dec 1994 16:00:00 GMT").unwrap();
        assert_eq!(round_trip::<Expiry>("Thu, 01 Dec 1994 16:00:00 GMT"), Expiry::Until(date));
        assert_eq!(round_trip::<Expiry>("5"), Expiry::Seconds(5));
        assert_eq!(Expiry::Until(date).seconds(date), 0);
        assert!(Expiry::decode("soon").is_err() && Expires::decode("Thu, 01 Dec 1994 16:00:00 GMT").is_err());
    }
}
