//! What `tidy` has to say about one line.

use std::fmt;

/// The rules, each with the name used in its messages and in `// tidy: <rule>: <reason>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A file has at most 500 lines before its tests.
    FileLength,
    /// A function has at most 80 lines.
    FnLength,
    /// `match`, `if` and loops nest at most 4 deep.
    Nesting,
    /// Every file says at its top what it is.
    Header,
    /// Every crate has a README, and a protocol crate names its RFC.
    CrateDoc,
    /// The top-level modules of a crate do not use each other in a circle.
    Cycle,
    /// A core crate has no I/O, clock, chance, thread or lock.
    Core,
    /// No `unsafe`.
    Unsafe,
    /// No `unwrap`, and `expect` only with a reason why it holds.
    Unwrap,
    /// What is left to do has an issue.
    Todo,
    /// Nothing in the tree knows the machine it was written on.
    MachinePath,
    /// Crates depend downward only.
    Floor,
    /// Each `// tidy:` comment excuses something, with a reason.
    Excuse,
    /// A file that cannot be read or parsed.
    Unreadable,
}

impl Rule {
    /// Rules that a reason in the code can set aside.
    pub(crate) const EXCUSABLE: [Self; 3] = [Self::FileLength, Self::FnLength, Self::Nesting];

    /// The name as it is written in messages and excuses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FileLength => "file-length",
            Self::FnLength => "fn-length",
            Self::Nesting => "nesting",
            Self::Header => "header",
            Self::CrateDoc => "crate-doc",
            Self::Cycle => "cycle",
            Self::Core => "core",
            Self::Unsafe => "unsafe",
            Self::Unwrap => "unwrap",
            Self::Todo => "todo",
            Self::MachinePath => "machine-path",
            Self::Floor => "floor",
            Self::Excuse => "excuse",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One breach of one rule; prints as `file:line: rule: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Relative to the root of the workspace.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) rule: Rule,
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule.name(), self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_editors_can_follow() {
        let path = "sip-uri/src/host.rs".to_owned();
        let finding = Finding { path, line: 7, rule: Rule::Unsafe, message: "unsafe code".to_owned() };
        assert_eq!(finding.to_string(), "sip-uri/src/host.rs:7: unsafe: unsafe code");
    }
}
