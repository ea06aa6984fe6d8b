//! Each crate alone, with every set of its features.
//!
//! Checked one by one, a crate cannot live on features that a neighbour switched on.

use crate::failure::Failure;
use crate::shell::{cargo, run};
use crate::workspace::{self, Package};
use std::path::Path;

/// More sets are too many to check, and too many to be understood.
const MOST_SETS: usize = 80;

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
    let mut sets: Vec<Vec<&str>> = vec![Vec::new()];
    for feature in features {
        let with = sets.iter().map(|set| [set.as_slice(), &[feature]].concat());
        sets = sets.iter().cloned().chain(with).collect();
    }
    // a set without what one of it switches on is the set with it
    sets.retain(|set| {
        let holds = |(feature, other): &(String, String)| {
            !set.contains(&feature.as_str()) || set.contains(&other.as_str())
        };
        package.manifest.implied.iter().all(holds)
    });
    if sets.len() > MOST_SETS {
        let message =
            format!("{} has {} sets of features, {MOST_SETS} is the most", package.name, sets.len());
        return Err(Failure::new(message).with_remedy("make sizes and limits values, and join features"));
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
    fn sets_that_are_the_same_are_checked_once() {
        let sets = sets(&package("a = []\nb = [\"a\", \"dep:c\", \"c/d\"]\n")).map(|sets| sets.len());
        assert_eq!(sets, Ok(3), "none, a, a and b");
    }

    #[test]
    fn our_crates_have_few_enough_sets() {
        for package in
            workspace::packages(&workspace::root()).unwrap().iter().filter(|package| is_ours(package))
        {
            assert!(sets(package).is_ok(), "{}", package.name);
        }
    }

    #[test]
    fn too_many_features_are_refused() {
        let features: String = (0..MOST_SETS.ilog2() + 1).map(|n| format!("f{n} = []\n")).collect();
        assert!(sets(&package(&features)).is_err());
    }
}
