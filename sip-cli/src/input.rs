//! The files named on the command line, `-` for standard input.

use bytes::Bytes;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// One input: what to call it and its bytes.
pub(crate) struct Input {
    /// The name as it was given; `-` for standard input.
    pub(crate) name: String,
    pub(crate) bytes: io::Result<Bytes>,
}

impl Input {
    /// The name for people.
    pub(crate) fn title(&self) -> &str {
        if self.name == "-" { "standard input" } else { &self.name }
    }
}

/// Reads each file in turn.
pub(crate) fn read(files: &[PathBuf]) -> impl Iterator<Item = Input> {
    files.iter().map(|path| Input { name: path.display().to_string(), bytes: bytes(path) })
}

fn bytes(path: &Path) -> io::Result<Bytes> {
    if path.as_os_str() != "-" {
        return std::fs::read(path).map(Bytes::from);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
