//! The location service: the bindings of each address-of-record (RFC 3261 §10.3, §16.5), each with its flow.

use sip_clock::Instant;
use sip_message::NameAddr;
use sip_transaction::FlowId;
use sip_uri::{SipUri, Uri};
use std::collections::BTreeMap;

/// An address-of-record in canonical form: user part unescaped, host in lower case, nothing else.
// rfc3261#10.3: step 5, all URI parameters removed, escapes undone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AddressOfRecord {
    user: String,
    host: String,
}

impl AddressOfRecord {
    /// The address-of-record that `uri` names; `None` without a user part.
    pub(crate) fn of(uri: &SipUri) -> Option<Self> {
        let user = uri.user()?.into_owned();
        Some(Self { user, host: uri.host().to_string().to_ascii_lowercase() })
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }
}

/// One contact of an address-of-record, and the one flow on which it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Binding {
    /// The contact as registered, without `expires`.
    pub(crate) contact: NameAddr,
    pub(crate) flow: FlowId,
    pub(crate) expires_at: Instant,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
}

impl Binding {
    /// The instance and the number of the registration within it: the key of RFC 5626 §6.
    pub(crate) fn outbound_key(&self) -> Option<(&str, &str)> {
        outbound_key(&self.contact)
    }
}

/// `+sip.instance` and `reg-id` of a contact that has both (RFC 5626 §4.2).
pub(crate) fn outbound_key(contact: &NameAddr) -> Option<(&str, &str)> {
    Some((contact.params.get("+sip.instance")?, contact.params.get("reg-id")?))
}

/// All bindings.
// rfc3261#10.1/1-2: one table, which the registrar reads and writes and the proxy of the domain reads
#[derive(Debug, Default)]
pub(crate) struct Location {
    bindings: BTreeMap<AddressOfRecord, Vec<Binding>>,
    /// Bindings whose flow is gone: their client may come back on another.
    lost: BTreeMap<AddressOfRecord, Vec<Binding>>,
}

impl Location {
    /// The bindings of `aor` that have not expired at `now`, oldest first.
    pub(crate) fn bindings(&self, aor: &AddressOfRecord, now: Instant) -> Vec<Binding> {
        let bindings = self.bindings.get(aor).into_iter().flatten();
        bindings.filter(|binding| binding.expires_at > now).cloned().collect()
    }

    /// Puts `bindings` in place of all bindings of `aor`.
    pub(crate) fn replace(&mut self, aor: AddressOfRecord, bindings: Vec<Binding>) {
        if bindings.is_empty() {
            self.bindings.remove(&aor);
        } else {
            self.bindings.insert(aor, bindings);
        }
    }

    /// The flow of the live binding whose contact is `uri`, whoever it belongs to.
    pub(crate) fn flow_of_contact(&self, uri: &Uri, now: Instant) -> Option<FlowId> {
        let all = self.bindings.values().flatten();
        let mut live = all.filter(|binding| binding.expires_at > now);
        live.find(|binding| binding.contact.uri.is_equivalent(uri)).map(|binding| binding.flow)
    }

    /// Forgets what was reached by `flow`: nothing else leads there (RFC 5626 §5.3).
    pub(crate) fn remove_flow(&mut self, flow: FlowId) {
        for (aor, bindings) in &self.bindings {
            let lost: Vec<Binding> =
                bindings.iter().filter(|binding| binding.flow == flow).cloned().collect();
            if !lost.is_empty() {
                self.lost.entry(aor.clone()).or_default().extend(lost);
            }
        }
        retain(&mut self.bindings, |binding| binding.flow != flow);
    }

    /// The flow that leads to the contact `uri` of `aor` and to no other, or led there until it was lost, which is told
    /// once.
    pub(crate) fn take_flow(&mut self, aor: &AddressOfRecord, uri: &Uri) -> Option<FlowId> {
        let all = || self.bindings.values().flatten();
        let mut own = self.bindings.get(aor).into_iter().flatten();
        let live = own.find(|binding| binding.contact.uri.is_equivalent(uri)).map(|binding| binding.flow);
        let is_alone = |flow: &FlowId| all().filter(|binding| binding.flow == *flow).count() == 1;
        live.filter(is_alone).or_else(|| self.take_lost(aor, uri))
    }

    fn take_lost(&mut self, aor: &AddressOfRecord, uri: &Uri) -> Option<FlowId> {
        let bindings = self.lost.get_mut(aor)?;
        let index = bindings.iter().rposition(|binding| binding.contact.uri.is_equivalent(uri))?;
        let flow = bindings.swap_remove(index).flow;
        bindings.retain(|binding| !binding.contact.uri.is_equivalent(uri));
        if bindings.is_empty() {
            self.lost.remove(aor);
        }
        Some(flow)
    }

    /// Forgets what has expired.
    pub(crate) fn remove_expired(&mut self, now: Instant) {
        retain(&mut self.bindings, |binding| binding.expires_at > now);
        retain(&mut self.lost, |binding| binding.expires_at > now);
    }

    /// When the next binding expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.bindings.values().chain(self.lost.values()).flatten().map(|binding| binding.expires_at).min()
    }
}

fn retain(all: &mut BTreeMap<AddressOfRecord, Vec<Binding>>, keep: impl Fn(&Binding) -> bool) {
    all.retain(|_, bindings| {
        bindings.retain(&keep);
        !bindings.is_empty()
    });
}
