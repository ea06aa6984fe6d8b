//! The targets: what the figures of a run must be, as ratios within the run.

use crate::linear::{Point, TOLERANCE, growth};
use crate::measure::Row;
use crate::peer::Work;

/// A target and what was measured.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is compared.
    pub what: &'static str,
    /// What was measured; `None` where the run did not measure it.
    pub measured: Option<f64>,
    /// What it must be compared to.
    pub bound: Bound,
}

/// On which side of a number a figure must lie.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Target {
    /// Whether the target was met.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        Some(match self.bound {
            Bound::AtMost(limit) => self.measured? <= limit,
            Bound::AtLeast(limit) => self.measured? >= limit,
        })
    }
}

/// All targets, held against the rows and points of a run.
#[must_use]
pub fn all(rows: &[Row], points: &[Point]) -> Vec<Target> {
    let ours = |work| rows.iter().find(|row| row.work == work && row.subject == "ours");
    let httparse = rows.iter().find(|row| row.subject.starts_with("httparse"));
    let to_httparse = |work| Some(ours(work)?.mean() / httparse?.mean());
    let indexed = || Some(ours(Work::Index)?.ratio_to(httparse?));
    let full = || Some(ours(Work::Values)?.ratio_to(httparse?));
    let allocations = |work| ours(work)?.allocations;
    let peer = |work| fastest_peer(rows, ours(work)?);
    let target = |what, measured, bound| Target { what, measured, bound };
    use Bound::{AtLeast, AtMost};
    vec![
        target("index: time, in httparse", indexed(), AtMost(1.3)),
        target("index: heap allocations", allocations(Work::Index), AtMost(1.0)),
        target("values: time, in httparse", full(), AtMost(3.0)),
        target("values: times as fast as the fastest peer", peer(Work::Values), AtLeast(6.0)),
        target("values: heap allocations", allocations(Work::Values), AtMost(4.0)),
        target("print: time, in httparse", to_httparse(Work::Print), AtMost(0.6)),
        target("print: heap allocations", allocations(Work::Print), AtMost(1.0)),
        target("print-edited: times as fast as the fastest peer", peer(Work::PrintEdited), AtLeast(2.0)),
        target("uri: time, in httparse", to_httparse(Work::Uri), AtMost(0.6)),
        target(
            "equivalent: time, in parsing one URI",
            ours(Work::Equivalent).zip(ours(Work::Uri)).map(|(compare, parse)| compare.ratio_to(parse)),
            AtMost(1.0),
        ),
        target(
            "growth: time for a byte, eight times the size over the size",
            (!points.is_empty()).then(|| growth(points)),
            AtMost(TOLERANCE),
        ),
    ]
}

/// How many times as fast as the fastest other parser of SIP `ours` is.
fn fastest_peer(rows: &[Row], ours: &Row) -> Option<f64> {
    let is_peer = |row: &&Row| row.work == ours.work && row.subject != ours.subject && row.right() > 0;
    rows.iter().filter(is_peer).map(|row| row.ratio_to(ours)).min_by(f64::total_cmp)
}
