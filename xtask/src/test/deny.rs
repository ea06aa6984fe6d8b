//! `cargo deny`: licences, sources and duplicate or wildcard versions of the dependencies.
//!
//! Advisories need a database from the network that changes every day, so they are no part of a repeatable run;
//! `cargo deny check advisories` looks at them with the same `deny.toml`.

use super::step::Verdict;
use crate::failure::Failure;
use crate::shell::{ask, cargo, run};
use std::env;
use std::path::Path;

/// Installs cargo-deny where it is missing and runs it.
///
/// # Errors
/// When a dependency breaks a rule of `deny.toml`; under `CI=true` also when cargo-deny cannot be installed.
pub(crate) fn check(root: &Path) -> Result<Verdict, Failure> {
    if ask(cargo(root).args(["deny", "--version"])).is_none() {
        println!("cargo-deny is not installed; installing it takes some minutes, once");
        if let Err(failure) = run(cargo(root).args(["install", "--locked", "cargo-deny"])) {
            let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
            return if in_ci { Err(failure) } else { Ok(Verdict::Skipped(failure.to_string())) };
        }
    }
    let what = ["--hide-inclusion-graph", "bans", "licenses", "sources"];
    run(cargo(root).args(["deny", "--workspace", "check"]).args(what))?;
    println!("advisories are not part of this step: cargo deny check advisories");
    Ok(Verdict::Passed)
}
