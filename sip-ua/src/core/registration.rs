//! The registration of the address-of-record (RFC 3261 §10.2), tied to its REGISTER transactions.

use super::interop::is_private;
use super::{ContactRewriting, Core, Event, ExchangeKey, FIRST, FlowInfo, GruuUse, Owner};
use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, NameAddr, Response, Via};
use sip_outbound::{
    BindingsRequest, Gruu, Input, Output, Registration, RegistrationConfig, RegistrationEvent,
    RegistrationFailure, RegistrationState,
};
use sip_transaction::Failure;
use sip_uri::Uri;
#[cfg(feature = "serde")]
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

impl Core {
    /// Binds our contact to the address-of-record and keeps it bound, over each flow there is to be; joins the REGISTERs
    /// that are in flight.
    // rfc5626#4.2: each flow is registered on its own, one REGISTER at a time
    pub fn register(&mut self, now: Instant) {
        let count = if self.is_outbound() { self.config.flows.max(FIRST) } else { FIRST };
        for reg_id in FIRST..=count {
            if self.registration_mut(reg_id).is_none() {
                self.begin_registration(reg_id, count == FIRST, now);
            }
            if let Some(registration) = self.registration_mut(reg_id) {
                registration.register(now);
            }
        }
        self.drive(now);
    }

    /// Makes the registration of a flow; the only one of all sends without a connection, which fails at once.
    fn begin_registration(&mut self, reg_id: u32, is_only: bool, now: Instant) {
        let mut registration = Registration::new(self.registration_config(reg_id), &mut self.tokens);
        let slot = self.flows.entry(reg_id);
        if slot.up.is_none() && !is_only {
            registration.handle(Input::FlowLost, now);
        }
        slot.registration = Some(registration);
    }

    /// Removes the bindings; without one nothing is sent.
    pub fn unregister(&mut self, now: Instant) {
        for reg_id in self.flows.reg_ids() {
            if let Some(registration) = self.registration_mut(reg_id) {
                registration.unregister(now);
            }
            self.give_up_credentials(Owner::Registration(reg_id), now);
        }
        self.drive(now);
    }

    /// Asks the registrar for the bindings of the address-of-record or removes some, those of other user agents among them
    /// (RFC 3261 §10.2.2, §10.2.3). The bindings that are left are in the response of
    /// [`Event::Answered`], for [`RegisteredContact::list`](sip_outbound::RegisteredContact::list).
    /// A registration of ours whose binding is removed is over, whatever the registrar answers.
    pub fn bindings(&mut self, request: &BindingsRequest, now: Instant) -> ExchangeKey {
        for reg_id in self.flows.reg_ids() {
            if let Some(own) = self.registration_mut(reg_id)
                && request.removes(&own.config().contact)
            {
                own.abandon();
                self.give_up_credentials(Owner::Registration(reg_id), now);
            }
        }
        let config = self.registration_config(FIRST);
        let request = request.to_request(&config, &mut self.tokens);
        self.exchange(request, now)
    }

    /// Whether a registration was ever begun, be it ended since.
    #[must_use]
    pub fn has_registration(&self) -> bool {
        self.flows.iter().any(|(_, slot)| slot.registration.is_some())
    }

    /// Whether a REGISTER that removes a binding waits for its answer.
    #[must_use]
    pub fn is_unregistering(&self) -> bool {
        let mut registrations = self.flows.iter().filter_map(|(_, slot)| slot.registration.as_ref());
        registrations.any(|registration| registration.state() == RegistrationState::Unregistering)
    }

