//! The location service: the bindings of each address-of-record (RFC 3261 §10.3, §16.5), each with its flow.

use sip_clock::Instant;
use sip_message::NameAddr;
use sip_transaction::FlowId;
use sip_uri::{Host, SipUri, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// An address-of-record in canonical form. Cheap to clone.
// rfc3261#10.3: step 5, all URI parameters removed, escapes undone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AddressOfRecord(Party);

impl AddressOfRecord {
    /// The address-of-record that `uri` names; `None` without a user part.
    pub(crate) fn of(uri: &SipUri) -> Option<Self> {
        Some(Self(Party::new(&uri.user()?, uri.host())))
    }

    pub(crate) fn user(&self) -> &str {
        &self.0.name.0
    }

    /// What stands before all others.
    fn least() -> Self {
        Self(Party::default())
    }
}

/// User part, unescaped, and host, in lower case. Parties are ordered by a digest of both and only then by the texts: a
/// search passes many of them, and need not read what is far away.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Party {
    digest: u64,
    name: Arc<(String, String)>,
}

impl Party {
    fn new(user: &str, host: &Host) -> Self {
        let mut host = host.to_string();
        host.make_ascii_lowercase();
        let name = (user.to_owned(), host);
        let mut digest = DefaultHasher::new();
        name.hash(&mut digest);
        Self { digest: digest.finish(), name: Arc::new(name) }
    }
}

/// One contact of an address-of-record, and the one flow on which it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Binding {
    /// The contact as registered, without `expires`.
    pub(crate) contact: NameAddr,
    pub(crate) flow: FlowId,
    /// The proxies between here and the user agent, the nearest first (RFC 3327).
    pub(crate) path: Vec<NameAddr>,
    pub(crate) expires_at: Instant,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    /// When its REGISTER came.
    pub(crate) made_at: Instant,
    /// The number of the temporary GRUUs of its instance (RFC 5627 §5.1), the same in all bindings of that.
    pub(crate) gruu: Option<u64>,
}

impl Binding {
    /// The instance and the number of the registration within it: the key of RFC 5626 §6.
    pub(crate) fn outbound_key(&self) -> Option<(&str, &str)> {
        outbound_key(&self.contact)
    }

    /// Whether `contact` is this one again: the same flow of the same instance, or the same URI where that is not told.
    fn is_replaced_by(&self, contact: &NameAddr) -> bool {
        match (outbound_key(contact), self.outbound_key()) {
            (Some(one), Some(other)) => one == other,
            (Some(_) | None, _) => self.contact.uri.is_equivalent(&contact.uri),
        }
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
    bindings: BTreeMap<AddressOfRecord, Vec<Arc<Binding>>>,
    /// Bindings whose flow is gone: their client may come back on another.
    lost: BTreeMap<AddressOfRecord, Vec<Arc<Binding>>>,
    /// Who is reached by each flow.
    flows: BTreeSet<(FlowId, AddressOfRecord)>,
    /// Who has a contact with this user and host: URIs that are equivalent agree on both (RFC 3261 §19.1.4).
    contacts: BTreeSet<(Party, AddressOfRecord)>,
    /// Whose temporary GRUUs have this number.
    gruus: BTreeMap<u64, AddressOfRecord>,
    /// When a binding of whom expires; one that was lost and taken up again may still be named.
    expiries: BTreeSet<(Instant, AddressOfRecord)>,
}

impl Location {
    /// The bindings of `aor` that have not expired at `now`, oldest first.
    pub(crate) fn bindings(&self, aor: &AddressOfRecord, now: Instant) -> Vec<Arc<Binding>> {
        self.live(aor, now).cloned().collect()
    }

    /// The bindings of `aor` whose flow is gone and that have not expired at `now`.
    pub(crate) fn lost(&self, aor: &AddressOfRecord, now: Instant) -> Vec<Arc<Binding>> {
        let lost = self.lost.get(aor).into_iter().flatten();
        lost.filter(|binding| binding.expires_at > now).cloned().collect()
    }

