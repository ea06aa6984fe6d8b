//! Where a URI that was read leniently differs from the grammar: each place has a name, a section and a span
//! (RFC 3261 §19.1).

use crate::grammar::class::{Class, span};
use crate::grammar::sip::value_class;
use crate::param::{RawParam, element};
use crate::{Host, Mode, OtherUri, SipUri, TelUri, Uri};
use std::fmt;
use std::ops::Range;

/// One place where a URI differs from the grammar of [`Mode::Strict`] (RFC 3261 §25.1).
#[expect(clippy::exhaustive_structs, reason = "a plain record: what and where")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UriDeviation {
    /// What is wrong.
    pub kind: UriDeviationKind,
    /// Where: a range of bytes of the URI; empty where something is missing.
    pub span: Range<usize>,
}

impl fmt::Display for UriDeviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} ({})", self.kind, self.span.start, self.kind.section())
    }
}

/// Declares the kinds: variant, section, what is wrong.
macro_rules! deviation_kinds {
    ($($variant:ident = $section:literal, $text:literal;)+) => {
        /// What is wrong with a URI that was read nevertheless. Kinds are named so that they can be counted.
        ///
        /// ```
        /// # use sip_uri::{SipUri, UriDeviationKind};
        /// let uri: SipUri = "sip:#1@host_1;;lr".parse()?;
        /// let kinds: Vec<_> = uri.deviations().iter().map(|deviation| deviation.kind).collect();
        /// assert_eq!(kinds, [UriDeviationKind::User, UriDeviationKind::Hostname, UriDeviationKind::ParamEmpty]);
        /// assert_eq!(uri.deviations()[0].span, 4..5);
        /// assert_eq!(uri.deviations()[0].to_string(), "unescaped characters in the user at byte 4 (RFC 3261 §19.1.2)");
        /// # Ok::<(), sip_uri::ParseUriError>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum UriDeviationKind {
            $(#[doc = concat!($text, " (", $section, ").")] $variant,)+
        }

        impl UriDeviationKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name, as the variant is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// The section that has the rule.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self {
                    $(Self::$variant => $section,)+
                }
            }

            /// What is wrong, in a few words.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

deviation_kinds! {
    UserEmpty = "RFC 3261 §19.1.1", "an @ without a user before it";
    User = "RFC 3261 §19.1.2", "unescaped characters in the user";
    Password = "RFC 3261 §19.1.2", "unescaped characters in the password";
    Hostname = "RFC 3261 §25.1", "a host name with characters or labels that host names do not have";
    Ipv4Digits = "RFC 5954 §4.1", "an IPv4 address with leading zeros";
    Ipv6Colons = "RFC 5954 §3.1", "an IPv6 address with a third colon before its IPv4 part";
    PortEmpty = "RFC 3261 §25.1", "a colon without a port";
    Param = "RFC 3261 §19.1.2", "unescaped characters in a URI parameter";
    ParamEmpty = "RFC 3261 §25.1", "a semicolon without a URI parameter";
    ParamNameEmpty = "RFC 3261 §25.1", "a URI parameter without a name";
    ParamValueEmpty = "RFC 3261 §25.1", "a URI parameter with an equals sign and no value";
    ParamRepeated = "RFC 3261 §19.1.1", "a URI parameter of a name that an earlier one has";
    Header = "RFC 3261 §19.1.2", "unescaped characters in a header component";
    HeaderEmpty = "RFC 3261 §25.1", "a separator without a header component";
    HeaderNameEmpty = "RFC 3261 §25.1", "a header component without a name";
    HeaderValueMissing = "RFC 3261 §25.1", "a header component without an equals sign";
    Number = "RFC 3966 §3", "a telephone number with other characters than digits and visual separators";
    TelParam = "RFC 3966 §3", "a parameter that tel URIs cannot have";
    ContextMissing = "RFC 3966 §5.1.5", "a local telephone number without its context";
    Opaque = "RFC 3261 §25.1", "unescaped characters in a URI of another scheme";
}

impl fmt::Display for UriDeviationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

impl Uri {
    /// Where the URI differs from the grammar of [`Mode::Strict`], in the order of the text; nowhere exactly when it
    /// is accepted there.
    #[must_use]
    pub fn deviations(&self) -> Vec<UriDeviation> {
        match self {
            Self::Sip(uri) => uri.deviations(),
            Self::Tel(uri) => uri.deviations(),
            Self::Other(uri) => uri.deviations(),
        }
    }
}

