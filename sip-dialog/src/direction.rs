//! Media direction, RFC 3264 §5.1, §6.1 and RFC 8866 §6.7.

use std::fmt;

/// Which way media flows, as the end that says so sees it.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "closed by RFC 8866 section 6.7")]
pub enum Direction {
    /// Both ways; what holds when nothing is said.
    #[default]
    SendRecv,
    /// This end only sends.
    SendOnly,
    /// This end only receives.
    RecvOnly,
    /// No media.
    Inactive,
}

impl Direction {
    /// From what this end does.
    #[must_use]
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether this end sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether this end receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow as the other end sees it (RFC 3264 §6.1).
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The attribute of this name; `None` when it is about something else.
    pub(crate) fn from_attribute(name: &[u8]) -> Option<Self> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        all.into_iter().find(|direction| direction.as_str().as_bytes() == name)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// The attribute of SDP, such as `sendonly`.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

    #[test]
    fn the_mirror_of_the_mirror_is_the_same() {
        for direction in ALL {
            assert_eq!(direction.mirrored().mirrored(), direction);
            assert_eq!(Direction::new(direction.sends(), direction.receives()), direction);
            assert_eq!(direction.and(Direction::SendRecv), direction);
        }
        assert_eq!(Direction::SendOnly.mirrored(), Direction::RecvOnly);
    }

    #[test]
    fn attributes_are_read_as_they_are_written() {
        for direction in ALL {
            assert_eq!(Direction::from_attribute(direction.to_string().as_bytes()), Some(direction));
        }
        assert_eq!(Direction::from_attribute(b"rtpmap:0"), None);
    }
}
