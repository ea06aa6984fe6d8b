//! Citations: `rfc3261#17.1.1.2/3`, several ordinals as `/3,5-7`, none for a whole section.

/// A section of an RFC, with the requirements of it that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Citation {
    pub(super) rfc: u32,
    pub(super) section: String,
    pub(super) ordinals: Vec<u32>,
}

/// A citation in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: String,
    pub(super) line: usize,
    /// Whether it stands at a test that holds the requirement.
    pub(super) is_test: bool,
    /// The citation, or the text that is none.
    pub(super) citation: Result<Citation, String>,
}

impl Citation {
    /// Reads a citation that fills `text`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rfc, place) = text.strip_prefix("rfc")?.split_once('#')?;
        let (section, ordinals) = match place.split_once('/') {
            Some((section, list)) => {
                (section, list.split(',').map(range).collect::<Option<Vec<_>>>()?.concat())
            }
            None => (place, Vec::new()),
        };
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_section = section.split('.').all(is_number);
        is_section.then_some(Self { rfc: rfc.parse().ok()?, section: section.to_owned(), ordinals })
    }
}

/// `3` or `5-7`.
fn range(text: &str) -> Option<Vec<u32>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first >= 1 && first <= last).then(|| (first..=last).collect())
}

/// Every citation in the comments of a Rust file.
pub(super) fn find(path: &str, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let comment = text.find("//").and_then(|start| text.get(start..)).unwrap_or_default();
        let is_test = comment.contains("type=test");
        for word in words(comment) {
            let citation = Citation::parse(word).ok_or_else(|| word.to_owned());
            found.push(Found { path: path.to_owned(), line, is_test, citation });
        }
    }
    found
}

/// What looks like a citation: `rfc`, digits, `#`, up to a space, without the punctuation that follows it.
fn words(comment: &str) -> impl Iterator<Item = &str> {
    comment.split(|c: char| c.is_whitespace() || matches!(c, '(' | '`' | ';')).filter_map(|word| {
        let digits = word.strip_prefix("rfc")?.split_once('#')?.0;
        let is_citation = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_citation.then(|| word.trim_end_matches([',', '.', ':', ')', ']', '`']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(u32, String, Vec<u32>)> {
        Citation::parse(text).map(|Citation { rfc, section, ordinals }| (rfc, section, ordinals))
    }

    #[test]
    fn a_citation_names_a_section_and_ordinals() {
        let section = "17.1.1.2".to_owned();
        assert_eq!(parsed("rfc3261#17.1.1.2/3"), Some((3261, section.clone(), vec![3])));
        assert_eq!(parsed("rfc3261#17.1.1.2/3,5-7"), Some((3261, section.clone(), vec![3, 5, 6, 7])));
        assert_eq!(parsed("rfc3261#17.1.1.2"), Some((3261, section, vec![])));
        for wrong in ["rfc3261#", "rfc#1", "rfc3261#1/", "rfc3261#1/0", "rfc3261#1/3-2", "rfc3261#1..2/1"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn comments_are_searched_and_code_is_not() {
        let text = "let x = \"rfc1#1\"; // rfc3261#9.1/1, rfc6026#8.4: so\n// rfc3261#9.1/2, type=test\n// rfc3261#9/x\n";
        let found = find("a.rs", text);
        let lines: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.is_test, one.citation.as_ref().map(|citation| citation.rfc)))
            .collect();
        let wrong = "rfc3261#9/x".to_owned();
        assert_eq!(
            lines,
            [(1, false, Ok(3261)), (1, false, Ok(6026)), (2, true, Ok(3261)), (3, false, Err(&wrong))]
        );
    }
}
