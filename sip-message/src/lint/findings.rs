//! The findings as they are collected (RFC 3261 §20).

use super::{Finding, Rule};
use crate::DeviationKind;
use std::ops::Range;

/// Collects findings.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Notes that `rule` is broken at `span`, in the words of the rule.
    pub(super) fn add(&mut self, rule: &'static Rule, span: Range<usize>) {
        self.push(Finding::new(rule, span));
    }

    /// Notes a finding.
    pub(super) fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// The findings in the order of the message. That a value is malformed, or none for its parameter, is left out where
    /// another rule says more.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        let vague = [DeviationKind::FieldMalformed.id(), DeviationKind::ParamValue.id()];
        let is_vague = |finding: &Finding| vague.contains(&finding.rule().id());
        let told: Vec<Range<usize>> =
            self.0.iter().filter(|finding| !is_vague(finding)).map(Finding::span).collect();
        let is_told =
            |span: Range<usize>| told.iter().any(|other| other.start < span.end && span.start < other.end);
        self.0.retain(|finding| !is_vague(finding) || !is_told(finding.span()));
        self.0.sort_by_key(|finding| (finding.span().start, finding.span().end));
        self.0
    }
}
