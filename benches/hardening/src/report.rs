//! The findings for people, and for programs.

use crate::trial::Finding;
use crate::witness::percentile;

/// One table.
#[must_use]
pub fn text(findings: &[Finding]) -> String {
    let line = |cells: [String; 9]| {
        let [name, at_once, opened, growth, permitted, asked, median, slow, rest] = cells;
        format!(
            "{name:<32} {at_once:>8} {opened:>8} {growth:>10} {permitted:>9} {asked:>13} {median:>8} {slow:>8} {rest}"
        )
        .trim_end()
        .to_owned()
            + "\n"
    };
    let head = [
        "attack",
        "at once",
        "opened",
        "grew KiB",
        "at most",
        "answered",
        "p50 us",
        "p99 us",
        "new connections",
    ];
    let mut out = line(head.map(str::to_owned));
    for finding in findings {
        let served = &finding.testimony;
        let (answered, opened) = (served.answers.len(), served.openings.len());
        let shown = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        out += &line([
            finding.attack.name().to_owned(),
            finding.connections.to_string(),
            finding.opened.to_string(),
            shown(finding.growth()),
            finding.permitted().to_string(),
            format!("{answered}/{}", answered + served.unanswered),
            shown(percentile(&served.answers, 50)),
            shown(percentile(&served.answers, 99)),
            format!(
                "{opened}/{}, p99 {} us{}",
                opened + served.refused,
                shown(percentile(&served.openings, 99)),
                if finding.is_passed() { "" } else { "   FAILED" }
            ),
        ]);
    }
    out
}

/// One JSON object.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let number = |value: Option<u64>| value.map_or("null".to_owned(), |value| value.to_string());
    let rows: Vec<String> = findings
        .iter()
        .map(|finding| {
            let served = &finding.testimony;
            format!(
                r#"{{"attack":"{}","at_once":{},"opened":{},"before_kib":{},"peak_kib":{},"permitted_kib":{},"answered":{},"unanswered":{},"p50_us":{},"p99_us":{},"connected":{},"refused":{},"connect_p99_us":{},"passed":{}}}"#,
                finding.attack.name(),
                finding.connections,
                finding.opened,
                number(finding.before),
                number(finding.peak),
                finding.permitted(),
                served.answers.len(),
                served.unanswered,
                number(percentile(&served.answers, 50)),
                number(percentile(&served.answers, 99)),
                served.openings.len(),
                served.refused,
                number(percentile(&served.openings, 99)),
                finding.is_passed(),
            )
        })
        .collect();
    format!("{{\"findings\":[{}]}}\n", rows.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Attack;
    use crate::witness::Testimony;
    use std::time::Duration;

    #[test]
    fn a_server_that_serves_nobody_or_grows_too_much_has_failed() {
        let served = Testimony {
            answers: vec![Duration::from_micros(70)],
            openings: vec![Duration::from_micros(200)],
            ..Testimony::default()
        };
        let finding = |peak, testimony: &Testimony| Finding {
            attack: Attack::SlowFrames,
            connections: 10,
            opened: 12,
            before: Some(4000),
            peak: Some(peak),
            testimony: testimony.clone(),
        };
        assert!(finding(4100, &served).is_passed());
        assert!(!finding(100_000, &served).is_passed());
        let forsaken = Testimony { unanswered: 1, ..served };
        assert!(!finding(4100, &forsaken).is_passed());
        let shown = text(&[finding(4100, &forsaken)]);
        assert!(
            shown.contains("slow-loris frames") && shown.contains("1/2") && shown.contains("FAILED"),
            "{shown}"
        );
        assert!(
            json(&[finding(4100, &forsaken)])
                .contains(r#""peak_kib":4100,"permitted_kib":16544,"answered":1,"#)
        );
    }
}
