//! Citations and exceptions held against the index.

use super::citation::{Citation, Found};
use super::index::Requirement;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is known about each section.
#[derive(Debug)]
pub(super) struct Coverage {
    sections: Vec<((u32, String), Section)>,
    mistakes: Vec<String>,
}

/// The ordinals of a section, by what is known about them.
#[derive(Debug, Default)]
struct Section {
    all: BTreeSet<u32>,
    covered: BTreeSet<u32>,
    tested: BTreeSet<u32>,
    excepted: BTreeSet<u32>,
}

/// Requirements that are not ours, and where it is said why.
#[derive(Debug)]
pub(super) struct Exception {
    line: usize,
    citation: Result<Citation, String>,
}

/// Reads the exceptions: a citation, a tab, a reason; `#` begins a remark.
pub(super) fn exceptions(text: &str) -> Vec<Exception> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let (citation, reason) = line.split_once('\t').unwrap_or((line, ""));
            let parsed =
                Citation::parse(citation).filter(|c| !c.ordinals.is_empty() && !reason.trim().is_empty());
            Exception { line: number, citation: parsed.ok_or_else(|| line.to_owned()) }
        })
        .collect()
}

impl Coverage {
    pub(super) fn new(requirements: &[Requirement], citations: &[Found], exceptions: &[Exception]) -> Self {
        let mut order: Vec<(u32, String)> = Vec::new();
        let mut sections: BTreeMap<(u32, String), Section> = BTreeMap::new();
        for Requirement { rfc, section, ordinal, .. } in requirements {
            let key = (*rfc, section.clone());
            if order.last() != Some(&key) {
                order.push(key.clone());
            }
            sections.entry(key).or_default().all.insert(*ordinal);
        }
        let mut mistakes = Vec::new();
        for found in citations {
            if let Err(what) = enter(&mut sections, &found.citation, |section| {
                if found.is_test { &mut section.tested } else { &mut section.covered }
            }) {
                mistakes.push(format!("{}:{}: {what}", found.path, found.line));
            }
        }
        for Exception { line, citation } in exceptions {
            if let Err(what) = enter(&mut sections, citation, |section| &mut section.excepted) {
                mistakes.push(format!("{}:{line}: {what}", super::EXCEPTIONS));
            }
        }
        for ((rfc, number), section) in &sections {
            for both in section.excepted.intersection(&section.covered) {
                mistakes.push(format!("rfc{rfc}#{number}/{both} is cited in the code and excepted"));
            }
        }
        let sections =
            order.into_iter().filter_map(|key| sections.remove(&key).map(|section| (key, section))).collect();
        Self { sections, mistakes }
    }

    /// The requirements that nothing obeys and no exception names, by section.
    pub(super) fn missing(&self) -> Vec<String> {
        self.list(Section::missing)
    }

    /// The requirements that the code obeys and no test holds, by section.
    pub(super) fn untested(&self) -> Vec<String> {
        self.list(Section::untested)
    }

    fn list(&self, choose: impl Fn(&Section) -> BTreeSet<u32>) -> Vec<String> {
        let chosen = self.sections.iter().map(|(name, section)| (name, choose(section)));
        let chosen = chosen.filter(|(_, ordinals)| !ordinals.is_empty());
        chosen.map(|((rfc, number), ordinals)| format!("rfc{rfc}#{number}{}", ranges(&ordinals))).collect()
    }

    /// Citations that name nothing, one sentence each.
    pub(super) fn mistakes(&self) -> &[String] {
        &self.mistakes
    }
}

/// Enters the ordinals of a citation where `place` says.
fn enter(
    sections: &mut BTreeMap<(u32, String), Section>,
    citation: &Result<Citation, String>,
    place: impl Fn(&mut Section) -> &mut BTreeSet<u32>,
) -> Result<(), String> {
    let citation = citation.as_ref().map_err(|text| format!("`{text}` is malformed"))?;
    let Citation { rfc, section, ordinals } = citation;
    for ordinal in ordinals {
        let known = sections.get_mut(&(*rfc, section.clone())).filter(|known| known.all.contains(ordinal));
        let known = known.ok_or_else(|| format!("rfc{rfc}#{section}/{ordinal} is not in the index"))?;
        place(known).insert(*ordinal);
    }
    Ok(())
}

