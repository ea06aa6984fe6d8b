//! `cargo xtask wasm`: the crates that run in a browser, built for `wasm32-unknown-unknown`.
//!
//! Each is also linked into a module of its own, which must not ask its host for functions of a C library
//! (`import "env"`): that is how a dependency on an operating system shows.

mod bindgen;
pub(crate) mod browser;
mod imports;
mod size;
mod toolchain;

use crate::failure::Failure;
use crate::shell;
use std::fs;
use std::path::Path;
use toolchain::Toolchain;

const TARGET: &str = "wasm32-unknown-unknown";

/// The target has a directory of its own, since its compiler may be another than that of the host.
const TARGET_DIRECTORY: &str = "target/wasm";

const OPTIONS: [&str; 6] =
    ["--lib", "--no-default-features", "--target", TARGET, "--target-dir", TARGET_DIRECTORY];

/// The crates that must build, with the features that they have in a browser; the defaults are for native programs.
const CRATES: [Crate; 10] = [
    Crate { name: "sip-clock", features: &[] },
    Crate { name: "sip-uri", features: &[] },
    Crate { name: "sip-message", features: &[] },
    Crate { name: "sip-auth", features: &[] },
    Crate { name: "sip-transaction", features: &[] },
    Crate { name: "sip-dialog", features: &[] },
    Crate { name: "sip-outbound", features: &[] },
    Crate { name: "sip-transport-ws", features: &["browser"] },
    // the core alone, then the user agent of a page
    Crate { name: "sip-ua", features: &["call", "message", "registration"] },
    Crate { name: "sip-ua", features: &["browser", "call", "message", "registration", "serde"] },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Crate {
    name: &'static str,
    features: &'static [&'static str],
}

impl Crate {
    /// The arguments that choose this crate and its features.
    fn choice(self) -> Vec<String> {
        let features =
            self.features.iter().flat_map(|f| ["--features".to_owned(), format!("{}/{f}", self.name)]);
        ["--package".to_owned(), self.name.to_owned()].into_iter().chain(features).collect()
    }
}

/// Builds the named crates, or all; with `--browser` sees a user agent at work in a page instead, with `--size` says how
/// large that is.
///
/// # Errors
/// When there is no toolchain for the target, a crate does not build, a module imports from `env`, or something does not
/// come about in the page.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<(), Failure> {
    match names {
        [option] if option == "--browser" => return browser::run(root),
        [option] if option == "--size" => return size::run(root),
        _ => {}
    }
    let crates = selected(names)?;
    let toolchain = Toolchain::find(root)?;
    println!("building with {toolchain}");
    // One by one: chosen together, the feature of one crate would switch on that crate in the others.
    crates.into_iter().try_for_each(|chosen| link(root, &toolchain, chosen))
}

/// Builds a crate and links it as a module that keeps all its functions, and looks at what they import.
fn link(root: &Path, toolchain: &Toolchain, chosen: Crate) -> Result<(), Failure> {
    let name = chosen.name;
    let mut link = toolchain.cargo(root);
    link.arg("rustc").args(OPTIONS).args(chosen.choice()).args(["--quiet", "--crate-type", "cdylib,rlib"]);
    // As an rlib it keeps all public functions; what is not defined then becomes an import instead of an error.
    link.args(["--", "-C", "link-arg=--no-gc-sections", "-C", "link-arg=--import-undefined"]);
    shell::run(&mut link)?;
    let file = format!("{TARGET_DIRECTORY}/{TARGET}/debug/{}.wasm", name.replace('-', "_"));
    let unreadable = |error: &dyn std::fmt::Display| Failure::new(format!("{file}: {error}"));
    let module = fs::read(root.join(&file)).map_err(|error| unreadable(&error))?;
    let imports = imports::of(&module).map_err(|error| unreadable(&error))?;
    let foreign: Vec<String> =
        imports.iter().filter(|import| import.module == "env").map(|import| import.name.clone()).collect();
    if foreign.is_empty() {
        println!("{name}: {} KiB, {} imports, none from \"env\"", module.len() / 1024, imports.len());
        return Ok(());
    }
    let message = format!("{name} imports from \"env\": {}", foreign.join(", "));
    Err(Failure::new(message).with_remedy("a dependency expects a C library that no browser has"))
}

fn selected(names: &[String]) -> Result<Vec<Crate>, Failure> {
    if names.is_empty() {
        return Ok(CRATES.to_vec());
    }
    let is_known = |name: &&String| CRATES.iter().any(|known| known.name == *name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let mut crates = CRATES.map(|known| known.name).to_vec();
        crates.dedup();
        return Err(Failure::new(format!("{unknown} is not built for {TARGET}"))
            .with_remedy(format!("these are: {}", crates.join(", "))));
    }
    Ok(CRATES.into_iter().filter(|known| names.iter().any(|name| name == known.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_chosen_by_name() {
        assert_eq!(selected(&[]).unwrap(), CRATES);
        assert_eq!(
            selected(&["sip-uri".to_owned()]).unwrap().first().map(|chosen| chosen.name),
            Some("sip-uri")
        );
        assert!(selected(&["sip-cli".to_owned()]).unwrap_err().to_string().contains("sip-cli is not built"));
    }

    #[test]
    fn features_go_with_their_crate() {
        let arguments = Crate { name: "sip-ua", features: &["call"] }.choice();
        assert_eq!(arguments, ["--package", "sip-ua", "--features", "sip-ua/call"]);
    }
}
