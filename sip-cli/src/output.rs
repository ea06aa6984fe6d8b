//! What is printed on standard output: text, or JSON objects a line each.

use crate::exit::Failure;
use serde::Serialize;
use std::io::{self, Write as _};

/// Prints a text. A reader that has seen enough, as `head` does, is no failure.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(Failure::Output),
    }
}

/// Prints one object as a line of JSON.
pub(crate) fn json(object: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(object).map_err(|error| Failure::Output(error.into()))?;
    text(&(line + "\n"))
}
