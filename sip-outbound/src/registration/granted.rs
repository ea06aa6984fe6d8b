//! What the last 2xx to a REGISTER said besides the binding: RFC 3608, RFC 5626 §4.4, RFC 5627.

use super::Registration;
use crate::Gruu;
use sip_message::ServiceRoute;
use std::time::Duration;

impl Registration {
    /// The Service-Route of the last 2xx (RFC 3608), to be put as Route into requests outside of dialogs.
    #[must_use]
    pub fn service_route(&self) -> &[ServiceRoute] {
        &self.service_route
    }

    /// The GRUUs of the last 2xx (RFC 5627).
    #[must_use]
    pub const fn gruu(&self) -> &Gruu {
        &self.gruu
    }

    /// Whether registrar and edge do RFC 5626 for this flow: requests to the binding come over it, and the edge expects
    /// keep-alives.
    #[must_use]
    pub const fn is_outbound(&self) -> bool {
        self.is_outbound
    }

    /// How long the edge waits for a keep-alive before it takes the flow for dead: send one earlier (RFC 5626 §4.4).
    #[must_use]
    pub const fn flow_timer(&self) -> Option<Duration> {
        self.flow_timer
    }
}
