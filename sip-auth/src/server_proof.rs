//! Whether a server has shown that it knows the secret: `rspauth` of RFC 7616 §3.5.

/// What the Authentication-Info of a response proves about the server.
#[expect(clippy::exhaustive_enums, reason = "there is no fourth case")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerProof {
    /// The response says nothing about it, as most do.
    Absent,
    /// The server knows the secret of the account.
    Verified,
    /// It claims to and does not: somebody else has answered, or changed the body on the way (`auth-int`).
    Wrong,
}
