//! Which edition of SIP a message is held against: RFC 3261 or RFC 2543.

/// An edition of SIP (RFC 2543, RFC 3261).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two editions of SIP/2.0")]
pub enum Edition {
    /// RFC 3261 of 2002 with its extensions.
    #[default]
    Rfc3261,
    /// RFC 2543 of 1999: its Tables 4 and 5, no tags, branches and Max-Forwards asked for.
    Rfc2543,
}
