//! `cargo xtask rfc`: which requirements of the RFCs the code obeys, as its citations say.
//!
//! A requirement is one keyword (MUST, SHOULD, …) in one section. `rfc/requirements.tsv` numbers them, without their
//! text; comments in the code name them as `rfc3261#17.1.1.2/3`, or several of a section as `/3,5-7`, and add
//! `type=test` where a test holds them. `rfc/exceptions.tsv` says which are not ours and why.

mod citation;
mod coverage;
mod document;
mod index;
mod scope;

use crate::failure::Failure;
use crate::workspace;
use citation::{Citation, Found};
use coverage::Coverage;
use index::Requirement;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The requirements, one per line.
const REQUIREMENTS: &str = "xtask/rfc/requirements.tsv";

/// The requirements that are not ours, with a reason each.
const EXCEPTIONS: &str = "xtask/rfc/exceptions.tsv";

/// What cites by way of example and is not looked at.
const NOT_CITING: [&str; 1] = ["xtask"];

/// Runs what `arguments` say: the check, the making of the index, or a look into the texts.
///
/// # Errors
/// When a citation or an exception names no requirement, or a file cannot be read.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => check(root),
        ["--untested"] => list_untested(root),
        ["--index", texts] => write_index(root, Path::new(texts)),
        ["--read", texts, citation] => read(Path::new(texts), citation),
        _ => Err(Failure::new("`rfc` does not know these arguments")
            .with_remedy("cargo xtask rfc [--untested | --index TEXTS | --read TEXTS rfc3261#17.1.3]")),
    }
}

/// Compares the citations with the index, prints the sections and fails for citations of nothing and for requirements
/// that nothing obeys.
///
/// # Errors
/// When a citation or an exception names no requirement, a requirement is missing, or a file cannot be read.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    let coverage = coverage(root)?;
    print!("{coverage}");
    for mistake in coverage.mistakes() {
        println!("{mistake}");
    }
    let missing = coverage.missing();
    let remedy = format!("{REQUIREMENTS} lists what can be cited, {EXCEPTIONS} what need not be");
    match (coverage.mistakes().len(), missing.is_empty()) {
        (0, true) => Ok(()),
        (0, false) => {
            let missing = missing.join(", ");
            Err(Failure::new(format!("no code and no exception cites {missing}")).with_remedy(remedy))
        }
        (1, _) => Err(Failure::new("1 citation is wrong").with_remedy(remedy)),
        (count, _) => Err(Failure::new(format!("{count} citations are wrong")).with_remedy(remedy)),
    }
}

/// Prints what the code obeys and no test holds.
fn list_untested(root: &Path) -> Result<(), Failure> {
    for requirements in coverage(root)?.untested() {
        println!("{requirements}");
    }
    Ok(())
}

fn coverage(root: &Path) -> Result<Coverage, Failure> {
    let requirements = index::parse(&workspace::read(&root.join(REQUIREMENTS))?)?;
    let exceptions = coverage::exceptions(&workspace::read(&root.join(EXCEPTIONS))?);
    Ok(Coverage::new(&requirements, &citations(root)?, &exceptions))
}

/// Every citation in the Rust files of the workspace.
fn citations(root: &Path) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for file in workspace::files(root)? {
        let path = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        if is_rust && !NOT_CITING.iter().any(|folder| path.starts_with(&format!("{folder}/"))) {
            // What vanished since it was listed cites nothing.
            let text = fs::read_to_string(&file).unwrap_or_default();
            found.extend(citation::find(&path, &text));
        }
    }
    Ok(found)
}

/// Makes the index from the texts `rfc3261.txt` and so on in `texts`.
fn write_index(root: &Path, texts: &Path) -> Result<(), Failure> {
    let mut requirements = Vec::new();
    for number in scope::documents() {
        let document = document::parse(&workspace::read(&text_of(texts, number))?);
        requirements.extend(index::requirements(number, &document));
    }
    let path = root.join(REQUIREMENTS);
    fs::write(&path, index::print(&requirements))
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    println!("{} requirements of {} RFCs in {REQUIREMENTS}", requirements.len(), scope::documents().count());
    Ok(())
}

/// Shows the requirements of a section with their sentences, for the one who writes citations.
fn read(texts: &Path, citation: &str) -> Result<(), Failure> {
    let wanted = Citation::parse(citation)
        .ok_or_else(|| Failure::new(format!("`{citation}` is no citation like rfc3261#17.1.3")))?;
    let document = document::parse(&workspace::read(&text_of(texts, wanted.rfc))?);
    let sentences: BTreeMap<u64, &str> =
        document.sentences().map(|sentence| (index::hash(sentence), sentence)).collect();
    for requirement in index::requirements(wanted.rfc, &document) {
        let below = requirement.section.strip_prefix(&wanted.section);
        if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
            let Requirement { section, ordinal, keyword, hash, .. } = requirement;
            let sentence = sentences.get(&hash).copied().unwrap_or_default();
            println!("{section}/{ordinal} {keyword}: {sentence}");
        }
    }
    Ok(())
}

fn text_of(texts: &Path, number: u32) -> PathBuf {
    texts.join(format!("rfc{number}.txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_project_are_well_formed() {
        let root = workspace::root();
        let requirements = index::parse(&workspace::read(&root.join(REQUIREMENTS)).unwrap()).unwrap();
        assert!(requirements.len() > 400);
        let exceptions = coverage::exceptions(&workspace::read(&root.join(EXCEPTIONS)).unwrap());
        let coverage = Coverage::new(&requirements, &[], &exceptions);
        assert_eq!(coverage.mistakes(), <[String; 0]>::default());
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        let failure = run(Path::new("."), &["--index".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("cargo xtask rfc"), "{failure}");
    }
}
