//! What the layer asks of its owner, and the names of its transactions.

use crate::{Failure, FlowId};
use sip_message::{Message, Request, Response};

/// The name of a client transaction in its layer; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub(crate) u64);

/// The name of a server transaction in its layer; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub(crate) u64);

/// What the owner of a [`TransactionLayer`](crate::TransactionLayer) must do, in this order.
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
pub enum Output {
    /// Send this message on this flow.
    Transmit {
        /// Where to.
        flow: FlowId,
        /// What.
        message: Message,
    },
    /// A new request for the transaction user, never ACK or CANCEL. Answer it with `respond`.
    Request {
        /// Its server transaction.
        id: ServerId,
        /// The request.
        request: Request,
        /// Where it came from.
        flow: FlowId,
    },
    /// A CANCEL (RFC 3261 §9.2). Answer it with `respond`: 200 when it matches a transaction, else 481.
    Cancel {
        /// The server transaction of the CANCEL itself.
        id: ServerId,
        /// The CANCEL.
        request: Request,
        /// Where it came from.
        flow: FlowId,
        /// The server transaction to be cancelled, usually of an INVITE; one with another method is not affected by it.
        invite: Option<ServerId>,
    },
    /// An ACK to a 2xx, or one that belongs to no transaction: for the dialog.
    Ack {
        /// The ACK.
        request: Request,
        /// Where it came from.
        flow: FlowId,
    },
    /// A response to a request of ours: each 1xx, the final one, and to an INVITE each further 2xx (RFC 6026 §7.2).
    Response {
        /// The client transaction.
        id: ClientId,
        /// The response.
        response: Response,
        /// Where it came from.
        flow: FlowId,
    },
    /// A response that matches no transaction. Only a late 2xx to an INVITE is of any use; a proxy must not forward it
    /// (RFC 6026 §7.3).
    Stray {
        /// The response.
        response: Response,
        /// Where it came from.
        flow: FlowId,
    },
    /// A client transaction ended without a final response; treat it as a 408 or a 503 (RFC 3261 §8.1.3.1).
    ClientFailed {
        /// The client transaction; `ClientTerminated` follows.
        id: ClientId,
        /// Why.
        failure: Failure,
    },
    /// No ACK came for a 3xx–6xx, a request was not answered in time, or the flow broke. After `Failure::Transport` the
    /// transaction lives on (RFC 6026 §7.1): an unanswered request must still be answered.
    ServerFailed {
        /// The server transaction.
        id: ServerId,
        /// Why.
        failure: Failure,
    },
    /// The layer has forgotten this client transaction; always the last word about it.
    ClientTerminated {
        /// The client transaction.
        id: ClientId,
    },
    /// The layer has forgotten this server transaction; always the last word about it.
    ServerTerminated {
        /// The server transaction.
        id: ServerId,
    },
}