impl Section {
    fn add(&mut self, other: &Self, offset: u32) {
        let shifted = |set: &BTreeSet<u32>| set.iter().map(|ordinal| ordinal + offset).collect::<Vec<_>>();
        self.all.extend(shifted(&other.all));
        self.covered.extend(shifted(&other.covered));
        self.tested.extend(shifted(&other.tested));
        self.excepted.extend(shifted(&other.excepted));
    }

    fn missing(&self) -> BTreeSet<u32> {
        self.all
            .iter()
            .filter(|one| !self.covered.contains(one) && !self.excepted.contains(one))
            .copied()
            .collect()
    }

    fn untested(&self) -> BTreeSet<u32> {
        self.covered.difference(&self.tested).copied().collect()
    }

    fn row(&self, name: &str) -> String {
        let counts = [&self.all, &self.covered, &self.tested, &self.excepted].map(BTreeSet::len);
        let [all, covered, tested, excepted] = counts;
        format!("{name:<18}{all:>6}{covered:>9}{tested:>8}{excepted:>10}{:>9}", self.missing().len())
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "section              all  covered  tested  excepted  missing")?;
        let mut total = Section::default();
        for ((rfc, number), section) in &self.sections {
            let missing = ranges(&section.missing());
            writeln!(
                f,
                "{}",
                format!("{}  {missing}", section.row(&format!("rfc{rfc}#{number}"))).trim_end()
            )?;
            let offset = total.all.last().copied().unwrap_or_default();
            total.add(section, offset);
        }
        writeln!(f, "{}", total.row("all"))
    }
}

/// `/1,3-5`, or nothing.
fn ranges(ordinals: &BTreeSet<u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for ordinal in ordinals {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *ordinal => *last = *ordinal,
            _ => runs.push((*ordinal, *ordinal)),
        }
    }
    let shown = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    let list = runs.iter().map(shown).collect::<Vec<_>>().join(",");
    if list.is_empty() { list } else { format!("/{list}") }
}

#[cfg(test)]
mod tests {
    use super::super::citation;
    use super::*;

    fn requirement(section: &str, ordinal: u32) -> Requirement {
        Requirement { rfc: 3261, section: section.to_owned(), ordinal, keyword: "MUST".to_owned(), hash: 0 }
    }

    fn coverage(code: &str, excepted: &str) -> Coverage {
        let requirements =
            [requirement("9.1", 1), requirement("9.1", 2), requirement("10", 1), requirement("10", 2)];
        Coverage::new(&requirements, &citation::find("a.rs", code), &exceptions(excepted))
    }

    #[test]
    fn sections_are_counted_in_the_order_of_the_index() {
        let coverage =
            coverage("// rfc3261#9.1/1-2\n// rfc3261#9.1/2, type=test\n", "# why\nrfc3261#10/2\tnot ours\n");
        assert_eq!(coverage.mistakes(), <[String; 0]>::default());
        let table = coverage.to_string();
        let rows: Vec<Vec<&str>> =
            table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            rows,
            [
                vec!["rfc3261#9.1", "2", "2", "1", "0", "0"],
                vec!["rfc3261#10", "2", "0", "0", "1", "1", "/1"],
                vec!["all", "4", "2", "1", "1", "1"],
            ]
        );
    }

    #[test]
    fn what_is_missing_and_what_no_test_holds_is_listed() {
        let coverage =
            coverage("// rfc3261#9.1/1-2\n// rfc3261#9.1/2, type=test\n", "rfc3261#10/2\tnot ours\n");
        assert_eq!(coverage.missing(), ["rfc3261#10/1"]);
        assert_eq!(coverage.untested(), ["rfc3261#9.1/1"]);
    }

    #[test]
    fn what_names_nothing_is_a_mistake() {
        let coverage = coverage(
            "// rfc3261#9.1/3\n// rfc3261#9.1/1\n// rfc1#2/3\n// rfc3261#11 and rfc9#1 name whole sections\n",
            "rfc3261#9.1/1\tcited\nrfc3261#10/1\n",
        );
        assert_eq!(
            coverage.mistakes(),
            [
                "a.rs:1: rfc3261#9.1/3 is not in the index",
                "a.rs:3: rfc1#2/3 is not in the index",
                "xtask/rfc/exceptions.tsv:2: `rfc3261#10/1` is malformed",
                "rfc3261#9.1/1 is cited in the code and excepted",
            ]
        );
    }

    #[test]
    fn runs_of_ordinals_are_shown_as_ranges() {
        assert_eq!(ranges(&BTreeSet::from([1, 3, 4, 5])), "/1,3-5");
        assert_eq!(ranges(&BTreeSet::new()), "");
    }
}