    /// Whether the server holds a binding for us, as far as we know, by whichever flow.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.flows.iter().any(|(_, slot)| slot.is_registered())
    }

    /// The flows by which the server holds a binding for us, by their reg-ids.
    pub fn registered_flows(&self) -> impl Iterator<Item = u32> {
        self.flows.iter().filter(|(_, slot)| slot.is_registered()).map(|(reg_id, _)| reg_id)
    }

    /// The GRUUs of this user agent (RFC 5627), as far as the registrar gave any.
    #[must_use]
    pub fn gruu(&self) -> Gruu {
        self.best_registration().map(|registration| registration.gruu().clone()).unwrap_or_default()
    }

    /// The registration of the flow for what is bound to none.
    pub(super) fn best_registration(&self) -> Option<&Registration> {
        self.registration_of(self.flows.best())
    }

    /// The registration of this flow, or of the first one.
    pub(super) fn registration_of(&self, reg_id: Option<u32>) -> Option<&Registration> {
        self.flows.get(reg_id.unwrap_or(FIRST))?.registration.as_ref()
    }

    fn registration_mut(&mut self, reg_id: u32) -> Option<&mut Registration> {
        self.flows.are_stirred = true;
        self.flows.get_mut(reg_id)?.registration.as_mut()
    }

    /// Whether a REGISTER of this flow waits for its answer.
    pub(super) fn is_registering(&self, reg_id: u32) -> bool {
        let registration = self.flows.get(reg_id).and_then(|slot| slot.registration.as_ref());
        matches!(registration.map(Registration::state), Some(RegistrationState::Registering))
    }

    /// Whether a connection of this flow is to be registered and is not yet, so that it has not shown that it works.
    #[cfg(any(feature = "browser", feature = "tokio"))]
    pub(crate) fn wants_registration(&self, reg_id: u32) -> bool {
        let registration = self.flows.get(reg_id).and_then(|slot| slot.registration.as_ref());
        let state = registration.map(Registration::state);
        matches!(state, Some(RegistrationState::Registering | RegistrationState::Waiting))
    }

    /// Whether a REGISTER of this flow is put off for no longer than a registrar is spared repetitions (AC-12). Requests
    /// of the peers do not arrive before that, and what they say meanwhile, a BYE maybe, would never be heard of.
    pub(super) fn is_registering_soon(&self, reg_id: u32, now: Instant) -> bool {
        let registration = self.flows.get(reg_id).and_then(|slot| slot.registration.as_ref());
        registration.is_some_and(|registration| {
            registration.state() == RegistrationState::Waiting
                && registration.next_timeout().is_some_and(|due| due <= now + SOON)
        })
    }

    pub(super) fn restore_registration(&mut self, reg_id: u32, is_elsewhere: bool, now: Instant) {
        let input = if is_elsewhere { Input::ServerChanged } else { Input::FlowRestored };
        self.input_registration(reg_id, input, now);
    }

    pub(super) fn lose_registration(&mut self, reg_id: u32, now: Instant) {
        self.input_registration(reg_id, Input::FlowLost, now);
    }

    pub(super) fn time_out_registration(&mut self, reg_id: u32, now: Instant) {
        self.input_registration(reg_id, Input::Timeout, now);
    }

    pub(super) fn deliver_to_registration(&mut self, reg_id: u32, response: Response, now: Instant) {
        // A server that has restarted may say 503 to a nonce it does not know (P3): the next REGISTER goes without one.
        if (500..600).contains(&response.status().code()) {
            self.auth.forget();
        }
        let is_websocket = self.flows.up(reg_id).is_none_or(FlowInfo::is_websocket);
        let seen_at = if is_websocket { None } else { address_seen(&response) };
        self.input_registration(reg_id, Input::Response(response), now);
        if let Some(seen_at) = seen_at {
            self.follow_address(reg_id, seen_at, now);
        }
    }

    /// AC-43: what the server sees as our address is our contact, if those who call us see the same.
    fn follow_address(&mut self, reg_id: u32, (address, port): (IpAddr, Option<u16>), now: Instant) {
        let Some(flow) = self.flows.up(reg_id).cloned() else { return };
        let is_reachable = !is_private(address) || flow.server_address.is_some_and(is_private);
        let (known_host, known_port) = self.identity.contact_address();
        let follows = match self.config.interop.contact_rewriting {
            ContactRewriting::Never => false,
            ContactRewriting::Address => known_host.address() != Some(address),
            ContactRewriting::AddressAndPort => true,
        };
        let port = port.or(known_port);
        if is_reachable && follows && self.identity.set_contact_address(address.into(), port) {
            let contact = self.identity.contact(&flow);
            if let Some(registration) = self.registration_mut(reg_id) {
                registration.rebind(contact.uri, now);
            }
        }
    }

    pub(super) fn retry_registration(&mut self, reg_id: u32, cseq: &CSeq, now: Instant) {
        let cseq = cseq.clone();
        self.input_registration(reg_id, Input::Challenged { cseq }, now);
        while self.drive_registration(now) {}
    }

    pub(super) fn fail_registration(&mut self, reg_id: u32, cseq: &CSeq, failure: Failure, now: Instant) {
        let failure = match failure {
            Failure::Timeout => sip_outbound::Failure::Timeout,
            Failure::Transport => sip_outbound::Failure::Transport,
        };
        let cseq = cseq.clone();
        self.input_registration(reg_id, Input::Failed { cseq, failure }, now);
    }

    /// Takes one output of the registrations; `false` when there is none.
    pub(super) fn drive_registration(&mut self, now: Instant) -> bool {
        if !self.flows.are_stirred {
            return false;
        }
        let mut reg_id = 0;
        while let Some(next) = self.flows.after(reg_id) {
            if self.drive_registration_of(next, now) {
                return true;
            }
            reg_id = next;
        }
        self.flows.are_stirred = false;
        false
    }

    fn drive_registration_of(&mut self, reg_id: u32, now: Instant) -> bool {
        let owner = Owner::Registration(reg_id);
        let Some(registration) = self.registration_mut(reg_id) else { return false };
        match registration.poll_output() {
            Some(Output::Request(request)) => {
                self.send(owner, request, now);
            }
            Some(Output::Event(event)) => {
                let authentication = self.auth_errors.remove(&owner);
                self.leave_failing_server(reg_id, &event);
                self.pass_flow_timer(reg_id);
                self.emit(Event::Registration { reg_id, event, authentication });
                self.go_on_after_registration(reg_id, now);
            }
            None => {
                match registration.next_timeout() {
                    Some(at) => self.timers.set(owner, at),
                    None => {
                        self.timers.stop(&owner);
                    }
                }
                return false;
            }
        }
        true
    }

    /// AC-32: a registrar that is not there now may be reached through another server.
    fn leave_failing_server(&mut self, reg_id: u32, event: &RegistrationEvent) {
        let RegistrationEvent::Failed { cause, retry_in: Some(rest) } = event else { return };
        let is_gone = matches!(cause, RegistrationFailure::Unavailable { .. } | RegistrationFailure::Timeout);
        if let Some(flow) = self.flows.up(reg_id).filter(|_| is_gone) {
            self.outputs.push_back(super::Output::Leave { flow: flow.id, rest: *rest });
        }
    }

    /// rfc5626#4.4: what the edge expects of keep-alives, when that has changed.
    fn pass_flow_timer(&mut self, reg_id: u32) {
        let Some(slot) = self.flows.get_mut(reg_id) else { return };
        let limit = slot.registration.as_ref().and_then(Registration::flow_timer);
        let Some(flow) = slot.up.as_ref().map(|flow| flow.id) else { return };
        if std::mem::replace(&mut slot.flow_timer, limit) != limit {
            let tokens = Box::new(TokenSource::new(self.tokens.seed()));
            self.outputs.push_back(super::Output::FlowTimer { flow, limit, tokens });
        }
    }

    /// Whether the registration is one of RFC 5626, or would be if there were one.
    pub(super) const fn is_outbound(&self) -> bool {
        self.config.instance.is_some()
    }

    /// Where requests inside a dialog reach us: by a GRUU, which leads to this user agent over any of its flows, or over
    /// the flow on which the dialog began.
    // rfc5627#4.4: of a registration that holds; rfc5626#4.3: `ob` where there is no GRUU
    pub(super) fn dialog_contact(&self, flow: &FlowInfo) -> NameAddr {
        let contact = self.identity.contact(flow);
        let registration = self.best_registration().filter(|registration| registration.is_registered());
        let gruu = registration.and_then(|registration| match self.config.gruu {
            GruuUse::Public => registration.gruu().public.clone(),
            GruuUse::Temporary => registration.gruu().temporary.clone(),
            GruuUse::Never => None,
        });
        match (gruu, &contact.uri) {
            (Some(gruu), _) => NameAddr::new(Uri::Sip(gruu)),
            (None, Uri::Sip(uri)) if self.is_outbound() => {
                NameAddr { uri: Uri::Sip(uri.clone().with_param("ob", None)), ..contact }
            }
            (None, Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_)) => contact,
        }
    }

    fn input_registration(&mut self, reg_id: u32, input: Input, now: Instant) {
        if let Some(registration) = self.registration_mut(reg_id) {
            registration.handle(input, now);
        }
    }

    /// The registrations as records.
    #[cfg(feature = "serde")]
    pub(super) fn snapshot_registrations(&self) -> BTreeMap<u32, sip_outbound::RegistrationSnapshot> {
        let registrations =
            self.flows.iter().filter_map(|(id, slot)| Some((id, slot.registration.as_ref()?)));
        registrations.map(|(id, registration)| (id, registration.snapshot())).collect()
    }

    /// Goes on with the registration of another process.
    #[cfg(feature = "serde")]
    pub(super) fn continue_registration(
        &mut self,
        reg_id: u32,
        snapshot: &sip_outbound::RegistrationSnapshot,
        now: Instant,
    ) -> Result<(), sip_outbound::RestoreError> {
        let config = self.registration_config(reg_id);
        let registration = Registration::restore(config, snapshot, &mut self.tokens, now)?;
        self.flows.entry(reg_id).registration = Some(registration);
        self.flows.are_stirred = true;
        Ok(())
    }

    fn registration_config(&self, reg_id: u32) -> RegistrationConfig {
        let contact = self.identity.contact(&self.flow_or_default(Some(reg_id)));
        let config =
            RegistrationConfig::new(self.identity.aor().clone(), contact).with_expires(self.config.expires);
        let config = config.with_route_set(self.config.route_set.clone());
        let config = match &self.config.instance {
            Some(instance) => config.with_outbound(instance, reg_id),
            None => config,
        };
        match &self.config.registrar {
            Some(registrar) => config.with_registrar(registrar.clone()),
            None => config,
        }
    }
}

/// The address that a 2xx says the request came from; the port only beside it (RFC 3581 §4).
fn address_seen(response: &Response) -> Option<(IpAddr, Option<u16>)> {
    let via = response.headers().list::<Via>().next().filter(|_| response.status().is_success())?.ok()?;
    Some((via.received()?.trim_matches(['[', ']']).parse().ok()?, via.rport()))
}

/// What a REGISTER may be put off after one that the connection took with it, and a challenge before that.
const SOON: Duration = Duration::from_secs(20);