impl SipUri {
    /// Where the URI differs from the grammar of [`Mode::Strict`], in the order of the text; nowhere exactly when it
    /// is accepted there.
    #[must_use]
    pub fn deviations(&self) -> Vec<UriDeviation> {
        let mut found = Found { text: self.as_str(), list: Vec::new() };
        let layout = self.layout();
        if let Some(range) = layout.user() {
            if range.is_empty() {
                found.add(UriDeviationKind::UserEmpty, range.start..range.start);
            }
            found.characters(UriDeviationKind::User, range, Class::USER);
        }
        if let Some(range) = layout.password() {
            found.characters(UriDeviationKind::Password, range, Class::PASSWORD);
        }
        found.host(self.host(), layout.host());
        if let Some(range) = layout.port_text().filter(Range::is_empty) {
            found.add(UriDeviationKind::PortEmpty, range);
        }
        found.params(layout.params());
        found.headers(layout.headers(self.as_str().len()));
        found.list
    }
}

impl TelUri {
    /// Where the URI differs from the grammar of [`Mode::Strict`], in the order of the text; nowhere exactly when it
    /// is accepted there.
    #[must_use]
    pub fn deviations(&self) -> Vec<UriDeviation> {
        let mut found = Found { text: self.as_str(), list: Vec::new() };
        let number = "tel:".len().."tel:".len() + self.number().len();
        let params = number.end..self.as_str().len();
        // Digits may be anything as long as there is a context or a plus sign; the parser decides.
        if Self::parse(&format!("tel:{};phone-context=a", self.number()), Mode::Strict).is_err() {
            found.add(UriDeviationKind::Number, number);
        }
        found.each(params.clone(), b';', |found, range| {
            let alone = format!("tel:+1;{}", found.slice(range.clone()));
            if range.is_empty() {
                found.add(UriDeviationKind::ParamEmpty, range);
            } else if Self::parse(&alone, Mode::Strict).is_err() {
                found.add(UriDeviationKind::TelParam, range);
            }
        });
        found.repeated(params);
        let has_context = self.raw_param_list().any(|param| param.name.eq_ignore_ascii_case("phone-context"));
        if !self.is_global() && !has_context {
            let end = self.as_str().len();
            found.add(UriDeviationKind::ContextMissing, end..end);
        }
        found.list
    }
}

impl OtherUri {
    /// Where the URI differs from the grammar of [`Mode::Strict`]: at most one place, the first.
    #[must_use]
    pub fn deviations(&self) -> Vec<UriDeviation> {
        let error = Self::parse(self.as_str(), Mode::Strict).err();
        let span = error.map(|error| error.offset()..self.as_str().len());
        span.map(|span| UriDeviation { kind: UriDeviationKind::Opaque, span }).into_iter().collect()
    }
}

/// What was found in a text so far.
struct Found<'a> {
    text: &'a str,
    list: Vec<UriDeviation>,
}

