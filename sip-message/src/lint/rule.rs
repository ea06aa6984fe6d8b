//! What a rule is: a name, the section of the RFC that has it, how much it matters, and what to do about a breach
//! (RFC 3261 §20).

use std::fmt;

/// A rule that messages are held against, and the section that has it (RFC 3261 §20 and the extensions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    id: &'static str,
    section: &'static str,
    severity: Severity,
    summary: &'static str,
    remedy: &'static str,
}

impl Rule {
    /// A rule whose breach is an error.
    pub(super) const fn error(
        id: &'static str,
        section: &'static str,
        summary: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self { id, section, severity: Severity::Error, summary, remedy }
    }

    /// A rule whose breach is a warning.
    pub(super) const fn warning(
        id: &'static str,
        section: &'static str,
        summary: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self { id, section, severity: Severity::Warning, summary, remedy }
    }

    /// A rule whose breach is worth knowing.
    pub(super) const fn note(
        id: &'static str,
        section: &'static str,
        summary: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self { id, section, severity: Severity::Note, summary, remedy }
    }

    /// The name of the rule, such as `via-branch-cookie`; for a deviation from the grammar that of its
    /// [`DeviationKind`](crate::DeviationKind::id). It never changes.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The section that has the rule, such as `RFC 3261 §8.1.1.7`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.section
    }

    /// How much a breach matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong with a message that breaks the rule, in a few words.
    #[must_use]
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    /// What to do about it, in a few words.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        self.remedy
    }
}

/// How much a finding matters, by the words of RFC 2119.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides among these three")]
pub enum Severity {
    /// Worth knowing, and no breach of anything.
    Note,
    /// Against a SHOULD, or of no effect: receivers cope with it.
    Warning,
    /// Against a MUST: some receivers refuse the message or misread it.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_worse_than_a_warning() {
        assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Note);
        assert_eq!(format!("{:>8}", Severity::Note), "    note");
    }
}
