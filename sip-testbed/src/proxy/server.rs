//! What the server answers itself: REGISTER, OPTIONS, refusals (RFC 3261 §8.2, §10.3, §11.2).

use super::Proxy;
use super::flow::FlowProfile;
use super::location::AddressOfRecord;
use super::refusal::{self, OUTBOUND, Refusal};
use super::registrar::Update;
use super::validation::{address, check_require};
use sip_clock::{Instant, TokenSource};
use sip_message::{Contact, FlowTimer, HeaderName, Method, Request, Response, StatusCode};
use sip_transaction::{FlowId, ServerId};
use sip_uri::SipUri;

impl Proxy {
    /// Serves a request for this server itself.
    pub(super) fn serve(
        &mut self,
        request: &Request,
        flow: FlowId,
        now: Instant,
    ) -> Result<Response, Refusal> {
        check_require(request)?;
        match request.method() {
            Method::Register => self.register(request, flow, now),
            Method::Options => Ok(refusal::capabilities(request)),
            _ => Err(Refusal::MethodNotAllowed),
        }
    }

    /// Answers `request` with a refusal of this server.
    pub(super) fn refuse(&mut self, id: ServerId, request: &Request, refusal: &Refusal, now: Instant) {
        self.respond(id, refusal.response(request), now);
    }

    /// Answers as a user agent server: with a To tag.
    pub(super) fn respond(&mut self, id: ServerId, mut response: Response, now: Instant) {
        add_to_tag(&mut response, &mut self.tokens);
        // The transaction can be gone by now; then nobody waits for the answer.
        let _ = self.transactions.respond(id, response, now);
    }

    // rfc3261#10.3: steps 3 to 8.
    fn register(&mut self, request: &Request, flow: FlowId, now: Instant) -> Result<Response, Refusal> {
        self.authentication.check_register(&self.config, request, now)?;
        let to = address(request, &HeaderName::To)?.to_name_addr();
        let to = to.uri.as_sip().filter(|uri| self.config.is_own_domain(uri.host()));
        let to = to.ok_or(Refusal::NotFound)?;
        let aor = AddressOfRecord::of(to).filter(|aor| self.config.is_user(aor.user()));
        let aor = aor.ok_or(Refusal::NotFound)?;
        let contacts: Vec<Contact> = request.headers().list::<Contact>().collect::<Result<_, _>>()?;
        self.flows.learn_edge(request, flow, &self.config)?;
        let mut response = self.bind((to, request), aor, contacts, flow, now)?;
        self.add_flow_timer(&mut response, flow);
        Ok(response)
    }

    /// An edge has passed on a REGISTER that the registrar granted: whoever sent it is reached on `flow` from now on, also by
    /// requests that name the one of before.
    pub(super) fn note_registration(&mut self, request: &Request, flow: FlowId, now: Instant) {
        // what cannot be read leads nowhere
        let _ = self.flows.learn_edge(request, flow, &self.config);
        let Ok(to) = address(request, &HeaderName::To).map(|to| to.to_name_addr()) else { return };
        let Some((to, aor)) = to.uri.as_sip().and_then(|to| Some((to, AddressOfRecord::of(to)?))) else {
            return;
        };
        let contacts = request.headers().list::<Contact>().flatten().collect();
        // the registrar has the say, and has answered
        let _ = self.bind((to, request), aor, contacts, flow, now);
    }

    /// Makes, changes and removes bindings; what is under way for a client follows it to `flow`.
    fn bind(
        &mut self,
        (to, request): (&SipUri, &Request),
        aor: AddressOfRecord,
        contacts: Vec<Contact>,
        flow: FlowId,
        now: Instant,
    ) -> Result<Response, Refusal> {
        let lost = self.location.lost(&aor, now);
        let former = self.former_flows(&aor, &contacts);
        let update = Update::new((&self.config, &mut self.gruus), (to, request), lost, flow, now)?;
        let response = update.run(&mut self.location, aor, contacts)?;
        for former in former.into_iter().filter(|former| *former != flow) {
            self.follow(former, flow, now);
        }
        Ok(response)
    }

    /// Tells a user agent that has registered a flow how often to send keep-alives, where it is reached directly.
    // rfc5626#5.4, rfc5626#6: only in a 2xx that requires outbound
    pub(super) fn add_flow_timer(&self, response: &mut Response, to: FlowId) {
        let Some(flow_timer) = self.config.flow_timer else { return };
        let is_direct = self.flows.get(to).is_some_and(|profile| !profile.is_next_hop());
        let is_flow = response.headers().has_token(&HeaderName::Require, OUTBOUND);
        if is_direct && is_flow && response.status().is_success() {
            let seconds = u32::try_from(flow_timer.as_secs()).unwrap_or(u32::MAX);
            response.headers_mut().set(&FlowTimer(seconds));
        }
    }

    /// The flows on which the contacts of a REGISTER were reached until now.
    fn former_flows(&mut self, aor: &AddressOfRecord, contacts: &[Contact]) -> Vec<FlowId> {
        let addresses = contacts.iter().filter_map(|contact| match contact {
            Contact::Addr(address) => Some(address),
            Contact::Star => None,
        });
        let flows: Vec<FlowId> =
            addresses.filter_map(|address| self.location.take_flow(aor, address)).collect();
        // What leads to another server leads to more than one user agent.
        let is_client = |flow: &FlowId| !self.flows.get(*flow).is_some_and(FlowProfile::is_next_hop);
        flows.into_iter().filter(is_client).collect()
    }

    /// A client has registered on another flow: its dialogs, and what it was to answer or to be answered, go there.
    fn follow(&mut self, former: FlowId, flow: FlowId, now: Instant) {
        self.flows.replace(former, flow);
        let moved = self.transactions.move_clients(former, flow);
        self.transactions.move_servers(former, flow, now);
        for client in moved {
            self.handle_moved(client, now);
        }
    }
}

/// Gives a response its To tag.
// rfc3261#8.2.6.2: all but 100 have one.
pub(super) fn add_to_tag(response: &mut Response, tokens: &mut TokenSource) {
    if response.status() == StatusCode::TRYING {
        return;
    }
    let has_none =
        response.headers().tag(&HeaderName::To).is_ok_and(|tag| tag.is_some_and(|tag| tag.is_empty()));
    if has_none {
        // What could be read can be changed.
        let _ = response.headers_mut().set_tag(&HeaderName::To, &tokens.tag());
    }
}
