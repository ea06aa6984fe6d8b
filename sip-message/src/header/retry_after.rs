//! Retry-After: when to try again (RFC 3261 §20.33).

use crate::grammar::{comment, decode, lws, number};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::Parser;
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
        let parser = (number, opt(preceded(lws, comment)), params).map(|(seconds, comment, params)| Self {
            seconds,
            comment: comment.map(str::to_owned),
            params,
        });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.seconds.to_string());
        if let Some(comment) = &self.comment {
            out.push_str(" (");
            out.push_str(comment);
            out.push(')');
        }
        self.params.encode(out);
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
}
