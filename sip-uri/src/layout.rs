//! Where the components of a SIP or SIPS URI are (RFC 3261 §19.1.1): byte offsets into its text.

use std::ops::Range;

/// `scheme ":" [ user [ ":" password ] "@" ] host [ ":" port ] params headers`, by where each of them ends or begins.
///
/// Without userinfo the host stands right behind the scheme; with one, an `@` comes between them.
///
/// Positions have 32 bits, since many are kept; URIs are far smaller than 4 GiB, and a position beyond reads as nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Behind the colon of the scheme.
    pub(crate) user: u32,
    /// The end of the user; equals `user` when there is none.
    pub(crate) user_end: u32,
    pub(crate) host: u32,
    pub(crate) host_end: u32,
    /// Where the parameters begin, with their semicolon.
    pub(crate) params: u32,
    /// Where the header components begin, with their question mark.
    pub(crate) headers: u32,
    pub(crate) port: Option<u16>,
}

impl Layout {
    /// The components between these positions: `user`, `user_end`, `host`, `host_end`, `params`, `headers`.
    pub(crate) fn new(positions: [usize; 6], port: Option<u16>) -> Self {
        let [user, user_end, host, host_end, params, headers] =
            positions.map(|position| u32::try_from(position).unwrap_or(u32::MAX));
        Self { user, user_end, host, host_end, params, headers, port }
    }

    /// The scheme, without its colon.
    pub(crate) const fn scheme(&self) -> Range<usize> {
        0..self.user as usize - 1
    }

    /// The user, when there is a userinfo.
    pub(crate) const fn user(&self) -> Option<Range<usize>> {
        if self.host > self.user { Some(self.user as usize..self.user_end as usize) } else { None }
    }

    /// The password, without its colon.
    pub(crate) const fn password(&self) -> Option<Range<usize>> {
        let (start, end) = (self.user_end as usize + 1, self.host as usize);
        if end > start { Some(start..end - 1) } else { None }
    }

    /// The host.
    pub(crate) const fn host(&self) -> Range<usize> {
        self.host as usize..self.host_end as usize
    }

    /// The port as written, perhaps empty, without its colon.
    pub(crate) const fn port_text(&self) -> Option<Range<usize>> {
        let (start, end) = (self.host_end as usize + 1, self.params as usize);
        if end >= start { Some(start..end) } else { None }
    }

    /// The parameters, with their semicolon.
    pub(crate) const fn params(&self) -> Range<usize> {
        self.params as usize..self.headers as usize
    }

    /// The header components, with their question mark, in a text of this length.
    pub(crate) const fn headers(&self, length: usize) -> Range<usize> {
        self.headers as usize..length
    }
}
