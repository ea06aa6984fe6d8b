//! The ways in which received messages deviate from RFC 3261 and are read nevertheless, each with a name.

use crate::{Mode, StatusCode};
use std::fmt;
use std::ops::Range;

/// One place where a received message deviates from the grammar (RFC 3261 §25.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain record: what and where")]
pub struct Deviation {
    /// What is wrong.
    pub kind: DeviationKind,
    /// Where: a range of bytes, counted from the first byte received; empty where something is missing.
    pub span: Range<usize>,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} ({})", self.kind, self.span.start, self.kind.section())
    }
}

/// Declares the kinds: variant, the strictest mode that reads on, section, what is wrong.
macro_rules! deviation_kinds {
    ($($variant:ident = $mode:ident, $section:literal, $text:literal;)+) => {
        /// What is wrong with a message that was read nevertheless. Kinds are named so that they can be counted.
        ///
        /// ```
        /// # use sip_message::{DeviationKind, Mode};
        /// let kind = DeviationKind::UriHashInUser;
        /// assert_eq!((kind.name(), kind.section()), ("UriHashInUser", "RFC 3261 §19.1.2"));
        /// assert!(kind.is_read_in(Mode::Lenient) && !kind.is_read_in(Mode::Strict));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DeviationKind {
            $(#[doc = concat!($text, " (", $section, ").")] $variant,)+
        }

        impl DeviationKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name, as the variant is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }

            /// The name as the rules of [`lint`](crate::lint()) are called: `uri-hash-in-user`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => {
                        const NAME: &str = stringify!($variant);
                        const ID: [u8; kebab_len(NAME)] = kebab(NAME);
                        match std::str::from_utf8(&ID) {
                            Ok(id) => id,
                            Err(_) => NAME,
                        }
                    })+
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

            /// The strictest mode that reads on.
            const fn mode(self) -> Mode {
                match self {
                    $(Self::$variant => Mode::$mode,)+
                }
            }
        }
    };
}

deviation_kinds! {
    LineEndNotCrlf = Lenient, "RFC 3261 §7", "a line ends with CR or LF alone";
    EmptyLineMissing = Lenient, "RFC 3261 §7", "no empty line ends the header section";
    Truncated = Salvage, "RFC 3261 §7", "the message breaks off in a line";
    StartLineSpace = Lenient, "RFC 3261 §7.1", "other white space than one SP in the start line";
    StartLineNotUtf8 = Lenient, "RFC 3261 §7.1", "the start line is not UTF-8";
    VersionMissing = Salvage, "RFC 3261 §7.1", "the request line has no SIP version";
    VersionUnknown = Lenient, "RFC 3261 §7.1", "another version than SIP/2.0";
    RequestUriSpace = Lenient, "RFC 3261 §7.1", "white space in the Request-URI";
    RequestUriBrackets = Lenient, "RFC 3261 §7.1", "angle brackets around the Request-URI";
    RequestUriHeaders = Lenient, "RFC 3261 §19.1.1", "header fields in the Request-URI";
    RequestUriMalformed = Lenient, "RFC 3261 §19.1.1", "a Request-URI that cannot be read";
    ReasonSpaceMissing = Lenient, "RFC 3261 §7.2", "no SP behind the status code";
    ReasonCharacters = Lenient, "RFC 3261 §25.1", "characters in the reason phrase that are to be escaped";
    BytesBehindBody = Strict, "RFC 3261 §18.3", "bytes behind the end that Content-Length gives";
    ContentLengthTooLarge = Lenient, "RFC 3261 §18.3", "the body is shorter than Content-Length says";
    ContentLengthTooSmall = Lenient, "RFC 3261 §20.14", "the body is longer than Content-Length says";
    ContentLengthMalformed = Lenient, "RFC 3261 §20.14", "Content-Length is no number";
    ContentLengthRepeated = Lenient, "RFC 3261 §7.3.1", "Content-Length stands several times with one value";
    ContentLengthConflict = Lenient, "RFC 3261 §7.3.1", "Content-Length stands several times with different values";
    NotAField = Lenient, "RFC 3261 §7.3", "a line that is no header field";
    NotUtf8 = Lenient, "RFC 3261 §7.3.1", "the value of a header field is not UTF-8";
    ControlCharacter = Lenient, "RFC 3261 §25.1", "a control character in a header field";
    FieldRepeated = Lenient, "RFC 3261 §7.3.1", "a header field that may stand once stands again";
    FieldMalformed = Lenient, "RFC 3261 §20", "the value of a header field cannot be read; the field is passed over";
    FieldEmpty = Lenient, "RFC 3261 §7.3.1", "a header field that needs a value has none";
    ElementEmpty = Lenient, "RFC 3261 §7.3.1", "an empty element in a list";
    DisplayNameNotToken = Lenient, "RFC 3261 §25.1", "an unquoted display name that is not made of tokens";
    AddressWithoutBrackets = Lenient, "RFC 3261 §20.10", "an address that needs angle brackets has none";
    UriSpace = Lenient, "RFC 3261 §25.1", "white space in a URI";
    UriHashInUser = Lenient, "RFC 3261 §19.1.2", "an unescaped # in the user part of a URI";
    UriUser = Lenient, "RFC 3261 §19.1.1", "an empty user part in a URI, or unescaped characters in it";
    UriPassword = Lenient, "RFC 3261 §19.1.1", "unescaped characters in the password of a URI";
    UriHost = Lenient, "RFC 3261 §25.1", "characters in a host that have no place there";
    UriPort = Lenient, "RFC 3261 §25.1", "an empty port";
    UriParam = Lenient, "RFC 3261 §19.1.1", "an empty or repeated URI parameter, or characters that are to be escaped";
    UriHeader = Lenient, "RFC 3261 §19.1.1", "an incomplete URI header, or characters that are to be escaped";
    UriOther = Lenient, "RFC 3261 §25.1", "characters in a URI that are to be escaped";
    ParamEmpty = Lenient, "RFC 3261 §25.1", "a semicolon without a parameter";
    ParamValueEmpty = Lenient, "RFC 3261 §25.1", "an equals sign without a value";
    ParamCharacters = Lenient, "RFC 3261 §25.1", "a parameter value that is neither token, host nor quoted";
    ParamValue = Lenient, "RFC 3261 §25.1", "a parameter value that is none for a parameter of its name";
    Comment = Lenient, "RFC 2543 §6.13", "a comment where RFC 3261 has none";
    DateForSeconds = Lenient, "RFC 3261 §25.1", "a date, as in RFC 2543, where a number of seconds belongs";
    ReceivedBrackets = Lenient, "RFC 3261 §25.1", "brackets around the address of a received parameter";
    Separator = Lenient, "RFC 3261 §25.1", "another separator than the grammar of the field has";
    Product = Lenient, "RFC 3261 §20.41", "neither products nor comments where the name of a software belongs";
    CallIdCharacters = Lenient, "RFC 3261 §20.8", "characters that cannot stand in a Call-ID";
    AuthParamQuoting = Lenient, "RFC 3261 §25.1", "an authentication parameter quoted against its grammar";
}