    /// The bindings that temporary GRUUs with this number lead to, which may all be away; `None` when those are void.
    // rfc5627#5.3: with the last binding of the instance, or with another Call-ID, they end
    pub(crate) fn of_gruu(&self, number: u64, now: Instant) -> Option<Vec<Arc<Binding>>> {
        let aor = self.gruus.get(&number)?;
        let is_of = |binding: &Arc<Binding>| binding.gruu == Some(number);
        let live: Vec<Arc<Binding>> = self.live(aor, now).filter(|binding| is_of(binding)).cloned().collect();
        let is_valid = !live.is_empty() || self.lost(aor, now).iter().any(is_of);
        is_valid.then_some(live)
    }

    /// Whose temporary GRUUs have this number.
    pub(crate) fn owner(&self, number: u64) -> Option<&AddressOfRecord> {
        self.gruus.get(&number)
    }

    /// The temporary GRUUs of those bindings of `aor` whose flow is gone have this number, too.
    pub(crate) fn renumber_lost(
        &mut self,
        aor: &AddressOfRecord,
        is_meant: impl Fn(&Binding) -> bool,
        number: u64,
    ) {
        let former = self.gruus_of(aor);
        let lost = self.lost.get_mut(aor).into_iter().flatten();
        for binding in lost.filter(|binding| binding.gruu != Some(number) && is_meant(binding)) {
            Arc::make_mut(binding).gruu = Some(number);
        }
        self.note_gruus(aor, former);
    }

    /// Forgets all bindings of `aor`, also those whose client might come back.
    pub(crate) fn clear(&mut self, aor: AddressOfRecord) {
        let former = self.gruus_of(&aor);
        self.lost.remove(&aor);
        self.replace(aor.clone(), Vec::new());
        self.note_gruus(&aor, former);
    }

    /// Puts `bindings` in place of all bindings of `aor`.
    pub(crate) fn replace(&mut self, aor: AddressOfRecord, bindings: Vec<Arc<Binding>>) {
        let former = self.gruus_of(&aor);
        self.place(aor.clone(), bindings);
        self.note_gruus(&aor, former);
    }

    fn place(&mut self, aor: AddressOfRecord, bindings: Vec<Arc<Binding>>) {
        let Some(bindings) = self.refresh(&aor, bindings) else { return };
        self.forget(&aor);
        for binding in &bindings {
            self.flows.insert((binding.flow, aor.clone()));
            self.contacts.extend(contact_key(&binding.contact.uri).map(|key| (key, aor.clone())));
            self.expiries.insert((binding.expires_at, aor.clone()));
        }
        if !bindings.is_empty() {
            self.bindings.insert(aor, bindings);
        }
    }

    /// Does the same where only times have changed; else gives the bindings back.
    fn refresh(&mut self, aor: &AddressOfRecord, bindings: Vec<Arc<Binding>>) -> Option<Vec<Arc<Binding>>> {
        let Some(known) = self.bindings.get_mut(aor).filter(|_| !self.lost.contains_key(aor)) else {
            return Some(bindings);
        };
        let is_same = |(one, other): (&Arc<Binding>, &Arc<Binding>)| {
            one.flow == other.flow && one.contact.uri == other.contact.uri
        };
        if known.len() != bindings.len() || !known.iter().zip(&bindings).all(is_same) {
            return Some(bindings);
        }
        for binding in known.iter() {
            self.expiries.remove(&(binding.expires_at, aor.clone()));
        }
        self.expiries.extend(bindings.iter().map(|binding| (binding.expires_at, aor.clone())));
        *known = bindings;
        None
    }

    /// The live bindings whose contact is `uri`, whoever they belong to, oldest first: one user agent by its flows.
    pub(crate) fn of_contact(&self, uri: &Uri, now: Instant) -> impl Iterator<Item = &Binding> {
        let key = contact_key(uri);
        let named = key.into_iter().flat_map(|key| {
            self.contacts
                .range((key.clone(), AddressOfRecord::least())..)
                .take_while(move |(known, _)| *known == key)
        });
        let live = named.flat_map(move |(_, aor)| self.live(aor, now).map(Arc::as_ref));
        live.filter(|binding| binding.contact.uri.is_equivalent(uri))
    }

