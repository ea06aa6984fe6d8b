//! What is wrong with a URI, by the ABNF rule of RFC 3261 §25.1 or RFC 3966 §3 that it breaks, and where.

/// The first rule that a text breaks, with the byte offset where it does (RFC 3261 §25.1).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ParseUriError {
    /// No scheme and colon at the start, or another scheme than the one asked for.
    #[error("no usable URI scheme at byte {0} (scheme, RFC 3261 section 25.1)")]
    Scheme(usize),
    /// The user part is empty or holds a character that must be escaped.
    #[error("bad user part at byte {0} (user, RFC 3261 section 25.1)")]
    User(usize),
    /// The password holds a character that must be escaped.
    #[error("bad password at byte {0} (password, RFC 3261 section 25.1)")]
    Password(usize),
    /// The host is absent or neither a name nor an address; IPv6 addresses stand in brackets.
    #[error("bad host at byte {0} (host, RFC 3261 section 25.1 and RFC 5954)")]
    Host(usize),
    /// The port is not a number from 0 to 65535.
    #[error("bad port at byte {0} (port, RFC 3261 section 25.1)")]
    Port(usize),
    /// A parameter without a name, with an empty value, or with a character that must be escaped.
    #[error("bad URI parameter at byte {0} (uri-parameter, RFC 3261 section 25.1)")]
    Param(usize),
    /// A parameter name that occurs twice.
    #[error("repeated URI parameter at byte {0} (RFC 3261 section 19.1.1)")]
    RepeatedParam(usize),
    /// A header component without a name or `=`, or with a character that must be escaped.
    #[error("bad header component at byte {0} (headers, RFC 3261 section 25.1)")]
    Header(usize),
    /// The telephone number is empty or holds something else than digits and visual separators.
    #[error("bad telephone number at byte {0} (telephone-subscriber, RFC 3966 section 3)")]
    Number(usize),
    /// A local telephone number without the context that it is valid in.
    #[error("local number without phone-context at byte {0} (context, RFC 3966 section 5.1.5)")]
    PhoneContext(usize),
    /// A URI of another scheme is empty or holds a character that no URI may hold.
    #[error("bad URI at byte {0} (absoluteURI, RFC 3261 section 25.1)")]
    Opaque(usize),
}

impl ParseUriError {
    /// Where the rule is broken: a byte offset into the parsed text, at most its length.
    #[must_use]
    pub const fn offset(&self) -> usize {
        match *self {
            Self::Scheme(offset)
            | Self::User(offset)
            | Self::Password(offset)
            | Self::Host(offset)
            | Self::Port(offset)
            | Self::Param(offset)
            | Self::RepeatedParam(offset)
            | Self::Header(offset)
            | Self::Number(offset)
            | Self::PhoneContext(offset)
            | Self::Opaque(offset) => offset,
        }
    }

    /// The name of the broken rule in the ABNF.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "scheme",
            Self::User(_) => "user",
            Self::Password(_) => "password",
            Self::Host(_) => "host",
            Self::Port(_) => "port",
            Self::Param(_) | Self::RepeatedParam(_) => "uri-parameter",
            Self::Header(_) => "headers",
            Self::Number(_) => "telephone-subscriber",
            Self::PhoneContext(_) => "context",
            Self::Opaque(_) => "absoluteURI",
        }
    }

    /// The section that holds the broken rule, such as `RFC 3261 §25.1`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Scheme(_)
            | Self::User(_)
            | Self::Password(_)
            | Self::Port(_)
            | Self::Param(_)
            | Self::Header(_)
            | Self::Opaque(_) => "RFC 3261 §25.1",
            Self::Host(_) => "RFC 5954 §4.1",
            Self::RepeatedParam(_) => "RFC 3261 §19.1.1",
            Self::Number(_) => "RFC 3966 §3",
            Self::PhoneContext(_) => "RFC 3966 §5.1.5",
        }
    }
}
