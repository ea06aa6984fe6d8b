//! What goes into a registration and what comes out: the seam to the transaction layer (RFC 3261 §10.2.7).

use crate::RegistrationEvent;
use sip_message::{CSeq, Request, Response};

/// What the network, the clock or the layer above did.
#[expect(clippy::exhaustive_enums, reason = "every input is known to the caller")]
#[derive(Clone, Debug)]
pub enum Input {
    /// A response to a REGISTER of ours. A 401 or 407 that arrives here is final: what can be answered comes as
    /// [`Input::Challenged`].
    Response(Response),
    /// The transaction of the REGISTER with this CSeq ended without a response.
    Failed {
        /// That of the request.
        cseq: CSeq,
        /// How.
        failure: Failure,
    },
    /// The REGISTER with this CSeq was challenged and credentials are at hand: send it again.
    Challenged {
        /// That of the request.
        cseq: CSeq,
    },
    /// The flow to the registrar is gone, and the binding with it.
    FlowLost,
    /// There is a flow again.
    FlowRestored,
    /// There is a flow again, to another server: what the last one asked to wait for does not concern it.
    ServerChanged,
    /// The deadline of [`Registration::next_timeout`](crate::Registration::next_timeout) has come.
    Timeout,
}

/// How a client transaction ends without a response (RFC 3261 §8.1.3.1).
#[expect(clippy::exhaustive_enums, reason = "the two of RFC 3261 section 8.1.3.1")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Timer F fired.
    Timeout,
    /// The transport refused the request or broke.
    Transport,
}

/// What must happen now.
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
#[must_use]
#[derive(Clone, Debug)]
pub enum Output {
    /// A REGISTER for a new client transaction; add what goes with every request (credentials, User-Agent, Route).
    Request(Request),
    /// Tell the application.
    Event(RegistrationEvent),
}
