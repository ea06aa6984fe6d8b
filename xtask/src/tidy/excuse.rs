//! Reasons for going over a budget, as a comment in the code: `// tidy: <rule>: <why>`.
//!
//! The comment stands on the lines above the item it excuses, or anywhere in a file that is too long. A reason that
//! excuses nothing is itself a finding, so that it goes when its cause has gone.

use super::finding::Rule;
use std::cell::Cell;

/// What every excuse begins with.
const MARK: &str = "// tidy:";

/// A reason shorter than this says nothing.
const SHORTEST_REASON: usize = 15;

/// All `// tidy:` comments of one file.
pub(crate) struct Excuses {
    given: Vec<Excuse>,
    /// Lines of comments and attributes: an excuse reaches over them to the item below.
    passed_over: Vec<usize>,
}

struct Excuse {
    line: usize,
    /// None when the comment names no rule that can be excused, or no reason.
    rule: Option<Rule>,
    used: Cell<bool>,
}

impl Excuses {
    /// Collects the excuses of a file.
    pub(crate) fn read(text: &str) -> Self {
        let mut excuses = Self { given: Vec::new(), passed_over: Vec::new() };
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if let Some(excuse) = text.strip_prefix(MARK) {
                let rule = rule_of(excuse);
                excuses.given.push(Excuse { line, rule, used: Cell::new(false) });
            }
            if text.starts_with("//") || text.starts_with('#') {
                excuses.passed_over.push(line);
            }
        }
        excuses
    }

    /// Whether a reason is given for `rule` anywhere in the file.
    pub(crate) fn cover_file(&self, rule: Rule) -> bool {
        self.use_up(|excuse| excuse.rule == Some(rule))
    }

    /// Whether a reason is given for `rule` right above the item that begins at `line`.
    pub(crate) fn cover(&self, rule: Rule, line: usize) -> bool {
        let mut first = line;
        while first > 1 && self.passed_over.contains(&(first - 1)) {
            first -= 1;
        }
        self.use_up(|excuse| excuse.rule == Some(rule) && (first..=line).contains(&excuse.line))
    }

    /// After all rules have run: the lines of excuses that are ill-formed or that nothing needed.
    pub(crate) fn leftover(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.given.iter().filter(|excuse| !excuse.used.get()).map(|excuse| match excuse.rule {
            Some(_) => (excuse.line, "nothing here goes over a budget any more: remove the excuse"),
            None => (excuse.line, "write `tidy: file-length|fn-length|nesting: <why>` with a whole reason"),
        })
    }

    fn use_up(&self, fits: impl Fn(&Excuse) -> bool) -> bool {
        let excuse = self.given.iter().find(|excuse| fits(excuse));
        excuse.inspect(|excuse| excuse.used.set(true)).is_some()
    }
}

fn rule_of(excuse: &str) -> Option<Rule> {
    let (name, reason) = excuse.split_once(':')?;
    let rule = Rule::EXCUSABLE.into_iter().find(|rule| rule.name() == name.trim())?;
    (reason.trim().len() >= SHORTEST_REASON).then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "//! x\n// tidy: fn-length: a table of all header names\n#[must_use]\nfn a() {}\nfn b() {}\n";

    #[test]
    fn an_excuse_reaches_the_item_below_it() {
        let excuses = Excuses::read(TEXT);
        assert!(excuses.cover(Rule::FnLength, 4));
        assert!(!excuses.cover(Rule::FnLength, 5));
        assert!(!excuses.cover(Rule::Nesting, 4));
        assert_eq!(excuses.leftover().count(), 0);
    }

    #[test]
    fn an_excuse_that_nothing_needs_is_left_over() {
        assert_eq!(Excuses::read(TEXT).leftover().map(|(line, _)| line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn an_excuse_needs_a_known_rule_and_a_reason() {
        for text in ["// tidy: unwrap: it cannot fail here", "// tidy: fn-length: long", "// tidy: a table"] {
            let excuses = Excuses::read(text);
            assert!(!excuses.cover(Rule::FnLength, 1), "{text}");
            assert_eq!(excuses.leftover().count(), 1, "{text}");
        }
    }

    #[test]
    fn a_file_is_excused_from_anywhere_in_it() {
        let excuses = Excuses::read("fn a() {}\n\n// tidy: file-length: one table of IANA names\n");
        assert!(excuses.cover_file(Rule::FileLength));
    }
}
