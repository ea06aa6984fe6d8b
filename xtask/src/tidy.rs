//! `cargo xtask tidy`: the budgets and bans of the house, checked on the sources themselves.
//!
//! Each finding is printed as `file:line: rule: message`. What can be excused is excused in the code, by a comment
//! `// tidy: <rule>: <why>` above the item (`file-length`, `fn-length`, `nesting`).

mod excuse;
mod finding;
mod floors;
mod measures;
mod modules;
mod size;
mod source;
mod texts;
mod words;

use crate::failure::Failure;
use crate::workspace::{self, Package};
use finding::{Finding, Rule};
use source::Source;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Checks the whole workspace and prints what it found, then the figures of each crate.
///
/// # Errors
/// When there is a finding, or a file cannot be read.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let files = workspace::files(root)?;
    let packages = workspace::packages(root)?;
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for file in &files {
        // What is not UTF-8 names no path.
        let text = fs::read_to_string(file).unwrap_or_default();
        findings.extend(texts::machine_paths(&relative(root, file), &text));
    }
    for package in &packages {
        let sources = sources(root, package, &files, &mut findings)?;
        check(package, &sources, &mut findings);
        rows.push(measures::row(&package.name, &sources));
    }
    report(&findings, &rows)
}

/// Every rule that looks at one crate.
fn check(package: &Package, sources: &[Source], findings: &mut Vec<Finding>) {
    findings.extend(floors::check(package));
    findings.extend(texts::crate_doc(package, sources));
    findings.extend(modules::check(&format!("{}/src", package.name), sources));
    for source in sources {
        findings.extend(texts::header(source));
        findings.extend(size::check(source));
        findings.extend(words::check(&package.name, source));
        let leftover = source.excuses.leftover();
        findings.extend(leftover.map(|(line, message)| source.finding(line, Rule::Excuse, message)));
    }
}

/// The Rust files of a crate; one that cannot be parsed is a finding.
fn sources(
    root: &Path,
    package: &Package,
    files: &[PathBuf],
    findings: &mut Vec<Finding>,
) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.starts_with(&package.directory)) {
        if file.extension().is_some_and(|extension| extension == "rs") {
            match Source::parse(&relative(root, file), workspace::read(file)?) {
                Ok(source) => sources.push(source),
                Err(finding) => findings.push(finding),
            }
        }
    }
    mark_test_files(&mut sources);
    Ok(sources)
}

/// Marks the files of modules that their parent declares under `#[cfg(test)]`.
fn mark_test_files(sources: &mut [Source]) {
    let mut test_modules = BTreeSet::new();
    for source in &*sources {
        let folder = module_folder(&source.path);
        test_modules.extend(source.test_modules().map(|name| format!("{folder}/{name}")));
    }
    for source in sources {
        let belongs = |module: &String| {
            source.path.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with(['.', '/']))
        };
        source.is_test |= test_modules.iter().any(belongs);
    }
}

/// The folder in which the modules that a file declares have their files.
fn module_folder(path: &str) -> &str {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    ["/lib", "/main", "/mod"].iter().find_map(|root| stem.strip_suffix(root)).unwrap_or(stem)
}

fn report(findings: &[Finding], rows: &[String]) -> Result<(), Failure> {
    for finding in findings {
        println!("{finding}");
    }
    println!("{}\n{}", measures::COLUMNS, rows.join("\n"));
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure::new("tidy found 1 breach of the house rules")),
        count => Err(Failure::new(format!("tidy found {count} breaches of the house rules"))),
    }
}

/// A path below `root` with forward slashes.
fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, text: &str) -> Source {
        Source::parse(path, text.to_owned()).unwrap()
    }

    #[test]
    fn this_crate_keeps_the_rules_itself() {
        let root = workspace::root();
        let files = workspace::files(&root).unwrap();
        let packages = workspace::packages(&root).unwrap();
        let own = packages.iter().find(|package| package.name == "xtask").unwrap();
        let mut findings = Vec::new();
        let sources = sources(&root, own, &files, &mut findings).unwrap();
        check(own, &sources, &mut findings);
        assert_eq!(findings, []);
    }

    #[test]
    fn the_files_of_test_modules_are_test_code() {
        let mut sources = [
            parsed("x/src/a.rs", "mod b;\n#[cfg(test)]\nmod tests;\n"),
            parsed("x/src/a/b.rs", "fn b() {}"),
            parsed("x/src/a/tests.rs", "mod deep;"),
            parsed("x/src/a/tests/deep.rs", "fn c() {}"),
        ];
        mark_test_files(&mut sources);
        assert_eq!(sources.map(|source| source.is_test), [false, false, true, true]);
    }

    #[test]
    fn modules_of_a_root_lie_beside_it() {
        assert_eq!(module_folder("x/src/lib.rs"), "x/src");
        assert_eq!(module_folder("x/src/a/mod.rs"), "x/src/a");
        assert_eq!(module_folder("x/src/a.rs"), "x/src/a");
    }
}
