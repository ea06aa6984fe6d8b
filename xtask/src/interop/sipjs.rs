//! SIP.js on Node: the packages and the script that leads one user agent.

use super::Place;
use crate::debian;
use crate::failure::Failure;
use crate::shell::{on_path, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The script and what it needs, among the peers' files.
const FILES: [&str; 2] = ["package.json", "sipjs.mjs"];

/// Puts script and npm packages side by side, since Node looks for packages next to the script; gives the script.
///
/// # Errors
/// When Node or its packages are missing and cannot be installed.
pub(super) fn install(place: &Place) -> Result<PathBuf, Failure> {
    if !on_path("node") || !on_path("npm") {
        debian::need(&["nodejs", "npm"])?;
    }
    let folder = place.state.join("node");
    let wanted = fs::read(place.files.join("package.json")).ok();
    let fresh = wanted != fs::read(folder.join("package.json")).ok() || !is_complete(&folder);
    let copied = fs::create_dir_all(&folder).and_then(|()| {
        FILES.iter().try_for_each(|file| fs::copy(place.files.join(file), folder.join(file)).map(drop))
    });
    copied.map_err(|error| Failure::new(format!("cannot fill {}: {error}", folder.display())))?;
    if fresh {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["install", "--no-fund", "--no-audit", "--ignore-scripts", "--silent"]);
        run(&mut npm)?;
    }
    Ok(folder.join("sipjs.mjs"))
}

fn is_complete(folder: &Path) -> bool {
    ["sip.js", "ws"].iter().all(|package| folder.join("node_modules").join(package).is_dir())
}