    /// Forgets what was reached by `flow`: nothing else leads there (RFC 5626 §5.3).
    pub(crate) fn remove_flow(&mut self, flow: FlowId) {
        let reached: Vec<AddressOfRecord> = self.reached_by(flow).cloned().collect();
        for aor in reached {
            let all = self.bindings.get(&aor).cloned().unwrap_or_default();
            let (lost, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|binding| binding.flow == flow);
            // their temporary GRUUs stay
            self.place(aor.clone(), kept);
            for binding in lost {
                self.expiries.insert((binding.expires_at, aor.clone()));
                self.lost.entry(aor.clone()).or_default().push(binding);
            }
        }
    }

    /// The flow that leads to this `contact` of `aor` and to no other, or led there until it was lost, which is told once.
    pub(crate) fn take_flow(&mut self, aor: &AddressOfRecord, contact: &NameAddr) -> Option<FlowId> {
        let own = self.bindings.get(aor).map(Vec::as_slice).unwrap_or_default();
        let live = own.iter().find(|binding| binding.is_replaced_by(contact)).map(|binding| binding.flow);
        live.filter(|flow| self.leads_to_one(*flow, own)).or_else(|| self.take_lost(aor, contact))
    }

    /// Whether of all bindings only one of `own`, those of one address-of-record, is reached by `flow`.
    fn leads_to_one(&self, flow: FlowId, own: &[Arc<Binding>]) -> bool {
        let is_there = |binding: &&Arc<Binding>| binding.flow == flow;
        own.iter().filter(is_there).count() == 1 && self.reached_by(flow).nth(1).is_none()
    }

    fn take_lost(&mut self, aor: &AddressOfRecord, contact: &NameAddr) -> Option<FlowId> {
        let former = self.gruus_of(aor);
        let flow = self.remove_lost(aor, contact);
        self.note_gruus(aor, former);
        flow
    }

    fn remove_lost(&mut self, aor: &AddressOfRecord, contact: &NameAddr) -> Option<FlowId> {
        let bindings = self.lost.get_mut(aor)?;
        let index = bindings.iter().rposition(|binding| binding.is_replaced_by(contact))?;
        let flow = bindings.swap_remove(index).flow;
        bindings.retain(|binding| !binding.is_replaced_by(contact));
        if bindings.is_empty() {
            self.lost.remove(aor);
        }
        Some(flow)
    }

    /// Forgets what has expired.
    pub(crate) fn remove_expired(&mut self, now: Instant) {
        while self.expiries.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, aor)) = self.expiries.pop_first() else { return };
            let former = self.gruus_of(&aor);
            let live = self.bindings(&aor, now);
            self.place(aor.clone(), live);
            if let Some(lost) = self.lost.get_mut(&aor) {
                lost.retain(|binding| binding.expires_at > now);
                if lost.is_empty() {
                    self.lost.remove(&aor);
                }
            }
            self.note_gruus(&aor, former);
        }
    }

    /// When the next binding expires, or somewhat earlier.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.expiries.first().map(|(due, _)| *due)
    }

    fn live(&self, aor: &AddressOfRecord, now: Instant) -> impl Iterator<Item = &Arc<Binding>> {
        self.bindings.get(aor).into_iter().flatten().filter(move |binding| binding.expires_at > now)
    }

    /// The numbers of the temporary GRUUs that lead to `aor`.
    fn gruus_of(&self, aor: &AddressOfRecord) -> Vec<u64> {
        let known = [self.bindings.get(aor), self.lost.get(aor)].into_iter().flatten().flatten();
        known.filter_map(|binding| binding.gruu).collect()
    }

    /// The bindings of `aor` have changed, which had the `former` numbers.
    fn note_gruus(&mut self, aor: &AddressOfRecord, former: Vec<u64>) {
        let current = self.gruus_of(aor);
        if former == current {
            return;
        }
        for number in former {
            self.gruus.remove(&number);
        }
        self.gruus.extend(current.into_iter().map(|number| (number, aor.clone())));
    }

    fn reached_by(&self, flow: FlowId) -> impl Iterator<Item = &AddressOfRecord> {
        let named = self.flows.range((flow, AddressOfRecord::least())..);
        named.take_while(move |(known, _)| *known == flow).map(|(_, aor)| aor)
    }

    /// Takes the bindings of `aor` out of the table and its indices; those of lost flows keep their expiry.
    fn forget(&mut self, aor: &AddressOfRecord) {
        for binding in self.bindings.remove(aor).into_iter().flatten() {
            self.flows.remove(&(binding.flow, aor.clone()));
            if let Some(key) = contact_key(&binding.contact.uri) {
                self.contacts.remove(&(key, aor.clone()));
            }
            let lost = self.lost.get(aor).into_iter().flatten();
            if lost.into_iter().all(|lost| lost.expires_at != binding.expires_at) {
                self.expiries.remove(&(binding.expires_at, aor.clone()));
            }
        }
    }
}

