//! Each crate alone, with every set of its features.
//!
//! Checked one by one, a crate cannot live on features that a neighbour switched on.

use crate::failure::Failure;
use crate::shell::{cargo, run};
use crate::workspace::{self, Package};
use std::path::Path;

/// Above this many features the sets are too many to check, and too many to be understood.
const MOST_FEATURES: usize = 6;

/// Checks every crate but the tools.
///
/// # Errors
/// When one does not build without warning with some of its features.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    for package in workspace::packages(root)?.iter().filter(|package| is_ours(package)) {
        for features in sets(package)? {
            let mut command = cargo(root);
            command.args(["clippy", "--quiet", "--package", &package.name, "--no-default-features"]);
            if !features.is_empty() {
                command.args(["--features", &features.join(",")]);
            }
            run(command.args(["--", "-D", "warnings"]))?;
        }
    }
    Ok(())
}

/// Whether the crate is of the workspace and no tool.
fn is_ours(package: &Package) -> bool {
    !matches!(&*package.name, "fuzz" | "xtask")
}

/// All sets of the features of a crate, the empty one first.
fn sets(package: &Package) -> Result<Vec<Vec<&str>>, Failure> {
    let names = package.manifest.features.iter().map(|entry| entry.name.as_str());
    // what takes effect in a browser only is built by `wasm`
    let features: Vec<&str> = names.filter(|name| !matches!(*name, "browser" | "default")).collect();
    if features.len() > MOST_FEATURES {
        let message =
            format!("{} has {} features, {MOST_FEATURES} is the most", package.name, features.len());
        return Err(Failure::new(message).with_remedy("make sizes and limits values, and join features"));
    }
    let mut sets = vec![Vec::new()];
    for feature in features {
        let with = sets.iter().map(|set| [set.as_slice(), &[feature]].concat());
        sets = sets.iter().cloned().chain(with).collect();
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn package(features: &str) -> Package {
        let manifest = Manifest::parse(&format!("[features]\ndefault = []\n{features}"));
        Package { name: "sip-ua".to_owned(), directory: "sip-ua".into(), manifest }
    }

    #[test]
    fn every_set_of_features_is_checked_once() {
        assert_eq!(sets(&package("")).unwrap(), [Vec::<&str>::new()]);
        assert_eq!(
            sets(&package("a = []\nb = []\nbrowser = []\n")).unwrap(),
            [vec![], vec!["a"], vec!["b"], vec!["a", "b"]]
        );
    }

    #[test]
    fn too_many_features_are_refused() {
        let features: String = (0..=MOST_FEATURES).map(|n| format!("f{n} = []\n")).collect();
        assert!(sets(&package(&features)).is_err());
    }
}
