//! What goes into and comes out of both client machines: RFC 3261 §17.1, figures 5 and 6.

use crate::Failure;
use sip_message::{Request, Response};

/// What happened to a client transaction.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 17.1 knows these")]
#[allow(clippy::large_enum_variant, reason = "an input is passed on at once")]
pub enum ClientInput {
    /// A response that matches by RFC 3261 §17.1.3.
    Response(Response),
    /// The flow of the request broke (§17.1.4).
    TransportError,
    /// The instant of `next_timeout` has come.
    Timeout,
}

/// What a client transaction wants done, in this order.
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
pub enum ClientOutput {
    /// Send this: the request, the request again, or the ACK to a 3xx–6xx.
    Transmit(Request),
    /// A response for the transaction user.
    Response(Response),
    /// The transaction ended without a final response.
    Failed(Failure),
}
