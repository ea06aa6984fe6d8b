//! The tables of the RFCs that say which header fields go into which message, as they are printed (RFC 3261 §20).

mod events;
mod extensions;
mod info;
mod message;
mod operators;
mod prack;
mod publish;
mod refer;
mod rfc2543;
mod rfc3261;
mod update;

use super::Edition;
use crate::{HeaderName, Method};

/// One printed table: rows of header fields, columns of methods.
pub(super) struct Table {
    pub(super) section: &'static str,
    pub(super) methods: &'static [Method],
    /// The header field, the column `where` and the cells in the order of `methods`. In `where`, `R` are requests, `r`
    /// responses, digits the responses with these status codes, `c` and nothing all messages.
    rows: &'static [(HeaderName, &'static str, &'static str)],
}

/// What a table says about a header field in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    /// `-`: it has no place there.
    NotApplicable,
    /// `o`, `c` and `*`: it may stand there, perhaps on conditions that other rules know.
    Optional,
    /// `m*` and `t`: it should stand there.
    Expected,
    /// `m`: it must stand there.
    Mandatory,
}

/// The tables of an edition.
pub(super) const fn tables(edition: Edition) -> &'static [&'static Table] {
    match edition {
        Edition::Rfc3261 => RFC3261,
        Edition::Rfc2543 => RFC2543,
    }
}

static RFC2543: &[&Table] = &[&rfc2543::TABLE];

static RFC3261: &[&Table] = &[
    &rfc3261::TABLE,
    &prack::TABLE,
    &prack::OWN,
    &events::TABLE,
    &events::OWN,
    &update::TABLE,
    &message::TABLE,
    &refer::TABLE,
    &refer::OWN,
    &publish::TABLE,
    &publish::OWN,
    &info::TABLE,
    &info::OWN,
    &extensions::PRIVACY,
    &extensions::ASSERTED,
    &extensions::PREFERRED,
    &extensions::PATH,
    &extensions::SECURITY,
    &extensions::SERVICE_ROUTE,
    &extensions::CALLER_PREFERENCES,
    &extensions::REPLACES,
    &extensions::REFERRED_BY,
    &extensions::JOIN,
    &extensions::SESSION_TIMER,
    &extensions::RESOURCE_PRIORITY,
    &extensions::IDENTITY,
    &extensions::REFER_SUB,
    &extensions::TARGET_DIALOG,
    &extensions::EARLY_MEDIA,
    &extensions::HISTORY_INFO,
    &operators::MEDIA_AUTHORIZATION,
    &operators::THIRD_GENERATION,
    &operators::ANSWER_STATE,
    &operators::TRACE_PARTY,
    &operators::OPERATOR_SERVICES,
    &operators::BILLING,
    &operators::SURVEILLANCE,
    &operators::DIVERSION,
    &operators::ASSERTED_SERVICE,
    &operators::PREFERRED_SERVICE,
    &operators::POLICY,
    &operators::EVENT_RATES,
];

impl Table {
    /// What the table says about the rows of one method: the field, whether the row is about such a message, the cell.
    /// `status` is that of a response, `None` for requests.
    pub(super) fn column(
        &self,
        method: &Method,
        status: Option<u16>,
    ) -> impl Iterator<Item = (&'static HeaderName, bool, Presence)> {
        let column = self.methods.iter().position(|candidate| candidate == method);
        let rows = if column.is_some() { self.rows } else { &[] };
        rows.iter().filter_map(move |(name, place, cells)| {
            let cell = cells.split(' ').nth(column?)?;
            Some((name, is_about(place, status), presence(cell)))
        })
    }
}

/// Whether a row with this `where` is about a message.
fn is_about(place: &str, status: Option<u16>) -> bool {
    place.split(',').any(|part| match (part, status) {
        ("" | "c", _) | ("R", None) | ("r", Some(_)) => true,
        ("R" | "r", _) | (_, None) => false,
        (codes, Some(status)) => has_status(codes, status),
    })
}

/// Whether `codes`, such as `415`, `2xx`, `18x` or `300-699`, has the status.
fn has_status(codes: &str, status: u16) -> bool {
    let (low, high) = codes.split_once('-').unwrap_or((codes, codes));
    let bound = |text: &str, digit: &str| text.replace('x', digit).parse().unwrap_or(0_u16);
    (bound(low, "0")..=bound(high, "9")).contains(&status)
}

fn presence(cell: &str) -> Presence {
    match cell {
        "-" => Presence::NotApplicable,
        "m" => Presence::Mandatory,
        "m*" | "t" => Presence::Expected,
        _ => Presence::Optional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_method() {
        for table in RFC3261.iter().chain(tables(Edition::Rfc2543)) {
            for (name, _, cells) in table.rows {
                assert_eq!(cells.split(' ').count(), table.methods.len(), "{name} in {}", table.section);
                assert!(
                    cells.split(' ').all(|cell| matches!(cell, "-" | "o" | "m" | "m*" | "c" | "t" | "*"))
                );
            }
        }
    }

    #[test]
    fn places_are_requests_responses_and_status_codes() {
        assert!(is_about("R", None) && !is_about("R", Some(200)) && is_about("c", Some(200)));
        assert!(is_about("2xx,18x", Some(183)) && !is_about("2xx,18x", Some(100)));
        assert!(is_about("300-699", Some(699)) && !is_about("300-699", None));
        assert!(is_about("404,413,480,486", Some(486)) && is_about("R,2xx", None));
    }

    #[test]
    fn the_tables_say_what_the_rfc_prints() {
        let say = |edition: Edition, name: &HeaderName, method: &Method, status| {
            tables(edition)
                .iter()
                .flat_map(|table| table.column(method, status))
                .filter(|(row, applies, _)| *row == name && *applies)
                .map(|(_, _, presence)| presence)
                .max()
        };
        let new = Edition::Rfc3261;
        assert_eq!(say(new, &HeaderName::Contact, &Method::Invite, None), Some(Presence::Mandatory));
        assert_eq!(say(new, &HeaderName::Contact, &Method::Bye, None), Some(Presence::NotApplicable));
        assert_eq!(say(new, &HeaderName::MinSe, &Method::Update, Some(422)), Some(Presence::Mandatory));
        assert_eq!(say(new, &HeaderName::ReferTo, &Method::Refer, None), Some(Presence::Mandatory));
        assert_eq!(say(new, &HeaderName::MaxForwards, &Method::Invite, Some(200)), None);
        let old = Edition::Rfc2543;
        assert_eq!(say(old, &HeaderName::MaxForwards, &Method::Invite, None), Some(Presence::Optional));
        assert_eq!(say(old, &HeaderName::Contact, &Method::Invite, None), Some(Presence::Optional));
    }
}
