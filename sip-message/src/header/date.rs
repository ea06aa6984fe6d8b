//! Date: when a message was first sent (RFC 3261 §20.17).

use crate::grammar::{Fault, Parsed, decode, lws, rule, separator};
use crate::{Header, HeaderError, HeaderName};
use nom::bytes::complete::{tag, take_while_m_n};
use nom::character::complete::alpha1;
use nom::combinator::opt;
use nom::sequence::terminated;
use nom::{Err, Parser};

/// A moment in GMT, to the second, from the year 0 to 9999 (RFC 3261 §20.17).
///
/// ```
/// # use sip_message::{Date, Header};
/// let date = Date::decode("Sat, 13 Nov 2010 23:29:00 GMT")?;
/// assert_eq!(date.unix_seconds(), 1_289_690_940);
/// assert_eq!(Date::from_unix_seconds(1_289_690_940), Some(date));
/// assert_eq!(date.encoded(), "Sat, 13 Nov 2010 23:29:00 GMT");
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    unix_seconds: i64,
}

impl Date {
    /// The moment so many seconds after the beginning of 1970; `None` beyond the year 9999 and before the year 0.
    #[must_use]
    pub fn from_unix_seconds(unix_seconds: i64) -> Option<Self> {
        let date = Self { unix_seconds };
        (0..=9999).contains(&date.civil().0).then_some(date)
    }

    /// The seconds since the beginning of 1970, negative before it; leap seconds do not count.
    #[must_use]
    pub const fn unix_seconds(&self) -> i64 {
        self.unix_seconds
    }

    /// Year, month from 0, and day from 1 in the Gregorian calendar; from the number of days, whose years are taken
    /// to begin in March.
    const fn civil(self) -> (i64, i64, i64) {
        let days = self.unix_seconds.div_euclid(DAY) + EPOCH;
        let era = days.div_euclid(ERA);
        let day_of_era = days.rem_euclid(ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let year = year_of_era + era * 400 + (month >= 10) as i64;
        (year, (month + 2) % 12, day)
    }
}

impl Header for Date {
    const NAME: HeaderName = HeaderName::Date;

    /// `SIP-date = rfc1123-date`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, rfc1123_date)
    }

    fn encode(&self, out: &mut String) {
        let (year, month, day) = self.civil();
        let name = |names: &[&'static str], index: i64| {
            usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
        };
        let weekday = name(&WEEKDAYS, (self.unix_seconds.div_euclid(DAY) + 4).rem_euclid(7));
        let month = name(&MONTHS, month);
        let second = self.unix_seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        out.push_str(&format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT"));
    }
}

/// `rfc1123-date = wkday "," SP date1 SP time SP "GMT"`; the day of the week is not compared with the date, and may
/// be missing.
pub(super) fn rfc1123_date(input: &str) -> Parsed<'_, Date> {
    let weekday = opt(terminated(alpha1, separator(",")));
    let (rest, (_, day, _, month, _, year, _)) =
        (weekday, rule("date1", digits(1, 2)), lws, month, lws, rule("date1", digits(4, 4)), lws)
            .parse(input)?;
    let (rest, second) = time(rest)?;
    // rfc3261#20.17 the time zone is GMT, and no other
    let (rest, _) = rule("GMT", (lws, tag("GMT"))).parse(rest)?;
    let date = Date { unix_seconds: days(year, month, day) * DAY + second };
    // A day that its month does not have shows itself by coming back as another one.
    if date.civil() != (year, month, day) {
        return Err(Err::Error(Fault::new(input, "date1")));
    }
    Ok((rest, date))
}

/// `month = "Jan" / "Feb" / …`, counted from 0.
fn month(input: &str) -> Parsed<'_, i64> {
    let (rest, name) = rule("month", alpha1).parse(input)?;
    let names = (0..).zip(MONTHS);
    let found = names.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    found.map(|(month, _)| (rest, month)).ok_or(Err::Error(Fault::new(input, "month")))
}

/// `time = 2DIGIT ":" 2DIGIT ":" 2DIGIT`, as seconds; the sixtieth is a leap second.
fn time(input: &str) -> Parsed<'_, i64> {
    let (rest, (hour, _, minute, _, second)) =
        rule("time", (digits(2, 2), tag(":"), digits(2, 2), tag(":"), digits(2, 2))).parse(input)?;
    if hour > 23 || minute > 59 || second > 60 {
        return Err(Err::Error(Fault::new(input, "time")));
    }
    Ok((rest, hour * 3600 + minute * 60 + second.min(59)))
}

/// A number of so many digits, four at most.
fn digits<'a>(least: usize, most: usize) -> impl Parser<&'a str, Output = i64, Error = Fault<'a>> {
    take_while_m_n(least, most, |character: char| character.is_ascii_digit())
        .map(|digits: &str| digits.parse().unwrap_or(0))
}

/// The days from the beginning of 1970 to a day of the Gregorian calendar; the month counts from 0.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - (month < 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
    era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH
}

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days of the 400 years after which the calendar repeats itself.
const ERA: i64 = 146_097;
/// Days from the first of March of the year 0 to the beginning of 1970.
const EPOCH: i64 = 719_468;
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn dates_print_as_they_were_read() {
        assert_eq!(round_trip::<Date>("Thu, 01 Jan 1970 00:00:00 GMT").unix_seconds(), 0);
        assert_eq!(round_trip::<Date>("Tue, 29 Feb 2000 23:59:59 GMT").unix_seconds(), 951_868_799);
        assert_eq!(round_trip::<Date>("Wed, 31 Dec 1969 23:59:59 GMT").unix_seconds(), -1);
        assert!(round_trip::<Date>("Fri, 31 Dec 9999 23:59:59 GMT").unix_seconds() > 0);
        assert_eq!(Date::from_unix_seconds(i64::MAX / 1000), None);
    }

    #[test]
    fn every_day_comes_back() {
        for day in -200_000..200_000 {
            let date = Date::from_unix_seconds(day * DAY).unwrap();
            let (year, month, day_of_month) = date.civil();
            assert_eq!(days(year, month, day_of_month), day);
        }
    }

    #[test]
    fn only_gmt_and_only_days_that_are() {
        for text in [
            "Fri, 01 Jan 2010 16:00:00 EST",
            "Fri, 01 Jan 2010 24:00:00 GMT",
            "Fri, 31 Feb 2010 16:00:00 GMT",
            "Fri, 00 Jan 2010 16:00:00 GMT",
            "Fri, 01 Foo 2010 16:00:00 GMT",
            "Fri, 01 Jan 10 16:00:00 GMT",
            "2010-01-01T16:00:00Z",
            "",
        ] {
            assert!(Date::decode(text).is_err(), "{text}");
        }
        assert_eq!(Date::decode("1 jan 1970 00:00:60 GMT").unwrap().unix_seconds(), 59);
    }
}
