//! One Rust file, read once for all rules: its text, its syntax tree, its words, and which of its lines are tests.

use super::excuse::Excuses;
use super::finding::{Finding, Rule};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::ops::RangeInclusive;

/// A parsed file of a crate.
pub(crate) struct Source {
    /// Relative to the root of the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tree: syn::File,
    /// Every token in order, delimiters included; comments are not among them.
    pub(crate) words: Vec<Word>,
    /// The reasons written in `// tidy:` comments.
    pub(crate) excuses: Excuses,
    /// The whole file is test code.
    pub(crate) is_test: bool,
    tests: Vec<RangeInclusive<usize>>,
}

/// One token and its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Source {
    /// Reads `text`, the content of the file at `path`.
    ///
    /// # Errors
    /// A finding at the place where the file stops being Rust.
    pub(crate) fn parse(path: &str, text: String) -> Result<Self, Finding> {
        let unreadable = |line: usize, message: String| Finding {
            path: path.to_owned(),
            line,
            rule: Rule::Unreadable,
            message,
        };
        let tree = syn::parse_file(&text).map_err(|e| unreadable(e.span().start().line, e.to_string()))?;
        let tokens: TokenStream = text.parse().map_err(|e| unreadable(1, format!("{e}")))?;
        let mut words = Vec::new();
        flatten(tokens, &mut words);
        let tests = test_lines(&words);
        let excuses = Excuses::read(&text);
        let is_test = ["tests/", "benches/"].iter().any(|f| path.contains(&format!("/{f}")));
        Ok(Self { path: path.to_owned(), text, tree, words, excuses, is_test, tests })
    }

    /// Whether the line is test code.
    pub(crate) fn in_test(&self, line: usize) -> bool {
        self.is_test || self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The words outside tests.
    pub(crate) fn code(&self) -> Vec<&Word> {
        self.words.iter().filter(|word| !self.in_test(word.line)).collect()
    }

    /// The numbers and texts of the lines outside tests.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(line, _)| !self.in_test(*line))
    }

    /// The names of the modules that this file declares for tests only, in files of their own.
    pub(crate) fn test_modules(&self) -> impl Iterator<Item = &str> {
        self.words.windows(3).filter_map(|words| match words {
            [keyword, name, end] if keyword.text == "mod" && end.text == ";" && self.in_test(name.line) => {
                Some(name.text.as_str())
            }
            _ => None,
        })
    }

    /// A finding in this file.
    pub(crate) fn finding(&self, line: usize, rule: Rule, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, rule, message: message.into() }
    }
}

fn flatten(tokens: TokenStream, words: &mut Vec<Word>) {
    for token in tokens {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push(Word { text: open.to_owned(), line });
                flatten(group.stream(), words);
                words.push(Word { text: close.to_owned(), line: group.span_close().start().line });
            }
            other => words.push(Word { text: other.to_string(), line }),
        }
    }
}

/// The lines of items under `#[cfg(test)]`, `#[cfg(all(test, …))]` and `#[test]`.
fn test_lines(words: &[Word]) -> Vec<RangeInclusive<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(first) = words.get(at) {
        let attribute = attribute(words.get(at..).unwrap_or_default());
        if !marks_test(attribute) {
            at += 1;
            continue;
        }
        at += attribute.len();
        let item = item(words.get(at..).unwrap_or_default());
        let last = item.last().map_or(first.line, |word| word.line);
        ranges.push(first.line..=last);
        at += item.len();
    }
    ranges
}

/// The words of the outer attribute that begins here; none when none does.
fn attribute(words: &[Word]) -> &[Word] {
    match words {
        [hash, open, ..] if hash.text == "#" && open.text == "[" => upto_close(words, &["]"]),
        _ => &[],
    }
}

/// The words of the item that begins here, further attributes included.
fn item(words: &[Word]) -> &[Word] {
    let attribute = attribute(words);
    let rest = words.get(attribute.len()..).unwrap_or_default();
    if attribute.is_empty() {
        return upto_close(words, &["}", ";"]);
    }
    words.get(..attribute.len() + item(rest).len()).unwrap_or(words)
}

/// The words up to and with the first of `ends` that is not inside a group.
fn upto_close<'a>(words: &'a [Word], ends: &[&str]) -> &'a [Word] {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && ends.contains(&word.text.as_str()) {
            return words.get(..=at).unwrap_or(words);
        }
    }
    words
}

fn marks_test(attribute: &[Word]) -> bool {
    let has = |name: &str| attribute.iter().any(|word| word.text == name);
    let is = |name: &str| attribute.get(2).is_some_and(|word| word.text == name);
    has("test") && (is("test") || (is("cfg") && !has("not")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::parse("sip-x/src/a.rs", text.to_owned()).unwrap()
    }

    fn test_lines_of(text: &str) -> Vec<usize> {
        let source = source(text);
        (1..=text.lines().count()).filter(|line| source.in_test(*line)).collect()
    }

    #[test]
    fn the_test_module_is_test_code() {
        assert_eq!(test_lines_of("fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n"), [3, 4, 5, 6]);
    }

    #[test]
    fn a_test_item_ends_where_the_item_ends() {
        let text = "#[cfg(all(test, unix))]\n#[derive(Debug)]\nstruct A { a: [u8; 4] }\nfn b() {}\n#[cfg(test)]\nuse c;\n";
        assert_eq!(test_lines_of(text), [1, 2, 3, 5, 6]);
    }

    #[test]
    fn code_for_everything_but_tests_is_code() {
        assert_eq!(
            test_lines_of("#[cfg(not(test))]\nfn a() {}\n#[cfg(feature = \"test\")]\nfn b() {}\n"),
            []
        );
    }

    #[test]
    fn files_below_tests_are_test_code() {
        let source = Source::parse("sip-x/tests/it/main.rs", "fn a() {}".to_owned()).unwrap();
        assert!(source.in_test(1));
    }

    #[test]
    fn comments_and_strings_are_no_words() {
        let source = source("/// unsafe\nconst A: &str = \"unsafe\"; // unsafe\n");
        assert!(!source.words.iter().any(|word| word.text == "unsafe"));
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_named() {
        let source = source("mod a;\n#[cfg(test)]\nmod b;\n");
        assert_eq!(source.test_modules().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_a_finding_with_its_line() {
        let finding = Source::parse("a.rs", "fn a() {}\nfn fn\n".to_owned()).err().unwrap();
        assert_eq!((finding.line, finding.rule), (2, Rule::Unreadable));
    }
}
