//! The way of a request through the proxy and of its responses back (RFC 3261 §16.3–§16.10).

use super::flow::FlowProfile;
use super::loop_detection::{Fingerprint, is_loop};
use super::refusal::Refusal;
use super::response_context::{Action, ResponseContext};
use super::route;
use super::server;
use super::target::{Destination, Lookup, Target};
use super::validation::{Validated, is_record_routed};
use super::{Proxy, own_hop};
use sip_clock::Instant;
use sip_message::{MaxForwards, Method, Request, Response, Route, StatusCode, Via};
use sip_transaction::{CancelError, ClientId, Failure, FlowId, Reliability, ServerId};

/// What a request says whose own routes have been taken off.
struct Routed {
    valid: Validated,
    token: Option<String>,
}

/// What becomes of a request.
enum Decision {
    Answer(Response),
    Forward(Routed, Vec<Target>),
}

impl Proxy {
    /// A new request other than ACK and CANCEL.
    pub(super) fn handle_request(&mut self, id: ServerId, mut request: Request, flow: FlowId, now: Instant) {
        match self.decide(&mut request, flow, now) {
            Ok(Decision::Answer(response)) => self.respond(id, response, now),
            Ok(Decision::Forward(routed, targets)) => {
                // rfc3261#16.2: 100 at once for INVITE, never for other methods.
                if *request.method() == Method::Invite {
                    self.respond(id, request.response(StatusCode::TRYING), now);
                }
                self.fork(id, request, (routed, targets), flow, now);
            }
            Err(refusal) => self.refuse(id, &request, &refusal, now),
        }
    }

    /// A CANCEL, with the INVITE it means.
    // rfc3261#16.10: 200 at once; without a context there is nothing to cancel, here or further on.
    pub(super) fn handle_cancel(
        &mut self,
        id: ServerId,
        request: &Request,
        invite: Option<ServerId>,
        now: Instant,
    ) {
        let status =
            if invite.is_some() { StatusCode::OK } else { StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST };
        self.respond(id, request.response(status), now);
        let context = invite.and_then(|invite| self.contexts.get_mut(&invite));
        let Some(context) = context else { return };
        // rfc3326#2: the reasons of the caller go along.
        let reasons = request.headers().list().flatten().collect();
        let (server, actions) = (context.server(), context.handle_cancel(reasons));
        self.run(server, actions, now);
    }

    /// An ACK for a 2xx: it goes on without a transaction, along its Route.
    // rfc3261#16.6: an ACK is never answered, so what cannot be forwarded is dropped.
    pub(super) fn handle_ack(&mut self, mut request: Request, flow: FlowId, now: Instant) {
        let Ok(routed) = self.preprocess(&mut request) else { return };
        let destination = self.destination(&request, &routed, flow, now);
        let Ok(Destination::Targets(targets)) = destination else { return };
        let [target] = targets.as_slice() else { return };
        let Ok(copy) = self.copy(&request, &routed.valid, target, flow) else { return };
        let Some((via, _)) = self.own_via(target.flow) else { return };
        self.transactions.stateless(copy, target.flow, &via, &mut self.tokens);
    }

    /// A response of a branch.
    pub(super) fn handle_response(&mut self, client: ClientId, mut response: Response, now: Instant) {
        if let Some(invite) = self.cancels.invite(client) {
            if response.status() == StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST {
                self.with_context(invite, now, |context| context.handle_unknown(invite));
            }
            return;
        }
        // rfc3261#16.7: step 3; what has no Via left was meant for this proxy, as the 200 to its CANCEL.
        let popped = response.headers_mut().pop_front::<Via>();
        let is_for_client = popped.is_ok() && response.headers().contains(&sip_message::HeaderName::Via);
        let status = response.status();
        // rfc5626#7: the flow is of no use, another one may be
        if status == StatusCode::FLOW_FAILED && self.try_alternative(client, now) {
            return;
        }
        if is_for_client {
            self.with_context(client, now, |context| context.handle_response(client, response));
        } else if status.is_final() && !status.is_success() {
            // A 2xx to an INVITE comes again, perhaps whole.
            self.with_context(client, now, |context| context.handle_unusable(client));
        }
    }

