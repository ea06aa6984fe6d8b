//! The timers of the INVITE of a session. RFC 3261 gives letters to those of transactions only, so these bear the name of
//! the rule.

/// What a deadline of a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// Expires of the INVITE ran out before a final response (§13.2.1, §13.3.1).
    Expires,
    /// 64·T1 after CANCEL without a final response (§9.1).
    Cancel,
    /// 64·T1 after the last new 2xx: no further one is expected, the ACKs are forgotten (§13.2.2.4).
    Accepted,
    /// The provisional response is due again (§13.3.1.1).
    Provisional,
    /// The callee has been without a flow, and asks again whether its caller still waits (§12.2.1.2).
    Question,
    /// The 2xx is due again (§13.3.1.4).
    Retransmit,
    /// 64·T1 after the 2xx without ACK (§13.3.1.4).
    Ack,
}
