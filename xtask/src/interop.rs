//! `cargo xtask interop`: our user agents against foreign servers.

use crate::failure::Failure;
use std::path::Path;

/// Runs the user agents against the peer that `arguments` name.
///
/// # Errors
/// When anything expected of the peer or of us does not come about.
pub(crate) fn run(_root: &Path, _arguments: &[String]) -> Result<(), Failure> {
    Err(Failure::new("no peer can be run yet"))
}
