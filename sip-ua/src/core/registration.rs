//! The registration of the address-of-record (RFC 3261 §10.2), tied to its REGISTER transactions.

use super::{Core, Event, FlowInfo, GruuUse, Owner};
use sip_clock::{Instant, TokenSource};
use sip_message::{CSeq, NameAddr, Response};
use sip_outbound::{
    Gruu, Input, Output, Registration, RegistrationConfig, RegistrationEvent, RegistrationFailure,
    RegistrationState,
};
use sip_transaction::Failure;
use sip_uri::Uri;

impl Core {
    /// Binds our contact to the address-of-record and keeps it bound; joins a REGISTER that is in flight.
    pub fn register(&mut self, now: Instant) {
        let config = self.registration_config();
        let registration =
            self.registration.get_or_insert_with(|| Registration::new(config, &mut self.tokens));
        registration.register(now);
        self.drive(now);
    }

    /// Removes the binding; without one nothing is sent.
    pub fn unregister(&mut self, now: Instant) {
        if let Some(registration) = &mut self.registration {
            registration.unregister(now);
        }
        self.give_up_credentials(Owner::Registration, now);
        self.drive(now);
    }

    /// Whether the server holds a binding for us, as far as we know.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.registration.as_ref().is_some_and(Registration::is_registered)
    }

    /// The GRUUs of this user agent (RFC 5627), as far as the registrar gave any.
    #[must_use]
    pub fn gruu(&self) -> Gruu {
        self.registration.as_ref().map(|registration| registration.gruu().clone()).unwrap_or_default()
    }

    /// Whether a REGISTER waits for its answer.
    pub(super) fn is_registering(&self) -> bool {
        let state = self.registration.as_ref().map(Registration::state);
        matches!(state, Some(RegistrationState::Registering))
    }

    pub(super) fn restore_registration(&mut self, is_elsewhere: bool, now: Instant) {
        let input = if is_elsewhere { Input::ServerChanged } else { Input::FlowRestored };
        self.input_registration(input, now);
    }

    pub(super) fn lose_registration(&mut self, now: Instant) {
        self.input_registration(Input::FlowLost, now);
    }

    pub(super) fn time_out_registration(&mut self, now: Instant) {
        self.input_registration(Input::Timeout, now);
    }

    pub(super) fn deliver_to_registration(&mut self, response: Response, now: Instant) {
        // A server that has restarted may say 503 to a nonce it does not know (P3): the next REGISTER goes without one.
        if (500..600).contains(&response.status().code()) {
            self.auth.forget();
        }
        self.input_registration(Input::Response(response), now);
    }

    pub(super) fn retry_registration(&mut self, cseq: &CSeq, now: Instant) {
        let cseq = cseq.clone();
        self.input_registration(Input::Challenged { cseq }, now);
        while self.drive_registration(now) {}
    }

    pub(super) fn fail_registration(&mut self, cseq: &CSeq, failure: Failure, now: Instant) {
        let failure = match failure {
            Failure::Timeout => sip_outbound::Failure::Timeout,
            Failure::Transport => sip_outbound::Failure::Transport,
        };
        let cseq = cseq.clone();
        self.input_registration(Input::Failed { cseq, failure }, now);
    }

    /// Takes one output of the registration; `false` when there is none.
    pub(super) fn drive_registration(&mut self, now: Instant) -> bool {
        let Some(registration) = &mut self.registration else { return false };
        match registration.poll_output() {
            Some(Output::Request(request)) => {
                self.send(Owner::Registration, request, now);
            }
            Some(Output::Event(event)) => {
                let authentication = self.auth_errors.remove(&Owner::Registration);
                self.leave_failing_server(&event);
                self.pass_flow_timer();
                self.emit(Event::Registration { event, authentication });
                self.go_on_after_registration(now);
            }
            None => {
                match registration.next_timeout() {
                    Some(at) => self.timers.set(Owner::Registration, at),
                    None => {
                        self.timers.stop(&Owner::Registration);
                    }
                }
                return false;
            }
        }
        true
    }

    /// AC-32: a registrar that is not there now may be reached through another server.
    fn leave_failing_server(&mut self, event: &RegistrationEvent) {
        let RegistrationEvent::Failed { cause, retry_in: Some(rest) } = event else { return };
        let is_gone = matches!(cause, RegistrationFailure::Unavailable { .. } | RegistrationFailure::Timeout);
        if let Some(flow) = self.flow.as_ref().filter(|_| is_gone) {
            self.outputs.push_back(super::Output::Leave { flow: flow.id, rest: *rest });
        }
    }

    /// rfc5626#4.4: what the edge expects of keep-alives, when that has changed.
    fn pass_flow_timer(&mut self) {
        let limit = self.registration.as_ref().and_then(Registration::flow_timer);
        let Some(flow) = self.flow.as_ref().map(|flow| flow.id) else { return };
        if std::mem::replace(&mut self.flow_timer, limit) != limit {
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
        let registration = self.registration.as_ref().filter(|it| it.is_registered());
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

    fn input_registration(&mut self, input: Input, now: Instant) {
        if let Some(registration) = &mut self.registration {
            registration.handle(input, now);
        }
    }

    /// Goes on with the registration of another process.
    #[cfg(feature = "serde")]
    pub(super) fn continue_registration(
        &mut self,
        snapshot: &sip_outbound::RegistrationSnapshot,
        now: Instant,
    ) -> Result<(), sip_outbound::RestoreError> {
        let config = self.registration_config();
        self.registration = Some(Registration::restore(config, snapshot, &mut self.tokens, now)?);
        Ok(())
    }

    fn registration_config(&self) -> RegistrationConfig {
        let contact = self.identity.contact(&self.flow_or_default());
        let config =
            RegistrationConfig::new(self.identity.aor().clone(), contact).with_expires(self.config.expires);
        let config = config.with_route_set(self.config.route_set.clone());
        let config = match &self.config.instance {
            Some(instance) => config.with_outbound(instance, OUR_FLOW),
            None => config,
        };
        match &self.config.registrar {
            Some(registrar) => config.with_registrar(registrar.clone()),
            None => config,
        }
    }
}

/// The reg-id of the one flow there is (RFC 5626 §4.2).
const OUR_FLOW: u32 = 1;
