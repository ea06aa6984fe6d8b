//! Why a word of `cargo xtask` did not succeed, in one sentence for the person at the terminal.

use std::fmt;

/// What went wrong and, where it is known, what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    what: String,
    remedy: Option<String>,
}

impl Failure {
    /// A failure that says `what` went wrong.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: None }
    }

    /// The same failure with the command or the step that mends it.
    pub(crate) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  {remedy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_stands_below_the_cause() {
        let failure = Failure::new("no rustfmt").with_remedy("rustup component add rustfmt");
        assert_eq!(failure.to_string(), "no rustfmt\n  rustup component add rustfmt");
    }
}
