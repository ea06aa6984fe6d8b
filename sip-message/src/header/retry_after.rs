//! Retry-After: when to try again (RFC 3261 §20.33), and the date that RFC 2543 §6.32 has for it.

use crate::grammar::{Parsed, comment, decode, lws, number};
use crate::header::date::rfc1123_date;
use crate::params::params;
use crate::{Expiry, Header, HeaderError, HeaderName, Params};
use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

/// A delay with an optional remark (RFC 3261 §20.33).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryAfter {
    /// Seconds to wait.
    pub seconds: u32,
    /// The remark between parentheses, without them.
    pub comment: Option<String>,
    /// `duration` and others.
    pub params: Params,
}

impl RetryAfter {
    /// A delay without a remark.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        Self { seconds, comment: None, params: Params::new() }
    }
}

impl Header for RetryAfter {
    const NAME: HeaderName = HeaderName::RetryAfter;

    /// `delta-seconds [comment] *(SEMI retry-param)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = (number, remark, params);
        let parser = parser.map(|(seconds, comment, params)| Self { seconds, comment, params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.seconds.to_string());
        encode_remark(self.comment.as_deref(), out);
        self.params.encode(out);
    }
}

/// A Retry-After as either edition of SIP has it.
///
/// ```
/// # use sip_message::{Date, Header, RetryTime};
/// let retry = RetryTime::decode("Mon, 21 Jul 1997 18:48:34 GMT (I'm in a meeting)")?;
/// assert_eq!(retry.comment.as_deref(), Some("I'm in a meeting"));
/// assert_eq!(retry.when.seconds(Date::decode("Mon, 21 Jul 1997 18:48:00 GMT")?), 34);
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryTime {
    /// Seconds from now (RFC 3261 §20.33), or a moment (RFC 2543 §6.32).
    pub when: Expiry,
    /// The remark between parentheses, without them.
    pub comment: Option<String>,
    /// `duration` and others.
    pub params: Params,
}

impl Header for RetryTime {
    const NAME: HeaderName = HeaderName::RetryAfter;

    /// `( SIP-date | delta-seconds ) [ comment ] *(SEMI retry-param)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let when = alt((rfc1123_date.map(Expiry::Until), number.map(Expiry::Seconds)));
        let parser = (when, remark, params).map(|(when, comment, params)| Self { when, comment, params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        self.when.encode(out);
        encode_remark(self.comment.as_deref(), out);
        self.params.encode(out);
    }
}

/// `[ comment ]`
fn remark(input: &str) -> Parsed<'_, Option<String>> {
    opt(preceded(lws, comment).map(str::to_owned)).parse(input)
}

fn encode_remark(remark: Option<&str>, out: &mut String) {
    if let Some(remark) = remark {
        out.push_str(" (");
        out.push_str(remark);
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_comment_and_duration() {
        let text = "18000 (in a (short) meeting);duration=3600";
        let value = RetryAfter::decode(text).unwrap();
        assert_eq!((value.seconds, value.comment.as_deref()), (18000, Some("in a (short) meeting")));
        assert_eq!(value.params.get("duration"), Some("3600"));
        assert_eq!(value.encoded(), text);
        assert_eq!(RetryAfter::decode("5").unwrap(), RetryAfter::new(5));
    }

    #[test]
    fn rfc2543_has_dates() {
        let text = "Mon, 21 Jul 1997 18:48:34 GMT (I'm in a meeting);duration=3600";
        let value = RetryTime::decode(text).unwrap();
        let Expiry::Until(date) = value.when else { panic!("a date") };
        assert_eq!((date.unix_seconds(), value.comment.as_deref()), (869_510_914, Some("I'm in a meeting")));
        assert_eq!((value.params.get("duration"), value.encoded().as_str()), (Some("3600"), text));
        assert_eq!(RetryTime::decode("5 (busy)").unwrap().when, Expiry::Seconds(5));
        assert!(RetryTime::decode("soon").is_err() && RetryAfter::decode(text).is_err());
    }
}
