//! The text of an RFC as sections and sentences: page breaks, headings, paragraphs.

/// An RFC.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    sections: Vec<Section>,
}

/// A numbered section without those below it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) number: String,
    pub(super) sentences: Vec<String>,
}

impl Document {
    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter()
    }

    pub(super) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().flat_map(|section| &section.sentences).map(String::as_str)
    }
}

/// Reads the text of an RFC as its editor publishes it.
pub(super) fn parse(text: &str) -> Document {
    let mut sections: Vec<(String, Vec<&str>)> = Vec::new();
    for line in without_page_breaks(text) {
        match heading(line) {
            Some(number) => sections.push((number.to_owned(), Vec::new())),
            None if begins_unnumbered_part(line) => sections.push((String::new(), Vec::new())),
            None => {
                if let Some((_, lines)) = sections.last_mut() {
                    lines.push(line);
                }
            }
        }
    }
    let numbered = sections.into_iter().filter(|(number, _)| !number.is_empty());
    let sections = numbered.map(|(number, lines)| Section { number, sentences: sentences(&lines) });
    Document { sections: sections.collect() }
}

/// The lines without page headers and footers; a paragraph that a page break cut in two is whole again.
fn without_page_breaks(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    let mut after_break = false;
    for line in text.lines() {
        if is_footer(line) {
            after_break = true;
            while lines.last().is_some_and(|last| last.trim().is_empty()) {
                lines.pop();
            }
        } else if !after_break {
            lines.push(line);
        } else if !is_page_header(line) && !line.trim().is_empty() {
            after_break = false;
            if lines.last().is_some_and(|last| ends_paragraph(last)) || heading(line).is_some() {
                lines.push("");
            }
            lines.push(line);
        }
    }
    lines
}

fn is_footer(line: &str) -> bool {
    line.starts_with(|first: char| first.is_alphabetic()) && line.ends_with(']') && line.contains("[Page ")
}

fn is_page_header(line: &str) -> bool {
    line.starts_with('\u{c}')
        || (line.starts_with("RFC ") && line.trim_end().ends_with(|c: char| c.is_ascii_digit()))
}

fn ends_paragraph(line: &str) -> bool {
    line.trim_end().ends_with(['.', ':', ';', '!', '?', ')', '"'])
}

/// The number of the section that this line begins: digits at the margin and a title that is no row of dots.
fn heading(line: &str) -> Option<&str> {
    let (number, title) = line.split_once(' ')?;
    let number = number.strip_suffix('.').unwrap_or(number);
    let is_number =
        number.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let is_title = title.trim_start().starts_with(char::is_alphabetic) && !title.contains("....");
    (is_number && is_title).then_some(number)
}

/// Appendices, addresses, the copyright; other words at the margin belong to figures.
fn begins_unnumbered_part(line: &str) -> bool {
    ["Appendix", "Acknowledg", "Author", "Full Copyright", "Intellectual"]
        .iter()
        .any(|title| line.starts_with(title))
}

/// The sentences of all paragraphs, each with single spaces.
fn sentences(lines: &[&str]) -> Vec<String> {
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|paragraph| !paragraph.is_empty());
    paragraphs.flat_map(|paragraph| split(&paragraph.join(" "))).collect()
}

fn split(paragraph: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut sentence = String::new();
    let mut words = paragraph.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        if ends_sentence(word) && words.peek().is_none_or(|next| begins_sentence(next)) {
            sentences.push(std::mem::take(&mut sentence));
        }
    }
    sentences.extend(Some(sentence).filter(|rest| !rest.is_empty()));
    sentences
}

fn ends_sentence(word: &str) -> bool {
    let word = word.trim_end_matches(['"', ')', '\'']);
    word.ends_with(['.', '!', '?']) && !matches!(word, "e.g." | "i.e." | "vs." | "(e.g." | "(i.e.")
}

fn begins_sentence(word: &str) -> bool {
    word.starts_with(|first: char| first.is_uppercase() || matches!(first, '"' | '(' | '[' | '*' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Contents\n   1  One ........ 2\n\n1 One\n\n   It is so.  It\n   stays so (e.g. Now) until\n\n\n\
                        Somebody et. al.     Standards Track      [Page 2]\n\u{c}\n\
                        RFC 9999            Nothing           June 2002\n\n\n\
                        \x20  the end.\n\n   * A point\n\n1.1.  One of One\n\n   Yes.\n\nAcknowledgements\n\n   No.\n";

    #[test]
    fn a_document_is_sections_of_sentences() {
        let document = parse(TEXT);
        let sections: Vec<_> = document
            .sections()
            .map(|section| format!("{}: {}", section.number, section.sentences.join(" | ")))
            .collect();
        assert_eq!(
            sections,
            ["1: It is so. | It stays so (e.g. Now) until the end. | * A point", "1.1: Yes."]
        );
        assert_eq!(document.sentences().count(), 4);
    }

    #[test]
    fn rows_of_the_contents_are_no_headings() {
        assert_eq!(heading("17.1.1.2 Formal Description"), Some("17.1.1.2"));
        assert_eq!(heading("5.1.  SIP over"), Some("5.1"));
        assert_eq!(heading("   17  Transactions"), None);
        assert_eq!(heading("17 Transactions ....... 122"), None);
        assert_eq!(heading("200 (OK)"), None);
    }
}