    /// A branch that will get no answer.
    pub(super) fn handle_failure(&mut self, client: ClientId, failure: Failure, now: Instant) {
        if self.try_alternative(client, now) {
            return;
        }
        let upstream = self.branches.get(&client).and_then(|server| self.contexts.get(server));
        let upstream = upstream.and_then(|context| self.flows.get(context.upstream()));
        let by_server = upstream.is_some_and(FlowProfile::is_next_hop);
        self.with_context(client, now, |context| context.handle_failure(client, failure, by_server));
    }

    /// The other end of a branch is reached on another flow now.
    pub(super) fn handle_moved(&mut self, client: ClientId, now: Instant) {
        self.with_context(client, now, |context| context.handle_moved(client));
    }

    /// Timer C of a branch.
    pub(super) fn handle_timer_c(&mut self, client: ClientId, now: Instant) {
        self.with_context(client, now, |context| context.handle_timer_c(client));
    }

    /// A client transaction has ended, at times without an answer that can be passed on; with the last one goes the
    /// context.
    pub(super) fn remove_branch(&mut self, client: ClientId, now: Instant) {
        self.with_context(client, now, |context| context.handle_unusable(client));
        self.timers_c.stop(&client);
        self.alternatives.remove(&client);
        self.cancels.remove(client);
        let Some(server) = self.branches.remove(&client) else { return };
        let Some(context) = self.contexts.get_mut(&server) else { return };
        context.remove_branch(client);
        if context.is_terminated() {
            self.contexts.remove(&server);
        }
    }

    /// Validates, preprocesses, authenticates and looks for the targets (§16.3–§16.5).
    fn decide(&mut self, request: &mut Request, flow: FlowId, now: Instant) -> Result<Decision, Refusal> {
        if let Some(refusal) = self.faults.refusal(request) {
            return Err(refusal);
        }
        let routed = self.preprocess(request)?;
        if is_loop(request, &self.config) {
            return Err(Refusal::Loop);
        }
        let targets = match self.destination(request, &routed, flow, now) {
            Ok(Destination::Server) => return self.serve(request, flow, now).map(Decision::Answer),
            Ok(Destination::Targets(targets)) => Ok(targets),
            Err(refusal) => Err(refusal),
        };
        if !routed.valid.has_hops_left() {
            return Err(Refusal::TooManyHops);
        }
        // Before anybody is told who exists here.
        self.authentication.check_forward(&self.config, request, &routed.valid, now)?;
        Ok(Decision::Forward(routed, targets?))
    }

    fn preprocess(&self, request: &mut Request) -> Result<Routed, Refusal> {
        let token = route::preprocess(request, &self.config, &self.flows)?;
        let valid = Validated::of(request)?;
        Ok(Routed { valid, token })
    }

    fn destination(
        &self,
        request: &Request,
        routed: &Routed,
        flow: FlowId,
        now: Instant,
    ) -> Result<Destination, Refusal> {
        let lookup = Lookup {
            config: &self.config,
            flows: &self.flows,
            location: &self.location,
            gruus: &self.gruus,
            from: flow,
            token: routed.token.as_deref(),
            now,
        };
        lookup.destination(request, &routed.valid)
    }

    /// Sends a copy to each target, all at once, and waits for their responses.
    fn fork(
        &mut self,
        id: ServerId,
        mut request: Request,
        (routed, targets): (Routed, Vec<Target>),
        flow: FlowId,
        now: Instant,
    ) {
        let Routed { valid, .. } = routed;
        self.authentication.consume(&mut request);
        let mut context = ResponseContext::new(id, flow, request.clone(), valid.is_in_dialog());
        for target in &targets {
            let Ok(copy) = self.copy(&request, &valid, target, flow) else { continue };
            let Some((mut via, reliability)) = self.own_via(target.flow) else { continue };
            // Only what goes to another server can come back.
            if self.flows.get(target.flow).is_some_and(FlowProfile::is_next_hop) {
                Fingerprint::of(&request).write(&mut via);
            }
            let client =
                self.transactions.request(copy, target.flow, reliability, &via, &mut self.tokens, now);
            context.add_branch(client);
            self.branches.insert(client, id);
            self.note_alternatives(client, target.alternatives.clone());
            if *request.method() == Method::Invite {
                self.timers_c.set(client, now + self.config.timer_c);
            }
        }
        if context.is_terminated() {
            self.refuse(id, &request, &Refusal::NoBinding, now);
        } else {
            self.contexts.insert(id, context);
        }
    }