impl<'a> Found<'a> {
    fn add(&mut self, kind: UriDeviationKind, span: Range<usize>) {
        self.list.push(UriDeviation { kind, span });
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// Each run of characters that `class` wants escaped.
    fn characters(&mut self, kind: UriDeviationKind, range: Range<usize>, class: Class) {
        let bytes = self.text.as_bytes().get(..range.end).unwrap_or_default();
        let mut at = span(bytes, range.start, class, Mode::Strict);
        while at < range.end {
            let start = at;
            let mut next = at;
            while next == at && at < range.end {
                at += 1;
                next = span(bytes, at, class, Mode::Strict);
            }
            self.add(kind, start..at);
            at = next;
        }
    }

    fn host(&mut self, host: &Host, range: Range<usize>) {
        if Host::parse(self.slice(range.clone()), Mode::Strict).is_err() {
            let kind = match host {
                Host::Name(_) => UriDeviationKind::Hostname,
                Host::V4(_) => UriDeviationKind::Ipv4Digits,
                Host::V6(_) => UriDeviationKind::Ipv6Colons,
            };
            self.add(kind, range);
        }
    }

    fn params(&mut self, range: Range<usize>) {
        self.each(range.clone(), b';', |found, range| {
            let text = found.slice(range.clone());
            let name = range.start..range.start + text.find('=').unwrap_or(text.len());
            let value = (name.end < range.end).then(|| name.end + 1..range.end);
            match (name.is_empty(), value) {
                (true, None) => found.add(UriDeviationKind::ParamEmpty, range),
                (true, Some(_)) => found.add(UriDeviationKind::ParamNameEmpty, range),
                (false, value) => {
                    let class = value_class(found.slice(name.clone()).as_bytes());
                    found.characters(UriDeviationKind::Param, name, Class::PNAME);
                    match value {
                        Some(value) if value.is_empty() => {
                            found.add(UriDeviationKind::ParamValueEmpty, range)
                        }
                        Some(value) => found.characters(UriDeviationKind::Param, value, class),
                        None => {}
                    }
                }
            }
        });
        self.repeated(range);
    }

    fn headers(&mut self, range: Range<usize>) {
        self.each(range, b'&', |found, range| {
            let text = found.slice(range.clone());
            let name = range.start..range.start + text.find('=').unwrap_or(text.len());
            if range.is_empty() {
                return found.add(UriDeviationKind::HeaderEmpty, range);
            }
            if name.is_empty() {
                return found.add(UriDeviationKind::HeaderNameEmpty, range);
            }
            let value = name.end + 1..range.end;
            found.characters(UriDeviationKind::Header, name, Class::HNAME);
            if value.start > range.end {
                found.add(UriDeviationKind::HeaderValueMissing, range.end..range.end);
            } else {
                found.characters(UriDeviationKind::Header, value, Class::HVALUE);
            }
        });
    }

    /// Visits the elements of a list that begins with its mark, also the empty ones.
    fn each(&mut self, range: Range<usize>, separator: u8, mut visit: impl FnMut(&mut Self, Range<usize>)) {
        if range.is_empty() {
            return;
        }
        let mut start = range.start + 1;
        while start <= range.end {
            let (length, _) = element(self.slice(start..range.end).as_bytes(), separator);
            visit(self, start..start + length);
            start += length + 1;
        }
    }

    /// Parameters after the first of their name, sorted in between those found already.
    fn repeated(&mut self, range: Range<usize>) {
        let mut seen = std::collections::BTreeSet::new();
        let text = self.slice(range);
        let again = |param: &RawParam<'_>| !seen.insert(param.key());
        for param in crate::param::raw_params(text, b';').filter(again) {
            let start = param.text.as_ptr().addr() - self.text.as_ptr().addr();
            self.add(UriDeviationKind::ParamRepeated, start..start + param.text.len());
        }
        self.list.sort_by_key(|deviation| deviation.span.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let list = text.parse::<Uri>().unwrap().deviations();
        let words: Vec<_> = list
            .iter()
            .map(|deviation| format!("{} {:?}", deviation.kind.name(), &text[deviation.span.clone()]))
            .collect();
        words.join(", ")
    }

    #[test]
    fn each_leniency_has_a_name_and_a_span() {
        for (text, deviations) in [
            ("sip:alice@atlanta.com", ""),
            ("sip:^a^^b%4c%@h", r#"User "^", User "^^", User "%""#),
            ("sip:a@b:c:d@h", r#"User "@", Password ":""#),
            ("sip:@h", r#"UserEmpty """#),
            ("sip:h;a=\"b\"", r#"Param "\"", Param "\"""#),
            ("sip:h;a=\"b;c\";d;d", r#"Param "\"", Param ";", Param "\"", ParamRepeated "d""#),
            ("sip:a@b_c", r#"Hostname "b_c""#),
            ("sip:a@b..c", r#"Hostname "b..c""#),
            ("sip:a@192.00.02.1", r#"Ipv4Digits "192.00.02.1""#),
            ("sip:[2001:db8:::192.0.2.1]", r#"Ipv6Colons "[2001:db8:::192.0.2.1]""#),
            ("sip:h:;x", r#"PortEmpty """#),
            ("sip:h;", r#"ParamEmpty """#),
            ("sip:h;;a;=b", r#"ParamEmpty "", ParamNameEmpty "=b""#),
            ("sip:h;a=;b=c=d", r#"ParamValueEmpty "a=", Param "=""#),
            ("sip:h;a;B;A=2;c^", r#"ParamRepeated "A=2", Param "^""#),
            ("sip:h;transport=a/b", r#"Param "/""#),
            ("sip:h?", r#"HeaderEmpty """#),
            (
                "sip:h?a&=b&c=d;e&",
                r#"HeaderValueMissing "", HeaderNameEmpty "=b", Header ";", HeaderEmpty """#,
            ),
            ("tel:0w1;phone-context=+5", r#"Number "0w1""#),
            (
                "tel:7042;;x_y;isub;a;A",
                r#"ParamEmpty "", TelParam "x_y", TelParam "isub", ParamRepeated "A", ContextMissing """#,
            ),
            ("im:a^b", r#"Opaque "^b""#),
        ] {
            assert_eq!(found(text), deviations, "{text}");
        }
    }

    #[test]
    fn every_kind_has_a_name_and_a_section() {
        let names: std::collections::BTreeSet<_> =
            UriDeviationKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), UriDeviationKind::ALL.len());
        for kind in UriDeviationKind::ALL {
            assert!(kind.section().starts_with("RFC ") && !kind.description().is_empty());
        }
    }
}
