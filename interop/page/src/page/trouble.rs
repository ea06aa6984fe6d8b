//! Something that went wrong, in words for the one who reads the log.

use std::fmt;
use wasm_bindgen::JsValue;

/// What went wrong.
#[derive(Debug)]
pub(super) struct Trouble(String);

impl Trouble {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// What the browser threw.
    pub(super) fn thrown(error: JsValue) -> Self {
        Self(format!("{error:?}"))
    }
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
