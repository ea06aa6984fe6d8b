//! Where a request goes (RFC 3261 §16.5): to this server itself, or to targets, each with the one flow that leads
//! there. Nothing is ever dialled (RFC 7118 §5, RFC 5626 §5.3).

use super::config::ProxyConfig;
use super::flow::Flows;
use super::location::{AddressOfRecord, Location};
use super::refusal::Refusal;
use super::route;
use super::validation::Validated;
use sip_clock::Instant;
use sip_message::Request;
use sip_transaction::FlowId;
use sip_uri::{Host, SipUri, Uri};

/// One target of a request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Target {
    /// The Request-URI of the forwarded request.
    pub(crate) uri: Uri,
    pub(crate) flow: FlowId,
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
    /// The flow on which the request came.
    pub(crate) from: FlowId,
    /// The flow token of its Route.
    pub(crate) token: Option<&'a str>,
    pub(crate) now: Instant,
}

impl Lookup<'_> {
    /// The destination of `request`, whose Route has been preprocessed.
    pub(crate) fn destination(&self, request: &Request, valid: &Validated) -> Result<Destination, Refusal> {
        if let Some(next) = route::next(request)? {
            let host = next.uri.as_sip().map(SipUri::host);
            let flow = host.and_then(|host| self.flows.next_hop(host)).or_else(|| self.by_token());
            return self.one(&valid.uri, flow);
        }
        if self.token.is_some() {
            return self.in_dialog(&valid.uri);
        }
        if self.config.is_own_address(&valid.uri) {
            return self.own_domain(&valid.uri);
        }
        if let Some(flow) = self.by_contact(&valid.uri) {
            return self.one(&valid.uri, Some(flow));
        }
        match self.flows.next_hop(valid.uri.host()) {
            Some(flow) => self.one(&valid.uri, Some(flow)),
            None if is_invalid(valid.uri.host()) => Err(self.gone()),
            None => Err(Refusal::NotFound),
        }
    }

    /// A request within a dialog: over the other flow of its token, or to where the contact is bound today.
    fn in_dialog(&self, uri: &SipUri) -> Result<Destination, Refusal> {
        self.one(uri, self.by_token().or_else(|| self.by_contact(uri)))
    }

    /// A user of this domain, or this server itself where there is no user part.
    fn own_domain(&self, uri: &SipUri) -> Result<Destination, Refusal> {
        let Some(aor) = AddressOfRecord::of(uri) else { return Ok(Destination::Server) };
        let bindings = self.location.bindings(&aor, self.now);
        let targets: Vec<Target> = bindings
            .into_iter()
            .map(|binding| Target { uri: binding.contact.uri, flow: binding.flow })
            .filter(|target| self.flows.is_open(target.flow))
            .collect();
        // rfc3261#16.5: 404 for who does not exist, 480 for who is not here.
        match (targets.is_empty(), self.config.is_user(aor.user())) {
            (false, _) => Ok(Destination::Targets(targets)),
            (true, true) => Err(Refusal::NoBinding),
            (true, false) => Err(Refusal::NotFound),
        }
    }

    fn one(&self, uri: &SipUri, flow: Option<FlowId>) -> Result<Destination, Refusal> {
        let flow = flow.filter(|flow| self.flows.is_open(*flow)).ok_or_else(|| self.gone())?;
        Ok(Destination::Targets(vec![Target { uri: Uri::Sip(uri.clone()), flow }]))
    }

    fn by_token(&self) -> Option<FlowId> {
        self.flows.far_end(self.token?, self.from)
    }

    fn by_contact(&self, uri: &SipUri) -> Option<FlowId> {
        self.location.flow_of_contact(&Uri::Sip(uri.clone()), self.now)
    }

    /// The flow that led to the target is gone.
    // rfc5626#5.3.1: 430, but endpoints should never see it (#11.5), so they get 480.
    fn gone(&self) -> Refusal {
        let asked_by_server = self.flows.get(self.from).is_some_and(super::FlowProfile::is_next_hop);
        if asked_by_server { Refusal::FlowFailed } else { Refusal::TargetGone }
    }
}

/// A name that cannot be dialled, as WebSocket clients put into their contacts (RFC 7118 appendix B.1, RFC 2606).
fn is_invalid(host: &Host) -> bool {
    match host {
        Host::Name(name) => name.as_str().to_ascii_lowercase().trim_end_matches('.').ends_with(".invalid"),
        Host::V4(_) | Host::V6(_) => false,
    }
}
