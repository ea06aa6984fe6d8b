//! Ladder diagrams in text, drawn as the RFCs draw theirs (RFC 3665 §3).

use crate::Record;
use sip_clock::Instant;
use sip_message::Message;
use std::fmt;

/// A ladder diagram of recorded messages: one column for each participant, one arrow for each message.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::Message;
/// use sip_testbed::{Ladder, Record};
///
/// let options = Message::parse("OPTIONS sip:bob@example.test SIP/2.0\r\n\r\n".into())?;
/// let records = [Record::new(Instant::ZERO, "alice", "proxy", options)];
/// let expected = "
///     time  alice           proxy
///             |               |
///     +0ms    |- F1 OPTIONS ->|
///             |               |
/// ";
/// assert_eq!(Ladder::new(&records).to_string().trim(), expected.trim());
/// # Ok::<(), sip_message::ParseMessageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ladder<'a> {
    records: &'a [Record],
    participants: Vec<&'a str>,
    with_messages: bool,
}

impl<'a> Ladder<'a> {
    /// The ladder of `records`, in the order given; columns in the order in which the participants appear.
    #[must_use]
    pub fn new(records: &'a [Record]) -> Self {
        let mut participants: Vec<&str> = Vec::new();
        for name in records.iter().flat_map(|record| [record.from.as_str(), record.to.as_str()]) {
            if !participants.contains(&name) {
                participants.push(name);
            }
        }
        Self { records, participants, with_messages: false }
    }

    /// Puts these participants first, in this order, from left to right; who sends and gets nothing is left out.
    #[must_use]
    pub fn participants(mut self, names: &[&'a str]) -> Self {
        let rest: Vec<&str> =
            self.participants.iter().copied().filter(|name| !names.contains(name)).collect();
        let first: Vec<&str> =
            names.iter().copied().filter(|name| self.participants.contains(name)).collect();
        self.participants = first.into_iter().chain(rest).collect();
        self
    }

    /// Prints the messages in full below the diagram, each under its number.
    #[must_use]
    pub const fn with_messages(mut self, with_messages: bool) -> Self {
        self.with_messages = with_messages;
        self
    }

    fn column_of(&self, name: &str) -> usize {
        self.participants.iter().position(|participant| *participant == name).unwrap_or_default()
    }

    /// The character position of each participant's line.
    fn positions(&self) -> Vec<usize> {
        let mut gaps = vec![MIN_GAP; self.participants.len().saturating_sub(1)];
        for (gap, pair) in gaps.iter_mut().zip(self.participants.windows(2)) {
            let names: usize = pair.iter().map(|name| name.chars().count()).sum();
            *gap = (*gap).max(names / 2 + 3);
        }
        for (index, record) in self.records.iter().enumerate() {
            let (left, right) = self.span(record);
            let needed = arrow_label(index, record).chars().count() + ARROW_ENDS;
            let steps = right.saturating_sub(left).max(1);
            for gap in gaps.iter_mut().take(right).skip(left) {
                *gap = (*gap).max(needed.div_ceil(steps));
            }
        }
        let first_name = self.participants.first().map_or(0, |name| name.chars().count());
        let mut position = TIME_WIDTH + FIRST_LINE.max(first_name / 2 + 2);
        let mut positions = vec![position];
        for gap in gaps {
            position += gap;
            positions.push(position);
        }
        positions
    }

    /// The columns between which the arrow of `record` runs, the left one first.
    fn span(&self, record: &Record) -> (usize, usize) {
        let (from, to) = (self.column_of(&record.from), self.column_of(&record.to));
        (from.min(to), from.max(to))
    }

    fn write_names(&self, f: &mut fmt::Formatter<'_>, positions: &[usize]) -> fmt::Result {
        let mut line = format!("{:>TIME_WIDTH$}", "time");
        for (name, position) in self.participants.iter().zip(positions) {
            let start = position.saturating_sub(name.chars().count() / 2);
            let start = start.max(line.chars().count() + 1);
            pad_to(&mut line, start);
            line.push_str(name);
        }
        writeln!(f, "{line}")
    }

    fn write_arrow(
        &self,
        f: &mut fmt::Formatter<'_>,
        positions: &[usize],
        index: usize,
        record: &Record,
    ) -> fmt::Result {
        let (left, right) = self.span(record);
        let mut line = format!("{:>TIME_WIDTH$}", time(self.since_start(record)));
        for (column, position) in positions.iter().enumerate() {
            if column <= left || column > right {
                pad_to(&mut line, *position);
                line.push('|');
            }
            if column == right && right > left {
                let (Some(start), Some(end)) = (positions.get(left), positions.get(right)) else { continue };
                let rightward = self.column_of(&record.from) == left;
                line.push_str(&arrow(&arrow_label(index, record), end - start - 1, rightward));
                line.push('|');
            }
        }
        writeln!(f, "{line}")
    }

    fn since_start(&self, record: &Record) -> Instant {
        let start = self.records.first().map_or(Instant::ZERO, |first| first.at);
        Instant::ZERO + (record.at - start)
    }

    fn write_messages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, record) in self.records.iter().enumerate() {
            writeln!(f, "\nF{} {} {} -> {}\n", index + 1, record.label(), record.from, record.to)?;
            write_message(f, &record.message)?;
        }
        Ok(())
    }
}

