//! The first or last moment of a certificate (RFC 5280 §4.1.2.5), to be shown.

use std::fmt;

/// A moment in UTC, shown as its date.
///
/// ```
/// # use sip_transport_ws::native::CertificateDate;
/// assert_eq!(CertificateDate::new(951_868_799).to_string(), "2000-02-29");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CertificateDate(u64);

impl CertificateDate {
    /// So many seconds after the beginning of 1970 in UTC.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The seconds since the beginning of 1970 in UTC.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CertificateDate {
    /// Counted from March on, so that the leap day is the last of its year.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0 / 86_400 + DAYS_BEFORE_1970;
        let era_day = days % DAYS_IN_ERA;
        let era_year = (era_day - era_day / 1460 + era_day / 36_524 - era_day / 146_096) / 365;
        let day_of_year = era_day - (365 * era_year + era_year / 4 - era_year / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = days / DAYS_IN_ERA * 400 + era_year + u64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// From 1 March of the year 0 to the beginning of 1970.
const DAYS_BEFORE_1970: u64 = 719_468;

/// The days of 400 years, after which the calendar repeats.
const DAYS_IN_ERA: u64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let dates = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (978_307_199, "2000-12-31"),
            (4_102_444_800, "2100-01-01"),
            (4_107_542_400, "2100-03-01"),
            (64_060_588_800, "4000-01-01"),
        ];
        for (seconds, date) in dates {
            assert_eq!(CertificateDate::new(seconds).to_string(), date);
        }
    }
}