fn contact_key(uri: &Uri) -> Option<Party> {
    let uri = uri.as_sip()?;
    Some(Party::new(&uri.user().unwrap_or_default(), uri.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const FLOW: FlowId = FlowId::new(1);
    const OTHER: FlowId = FlowId::new(2);

    fn aor(user: &str) -> AddressOfRecord {
        AddressOfRecord::of(&format!("sip:{user}@Example.test").parse().unwrap()).unwrap()
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn binding(contact: &str, flow: FlowId, expires: u64) -> Arc<Binding> {
        let contact = NameAddr::new(uri(contact));
        Arc::new(Binding {
            contact,
            flow,
            path: Vec::new(),
            expires_at: at(expires),
            call_id: "1".to_owned(),
            cseq: 1,
            made_at: Instant::ZERO,
            gruu: None,
        })
    }

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    /// Nothing is left of bindings that are gone.
    fn assert_empty(location: &Location) {
        assert!(location.bindings.is_empty() && location.lost.is_empty(), "{location:?}");
        assert!(location.flows.is_empty() && location.contacts.is_empty(), "{location:?}");
        assert_eq!(location.next_expiry(), None);
        assert!(location.gruus.is_empty(), "{location:?}");
    }

    /// A binding whose temporary GRUUs have the number 7.
    fn with_gruu(contact: &str, flow: FlowId, expires: u64) -> Arc<Binding> {
        Arc::new(Binding { gruu: Some(7), ..Arc::unwrap_or_clone(binding(contact, flow, expires)) })
    }

    // rfc5627#5.3, type=test
    #[test]
    fn temporary_gruus_last_until_the_last_binding_of_their_instance_expires() {
        let mut location = Location::default();
        let (one, two) = (with_gruu("sip:x@h.invalid", FLOW, 10), with_gruu("sip:y@h.invalid", OTHER, 20));
        location.replace(aor("a"), vec![one.clone(), two]);
        let found = |location: &Location, now| location.of_gruu(7, at(now)).map(|bindings| bindings.len());
        assert_eq!([0, 10, 20].map(|now| found(&location, now)), [Some(2), Some(1), None]);
        // who has lost its flow may come back, and is away until then
        location.remove_flow(OTHER);
        assert_eq!([0, 10, 20].map(|now| found(&location, now)), [Some(1), Some(0), None]);
        location.remove_expired(at(10));
        assert_eq!(found(&location, 10), Some(0));
        location.remove_expired(at(20));
        assert_empty(&location);
        location.replace(aor("a"), vec![one.clone()]);
        location.replace(aor("a"), vec![binding("sip:x@h.invalid", FLOW, 10)]);
        assert_eq!(found(&location, 0), None, "another number, or none");
        location.replace(aor("a"), vec![one.clone()]);
        location.remove_flow(FLOW);
        assert_eq!(location.take_flow(&aor("a"), &one.contact), Some(FLOW));
        assert_empty_but_for_expiry(&mut location);
        location.replace(aor("a"), vec![one]);
        location.remove_flow(FLOW);
        location.clear(aor("a"));
        assert_empty_but_for_expiry(&mut location);
    }

    fn assert_empty_but_for_expiry(location: &mut Location) {
        assert_eq!(location.of_gruu(7, at(0)), None);
        location.remove_expired(at(10));
        assert_empty(location);
    }

    #[test]
    fn a_contact_is_found_whoever_it_belongs_to() {
        let mut location = Location::default();
        location.replace(aor("a"), vec![binding("sip:x@h.Invalid;transport=ws", FLOW, 10)]);
        location.replace(aor("b"), vec![binding("sip:x@h.invalid;transport=tcp", OTHER, 20)]);
        let found = |location: &Location, text, now| {
            location.of_contact(&uri(text), at(now)).map(|binding| binding.flow).next()
        };
        assert_eq!(found(&location, "sip:x@H.invalid;transport=tcp", 0), Some(OTHER));
        assert_eq!(found(&location, "sip:%78@h.invalid;transport=ws", 9), Some(FLOW));
        assert_eq!(found(&location, "sip:x@h.invalid;transport=ws", 10), None);
        assert_eq!(found(&location, "sip:y@h.invalid;transport=ws", 0), None);
    }

    #[test]
    fn a_refresh_changes_nothing_but_the_times() {
        let mut location = Location::default();
        let made = |expires| vec![binding("sip:x@h.invalid", FLOW, expires)];
        location.replace(aor("a"), made(10));
        location.replace(aor("a"), made(20));
        assert_eq!(location.next_expiry(), Some(at(20)));
        assert_eq!(location.of_contact(&uri("sip:x@h.invalid"), at(15)).count(), 1);
        location.replace(aor("a"), made(5));
        location.remove_expired(at(5));
        assert_empty(&location);
    }

    #[test]
    fn a_flow_is_taken_only_while_it_leads_to_one_contact() {
        let mut location = Location::default();
        let contact = NameAddr::new(uri("sip:x@h.invalid"));
        location.replace(aor("a"), vec![binding("sip:x@h.invalid", FLOW, 10)]);
        assert_eq!(location.take_flow(&aor("a"), &contact), Some(FLOW));
        location.replace(aor("b"), vec![binding("sip:y@h.invalid", FLOW, 10)]);
        assert_eq!(location.take_flow(&aor("a"), &contact), None);
    }

    // rfc5626#6
    #[test]
    fn the_flows_of_one_instance_are_told_apart_by_their_numbers() {
        let numbered = |number: &str, flow| {
            let mut binding = Arc::unwrap_or_clone(binding("sip:x@h.invalid", flow, 10));
            binding.contact.params.set_quoted("+sip.instance", "<urn:uuid:1>");
            binding.contact.params.set("reg-id", Some(number));
            Arc::new(binding)
        };
        let (one, two) = (numbered("1", FLOW), numbered("2", OTHER));
        let mut location = Location::default();
        location.replace(aor("a"), vec![one.clone(), two.clone()]);
        assert_eq!(location.of_contact(&uri("sip:x@h.invalid"), at(0)).count(), 2);
        assert_eq!(location.take_flow(&aor("a"), &two.contact), Some(OTHER));
        location.remove_flow(FLOW);
        assert_eq!(location.take_flow(&aor("a"), &one.contact), Some(FLOW));
        assert_eq!(location.take_flow(&aor("a"), &one.contact), None);
    }

    #[test]
    fn a_lost_flow_is_told_once_and_until_it_expires() {
        let mut location = Location::default();
        let contact = NameAddr::new(uri("sip:x@h.invalid"));
        let made = |flow, expires| vec![binding("sip:x@h.invalid", flow, expires)];
        location.replace(aor("a"), made(FLOW, 10));
        location.remove_flow(FLOW);
        assert_eq!(location.bindings(&aor("a"), at(0)), []);
        // The same contact on another flow expires at the same time.
        location.replace(aor("a"), made(OTHER, 10));
        location.replace(aor("a"), Vec::new());
        assert_eq!(location.next_expiry(), Some(at(10)));
        assert_eq!(location.take_flow(&aor("a"), &contact), Some(FLOW));
        assert_eq!(location.take_flow(&aor("a"), &contact), None);
        location.replace(aor("a"), made(OTHER, 15));
        location.remove_flow(OTHER);
        location.remove_expired(at(15));
        assert_empty(&location);
    }

    #[test]
    fn what_is_replaced_or_expired_leaves_nothing_behind() {
        let mut location = Location::default();
        let two = vec![binding("sip:x@h.invalid", FLOW, 10), binding("sip:y@h.invalid", OTHER, 20)];
        location.replace(aor("a"), two);
        location.remove_expired(at(10));
        assert_eq!(location.bindings(&aor("a"), at(0)).len(), 1);
        assert_eq!(location.next_expiry(), Some(at(20)));
        location.replace(aor("a"), vec![binding("sip:y@h.invalid", OTHER, 30)]);
        assert_eq!(location.next_expiry(), Some(at(30)));
        location.replace(aor("a"), Vec::new());
        assert_empty(&location);
    }
}
