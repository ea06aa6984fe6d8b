//! The figures of a run, and what they must be.

use crate::clock::PerMessage;
use crate::heap::Heap;
use crate::pair::Transport;

/// Everything that was measured with one transport.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The transport.
    pub transport: Transport,
    /// Nanoseconds of a complete call, both ends.
    pub call: f64,
    /// Instructions of the same; `None` where they were not counted.
    pub instructions: Option<f64>,
    /// The heap of calls.
    pub heap: Option<Heap>,
    /// A message with few calls up, and with many.
    pub per_message: [PerMessage; 2],
    /// The same with mimalloc as the allocator of the application.
    pub with_mimalloc: Option<[PerMessage; 2]>,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// The unit.
    pub unit: &'static str,
    /// How much; `None` where the run did not measure it.
    pub measured: Option<f64>,
    /// The most it may be; `None` where the figure is told and not judged.
    pub at_most: Option<f64>,
}

impl Figure {
    /// Whether the target was met; `None` without a target or a measurement.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        Some(self.measured? <= self.at_most?)
    }
}

/// The figures of one transport.
#[must_use]
pub fn figures(measured: &Measured) -> Vec<Figure> {
    let name = measured.transport.name();
    let figure = |what: String, unit, measured, at_most| Figure {
        what: format!("{name}: {what}"),
        unit,
        measured,
        at_most,
    };
    let heap = |part: fn(&Heap) -> f64| measured.heap.as_ref().map(part);
    let mut figures = vec![
        figure("complete call, both ends".to_owned(), "us", Some(measured.call / 1e3), Some(30.0)),
        figure("complete call, both ends".to_owned(), "instructions", measured.instructions, None),
        figure("complete call, both ends".to_owned(), "allocations", heap(|heap| heap.allocations), None),
        figure("established call, caller, beyond SDP".to_owned(), "B", heap(|heap| heap.caller), KIB3),
        figure("established call, callee, beyond SDP".to_owned(), "B", heap(|heap| heap.callee), KIB3),
        figure("the same right after ACK, mean of both".to_owned(), "B", heap(|heap| heap.fresh), None),
        figure("call that has just ended, both ends".to_owned(), "B", heap(|heap| heap.over), None),
        figure("finished call after 64*T1".to_owned(), "B", heap(|heap| heap.finished), Some(0.0)),
    ];
    figures.extend(messages(name, measured.per_message));
    if let Some(costs) = measured.with_mimalloc {
        figures.extend(messages(&format!("{name}, mimalloc"), costs));
    }
    figures
}

/// What a message costs with few calls up and with many.
fn messages(name: &str, [few, many]: [PerMessage; 2]) -> Vec<Figure> {
    let cost = |what: &str, part: fn(&PerMessage) -> f64| {
        let time = |cost: &PerMessage| Figure {
            what: format!("{name}: {what}, {} calls up", cost.calls),
            unit: "ns",
            measured: Some(part(cost)),
            at_most: None,
        };
        let ratio = Figure {
            what: format!("{name}:   many over few"),
            unit: "x",
            measured: Some(part(&many) / part(&few)),
            at_most: Some(1.5),
        };
        [time(&few), time(&many), ratio]
    };
    let further_call = cost("message of a further call", |cost| cost.further_call);
    let inside = cost("message inside any call", |cost| cost.inside);
    further_call.into_iter().chain(inside).collect()
}

/// What it costs to read one line of memory of a call, with few calls and with many: the least that anything inside any
/// of many calls can cost is so many times as much as it needs lines that nobody has looked at for long.
#[must_use]
pub fn memory(few: (usize, f64), many: (usize, f64)) -> Vec<Figure> {
    let line = |(calls, time): (usize, f64)| Figure {
        what: format!("a line of memory of any call, {calls} calls"),
        unit: "ns",
        measured: Some(time),
        at_most: None,
    };
    vec![line(few), line(many)]
}

const KIB3: Option<f64> = Some(3.0 * 1024.0);

/// What timers cost, whatever the transport; a thousand times as many may cost 2.5 times as much, 5/2 of the logarithm, and a
/// tenth more, since a tree has whole levels.
#[must_use]
pub fn timers(few: (usize, f64), many: (usize, f64)) -> Vec<Figure> {
    let line = |(count, comparisons): (usize, f64)| Figure {
        what: format!("timer armed, moved and run off, {count} armed"),
        unit: "comparisons",
        measured: Some(comparisons),
        at_most: None,
    };
    let ratio = Figure {
        what: "  many over few, for O(log n)".to_owned(),
        unit: "x",
        measured: Some(many.1 / few.1),
        at_most: Some(2.75),
    };
    vec![line(few), line(many), ratio]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_when_it_has_a_target_and_was_measured() {
        let figure = |measured, at_most| Figure { what: String::new(), unit: "", measured, at_most };
        assert_eq!(figure(Some(1.0), Some(1.0)).met(), Some(true));
        assert_eq!(figure(Some(2.0), Some(1.0)).met(), Some(false));
        assert_eq!(figure(None, Some(1.0)).met(), None);
        assert_eq!(figure(Some(1.0), None).met(), None);
    }
}
