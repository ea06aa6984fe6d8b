//! What to register where: the fields of RFC 3261 §10.2 that the application chooses.

use crate::{BackOff, InstanceId};
use sip_message::NameAddr;
use sip_uri::SipUri;

/// What a [`Registration`](crate::Registration) registers.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct RegistrationConfig {
    /// The address-of-record, for To and From.
    // rfc3261#10.2/5: its type has no other scheme than SIP and SIPS
    pub aor: SipUri,
    /// The domain of the location service, for the Request-URI; a user part in it is not sent (RFC 3261 §10.2).
    pub registrar: SipUri,
    /// The binding: the URI where this user agent is reached, with its Contact parameters (`+sip.instance`, `reg-id`).
    pub contact: NameAddr,
    /// How long the binding is asked for, in seconds. A 423 raises it for the life of the registration.
    pub expires: u32,
    /// The proxies that each REGISTER passes, the nearest first (RFC 3261 §8.1.1.1).
    pub route_set: Vec<NameAddr>,
    /// The waits after failures.
    pub back_off: BackOff,
    /// Whether this is a flow of RFC 5626, as [`with_outbound`](Self::with_outbound) makes it.
    pub(crate) is_outbound: bool,
}

impl RegistrationConfig {
    /// Registers `contact` for `aor` at the domain of the AOR (RFC 3261 §10.2.6), for one hour.
    #[must_use]
    pub fn new(aor: SipUri, contact: NameAddr) -> Self {
        // rfc3261#10.2.6/1
        let registrar = SipUri::new(aor.host().clone()).with_scheme(aor.scheme());
        Self {
            aor,
            registrar,
            contact,
            expires: ONE_HOUR,
            route_set: Vec::new(),
            back_off: BackOff::default(),
            is_outbound: false,
        }
    }

    /// Registers there instead of at the domain of the AOR.
    #[must_use]
    pub fn with_registrar(mut self, registrar: SipUri) -> Self {
        self.registrar = registrar;
        self
    }

    /// Sends each REGISTER by way of these proxies, the nearest first.
    #[must_use]
    pub fn with_route_set(mut self, route_set: Vec<NameAddr>) -> Self {
        self.route_set = route_set;
        self
    }

    /// Asks for so many seconds.
    #[must_use]
    pub const fn with_expires(mut self, seconds: u32) -> Self {
        self.expires = seconds;
        self
    }

    /// Names the user agent, so that the registrar replaces the binding of its last run and may hand out GRUUs
    /// (RFC 5626 §4.1, RFC 5627 §4.2).
    // rfc5626#4.1: as a quoted string with the URN in angle brackets
    #[must_use]
    pub fn with_instance(mut self, instance: &InstanceId) -> Self {
        self.contact.params.set_quoted("+sip.instance", &format!("<{instance}>"));
        self
    }

    /// Registers this flow of the instance as number `reg_id`, from 1; the other flows have other numbers, the same
    /// ones at every start (RFC 5626 §4.2). A first hop that cannot do that (439) gets a plain registration.
    #[must_use]
    pub fn with_outbound(self, instance: &InstanceId, reg_id: u32) -> Self {
        let mut config = self.with_instance(instance);
        config.contact.params.set("reg-id", Some(&reg_id.to_string()));
        config.is_outbound = true;
        config
    }

    /// Goes on without RFC 5626.
    pub(crate) fn without_outbound(&mut self) {
        self.contact.params.remove("reg-id");
        self.is_outbound = false;
    }

    /// Waits so after failures.
    #[must_use]
    pub const fn with_back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }
}

const ONE_HOUR: u32 = 3600;
