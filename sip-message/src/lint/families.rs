//! The families of rules, in one list (RFC 3261 §20).

use super::findings::Findings;
use super::rule::Rule;
use super::subject::Subject;
use super::{
    authentication, contact, content, cseq, dialog, events, grammar, identity, max_forwards, method_rules,
    option_tags, outbound, presence, reliable, session_timer, start_line, tags, uris, values, via,
};

/// Rules and the function that holds a message against them.
pub(super) struct Family {
    rules: &'static [&'static Rule],
    pub(super) check: fn(&Subject<'_>, &mut Findings),
}

macro_rules! families {
    ($($module:ident,)+) => {
        /// Every family.
        pub(super) static ALL: &[Family] =
            &[$(Family { rules: $module::RULES, check: $module::check },)+];
    };
}

families! {
    start_line,
    grammar,
    presence,
    via,
    max_forwards,
    tags,
    cseq,
    uris,
    contact,
    content,
    method_rules,
    option_tags,
    authentication,
    values,
    reliable,
    events,
    session_timer,
    dialog,
    identity,
    outbound,
}

/// Every rule that [`lint`](super::lint) knows.
///
/// ```
/// let rule = sip_message::rules().find(|rule| rule.id() == "max-forwards-range").unwrap();
/// assert_eq!((rule.section(), rule.severity().as_str()), ("RFC 3261 §20.22", "error"));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    grammar::TABLE.iter().chain(ALL.iter().flat_map(|family| family.rules).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rules_have_names_of_their_own_and_a_section() {
        let names: BTreeSet<&str> = rules().map(Rule::id).collect();
        assert_eq!(names.len(), rules().count());
        for rule in rules() {
            assert!(rule.section().starts_with("RFC ") && rule.section().contains('§'), "{}", rule.id());
            assert!(rule.id().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            assert!(!rule.summary().is_empty() && !rule.remedy().is_empty());
        }
    }
}
