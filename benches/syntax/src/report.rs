//! The figures of a run for people, and for programs.

use crate::linear::Point;
use crate::measure::Row;
use crate::target::{Bound, Target};
use std::fmt::Write as _;

/// Everything that a run found.
pub struct Report {
    /// The work by each subject.
    pub rows: Vec<Row>,
    /// The growth of time with size.
    pub points: Vec<Point>,
    /// The targets.
    pub targets: Vec<Target>,
    /// What subjects got wrong.
    pub notes: Vec<String>,
}

impl Report {
    /// The tables.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::from(
            "Means over the inputs that a subject accepts and gets right; ratios over those that both do.\n\n",
        );
        self.rows_text(&mut out);
        self.points_text(&mut out);
        self.targets_text(&mut out);
        for note in &self.notes {
            line(&mut out, format_args!("left out: {note}"));
        }
        out
    }

    /// One JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            format!(
                r#"{{"work":"{}","subject":"{}","inputs":{},"right":{},"ns":{},"in_httparse":{},"in_ours":{},"allocations":{},"instructions":{}}}"#,
                row.work.name(),
                row.subject,
                row.inputs,
                row.right(),
                number(Some(row.mean())),
                number(self.in_httparse(row)),
                number(self.in_ours(row)),
                number(row.allocations),
                number(row.instructions),
            )
        });
        let points = self.points.iter().map(|point| {
            format!(
                r#"{{"shape":"{}","count":{},"bytes":{},"index_ns":{},"values_ns":{}}}"#,
                point.shape,
                point.count,
                point.bytes,
                number(Some(point.index)),
                number(Some(point.values)),
            )
        });
        let targets = self.targets.iter().map(|target| {
            let (side, limit) = side(target.bound);
            let met = target.met().map_or("null".to_owned(), |met| met.to_string());
            let measured = number(target.measured);
            format!(r#"{{"target":"{}","measured":{measured},"{side}":{limit},"met":{met}}}"#, target.what)
        });
        let notes = self.notes.iter().map(|note| format!("{note:?}"));
        format!(
            "{{\"rows\":[{}],\"growth\":[{}],\"targets\":[{}],\"left_out\":[{}]}}\n",
            joined(rows),
            joined(points),
            joined(targets),
            joined(notes)
        )
    }

    fn rows_text(&self, out: &mut String) {
        line(
            out,
            format_args!(
                "{:<13} {:<24} {:>6} {:>9} {:>12} {:>8} {:>7} {:>9}",
                "work", "subject", "right", "ns", "in httparse", "in ours", "allocs", "instr"
            ),
        );
        let mut previous = None;
        for row in &self.rows {
            if previous.is_some_and(|work| work != row.work) {
                out.push('\n');
            }
            previous = Some(row.work);
            line(
                out,
                format_args!(
                    "{:<13} {:<24} {:>6} {:>9.0} {:>12} {:>8} {:>7} {:>9}",
                    row.work.name(),
                    row.subject,
                    format!("{}/{}", row.right(), row.inputs),
                    row.mean(),
                    shown(self.in_httparse(row), 2),
                    shown(self.in_ours(row), 2),
                    shown(row.allocations, 1),
                    shown(row.instructions, 0),
                ),
            );
        }
    }

    fn points_text(&self, out: &mut String) {
        if self.points.is_empty() {
            return;
        }
        line(
            out,
            format_args!(
                "\n{:<15} {:>7} {:>7} {:>10} {:>8} {:>10} {:>8}",
                "growth of", "count", "bytes", "index ns", "ns/byte", "values ns", "ns/byte"
            ),
        );
        for point in &self.points {
            let bytes = f64::from(u32::try_from(point.bytes).unwrap_or(u32::MAX));
            line(
                out,
                format_args!(
                    "{:<15} {:>7} {:>7} {:>10.0} {:>8.3} {:>10.0} {:>8.3}",
                    point.shape,
                    point.count,
                    point.bytes,
                    point.index,
                    point.index / bytes,
                    point.values,
                    point.values / bytes,
                ),
            );
        }
    }

    fn targets_text(&self, out: &mut String) {
        line(out, format_args!("\n{:<60} {:>8} {:>8}", "target", "measured", "wanted"));
        for target in &self.targets {
            let (sign, limit) = match target.bound {
                Bound::AtMost(limit) => ("≤", limit),
                Bound::AtLeast(limit) => ("≥", limit),
            };
            let met = match target.met() {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "not measured",
            };
            line(
                out,
                format_args!(
                    "{:<60} {:>8} {:>8} {met}",
                    target.what,
                    shown(target.measured, 2),
                    format!("{sign} {limit}"),
                ),
            );
        }
    }

    /// The index of httparse is the unit of all work.
    fn in_httparse(&self, row: &Row) -> Option<f64> {
        let unit = self.rows.iter().find(|row| row.subject.starts_with("httparse"))?;
        Some(if row.inputs == unit.inputs { row.ratio_to(unit) } else { row.mean() / unit.mean() })
    }

    fn in_ours(&self, row: &Row) -> Option<f64> {
        let ours = self.rows.iter().find(|ours| ours.work == row.work && ours.subject == "ours")?;
        Some(row.ratio_to(ours))
    }
}

fn side(bound: Bound) -> (&'static str, f64) {
    match bound {
        Bound::AtMost(limit) => ("at_most", limit),
        Bound::AtLeast(limit) => ("at_least", limit),
    }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "null".to_owned(), |value| format!("{value:.3}"))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String does not fail.
    let _ = writeln!(out, "{text}");
}
