//! The states and events of the callee's INVITE, RFC 3261 §13.3; their table is `InviteServer::step`.

use crate::{EndCause, Failure};
use sip_message::{Body, NameAddr, Request, Response, StatusCode};
use std::time::Duration;

#[derive(Debug)]
pub(super) enum State {
    /// No final response yet.
    Incoming(Box<Incoming>),
    /// The 2xx is out and repeated until ACK.
    WaitingForAck { success: Response, interval: Duration, hang_up: bool },
    /// The ACK came.
    Established,
    /// BYE is out.
    Leaving,
    /// Nothing is owed any more.
    Terminated,
}

/// What answers to the INVITE are made of.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) invite: Request,
    /// The body of the 2xx that is held back.
    pub(super) accepted: Option<Option<Box<Body>>>,
}

/// What may happen to the INVITE and its session.
pub(super) enum Event {
    Provisional(StatusCode, Option<Body>),
    Accept(Option<Body>),
    /// With the addresses that a redirection names.
    Reject(StatusCode, Vec<NameAddr>),
    HangUp,
    Cancel(Request),
    Ack(Request),
    /// The peer's BYE, answered already.
    Left(EndCause),
    /// The peer has lost the dialog; BYE is out.
    Lost(EndCause),
    /// The server transaction of the INVITE is gone.
    Failed(Failure),
    Expired,
    ProvisionalDue,
    /// What keeps the 2xx back may be gone: a PRACK came or an offer of the peer was answered.
    Pracked,
    /// A PRACK lacks the answer to the offer of its response.
    Unanswered(EndCause),
    /// No PRACK came in time, or the user did not answer the offer of one.
    PrackTimeout(EndCause),
    RetransmitDue,
    AckTimeout,
}