    /// The copy of `request` for `target`, but for its Via.
    // rfc3261#16.6: steps 1 to 6.
    pub(super) fn copy(
        &mut self,
        request: &Request,
        valid: &Validated,
        target: &Target,
        from: FlowId,
    ) -> Result<Request, Refusal> {
        let mut copy = request.clone();
        copy.set_uri(&target.uri);
        if !target.path.is_empty() {
            let routes: Vec<Route> = target.path.iter().cloned().map(Route).collect();
            copy.headers_mut().set_list(&routes);
        }
        let left = valid.max_forwards.map_or(MAX_FORWARDS, |left| left.saturating_sub(1));
        copy.headers_mut().set(&MaxForwards(left));
        if is_record_routed(request.method()) {
            let token = self.flows.token(from, target.flow, &mut self.tokens);
            route::record(&mut copy, &self.config.uri, token, valid.uri.is_secure());
        }
        if *request.method() == Method::Register && self.is_edge(request, from, target.flow) {
            let token = self.flows.token(from, target.flow, &mut self.tokens);
            route::add_path(&mut copy, &self.config.uri, token)?;
        }
        route::postprocess(&mut copy)?;
        Ok(copy)
    }

    /// Whether this is an edge between a user agent, or another edge in front of that, and other servers.
    fn is_edge(&self, register: &Request, from: FlowId, to: FlowId) -> bool {
        let is_server = |flow| self.flows.get(flow).is_some_and(FlowProfile::is_next_hop);
        is_server(to) && (!is_server(from) || route::has_path(register))
    }

    /// The Via of this proxy for `flow`, without a branch.
    pub(super) fn own_via(&self, flow: FlowId) -> Option<(Via, Reliability)> {
        let profile = self.flows.get(flow)?;
        Some((own_hop(&self.config, profile.transport()), profile.reliability()))
    }

    fn with_context(
        &mut self,
        client: ClientId,
        now: Instant,
        handle: impl FnOnce(&mut ResponseContext) -> Vec<Action>,
    ) {
        let Some(server) = self.branches.get(&client).copied() else { return };
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let actions = handle(context);
        self.run(server, actions, now);
    }

    fn run(&mut self, server: ServerId, actions: Vec<Action>, now: Instant) {
        for action in actions {
            match action {
                Action::Forward(response) => self.forward(server, response, now),
                Action::Cancel(client, reasons) => {
                    let cancel = self.transactions.cancel(client, &reasons, now);
                    self.note_cancel(client, cancel);
                }
                Action::CancelAgain(client, reasons) => {
                    let cancel = self.transactions.cancel_again(client, &reasons, now);
                    self.note_cancel(client, cancel);
                }
                Action::ResetTimerC(client) => self.timers_c.set(client, now + self.config.timer_c),
                Action::StopTimerC(client) => drop(self.timers_c.stop(&client)),
            }
        }
    }

    /// Refused when a final response has come meanwhile; then nothing is left to cancel.
    fn note_cancel(&mut self, invite: ClientId, cancel: Result<ClientId, CancelError>) {
        if let Ok(cancel) = cancel {
            self.cancels.insert(cancel, invite);
        }
    }

    /// Passes a response on to where its request came from.
    fn forward(&mut self, server: ServerId, mut response: Response, now: Instant) {
        if response.status().is_final() && !response.status().is_success() {
            // rfc3261#16.7: step 9, a refusal may get a tag here; one that this proxy made has none yet.
            server::add_to_tag(&mut response, &mut self.tokens);
        }
        if let Some(context) = self.contexts.get(&server) {
            let upstream = context.upstream();
            if response.status().is_success() && *context.request().method() == Method::Register {
                let request = context.request().clone();
                self.note_registration(&request, upstream, now);
            }
            // the last proxy on the way back
            self.add_flow_timer(&mut response, upstream);
        }
        // rfc6026#8.3: what comes after the end of the server transaction is dropped.
        let _ = self.transactions.respond(server, response, now);
    }
}

/// rfc3261#16.6: step 3.
const MAX_FORWARDS: u8 = 70;
