//! What to register where: the fields of RFC 3261 §10.2 that the application chooses.

use crate::BackOff;
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
    /// The waits after failures.
    pub back_off: BackOff,
}

impl RegistrationConfig {
    /// Registers `contact` for `aor` at the domain of the AOR (RFC 3261 §10.2.6), for one hour.
    #[must_use]
    pub fn new(aor: SipUri, contact: NameAddr) -> Self {
        // rfc3261#10.2.6/1
        let registrar = SipUri::new(aor.host().clone()).with_scheme(aor.scheme());
        Self { aor, registrar, contact, expires: ONE_HOUR, back_off: BackOff::default() }
    }

    /// Registers there instead of at the domain of the AOR.
    #[must_use]
    pub fn with_registrar(mut self, registrar: SipUri) -> Self {
        self.registrar = registrar;
        self
    }

    /// Asks for so many seconds.
    #[must_use]
    pub const fn with_expires(mut self, seconds: u32) -> Self {
        self.expires = seconds;
        self
    }

    /// Waits so after failures.
    #[must_use]
    pub const fn with_back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }
}

const ONE_HOUR: u32 = 3600;
