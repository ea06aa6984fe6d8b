//! Figures that are shown and not judged: how each crate stands against its budgets.

use super::size::{self, Function};
use super::source::Source;

/// The columns of the table that [`row`] fills.
pub(crate) const COLUMNS: &str = "crate               files   code   test |  fn: median  p95  max | file: max | per 1000 lines: clone    RFC";

/// The figures of one crate in one line.
pub(crate) fn row(name: &str, sources: &[Source]) -> String {
    let mut code = 0;
    let mut tests = 0;
    let mut longest_file = 0;
    let (mut clones, mut citations) = (0, 0);
    for source in sources {
        let lines: Vec<(usize, &str)> = source.lines().collect();
        let own = lines.iter().filter(|(_, text)| is_code(text)).count();
        code += own;
        tests += source.text.lines().filter(|text| is_code(text)).count() - own;
        longest_file = longest_file.max(lines.len());
        clones += lines.iter().map(|(_, text)| text.matches(".clone()").count()).sum::<usize>();
        citations += lines.iter().filter(|(_, text)| cites(text)).count();
    }
    let mut functions: Vec<usize> =
        sources.iter().flat_map(size::functions).map(|Function { lines, .. }| lines).collect();
    functions.sort_unstable();
    let [median, p95, max] = [50, 95, 100].map(|percent| percentile(&functions, percent));
    let per_1000 = |count: usize| tenths(count, code);
    format!(
        "{name:<19} {files:>5} {code:>6} {tests:>6} | {median:>11} {p95:>4} {max:>4} | {longest_file:>9} | {clones:>21} {citations:>6}",
        files = sources.len(),
        clones = per_1000(clones),
        citations = per_1000(citations),
    )
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

fn cites(line: &str) -> bool {
    line.contains("RFC ") || line.contains("rfc3261#") || line.contains('§')
}

/// The value below which `percent` of the sorted values lie; 0 when there are none.
fn percentile(sorted: &[usize], percent: usize) -> usize {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last * percent).div_ceil(100)).copied().unwrap_or(0)
}

/// How many there are per 1000, with one decimal.
fn tenths(count: usize, of: usize) -> String {
    let tenths = count * 10_000 / of.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let values: Vec<usize> = (1..=100).collect();
        assert_eq!([50, 95, 100].map(|percent| percentile(&values, percent)), [51, 96, 100]);
        assert_eq!(percentile(&[], 50), 0);
        assert_eq!(percentile(&[7], 95), 7);
    }

    #[test]
    fn rates_have_one_decimal() {
        assert_eq!(tenths(5, 1000), "5.0");
        assert_eq!(tenths(1, 3000), "0.3");
        assert_eq!(tenths(0, 0), "0.0");
    }

    #[test]
    fn a_row_fits_its_columns() {
        let text = "//! RFC 3261 §1\nfn a() { b.clone() }\n\n#[cfg(test)]\nmod tests {}\n".to_owned();
        let row = row("sip-uri", &[Source::parse("sip-uri/src/a.rs", text).unwrap()]);
        assert_eq!(row.chars().count(), COLUMNS.chars().count());
        assert!(row.ends_with("1000.0 1000.0"), "{row}");
    }
}
