//! The figures of a run for people, and for programs.

use crate::target::Figure;

/// One table: figures, targets, verdicts.
#[must_use]
pub fn text(figures: &[Figure]) -> String {
    let line = |what: &str, measured: &str, unit: &str, wanted: &str, verdict: &str| {
        format!("{what:<58} {measured:>10} {unit:<12} {wanted:>8} {verdict}").trim_end().to_owned() + "\n"
    };
    let mut out = line("what", "measured", "", "at most", "");
    for figure in figures {
        let verdict = match figure.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        let measured = figure.measured.map_or("-".to_owned(), shown);
        let wanted = figure.at_most.map_or(String::new(), |number| number.to_string());
        out += &line(&figure.what, &measured, figure.unit, &wanted, verdict);
    }
    out
}

/// One JSON object.
#[must_use]
pub fn json(figures: &[Figure]) -> String {
    let number = |value: Option<f64>| value.map_or("null".to_owned(), |value| value.to_string());
    let rows: Vec<String> = figures
        .iter()
        .map(|figure| {
            format!(
                r#"{{"what":"{}","unit":"{}","measured":{},"at_most":{},"met":{}}}"#,
                figure.what.trim(),
                figure.unit,
                number(figure.measured),
                number(figure.at_most),
                figure.met().map_or("null".to_owned(), |met| met.to_string()),
            )
        })
        .collect();
    format!("{{\"figures\":[{}]}}\n", rows.join(","))
}

/// Two places after the point where they say something.
fn shown(number: f64) -> String {
    if number < 100.0 { format!("{number:.2}") } else { format!("{number:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_told() {
        let missed = Figure { what: "a".to_owned(), unit: "us", measured: Some(2.0), at_most: Some(1.0) };
        assert!(text(std::slice::from_ref(&missed)).contains("MISSED"));
        let json = json(&[missed]);
        assert_eq!(
            json,
            "{\"figures\":[{\"what\":\"a\",\"unit\":\"us\",\"measured\":2,\"at_most\":1,\"met\":false}]}\n"
        );
    }
}
