//! Timestamp: when the client sent a request, by its own clock, and how long the server took (RFC 3261 §20.38).

use crate::grammar::{Parsed, decode, lws, rule};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{opt, recognize};
use nom::sequence::preceded;
use std::time::Duration;

/// A time and a delay in seconds, as decimal text: a server returns the time with every digit it came with (RFC 3261
/// §20.38).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// The time, `1*DIGIT ["." *DIGIT]`, in seconds since a moment that the client knows.
    pub time: String,
    /// How long the server took, `*DIGIT ["." *DIGIT]`, in seconds.
    pub delay: Option<String>,
}

impl Timestamp {
    /// A time, with the microseconds as six digits behind the point.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self { time: decimal(time), delay: None }
    }

    /// The same time with the delay of a response, to the microsecond (RFC 3261 §8.2.6.1).
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = Some(decimal(delay));
        self
    }

    /// The time as a duration; `None` where it does not fit one.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        duration(&self.time)
    }

    /// The delay as a duration; `None` where there is none, or it does not fit one.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        duration(self.delay.as_deref()?)
    }
}

impl Header for Timestamp {
    const NAME: HeaderName = HeaderName::Timestamp;

    /// `1*(DIGIT) [ "." *(DIGIT) ] [ LWS delay ]`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let delay = opt(preceded(lws, rule("delay", recognize((digits0, fraction)))));
        let parser = (rule("1*DIGIT", recognize((digits1, fraction))), delay);
        let (time, delay) = decode(&Self::NAME, value, parser)?;
        let delay = delay.filter(|delay| !delay.is_empty());
        Ok(Self { time: time.to_owned(), delay: delay.map(str::to_owned) })
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.time);
        if let Some(delay) = &self.delay {
            out.push(' ');
            out.push_str(delay);
        }
    }
}

fn digits1(input: &str) -> Parsed<'_, &str> {
    take_while1(|character: char| character.is_ascii_digit()).parse(input)
}

fn digits0(input: &str) -> Parsed<'_, &str> {
    take_while(|character: char| character.is_ascii_digit()).parse(input)
}

/// `[ "." *(DIGIT) ]`
fn fraction(input: &str) -> Parsed<'_, Option<&str>> {
    opt(recognize((tag("."), digits0))).parse(input)
}

/// Seconds with six digits behind the point.
fn decimal(duration: Duration) -> String {
    format!("{}.{:06}", duration.as_secs(), duration.subsec_micros())
}

/// Decimal seconds; digits beyond the nanosecond are cut off.
fn duration(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = digits.fold(0_u32, |nanos, digit| nanos * 10 + u32::from(digit.wrapping_sub(b'0') % 10));
    Some(Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn keeps_every_digit() {
        let timestamp = round_trip::<Timestamp>("54.210 .5");
        assert_eq!(timestamp.time(), Some(Duration::from_millis(54_210)));
        assert_eq!(timestamp.delay(), Some(Duration::from_millis(500)));
        assert_eq!(round_trip::<Timestamp>("54.").time(), Some(Duration::from_secs(54)));
        assert_eq!(round_trip::<Timestamp>("99999999999999999999").time(), None);
        assert_eq!(round_trip::<Timestamp>("7").delay(), None);
    }

    #[test]
    fn prints_microseconds() {
        let timestamp = Timestamp::new(Duration::from_micros(5_000_001)).with_delay(Duration::from_millis(1));
        assert_eq!(timestamp.encoded(), "5.000001 0.001000");
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", ".5", "x", "1 2 3", "-1", "1,5"] {
            assert!(Timestamp::decode(text).is_err(), "{text}");
        }
    }
}
