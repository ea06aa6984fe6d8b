//! What must and must not be written: headers, a README for each crate, no trace of the machine it was written on.

use super::finding::{Finding, Rule};
use super::floors;
use super::source::Source;
use crate::workspace::Package;

/// Crates that are not cores and implement a document all the same.
const WORLD_WITH_RFC: [&str; 2] = ["sip-transport-ws", "sip-ua"];

/// Top folders of a machine that no file of the project may name.
const MACHINE_FOLDERS: [&str; 4] = ["home", "root", "tmp", "work"];

/// The first line of each file says what it is.
pub(crate) fn header(source: &Source) -> Option<Finding> {
    let first = source.text.lines().map(str::trim).find(|line| !line.is_empty());
    let described = first.is_some_and(|line| line.starts_with("//! ") && line.len() > "//! ".len());
    (!described).then(|| source.finding(1, Rule::Header, "the file does not begin with `//!` and what it is"))
}

/// The README of a crate, and the RFC in the documentation of a crate that implements one.
pub(crate) fn crate_doc(package: &Package, sources: &[Source]) -> Vec<Finding> {
    let finding = |path: &str, message: &str| Finding {
        path: format!("{}/{path}", package.name),
        line: 1,
        rule: Rule::CrateDoc,
        message: message.to_owned(),
    };
    let mut findings = Vec::new();
    if !package.directory.join("README.md").is_file() {
        findings.push(finding("README.md", "the crate has no README"));
    }
    let root = format!("{}/src/lib.rs", package.name);
    let has_rfc = floors::is_core(&package.name) || WORLD_WITH_RFC.contains(&&*package.name);
    if has_rfc && !sources.iter().any(|source| source.path == root && names_rfc(&source.text)) {
        findings.push(finding("src/lib.rs", "the crate documentation names no RFC"));
    }
    findings
}

/// Paths that exist on one machine only, in the text of the file at `path`.
pub(crate) fn machine_paths(path: &str, text: &str) -> Vec<Finding> {
    let neighbour = format!("../{}", "shared");
    let finding = |line: usize, what: &str| Finding {
        path: path.to_owned(),
        line,
        rule: Rule::MachinePath,
        message: format!("`{what}` is there on one machine only"),
    };
    let mut findings = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.contains(&neighbour) {
            findings.push(finding(line, &neighbour));
        }
        let folders = MACHINE_FOLDERS.iter().map(|folder| format!("/{folder}"));
        findings
            .extend(folders.filter(|folder| names_folder(text, folder)).map(|folder| finding(line, &folder)));
    }
    findings
}

/// Whether `folder` stands in `text` as the beginning of a path.
fn names_folder(text: &str, folder: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let continues = |c: char| goes_on(c) || matches!(c, '.' | '}' | ')' | '>' | '*' | '~' | '$');
    text.match_indices(folder).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + folder.len()..));
        let begins = !before.is_some_and(|text| text.ends_with(continues));
        begins && !after.is_some_and(|text| text.starts_with(goes_on))
    })
}

fn names_rfc(text: &str) -> bool {
    text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains("RFC "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_header(text: &str) -> bool {
        header(&Source::parse("a.rs", text.to_owned()).unwrap()).is_none()
    }

    #[test]
    fn a_file_says_first_what_it_is() {
        assert!(has_header("//! Via, RFC 3261 §20.42.\n"));
        assert!(!has_header("use a::B;\n"));
        assert!(!has_header("//!\n"));
        assert!(!has_header(""));
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for folder in MACHINE_FOLDERS {
            for text in
                [format!("open(\"/{folder}/x\")"), format!("cd /{folder}"), format!("file:///{folder}/x")]
            {
                let count = machine_paths("a", &text).len();
                assert_eq!(count, 1, "{text}");
            }
            for text in [format!("$DIR/{folder}/x"), format!("target/{folder}"), format!("/{folder}s")] {
                let count = machine_paths("a", &text).len();
                assert_eq!(count, 0, "{text}");
            }
        }
        assert_eq!(machine_paths("a", &["see ..", "/shared/x"].concat()).len(), 1);
    }

    #[test]
    fn the_rfc_is_looked_for_in_the_crate_documentation() {
        assert!(names_rfc("//! URIs.\n//! By RFC 3261.\n"));
        assert!(!names_rfc("//! URIs.\n\n// RFC 3261\n"));
    }
}
