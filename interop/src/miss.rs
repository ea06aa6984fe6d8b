//! Something expected that did not come about.

use std::fmt;

/// What did not come about, in words.
#[derive(Debug)]
pub(crate) struct Miss(String);

impl Miss {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// Puts the step in front.
    pub(crate) fn during(self, step: &str) -> Self {
        Self(format!("{step}: {}", self.0))
    }
}

impl<E: std::error::Error> From<E> for Miss {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A miss unless `holds`.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Miss> {
    if holds { Ok(()) } else { Err(Miss(what())) }
}
