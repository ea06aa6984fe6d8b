//! `cargo xtask wasm --size`: what a browser loads of a user agent, as released: optimised for size, without names, raw and
//! compressed. It takes some minutes, so CI leaves it out.

use super::bindgen;
use super::toolchain::Toolchain;
use super::{TARGET, TARGET_DIRECTORY};
use crate::failure::Failure;
use crate::shell::{on_path, run as run_command};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The release profile with everything that makes a module smaller; names are taken out by `wasm-bindgen`.
const PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "true"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
];

/// What opt-level is tried.
const LEVELS: [&str; 2] = ["s", "z"];

/// What the page loads.
const FILES: [&str; 2] = ["page_bg.wasm", "page.js"];

/// Builds the page of `interop/page` at each level and shows how large it is.
///
/// # Errors
/// When a tool is missing or the page does not build.
pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let toolchain = Toolchain::find(root)?;
    let rows: Vec<String> =
        LEVELS.iter().map(|level| measure(root, &toolchain, level)).collect::<Result<_, _>>()?;
    println!("\nopt-level  file           raw bytes  gzip -9");
    rows.iter().for_each(|row| print!("{row}"));
    Ok(())
}

fn measure(root: &Path, toolchain: &Toolchain, level: &str) -> Result<String, Failure> {
    let mut build = toolchain.cargo(root);
    build.args(["build", "--quiet", "--release", "--package", "interop-page", "--target", TARGET]);
    build.args(["--target-dir", TARGET_DIRECTORY]).envs(PROFILE);
    run_command(build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level))?;
    let folder = root.join("target/interop/size").join(level);
    let module = root.join(TARGET_DIRECTORY).join(TARGET).join("release/interop-page.wasm");
    run_command(
        bindgen::command(root)?
            .args(["--target", "web", "--no-typescript", "--out-name", "page"])
            .args(["--remove-name-section", "--remove-producers-section", "--out-dir"])
            .args([&folder, &module]),
    )?;
    FILES.iter().map(|file| row(level, &folder, file)).collect()
}

fn row(level: &str, folder: &Path, file: &str) -> Result<String, Failure> {
    let path = folder.join(file);
    let unreadable = |error| Failure::new(format!("{}: {error}", path.display()));
    let raw = fs::metadata(&path).map_err(unreadable)?.len();
    let small = compressed(&path).map_or_else(|| "-".to_owned(), |length| length.to_string());
    Ok(format!("{level:9}  {file:13}  {raw:>9}  {small:>7}\n"))
}

/// How long the file is after `gzip -9`, where that is at hand.
fn compressed(path: &Path) -> Option<usize> {
    if !on_path("gzip") {
        return None;
    }
    let output = Command::new("gzip").args(["-9", "-c"]).arg(path).output().ok()?;
    output.status.success().then_some(output.stdout.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_length_of_the_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wasm");
        let shown = row("s", &folder, "size.rs").unwrap();
        let raw = fs::metadata(folder.join("size.rs")).unwrap().len().to_string();
        assert_eq!(shown.split_whitespace().take(3).collect::<Vec<_>>(), ["s", "size.rs", &raw]);
        assert!(row("s", &folder, "no such file").is_err());
    }
}
