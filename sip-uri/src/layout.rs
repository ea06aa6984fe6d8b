//! Where the components of a SIP or SIPS URI are (RFC 3261 §19.1.1): byte offsets into its text.

use std::ops::Range;

/// `scheme ":" [ user [ ":" password ] "@" ] host [ ":" port ] params headers`, by where each of them ends or begins.
///
/// Without userinfo the host stands right behind the scheme; with one, an `@` comes between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Behind the colon of the scheme.
    pub(crate) user: usize,
    /// The end of the user; equals `user` when there is none.
    pub(crate) user_end: usize,
    pub(crate) host: usize,
    pub(crate) host_end: usize,
    /// Where the parameters begin, with their semicolon.
    pub(crate) params: usize,
    /// Where the header components begin, with their question mark.
    pub(crate) headers: usize,
    pub(crate) port: Option<u16>,
}

impl Layout {
    /// The user, when there is a userinfo.
    pub(crate) const fn user(&self) -> Option<Range<usize>> {
        if self.host > self.user { Some(self.user..self.user_end) } else { None }
    }

    /// The password, without its colon.
    pub(crate) const fn password(&self) -> Option<Range<usize>> {
        if self.host > self.user_end + 1 { Some(self.user_end + 1..self.host - 1) } else { None }
    }

    /// The port as written, perhaps empty, without its colon.
    pub(crate) const fn port_text(&self) -> Option<Range<usize>> {
        if self.params > self.host_end { Some(self.host_end + 1..self.params) } else { None }
    }
}
