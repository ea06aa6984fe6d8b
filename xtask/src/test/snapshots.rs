//! The tests, with snapshots that must match and must all be in use.
//!
//! insta writes the path of each snapshot file that a test looked at into the file that
//! `INSTA_SNAPSHOT_REFERENCES_FILE` names; a snapshot file that is not among them has lost its test.

use crate::failure::Failure;
use crate::shell::{cargo, run};
use crate::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs all tests but those in the documentation, and compares the snapshots.
///
/// # Errors
/// When a test fails, a snapshot differs, or a snapshot file belongs to no test.
pub(crate) fn test(root: &Path) -> Result<(), Failure> {
    let references = root.join("target").join("snapshots-in-use.txt");
    // It is written by appending: an older one would hide leftovers. That there is none is as good.
    let _ = fs::remove_file(&references);
    run(cargo(root)
        .args(["test", "--workspace", "--all-features", "--lib", "--bins", "--tests", "--examples"])
        .envs([("INSTA_UPDATE", "no"), ("CI", "true")])
        .env("INSTA_SNAPSHOT_REFERENCES_FILE", &references))?;
    let used = fs::read_to_string(&references).unwrap_or_default();
    compare(&workspace::files(root)?, &used.lines().map(real).collect())
}

fn compare(files: &[PathBuf], used: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    let left_over = files.iter().filter(|file| is_snapshot(file) && !used.contains(&real(file)));
    let pending = files.iter().filter(|file| is_pending(file));
    let names: Vec<String> = left_over.chain(pending).map(|file| file.display().to_string()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!("snapshots that belong to no test:\n  {}", names.join("\n  ")));
    Err(failure.with_remedy("remove them, or bring the tests back that compare with them"))
}

fn is_snapshot(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "snap")
}

/// A snapshot that was written and not accepted yet.
fn is_pending(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".snap.new") || name.ends_with(".pending-snap")
}

fn real(path: impl AsRef<Path>) -> PathBuf {
    fs::canonicalize(&path).unwrap_or_else(|_| path.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(files: &[&str], used: &[&str]) -> Option<String> {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        compare(&files, &used.iter().map(PathBuf::from).collect()).err().map(|failure| failure.to_string())
    }

    #[test]
    fn a_snapshot_in_use_is_fine() {
        assert_eq!(message(&["x/snapshots/a.snap", "x/src/a.rs"], &["x/snapshots/a.snap"]), None);
    }

    #[test]
    fn a_snapshot_without_its_test_is_named() {
        let message =
            message(&["x/snapshots/a.snap", "x/snapshots/b.snap"], &["x/snapshots/a.snap"]).unwrap();
        assert!(message.contains("b.snap"), "{message}");
        assert!(!message.contains("a.snap"), "{message}");
    }

    #[test]
    fn a_snapshot_that_nobody_accepted_is_named() {
        assert!(message(&["x/snapshots/a.snap.new"], &[]).is_some());
        assert!(message(&["x/src/.a.rs.pending-snap"], &[]).is_some());
    }
}
