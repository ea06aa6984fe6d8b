//! The stacks that are measured, and what is done with them.

use std::fmt;

/// Whose code a process runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stack {
    /// `sip-ua` as client, `sip-testbed` as server.
    Ours,
    /// rsipstack, as either.
    Rsipstack,
}

impl Stack {
    /// Its name in words and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Rsipstack => "rsipstack",
        }
    }

    /// The stack of this name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::Ours, Self::Rsipstack].into_iter().find(|stack| stack.name() == name)
    }
}

/// Who registers and calls where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pairing {
    /// The user agents.
    pub client: Stack,
    /// The server.
    pub server: Stack,
    /// Whether the server asks for credentials.
    pub digest: bool,
    /// Whether both have mimalloc for their allocator, and not that of the system.
    pub mimalloc: bool,
}

impl Pairing {
    /// User agents and server without credentials.
    #[must_use]
    pub const fn new(client: Stack, server: Stack) -> Self {
        Self { client, server, digest: false, mimalloc: false }
    }

    /// The same with credentials.
    #[must_use]
    pub const fn with_digest(self) -> Self {
        Self { digest: true, ..self }
    }

    /// The same with mimalloc.
    #[must_use]
    pub const fn with_mimalloc(self) -> Self {
        Self { mimalloc: true, ..self }
    }

    /// Whether both ends of a call are in the client's process, and the server passes it on. A server of rsipstack takes
    /// the call itself.
    #[must_use]
    pub fn calls_itself(self) -> bool {
        self.server == Stack::Ours
    }
}

impl fmt::Display for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = if self.digest { ", digest" } else { "" };
        let mimalloc = if self.mimalloc { ", mimalloc" } else { "" };
        write!(f, "{} at {}{digest}{mimalloc}", self.client.name(), self.server.name())
    }
}
