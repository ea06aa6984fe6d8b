//! `cargo xtask wasm --browser`: a user agent in a page of Chromium, at the testbed, with a native one as its peer.
//!
//! This side builds the page and sees to the tools; the program of the crate `interop` serves it and plays.

use super::bindgen;
use super::toolchain::Toolchain;
use super::{TARGET, TARGET_DIRECTORY};
use crate::debian;
use crate::failure::Failure;
use crate::shell::{cargo, on_path, run as run_command};
use std::fs;
use std::path::Path;

/// Under these names Chromium, or a browser made of it, may be on the search path.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Builds the page, opens it and plays.
///
/// # Errors
/// When a tool is missing and cannot be installed, or anything expected of the page does not come about.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let toolchain = Toolchain::find(root)?;
    println!("building the page with {toolchain}");
    let mut build = toolchain.cargo(root);
    build.args(["build", "--quiet", "--package", "interop-page", "--target", TARGET]);
    run_command(build.args(["--target-dir", TARGET_DIRECTORY]))?;
    let folder = root.join("target/interop/browser");
    let site = folder.join("site");
    let module = root.join(TARGET_DIRECTORY).join(TARGET).join("debug/interop-page.wasm");
    run_command(
        bindgen::command(root)?
            .args(["--target", "web", "--no-typescript", "--out-name", "page", "--out-dir"])
            .args([&site, &module]),
    )?;
    let copied = fs::copy(root.join("interop/page/index.html"), site.join("index.html"));
    copied.map_err(|error| Failure::new(format!("cannot fill {}: {error}", site.display())))?;
    let browser = browser()?;
    run_command(
        cargo(root)
            .args(["run", "--quiet", "--package", "interop", "--", "browser"])
            .arg(&folder)
            .arg(browser),
    )
}

fn browser() -> Result<&'static str, Failure> {
    if let Some(found) = BROWSERS.into_iter().find(|name| on_path(name)) {
        return Ok(found);
    }
    debian::need(&["chromium"])?;
    Ok("chromium")
}
