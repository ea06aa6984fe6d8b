//! Where a request goes (RFC 3261 §16.5): to this server itself, or to targets, each with the one flow that leads
//! there. Nothing is ever dialled (RFC 7118 §5, RFC 5626 §5.3).

use super::config::ProxyConfig;
use super::flow::Flows;
use super::gruu;
use super::location::{AddressOfRecord, Binding, Location};
use super::refusal::Refusal;
use super::route;
use super::temporary_gruu::Mint;
use super::validation::Validated;
use sip_clock::Instant;
use sip_message::{NameAddr, Request};
use sip_transaction::FlowId;
use sip_uri::{Host, SipUri, Uri};
use std::sync::Arc;

/// One target of a request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Target {
    /// The Request-URI of the forwarded request.
    pub(crate) uri: Uri,
    pub(crate) flow: FlowId,
    /// The Path of its binding, which takes the place of the Route (RFC 3327 §5.4); empty to leave that as it is.
    pub(crate) path: Vec<NameAddr>,
    /// Other flows to the same user agent, the best one first (RFC 5626 §7).
    pub(crate) alternatives: Vec<Self>,
}

impl Target {
    const fn new(uri: Uri, flow: FlowId) -> Self {
        Self { uri, flow, path: Vec::new(), alternatives: Vec::new() }
    }

    fn of(binding: &Binding) -> Self {
        Self { path: binding.path.clone(), ..Self::new(binding.contact.uri.clone(), binding.flow) }
    }
}

/// Who serves a request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Destination {
    /// This server: a REGISTER or OPTIONS for one of its domains.
    Server,
    /// At least one target.
    Targets(Vec<Target>),
}

/// What is known when the targets are looked for.
pub(crate) struct Lookup<'a> {
    pub(crate) config: &'a ProxyConfig,
    pub(crate) flows: &'a Flows,
    pub(crate) location: &'a Location,
    pub(crate) gruus: &'a Mint,
    /// The flow on which the request came.
    pub(crate) from: FlowId,
    /// The flow token of its Route.
    pub(crate) token: Option<&'a str>,
    pub(crate) now: Instant,
}

