//! Words that must not stand in the code: what a core crate has no use for, `unsafe`, `unwrap`, and work left to do
//! without an issue.

use super::finding::{Finding, Rule};
use super::floors;
use super::source::{Source, Word};

/// Single words that no core crate may contain, tests included, with what they would bring in.
const NOT_IN_CORES: [(&str, &str); 16] = [
    ("async", "async code"),
    ("await", "async code"),
    ("futures", "async code"),
    ("tokio", "a runtime"),
    ("SystemTime", "a clock"),
    ("rand", "randomness that was not handed in"),
    ("getrandom", "randomness that was not handed in"),
    ("thread_local", "global state"),
    ("Mutex", "a lock"),
    ("RwLock", "a lock"),
    ("Condvar", "a lock"),
    ("TcpStream", "a socket"),
    ("TcpListener", "a socket"),
    ("UdpSocket", "a socket"),
    ("js_sys", "a browser"),
    ("web_sys", "a browser"),
];

/// An `expect` shorter than this says nothing.
const SHORTEST_REASON: usize = 12;

/// All words that `source`, a file of the crate `package`, should not contain.
pub(crate) fn check(package: &str, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if floors::is_core(package) {
        core(source, &mut findings);
    }
    for word in source.words.iter().filter(|word| word.text == "unsafe") {
        findings.push(source.finding(word.line, Rule::Unsafe, "unsafe code: nothing here needs it"));
    }
    unwraps(source, &mut findings);
    todos(source, &mut findings);
    findings
}

fn core(source: &Source, findings: &mut Vec<Finding>) {
    for word in &source.words {
        if let Some((name, brings)) = NOT_IN_CORES.iter().find(|(name, _)| *name == word.text) {
            let message = format!("`{name}` brings {brings} into a core crate: hand it in as a value");
            findings.push(source.finding(word.line, Rule::Core, message));
        }
    }
    for (parent, child, instead) in
        [("time", "Instant", "use sip_clock::Instant"), ("std", "thread", "a core has no threads")]
    {
        for line in paths(&source.words, parent, child) {
            let message = format!("`{parent}::{child}` in a core crate: {instead}");
            findings.push(source.finding(line, Rule::Core, message));
        }
    }
}

/// The lines where `parent::child` or `parent::{…, child, …}` stands.
fn paths(words: &[Word], parent: &str, child: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (at, _) in words.iter().enumerate() {
        let Some([first, colon, _, next, rest @ ..]) = words.get(at..) else { break };
        if first.text != parent || colon.text != ":" {
            continue;
        }
        let group = || rest.iter().take_while(|word| word.text != "}").any(|word| word.text == child);
        if next.text == child || (next.text == "{" && group()) {
            lines.push(first.line);
        }
    }
    lines
}

fn unwraps(source: &Source, findings: &mut Vec<Finding>) {
    for words in source.code().windows(4) {
        let [before, name, open, argument] = words else { continue };
        if !matches!(&*before.text, "." | ":") || open.text != "(" {
            continue;
        }
        let message = match name.text.as_str() {
            "unwrap" | "unwrap_err" => "unwrap: return an error, or say why it holds with expect(\"why\")",
            "expect" | "expect_err" if !is_reason(&argument.text) => {
                "expect without a reason: say in a sentence why it cannot fail"
            }
            _ => continue,
        };
        findings.push(source.finding(name.line, Rule::Unwrap, message));
    }
}

/// Whether a literal is a sentence rather than a word.
fn is_reason(literal: &str) -> bool {
    literal.ends_with('"') && literal.len() >= SHORTEST_REASON && literal.contains(' ')
}

fn todos(source: &Source, findings: &mut Vec<Finding>) {
    for (line, text) in (1..).zip(source.text.lines()) {
        let Some((_, comment)) = text.split_once("//") else { continue };
        let unfinished = ["TODO", "FIXME"].iter().any(|mark| comment.contains(mark));
        if unfinished && !names_issue(comment) {
            let message = "work left to do needs the number of its issue, as `#12`";
            findings.push(source.finding(line, Rule::Todo, message));
        }
    }
}

fn names_issue(comment: &str) -> bool {
    comment.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(package: &str, text: &str) -> Vec<(usize, Rule)> {
        let source = Source::parse("sip-x/src/a.rs", text.to_owned()).unwrap();
        check(package, &source).into_iter().map(|finding| (finding.line, finding.rule)).collect()
    }

    #[test]
    fn a_core_crate_has_no_runtime_clock_chance_thread_or_lock() {
        for text in [
            "use tokio::spawn;",
            "async fn a() {}",
            "use std::time::Instant;",
            "use std::time::{Duration, Instant};",
            "use std::time::SystemTime;",
            "fn a() { std::thread::yield_now() }",
            "use std::sync::Mutex;",
            "fn a() -> u8 { rand::random() }",
            "#[cfg(test)]\nmod tests { use tokio::test; }",
        ] {
            assert_eq!(lines("sip-dialog", text).first().map(|(_, rule)| *rule), Some(Rule::Core), "{text}");
            assert_eq!(lines("sip-cli", text), [], "{text}");
        }
    }

    #[test]
    fn durations_our_own_instant_and_words_in_comments_are_fine_in_a_core() {
        let text =
            "//! Runs under tokio.\nuse std::time::Duration;\nuse sip_clock::Instant;\nuse rand_chacha::A;\n";
        assert_eq!(lines("sip-dialog", text), []);
    }

    #[test]
    fn unsafe_is_found_even_in_tests() {
        assert_eq!(lines("sip-cli", "#[test]\nfn a() { unsafe { b() } }"), [(2, Rule::Unsafe)]);
    }

    #[test]
    fn unwrap_never_stands_outside_tests() {
        let text = "fn a() {\nb.unwrap();\nb.map(Option::unwrap);\nb.unwrap_or(1);\nOption::unwrap(b);\n}\n#[test]\nfn c() { d.unwrap() }";
        assert_eq!(lines("sip-cli", text), [(2, Rule::Unwrap), (5, Rule::Unwrap)]);
    }

    #[test]
    fn expect_says_why_it_holds() {
        let text = "fn a() {\nb.expect(\"the parser found it\");\nb.expect(\"b\");\nb.expect(reason);\n}";
        assert_eq!(lines("sip-cli", text), [(3, Rule::Unwrap), (4, Rule::Unwrap)]);
    }

    #[test]
    fn work_left_to_do_needs_an_issue() {
        let text = ["// TO", "DO: later\nfn a() {} // FIX", "ME (#12) soon\n"].concat();
        assert_eq!(lines("sip-cli", &text), [(1, Rule::Todo)]);
    }
}
