//! Which sections of which RFCs are indexed: what concerns a user agent and is, or will be, built here.

/// An RFC with the sections that count (those below them included) and those below them that do not.
struct Scope {
    rfc: u32,
    sections: &'static [&'static str],
    without: &'static [&'static str],
}

/// RFC 3261 without redirect servers, registrars and the message and header field reference; the others whole.
const SCOPES: [Scope; 4] = [
    Scope {
        rfc: 3261,
        sections: &["8", "9", "10", "12", "13", "14", "15", "17", "18.1", "18.2", "22"],
        without: &["8.3", "10.3"],
    },
    Scope { rfc: 4320, sections: &[], without: &[] },
    Scope { rfc: 6026, sections: &[], without: &[] },
    Scope { rfc: 7118, sections: &[], without: &[] },
];

/// The indexed RFCs in the order of their numbers.
pub(super) fn documents() -> impl Iterator<Item = u32> {
    SCOPES.iter().map(|scope| scope.rfc)
}

/// Whether the requirements of a section are indexed.
pub(super) fn contains(rfc: u32, section: &str) -> bool {
    let below = |root: &&str| {
        section.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    SCOPES.iter().filter(|scope| scope.rfc == rfc).any(|scope| {
        let chosen = scope.sections.is_empty() || scope.sections.iter().any(&below);
        chosen && !scope.without.iter().any(&below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_count_with_all_below_them() {
        assert!(contains(3261, "17.1.1.2") && contains(3261, "9") && contains(7118, "4.1"));
        assert!(!contains(3261, "16.1") && !contains(3261, "10.3") && !contains(3261, "18.4"));
        assert!(!contains(3261, "80") && !contains(3262, "3"));
    }
}
