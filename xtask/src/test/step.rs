//! The steps of `cargo xtask test`.
//!
//! All of them share one target directory and one set of flags, so that nothing is built twice; warnings are refused
//! by arguments that reach the crates of this workspace only, never by `RUSTFLAGS`, which would rebuild everything.

use super::{deny, features, snapshots};
use crate::failure::Failure;
use crate::shell::{cargo, run};
use crate::{bench, fuzz, rfc, tidy, wasm};
use std::path::Path;

/// How a step that did not fail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// Not done, and why; never for anything that could have been done here.
    Skipped(String),
}

/// One thing that CI checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Format,
    Tidy,
    Rfc,
    Clippy,
    Tests,
    Doctests,
    Docs,
    Features,
    Deny,
    Wasm,
    FuzzSmoke,
    BenchSmoke,
    Sim,
    Demo,
    Browser,
    Interop,
}

impl Step {
    /// All steps, the quick ones first.
    pub(crate) const ALL: [Self; 16] = [
        Self::Format,
        Self::Tidy,
        Self::Rfc,
        Self::Clippy,
        Self::Tests,
        Self::Doctests,
        Self::Docs,
        Self::Features,
        Self::Deny,
        Self::Wasm,
        Self::FuzzSmoke,
        Self::BenchSmoke,
        Self::Sim,
        Self::Demo,
        Self::Browser,
        Self::Interop,
    ];

    /// The name by which it is run alone: `cargo xtask test NAME`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Tidy => "tidy",
            Self::Rfc => "rfc",
            Self::Clippy => "clippy",
            Self::Tests => "tests",
            Self::Doctests => "doctests",
            Self::Docs => "docs",
            Self::Features => "features",
            Self::Deny => "deny",
            Self::Wasm => "wasm",
            Self::FuzzSmoke => "fuzz-smoke",
            Self::BenchSmoke => "bench-smoke",
            Self::Sim => "sim",
            Self::Demo => "demo",
            Self::Browser => "browser",
            Self::Interop => "interop",
        }
    }

    /// What it checks.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Format => "rustfmt finds nothing to change",
            Self::Tidy => "the house rules hold: sizes, bans, headers, arrows between crates",
            Self::Rfc => "every citation of an RFC names a requirement that is there",
            Self::Clippy => "no warning in the workspace, tests and all features included",
            Self::Tests => "unit and scenario tests pass, snapshots match and none is left over",
            Self::Doctests => "the examples in the documentation run",
            Self::Docs => "the documentation builds without a warning, private items included",
            Self::Features => "each crate stands alone, with every set of its features",
            Self::Deny => "licences, sources and versions of all dependencies are as deny.toml wants them",
            Self::Wasm => "the crates that run in a browser build for it",
            Self::FuzzSmoke => {
                "the laws of the parsers hold under bytes made of the seeds, and libfuzzer's targets build"
            }
            Self::BenchSmoke => "the benchmarks run, and their results are right",
            Self::Sim => "random calls in random networks end as they must",
            Self::Demo => "the demo runs through in the terminal",
            Self::Browser => {
                "a user agent in a page registers and calls, and outlives a cut connection and a reload"
            }
            Self::Interop => "the user agents work with a real Kamailio",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// What did not hold.
    pub(crate) fn run(self, root: &Path) -> Result<Verdict, Failure> {
        match self {
            Self::Format => run(cargo(root).args(["fmt", "--all", "--check"]))?,
            Self::Tidy => tidy::run(root)?,
            Self::Rfc => rfc::check(root)?,
            Self::Clippy => run(cargo(root).args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ]))?,
            Self::Tests => snapshots::test(root)?,
            Self::Doctests => run(cargo(root).args(["test", "--workspace", "--all-features", "--doc"]))?,
            Self::Docs => docs(root)?,
            Self::Features => features::check(root)?,
            Self::Deny => return deny::check(root),
            Self::Wasm => wasm::run(root, &[])?,
            Self::FuzzSmoke => fuzz::smoke(root)?,
            Self::BenchSmoke => bench::smoke(root)?,
            Self::Sim => {
                run(cargo(root).args(["xtask", "sim", "--seeds", SIMULATED]))?;
                run(cargo(root).args(["xtask", "sim", "--survival", "--seeds", SURVIVED]))?;
            }
            Self::Demo => run(cargo(root).args(["xtask", "demo", "--headless"]))?,
            Self::Browser => wasm::browser::run(root)?,
            Self::Interop => run(cargo(root).args(["xtask", "interop", "kamailio"]))?,
        }
        Ok(Verdict::Passed)
    }
}

/// Histories for each change: some seconds.
const SIMULATED: &str = "3000";
/// The same with connections that are lost.
const SURVIVED: &str = "1000";

fn docs(root: &Path) -> Result<(), Failure> {
    run(cargo(root)
        .args(["doc", "--workspace", "--no-deps", "--all-features", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_name_of_its_own() {
        let mut names = Step::ALL.map(Step::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Step::ALL.len());
    }
}
