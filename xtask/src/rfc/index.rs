//! The requirements of a document, and the file that lists them.

use super::document::Document;
use super::scope;
use crate::failure::Failure;
use std::fmt::Write;

/// The first line of the file.
const COLUMNS: &str = "rfc\tsection\tordinal\tkeyword\tsentence";

/// One keyword in one section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Requirement {
    pub(super) rfc: u32,
    pub(super) section: String,
    /// 1 for the first keyword of the section.
    pub(super) ordinal: u32,
    pub(super) keyword: String,
    /// The hash of its sentence, by which one sees that the text is the same.
    pub(super) hash: u64,
}

/// Every requirement of the sections in scope, in the order of the text.
pub(super) fn requirements(rfc: u32, document: &Document) -> Vec<Requirement> {
    let mut found = Vec::new();
    for section in document.sections().filter(|section| scope::contains(rfc, &section.number)) {
        let mut ordinal = 0;
        for sentence in &section.sentences {
            for keyword in keywords(sentence) {
                ordinal += 1;
                let (section, hash) = (section.number.clone(), hash(sentence));
                found.push(Requirement { rfc, section, ordinal, keyword, hash });
            }
        }
    }
    found
}

/// The words of RFC 2119 that oblige. MAY and OPTIONAL permit, and need no citation.
fn keywords(sentence: &str) -> Vec<String> {
    if sentence.contains("key words") || sentence.contains("RFC 2119") {
        return Vec::new(); // the sentence that says what the words mean
    }
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect();
    let before = |at: usize| at.checked_sub(1).and_then(|at| words.get(at)).copied();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let negated = match *word {
            "MUST" | "SHALL" | "SHOULD" => words.get(at + 1) == Some(&"NOT"),
            "REQUIRED" | "RECOMMENDED" => before(at) == Some("NOT"),
            _ => continue,
        };
        found.push(match (*word, negated) {
            (word @ ("REQUIRED" | "RECOMMENDED"), true) => format!("NOT {word}"),
            (word, true) => format!("{word} NOT"),
            (word, false) => word.to_owned(),
        });
    }
    found
}

/// The 64-bit hash of Fowler, Noll and Vo, variant 1a.
pub(super) fn hash(sentence: &str) -> u64 {
    sentence.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The file that lists `requirements`.
pub(super) fn print(requirements: &[Requirement]) -> String {
    let mut text = format!("{COLUMNS}\n");
    for Requirement { rfc, section, ordinal, keyword, hash } in requirements {
        let _ = writeln!(text, "{rfc}\t{section}\t{ordinal}\t{keyword}\t{hash:016x}");
    }
    text
}

/// Reads what [`print()`] wrote.
///
/// # Errors
/// Names the first line that is not in its form.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, Failure> {
    let rows = (1..).zip(text.lines()).skip(1);
    rows.map(|(number, line)| {
        row(line).ok_or_else(|| Failure::new(format!("line {number} of the index is malformed: {line}")))
    })
    .collect()
}

fn row(line: &str) -> Option<Requirement> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [rfc, section, ordinal, keyword, hash] = fields[..] else { return None };
    Some(Requirement {
        rfc: rfc.parse().ok()?,
        section: section.to_owned(),
        ordinal: ordinal.parse().ok()?,
        keyword: keyword.to_owned(),
        hash: u64::from_str_radix(hash, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::*;

    #[test]
    fn each_keyword_that_obliges_is_a_requirement() {
        let text = "9 Nine\n\n   It MUST be, and it SHOULD\n   NOT hurt.  It MAY sing.  It is NOT RECOMMENDED.\n\n\
                    16 Other\n\n   It MUST.\n";
        let found = requirements(3261, &document::parse(text));
        let lines = found.iter().map(|r| format!("{}/{} {}", r.section, r.ordinal, r.keyword));
        assert_eq!(lines.collect::<Vec<_>>(), ["9/1 MUST", "9/2 SHOULD NOT", "9/3 NOT RECOMMENDED"]);
        assert_eq!(parse(&print(&found)).unwrap(), found);
    }

    #[test]
    fn the_sentence_that_defines_the_words_demands_nothing() {
        assert_eq!(keywords("The key words \"MUST\" and so on are to be read so."), <[String; 0]>::default());
    }

    #[test]
    fn a_malformed_line_is_named() {
        let failure = parse("head\n3261\t9\t1\tMUST\n").unwrap_err();
        assert!(failure.to_string().starts_with("line 2"), "{failure}");
    }
}