impl fmt::Display for Ladder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.records.is_empty() {
            return writeln!(f, "(no messages)");
        }
        let positions = self.positions();
        self.write_names(f, &positions)?;
        writeln!(f, "{}", lines(&positions))?;
        for (index, record) in self.records.iter().enumerate() {
            self.write_arrow(f, &positions, index, record)?;
        }
        writeln!(f, "{}", lines(&positions))?;
        if self.with_messages { self.write_messages(f) } else { Ok(()) }
    }
}

/// The lines of all participants without an arrow.
fn lines(positions: &[usize]) -> String {
    let mut line = String::new();
    for position in positions {
        pad_to(&mut line, *position);
        line.push('|');
    }
    line
}

/// An arrow `width` characters wide with `label` in its middle.
fn arrow(label: &str, width: usize, rightward: bool) -> String {
    let shaft = width.saturating_sub(label.chars().count() + 3);
    let (before, after) = (shaft / 2, shaft - shaft / 2);
    if rightward {
        format!("{} {label} {}>", "-".repeat(before), "-".repeat(after))
    } else {
        format!("<{} {label} {}", "-".repeat(before), "-".repeat(after))
    }
}

fn arrow_label(index: usize, record: &Record) -> String {
    format!("F{} {}", index + 1, record.label())
}

/// Milliseconds up to ten seconds, then seconds: `+120ms`, `+32.500s`.
fn time(at: Instant) -> String {
    let millis = at.as_micros() / 1000;
    if millis < 10_000 { format!("+{millis}ms") } else { format!("+{}.{:03}s", millis / 1000, millis % 1000) }
}

fn pad_to(line: &mut String, width: usize) {
    let missing = width.saturating_sub(line.chars().count());
    line.extend(std::iter::repeat_n(' ', missing));
}

/// The message, indented, without the carriage returns; a body that is not text by its length only.
fn write_message(f: &mut fmt::Formatter<'_>, message: &Message) -> fmt::Result {
    let bytes = message.to_bytes();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return writeln!(f, "    {} ({} bytes, not UTF-8)", message.start_line(), bytes.len());
    };
    for line in text.trim_end().lines() {
        if line.is_empty() {
            writeln!(f)?;
        } else {
            writeln!(f, "    {line}")?;
        }
    }
    Ok(())
}

/// Width of the column at the left that holds the time.
const TIME_WIDTH: usize = 8;
/// The least distance from the time to the line of the first participant.
const FIRST_LINE: usize = 4;
/// The least distance of two lines.
const MIN_GAP: usize = 15;
/// What an arrow needs beside its label: one dash at each end, the head, two blanks, the line.
const ARROW_ENDS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn message(start_line: &str) -> Message {
        let fields = "CSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nhi";
        Message::parse(format!("{start_line}\r\n{fields}").into()).unwrap()
    }

    fn records() -> Vec<Record> {
        let invite = message("INVITE sip:bob@example.test SIP/2.0");
        let ok = message("SIP/2.0 200 OK");
        let challenge = message("SIP/2.0 407 Proxy Authentication Required");
        let at = |millis| Instant::from_micros(7_000_000) + Duration::from_millis(millis);
        vec![
            Record::new(at(0), "alice", "atlanta", invite.clone()),
            Record::new(at(5), "atlanta", "alice", challenge),
            Record::new(at(12), "atlanta", "bob", invite),
            Record::new(at(32_500), "bob", "alice", ok),
        ]
    }

    #[test]
    fn draws_an_arrow_for_each_message() {
        insta::assert_snapshot!(Ladder::new(&records()), @"
            time  alice                                    atlanta          bob
                    |                                         |              |
            +0ms    |-------------- F1 INVITE --------------->|              |
            +5ms    |<- F2 407 Proxy Authentication Required -|              |
           +12ms    |                                         |- F3 INVITE ->|
        +32.500s    |<----------------- F4 200 OK (INVITE) ------------------|
                    |                                         |              |
        ");
    }

    #[test]
    fn columns_stand_in_the_order_asked_for() {
        let records = records();
        let ladder = Ladder::new(&records).participants(&["bob", "nobody", "atlanta"]).to_string();
        let names: Vec<&str> = ladder.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(names, ["time", "bob", "atlanta", "alice"]);
    }

    #[test]
    fn messages_stand_below_in_full() {
        let records = records();
        insta::assert_snapshot!(Ladder::new(&records[..1]).with_messages(true), @"
            time  alice         atlanta
                    |              |
            +0ms    |- F1 INVITE ->|
                    |              |

        F1 INVITE alice -> atlanta

            INVITE sip:bob@example.test SIP/2.0
            CSeq: 1 INVITE
            Content-Length: 2

            hi
        ");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert_eq!(Ladder::new(&[]).to_string(), "(no messages)\n");
    }
}
