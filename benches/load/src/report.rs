//! The figures of a run for people, and for programs.

use crate::client::Found;
use crate::phase::{Phase, Work};
use crate::stack::Pairing;
use crate::target::{self, Target};
use std::fmt::Write as _;

/// The tables.
#[must_use]
pub fn text(found: &[(Pairing, Found)]) -> String {
    let mut out = String::from(
        "Processor time in us for each, at the user agents and at the server; the cheapest round of several.\n\
         With our server a call has both ends among the user agents; rsipstack's server takes it itself.\n\n",
    );
    line(
        &mut out,
        format_args!(
            "{:<23} {:<9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "user agents at server",
            "work",
            "done",
            "failed",
            "agents",
            "server",
            "per s",
            "slowest",
            "p99 ms",
            "max ms"
        ),
    );
    for (pairing, found) in found {
        for phase in Work::ALL.into_iter().filter_map(|work| found.best(work)) {
            line(&mut out, format_args!("{}", row(*pairing, phase)));
        }
        let [client, server] = found.memory;
        let pairing = pairing.to_string();
        line(
            &mut out,
            format_args!("{pairing:<23} {:<9} {:>13} {client:>8.0} {server:>8.0}", "memory, B", ""),
        );
    }
    line(
        &mut out,
        format_args!(
            "\n{:<44} {:>9} {:>9} {:>10} {:>6}",
            "target", "measured", "at most", "rsipstack", "ratio"
        ),
    );
    for target in target::all(found) {
        line(&mut out, format_args!("{}", judged(&target)));
    }
    out
}

fn row(pairing: Pairing, phase: &Phase) -> String {
    let Phase { done, failed, per_second, slowest_tenth, p99, max, client, server, work } = phase;
    format!(
        "{:<23} {:<9} {done:>6} {failed:>6} {client:>8.1} {server:>8.1} {per_second:>8.0} {slowest_tenth:>8.0} \
         {p99:>8.1} {max:>8.1}",
        pairing.to_string(),
        work.name()
    )
}

fn judged(target: &Target) -> String {
    let shown = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let verdict = match target.met() {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "not measured",
    };
    let what = format!("{}, {}", target.what, target.unit);
    format!(
        "{:<44} {:>9} {:>9} {:>10} {:>6} {verdict}",
        what.trim_end_matches(", "),
        shown(target.measured, 1),
        target.at_most,
        shown(target.rsipstack, 1),
        shown(target.ratio(), 2)
    )
}

/// One JSON object.
#[must_use]
pub fn json(found: &[(Pairing, Found)]) -> String {
    let runs: Vec<String> = found.iter().map(|(pairing, found)| run_json(*pairing, found)).collect();
    let targets: Vec<String> = target::all(found).iter().map(target_json).collect();
    format!("{{\"runs\":[{}],\"targets\":[{}]}}\n", runs.join(","), targets.join(","))
}

fn run_json(pairing: Pairing, found: &Found) -> String {
    let phases: Vec<String> = found.phases.iter().map(phase_json).collect();
    let [client, server] = found.memory.map(|bytes| number(Some(bytes)));
    format!(
        r#"{{"client":"{}","server":"{}","digest":{},"mimalloc":{},"client_bytes":{client},"server_bytes":{server},"phases":[{}]}}"#,
        pairing.client.name(),
        pairing.server.name(),
        pairing.digest,
        pairing.mimalloc,
        phases.join(",")
    )
}

fn phase_json(phase: &Phase) -> String {
    let Phase { done, failed, work, .. } = phase;
    let figures = [
        ("client_us", phase.client),
        ("server_us", phase.server),
        ("per_second", phase.per_second),
        ("slowest_tenth", phase.slowest_tenth),
        ("p99_ms", phase.p99),
        ("max_ms", phase.max),
    ];
    let figures: Vec<String> =
        figures.into_iter().map(|(name, value)| format!(r#""{name}":{}"#, number(Some(value)))).collect();
    format!(r#"{{"work":"{}","done":{done},"failed":{failed},{}}}"#, work.name(), figures.join(","))
}

fn target_json(target: &Target) -> String {
    format!(
        r#"{{"what":"{}","unit":"{}","measured":{},"at_most":{},"rsipstack":{},"ratio":{},"met":{}}}"#,
        target.what,
        target.unit,
        number(target.measured),
        target.at_most,
        number(target.rsipstack),
        number(target.ratio()),
        target.met().map_or("null".to_owned(), |met| met.to_string())
    )
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "null".to_owned(), |value| format!("{value:.3}"))
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String does not fail.
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Stack;

    #[test]
    fn what_was_not_measured_is_no_number() {
        let found = [(Pairing::new(Stack::Ours, Stack::Ours), Found::read("refresh 10 0 5 5 1 1 14 16\n"))];
        assert!(text(&found).contains("MISSED"), "{}", text(&found));
        let json = json(&found);
        assert!(json.contains(r#""client_bytes":null"#) && !json.contains("NaN"), "{json}");
    }
}