impl Lookup<'_> {
    /// The destination of `request`, whose Route has been preprocessed.
    pub(crate) fn destination(&self, request: &Request, valid: &Validated) -> Result<Destination, Refusal> {
        let next = route::next(request)?;
        let next_host = next.as_ref().map(|next| next.uri.as_sip().map(SipUri::host));
        if let Some(contact) = self.behind_gruu(&valid.uri, next_host.is_some() || self.token.is_some())? {
            let elsewhere = next_host.map(|host| self.along_route(&contact, host));
            return elsewhere.unwrap_or_else(|| self.in_dialog(&contact));
        }
        if let Some(host) = next_host {
            return self.along_route(&valid.uri, host);
        }
        if self.token.is_some() {
            return self.in_dialog(&valid.uri);
        }
        if self.config.is_own_address(&valid.uri) {
            return self.own_domain(&valid.uri);
        }
        if let Some(target) = first_of(self.by_contact(&valid.uri)) {
            return Ok(Destination::Targets(vec![target]));
        }
        match self.flows.next_hop(valid.uri.host()) {
            Some(flow) => self.one(&valid.uri, Some(flow)),
            None if self.config.has_home(valid.uri.host()) => Err(Refusal::Unreachable),
            None if is_invalid(valid.uri.host()) => Err(self.gone()),
            None => Err(Refusal::NotFound),
        }
    }

    /// To the server that the next Route names. Several of them may have one name, so the flow of the dialog comes first;
    /// when that is gone, so is its server, and the contact is looked for where it is bound today.
    fn along_route(&self, uri: &SipUri, next: Option<&Host>) -> Result<Destination, Refusal> {
        let leads_there = |flow: &FlowId| {
            let profile = self.flows.get(*flow);
            next.is_none_or(|host| profile.is_some_and(|profile| profile.leads_to(host)))
        };
        let of_dialog = self.by_token().filter(leads_there);
        if of_dialog.is_none()
            && self.token.is_some()
            && let Some(target) = first_of(self.by_contact(uri))
        {
            return Ok(Destination::Targets(vec![target]));
        }
        let named = || next.and_then(|host| self.flows.next_hop(host)).or_else(|| self.by_token());
        self.one(uri, of_dialog.or_else(named).or_else(|| self.uplink()))
    }

    /// Where an edge sends what its clients have for servers that it does not know: those behind the edge that is next.
    fn uplink(&self) -> Option<FlowId> {
        let flow = self.config.homes.iter().find_map(|home| self.flows.next_hop(home));
        flow.filter(|_| !self.flows.get(self.from).is_some_and(super::FlowProfile::is_next_hop))
    }

    /// The contact that a GRUU in a dialog stands for; `None` for other requests.
    // rfc5627#6.1: the latest binding of the instance
    fn behind_gruu(&self, uri: &SipUri, is_in_dialog: bool) -> Result<Option<SipUri>, Refusal> {
        if !is_in_dialog || !self.config.is_own_address(uri) {
            return Ok(None);
        }
        let Some(bindings) = self.of_gruu(uri)? else { return Ok(None) };
        let contact = bindings.last().and_then(|binding| binding.contact.uri.as_sip().cloned());
        contact.map(Some).ok_or_else(|| self.gone())
    }

    /// The bindings of the user agent that a GRUU leads to, the oldest first; `None` for other URIs.
    fn of_gruu(&self, uri: &SipUri) -> Result<Option<Vec<Arc<Binding>>>, Refusal> {
        gruu::bindings(uri, self.config, (self.location, self.gruus), self.now)
    }

    /// A request within a dialog: over the other flow of its token, or to where the contact is bound today.
    fn in_dialog(&self, uri: &SipUri) -> Result<Destination, Refusal> {
        self.one(uri, self.by_token())
    }

    /// A user of this domain, or this server itself where there is no user part.
    fn own_domain(&self, uri: &SipUri) -> Result<Destination, Refusal> {
        let Some(aor) = AddressOfRecord::of(uri) else { return Ok(Destination::Server) };
        if let Some(bindings) = self.of_gruu(uri)? {
            // rfc5627#6.1: the latest contact, and the next one when that fails
            let target = first_of(self.open(bindings.iter().rev().map(Arc::as_ref)).collect());
            return target.map(|target| Destination::Targets(vec![target])).ok_or(Refusal::NoBinding);
        }
        let targets = self.by_instance(&self.location.bindings(&aor, self.now));
        // rfc3261#16.5: 404 for who does not exist, 480 for who is not here.
        match (targets.is_empty(), self.config.is_user(aor.user())) {
            (false, _) => Ok(Destination::Targets(targets)),
            (true, true) => Err(Refusal::NoBinding),
            (true, false) => Err(Refusal::NotFound),
        }
    }

    fn one(&self, uri: &SipUri, flow: Option<FlowId>) -> Result<Destination, Refusal> {
        let others = self.by_contact(uri);
        let target = match flow.filter(|flow| self.flows.is_open(*flow)) {
            Some(flow) => {
                // rfc5626#5.3.1: an edge says 430, and who is responsible for the domain chooses another flow
                let alternatives = if self.config.homes.is_empty() { others } else { Vec::new() };
                Some(Target { alternatives, ..Target::new(Uri::Sip(uri.clone()), flow) })
            }
            None => first_of(others),
        };
        Ok(Destination::Targets(vec![target.ok_or_else(|| self.gone())?]))
    }

    fn by_token(&self) -> Option<FlowId> {
        self.flows.far_end(self.token?, self.from)
    }

    /// Where the contact is bound today, the latest binding first.
    fn by_contact(&self, uri: &SipUri) -> Vec<Target> {
        let uri = Uri::Sip(uri.clone());
        let mut targets: Vec<Target> = self.open(self.location.of_contact(&uri, self.now)).collect();
        targets.reverse();
        targets
    }

    /// One target for each user agent, with its other flows as alternatives.
    // rfc5626#7: no two contacts of one instance at a time
    fn by_instance(&self, bindings: &[Arc<Binding>]) -> Vec<Target> {
        let instance = |binding: &Binding| binding.outbound_key().map(|(instance, _)| instance.to_owned());
        let mut instances: Vec<Option<String>> = Vec::new();
        let mut targets = Vec::new();
        for binding in bindings {
            let key = instance(binding);
            if key.is_none() {
                targets.extend(self.open(std::iter::once(binding.as_ref())));
            } else if !instances.contains(&key) {
                let same = bindings.iter().rev().map(Arc::as_ref).filter(|other| instance(other) == key);
                targets.extend(first_of(self.open(same).collect()));
                instances.push(key);
            }
        }
        targets
    }

    fn open<'a>(&self, bindings: impl Iterator<Item = &'a Binding>) -> impl Iterator<Item = Target> {
        bindings.map(Target::of).filter(|target| self.flows.is_open(target.flow))
    }

    /// The flow that led to the target is gone.
    // rfc5626#5.3.1: 430, but endpoints should never see it (#11.5), so they get 480.
    fn gone(&self) -> Refusal {
        let asked_by_server = self.flows.get(self.from).is_some_and(super::FlowProfile::is_next_hop);
        if asked_by_server { Refusal::FlowFailed } else { Refusal::TargetGone }
    }
}

/// The first of several flows to one user agent, with the others as its alternatives.
fn first_of(mut targets: Vec<Target>) -> Option<Target> {
    let others = targets.split_off(targets.len().min(1));
    let first = targets.pop()?;
    Some(Target { alternatives: others, ..first })
}

/// A name that cannot be dialled, as WebSocket clients put into their contacts (RFC 7118 appendix B.1, RFC 2606).
fn is_invalid(host: &Host) -> bool {
    match host {
        Host::Name(name) => name.as_str().to_ascii_lowercase().trim_end_matches('.').ends_with(".invalid"),
        Host::V4(_) | Host::V6(_) => false,
    }
}
