//! The two roles of an INVITE session, RFC 3261 §13.2 and §13.3.

use crate::InviteError;
use crate::invite_client::InviteClient;
use crate::invite_server::InviteServer;
use crate::usage::Usage;

/// The end of an INVITE session that this one is; the dialogs are in blocks of their own.
#[derive(Debug)]
pub(super) enum Role {
    Client(InviteClient),
    Server(InviteServer),
}

impl Role {
    pub(super) fn established(&mut self) -> Result<&mut Usage, InviteError> {
        match self {
            Self::Client(client) => client.established(),
            Self::Server(server) => server.established(),
        }
    }

    /// The dialog of the session that stands, while a re-INVITE of the peer waits in it.
    pub(super) fn re_invited(&mut self) -> Option<&mut Usage> {
        self.established().ok().filter(|usage| usage.change().is_re_invited())
    }

    pub(super) fn server(&mut self) -> Result<&mut InviteServer, InviteError> {
        match self {
            Self::Client(_) => Err(InviteError::WrongRole),
            Self::Server(server) => Ok(server),
        }
    }
}
