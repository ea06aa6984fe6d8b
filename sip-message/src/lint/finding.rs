//! One breach of a rule in one message (RFC 3261 §20 and others), with the bytes that it is about.

use super::{Rule, Severity};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// What [`lint`](super::lint) found at one place (RFC 3261 §20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    rule: &'static Rule,
    section: Cow<'static, str>,
    span: Range<usize>,
    message: Cow<'static, str>,
    remedy: Cow<'static, str>,
}

impl Finding {
    /// A finding that says what its rule says.
    pub(crate) const fn new(rule: &'static Rule, span: Range<usize>) -> Self {
        Self {
            rule,
            section: Cow::Borrowed(rule.section()),
            span,
            message: Cow::Borrowed(rule.summary()),
            remedy: Cow::Borrowed(rule.remedy()),
        }
    }

    /// The same finding with the words for this case.
    pub(crate) fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The same finding with the remedy for this case.
    pub(crate) fn remedied_by(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The same finding by the section that has this case of the rule.
    pub(crate) fn by(mut self, section: impl Into<Cow<'static, str>>) -> Self {
        self.section = section.into();
        self
    }

    /// The rule that is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// The section that has the rule, for tables the one that prints the row: `RFC 3428 §9`.
    #[must_use]
    pub fn section(&self) -> &str {
        &self.section
    }

    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// The bytes it is about, counted from the first byte received; the start line where something is missing.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, in one line.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at byte {} ({})", self.severity(), self.message, self.span.start, self.section)
    }
}
