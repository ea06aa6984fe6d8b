//! The house of `ARCHITECTURE.md` as a table: on which floor each crate lives, and what a core crate may use.

use super::finding::{Finding, Rule};
use crate::workspace::Package;

/// A crate, its floor, and whether it is a core: pure data or a state machine without I/O.
struct Home {
    name: &'static str,
    floor: u8,
    core: bool,
}

const fn core(name: &'static str, floor: u8) -> Home {
    Home { name, floor, core: true }
}

const fn world(name: &'static str, floor: u8) -> Home {
    Home { name, floor, core: false }
}

/// Every crate of the workspace; each may use those of lower floors and none of its own.
const HOUSE: [Home; 18] = [
    core("sip-clock", 1),
    core("sip-uri", 1),
    core("sip-message", 2),
    core("sip-auth", 3),
    core("sip-transaction", 3),
    core("sip-dialog", 4),
    core("sip-events", 5),
    core("sip-outbound", 5),
    core("sip-refer", 6),
    world("sip-transport-ws", 7),
    world("sip-ua", 8),
    world("sip-webrtc", 9),
    world("sip-testbed", 9),
    world("sip-web", 10),
    world("sip-cli", 10),
    world("interop", 10),
    world("fuzz", 11),
    world("xtask", 11),
];

/// What core crates may use beside each other; each name is a decision that was written down.
const FOREIGN_IN_CORES: [&str; 13] = [
    "bytes",
    "bytestring",
    "md-5",
    "memchr",
    "nom",
    "quick-xml",
    "rand_chacha",
    "serde",
    "sha2",
    "smallvec",
    "smol_str",
    "thiserror",
    "tracing",
];

/// Whether the crate is free of I/O, clock and chance.
pub(crate) fn is_core(package: &str) -> bool {
    home(package).is_some_and(|home| home.core)
}

/// The dependencies of `package` that do not point down, or that a core crate should not have.
pub(crate) fn check(package: &Package) -> Vec<Finding> {
    let finding = |line: usize, message: String| Finding {
        path: format!("{}/Cargo.toml", package.name),
        line,
        rule: Rule::Floor,
        message,
    };
    let Some(own) = home(&package.name) else {
        let message =
            format!("{} has no floor yet: add it to the table in xtask/src/tidy/floors.rs", package.name);
        return vec![finding(1, message)];
    };
    let wrong = package.manifest.dependencies.iter().filter_map(|entry| {
        let message = match home(&entry.name) {
            Some(other) if other.floor >= own.floor => {
                format!("{} (floor {}) uses {} (floor {})", own.name, own.floor, other.name, other.floor)
            }
            None if own.core && !FOREIGN_IN_CORES.contains(&&*entry.name) => {
                format!("the core crate {} uses {}, which is not on the list for cores", own.name, entry.name)
            }
            _ => return None,
        };
        Some(finding(entry.line, message))
    });
    wrong.collect()
}

fn home(package: &str) -> Option<&'static Home> {
    HOUSE.iter().find(|home| home.name == package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn messages(name: &str, dependencies: &str) -> Vec<String> {
        let manifest = Manifest::parse(&format!("[dependencies]\n{dependencies}"));
        let package = Package { name: name.to_owned(), directory: name.into(), manifest };
        check(&package).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn arrows_point_down_only() {
        assert_eq!(
            messages("sip-dialog", "sip-clock.workspace = true\nsip-message.workspace = true\n").len(),
            0
        );
        assert_eq!(
            messages("sip-auth", "sip-transaction.workspace = true\n"),
            ["sip-auth/Cargo.toml:2: floor: sip-auth (floor 3) uses sip-transaction (floor 3)"]
        );
        assert_eq!(messages("sip-uri", "nom = \"8\"\nsip-message.workspace = true\n").len(), 1);
    }

    #[test]
    fn what_tests_use_is_exempt() {
        assert_eq!(
            messages("sip-transport-ws", "[dev-dependencies]\nsip-testbed.workspace = true\n").len(),
            0
        );
    }

    #[test]
    fn a_core_crate_takes_foreign_crates_from_the_list_only() {
        assert_eq!(messages("sip-message", "bytes.workspace = true\ntokio.workspace = true\n").len(), 1);
        assert_eq!(messages("sip-ua", "tokio.workspace = true\n").len(), 0);
    }

    #[test]
    fn a_new_crate_must_be_given_its_floor() {
        assert_eq!(messages("sip-new", "").len(), 1);
    }
}
