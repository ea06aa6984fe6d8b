//! Which INVITE each CANCEL of this proxy is for (RFC 3261 §9.1, §16.10).

use sip_transaction::ClientId;
use std::collections::{BTreeMap, BTreeSet};

/// The client transactions of CANCEL and of their INVITEs, found by either.
#[derive(Debug, Default)]
pub(crate) struct Cancels {
    invites: BTreeMap<ClientId, ClientId>,
    /// The INVITE and its CANCEL.
    pairs: BTreeSet<(ClientId, ClientId)>,
}

impl Cancels {
    /// `cancel` is for `invite`.
    pub(crate) fn insert(&mut self, cancel: ClientId, invite: ClientId) {
        self.invites.insert(cancel, invite);
        self.pairs.insert((invite, cancel));
    }

    /// What `cancel` is for.
    pub(crate) fn invite(&self, cancel: ClientId) -> Option<ClientId> {
        self.invites.get(&cancel).copied()
    }

    /// A transaction has ended, of whichever kind.
    pub(crate) fn remove(&mut self, client: ClientId) {
        if let Some(invite) = self.invites.remove(&client) {
            self.pairs.remove(&(invite, client));
        }
        // there is one, and another one where its flow was lost
        while let Some((invite, cancel)) = self.cancel_of(client) {
            self.invites.remove(&cancel);
            self.pairs.remove(&(invite, cancel));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.invites.is_empty() && self.pairs.is_empty()
    }

    fn cancel_of(&self, client: ClientId) -> Option<(ClientId, ClientId)> {
        self.pairs.range((client, client)..).next().copied().filter(|(invite, _)| *invite == client)
    }
}
