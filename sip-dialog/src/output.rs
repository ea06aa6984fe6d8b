//! What a session wants done, as values; the user agent turns them into transactions and application events.

use crate::{DialogId, Dtmf, EndCause, Failure, Hold};
use sip_message::{Body, CSeq, NameAddr, Reason, Request, Response, StatusCode};

/// One thing the user agent must do for a session, in the order polled.
#[derive(Clone, Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "every output must be handled")]
pub enum Output {
    /// Send this in a new client transaction: INVITE, PRACK, UPDATE, BYE, INFO, MESSAGE. It has no Via. No two requests of
    /// a dialog have the same CSeq number, so with the tag in its To, CSeq finds the transaction again.
    Request(Request),
    /// The INVITE with this CSeq was sent on a flow that is lost: send it again on the new one as it was, its Via
    /// included, in a new client transaction. The server takes it for a repetition and answers there.
    Repeat {
        /// CSeq of the INVITE.
        cseq: CSeq,
    },
    /// Send this ACK of a 2xx outside of any transaction (RFC 3261 §13.2.2.4). It has no Via; the user agent adds the
    /// credentials of the INVITE, if that had any. Repeated ones are the same request again.
    Ack(Request),
    /// Cancel the client transaction of the INVITE with this CSeq (RFC 3261 §9.1). There has been a provisional
    /// response. When the transaction has its final response meanwhile, do nothing: the session gets that response.
    Cancel {
        /// CSeq of the INVITE.
        cseq: CSeq,
        /// Why, for its Reason field (RFC 3326 §2).
        reasons: Vec<Reason>,
    },
    /// Answer the peer's request with this CSeq through its server transaction.
    Response {
        /// CSeq of the peer's request.
        cseq: CSeq,
        /// The answer, complete but for what the transaction layer does.
        response: Response,
    },
    /// Send this 2xx to the INVITE again (RFC 3261 §13.3.1.4); its transaction may be gone.
    Retransmit(Response),
    /// Tell the application.
    Event(SessionEvent),
}

/// What the application learns. Each session ends with exactly one [`SessionEvent::Ended`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A provisional response other than 100 arrived; a fork brings several, each in its own dialog (AC-15).
    Progress {
        /// 101 to 199.
        status: StatusCode,
        /// Early media.
        body: Option<Body>,
        /// The early dialog; `None` when the response has no To tag or is too broken to make one.
        dialog: Option<DialogId>,
    },
    /// The call was accepted with an offer, since the INVITE carried none: [`crate::InviteSession::answer`] is due.
    Offered {
        /// The offer of the 2xx.
        body: Body,
    },
    /// The session stands. The caller learns it from the 2xx, the callee from the ACK.
    Established {
        /// The body of that 2xx, or of that ACK.
        body: Option<Body>,
    },
    /// The peer wants to change the session (re-INVITE, UPDATE): [`crate::InviteSession::answer`] or
    /// [`crate::InviteSession::decline`] is due. An offer equal to the last one is answered without asking.
    Reoffered {
        /// Its offer; `None` when this end is to make one, with all it can do (RFC 3261 §14.2).
        body: Option<Body>,
    },
    /// What [`Self::Reoffered`] told is void: the peer cancelled it or its message was lost. What had been agreed inside of a
    /// re-INVITE before the peer cancelled that stands (RFC 6141 §3.8).
    OfferWithdrawn,
    /// An offer of this end in a session that stood, or in a reliable provisional response, was answered: it is in force.
    /// So is that of the UPDATE by which the session takes back what was agreed inside a re-INVITE of the peer that was
    /// declined in the end (RFC 6141 §3.3).
    /// When a reliable provisional response to a re-INVITE brought the answer, [`Self::ChangeFailed`] may still undo it,
    /// and then this comes again with the description from before, or what the peer makes of that (RFC 6141 §3.4).
    Changed {
        /// The peer's answer.
        body: Option<Body>,
    },
    /// An offer of this end was refused or got no answer; the session is as it was (RFC 3261 §14.1; AC-19).
    ChangeFailed {
        /// The final response; 408 when none came, 503 when the flow failed, a 2xx when that lacks the answer.
        status: StatusCode,
    },
    /// One of the ends began or ended hold (AC-17).
    Hold(Hold),
    /// The peer is somebody else than before, or has another name: [`crate::InviteSession::remote_identity`] (AC-71).
    RemoteIdentity(NameAddr),
    /// A re-INVITE or UPDATE of the peer, whole, before what follows of it, where
    /// [`crate::SessionSettings::shows_requests`] wants it (AC-71).
    Received(Request),
    /// The peer pressed a key and said so in INFO, which was answered 200 (AC-22).
    Dtmf(Dtmf),
    /// Press this key as an RTP event (RFC 4733): it is the turn of one that [`crate::InviteSession::dtmf`] was given.
    PressKey(Dtmf),
    /// A key press in INFO failed; the keys that waited after it are not sent, since a number with a hole is another one.
    DtmfFailed {
        /// The answer; 408 when none came, 503 when the flow failed.
        status: StatusCode,
        /// How many keys were not sent.
        unsent: usize,
    },
    /// An INFO of a package that this end receives arrived and was answered 200 (RFC 6086 §4.2.2).
    Info {
        /// The name of the package.
        package: String,
        /// The whole request.
        request: Request,
    },
    /// An INFO sent by [`crate::InviteSession::info`] has its final answer; whatever it is, the call goes on.
    InfoAnswered {
        /// The CSeq that the verb returned, also when a challenge or a lost flow made the request go out with another.
        cseq: CSeq,
        /// The answer; 408 when none came, 503 when the flow failed (RFC 3261 §8.1.3.1).
        status: StatusCode,
    },
    /// A MESSAGE arrived inside the dialog and was answered 200 (RFC 3428 §7).
    Message {
        /// Its body; empty text when it had none.
        body: Body,
    },
    /// A NOTIFY arrived inside the dialog and was answered 200: one for which this end has no subscription, such as `talk` or
    /// `hold` of a call centre (AC-38), or what became of a REFER that [`crate::InviteSession::send`] sent (RFC 3515 §2.4.4);
    /// its `Event` and `Subscription-State` say which and how, with `message/sipfrag` in the body, if there is one.
    Notified(Request),
    /// A request sent by [`crate::InviteSession::message`], [`crate::InviteSession::options`] or
    /// [`crate::InviteSession::send`] has its final response, or none will come.
    Answered {
        /// The CSeq that the verb returned, also when a challenge or a lost flow made the request go out with another.
        cseq: CSeq,
        /// The whole response.
        outcome: Result<Response, Failure>,
    },
    /// The flow is lost; media may go on. What the application wants of the session meanwhile is done when there is a
    /// flow again.
    Interrupted,
    /// There is a flow again: [`crate::InviteSession::recover`] is due, which may offer a restart of ICE. Comes with
    /// [`crate::SessionSettings::asks_for_recovery_offer`] only.
    Recovering,
    /// The session goes on over another flow.
    Resumed,
    /// The session is over: the last event.
    Ended(EndCause),
}