impl DeviationKind {
    /// Whether a parser in `mode` reads on.
    #[must_use]
    pub fn is_read_in(self, mode: Mode) -> bool {
        self.mode() <= mode
    }

    /// The status owed for a request that is refused because of it: 505 for an unknown version, else 400
    /// (RFC 3261 §21.5.6, §21.4.1).
    #[must_use]
    pub const fn status(self) -> StatusCode {
        if matches!(self, Self::VersionUnknown) {
            return StatusCode::VERSION_NOT_SUPPORTED;
        }
        StatusCode::BAD_REQUEST
    }
}

impl fmt::Display for DeviationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// How long a name is with a hyphen before each capital but the first.
const fn kebab_len(name: &str) -> usize {
    let mut rest = name.as_bytes();
    let mut len = name.len().saturating_sub(1);
    while let [byte, tail @ ..] = rest {
        len += byte.is_ascii_uppercase() as usize;
        rest = tail;
    }
    len
}

/// A name in lower case with a hyphen before each capital but the first.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn kebab<const LEN: usize>(name: &str) -> [u8; LEN] {
    let mut id = [b'-'; LEN];
    let mut rest = name.as_bytes();
    let mut at = 0;
    while let [byte, tail @ ..] = rest {
        at += (byte.is_ascii_uppercase() && at > 0) as usize;
        id[at] = byte.to_ascii_lowercase();
        at += 1;
        rest = tail;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_a_section_and_a_mode() {
        let mut names: Vec<_> = DeviationKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DeviationKind::ALL.len());
        for kind in DeviationKind::ALL {
            assert!(kind.section().starts_with("RFC ") && kind.is_read_in(Mode::Salvage), "{}", kind.name());
        }
        assert_eq!(DeviationKind::VersionUnknown.status().code(), 505);
    }

    #[test]
    fn ids_are_names_with_hyphens() {
        assert_eq!(DeviationKind::UriHashInUser.id(), "uri-hash-in-user");
        assert_eq!(DeviationKind::Truncated.id(), "truncated");
        assert_eq!(DeviationKind::NotAField.id(), "not-a-field");
    }

    #[test]
    fn a_deviation_says_what_where_and_by_which_section() {
        let deviation = Deviation { kind: DeviationKind::ElementEmpty, span: 7..8 };
        assert_eq!(deviation.to_string(), "an empty element in a list at byte 7 (RFC 3261 §7.3.1)");
    }
}
