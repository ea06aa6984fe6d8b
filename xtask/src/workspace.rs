//! The workspace on the disk: its root and its crates.

use crate::failure::Failure;
use crate::manifest::Manifest;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate of the workspace: a folder of the root with a `Cargo.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) manifest: Manifest,
}

/// The folder that holds the root `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// All crates of the workspace, by name.
///
/// # Errors
/// When the root or a manifest cannot be read.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, Failure> {
    let mut packages = Vec::new();
    for directory in entries(root)? {
        let path = directory.join("Cargo.toml");
        if path.is_file() {
            let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let manifest = Manifest::parse(&read(&path)?);
            packages.push(Package { name, directory, manifest });
        }
    }
    Ok(packages)
}

/// Every file that belongs to the project, below `root`, in order: what tools made or fetched is left out.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            if !path.is_dir() {
                found.push(path);
            } else if belongs(&path) {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list =
        || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>();
    let mut paths =
        list().map_err(|error| Failure::new(format!("cannot list {}: {error}", folder.display())))?;
    paths.sort();
    Ok(paths)
}

fn belongs(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let hidden = name.starts_with('.') && !matches!(&*name, ".ci" | ".cargo" | ".github");
    !hidden && name != "target" && name != "node_modules"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_finds_its_crates() {
        let packages = packages(&root()).unwrap();
        assert!(packages.iter().any(|package| package.name == "xtask"));
        assert!(packages.iter().any(|package| package.name == "sip-clock"));
    }

    #[test]
    fn build_results_are_no_files_of_the_project() {
        let files = files(&root()).unwrap();
        assert!(files.contains(&root().join("xtask/src/workspace.rs")));
        assert!(files.contains(&root().join(".cargo/config.toml")));
        assert!(!files.iter().any(|path| path.starts_with(root().join("target"))));
        assert!(!files.iter().any(|path| path.starts_with(root().join(".git"))));
    }
}
