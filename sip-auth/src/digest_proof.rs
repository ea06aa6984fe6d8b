//! The answer to one Digest challenge and what the server says back: RFC 7616 §3.4 and §3.5.

use crate::ServerProof;
use crate::challenge::DigestChallenge;
use crate::digest::{self, DigestInput, Protection, Side};
use crate::submitted::Submitted;
use sip_clock::TokenSource;
use sip_message::{AuthenticationInfo, Credentials, Request, Response};
use std::fmt;

/// Who the user is to a challenge, and how often its nonce was used.
pub(crate) struct DigestProof {
    username: String,
    ha1: String,
    challenge: DigestChallenge,
    nonce_count: u32,
    /// The cnonce that a `-sess` algorithm binds A1 to; it stays for the session (RFC 7616 §3.4.2).
    session_cnonce: Option<String>,
}

impl DigestProof {
    pub(crate) fn new((username, ha1): (String, String), challenge: DigestChallenge) -> Self {
        Self { username, ha1, challenge, nonce_count: 0, session_cnonce: None }
    }

    /// Goes on counting where `other` stands, when both use the same nonce.
    pub(crate) fn continue_count(&mut self, other: &Self) {
        if self.challenge.nonce == other.challenge.nonce {
            self.nonce_count = self.nonce_count.max(other.nonce_count);
        }
    }

    /// The credentials for `request`; `None` once the nonce count is used up.
    pub(crate) fn credentials(&mut self, request: &Request, tokens: &mut TokenSource) -> Option<Credentials> {
        self.nonce_count = self.nonce_count.checked_add(1)?;
        let nc = format!("{:08x}", self.nonce_count);
        let cnonce = self.cnonce(tokens);
        let challenge = &self.challenge;
        let input = DigestInput {
            algorithm: challenge.algorithm,
            side: Side::Client { method: request.method().as_str() },
            uri: request.request_uri(),
            body: request.body(),
            nonce: &challenge.nonce,
            protection: challenge.qop.map(|qop| Protection { qop, nc: &nc, cnonce: &cnonce }),
        };
        Some(self.write(&input))
    }

    /// Takes what the server says after accepting `sent`, credentials of ours: checks that it knows the secret and
    /// goes over to its next nonce. An answer to an older nonce changes nothing.
    pub(crate) fn confirm(
        &mut self,
        sent: &Credentials,
        response: &Response,
        info: &AuthenticationInfo,
    ) -> ServerProof {
        let Ok(submitted) = Submitted::read(sent) else {
            return ServerProof::Absent;
        };
        let proof = match info.get("rspauth") {
            None => ServerProof::Absent,
            Some(rspauth) => {
                let expected = submitted.server_response(&self.ha1, response.body());
                let is_right = expected.is_some_and(|expected| expected.eq_ignore_ascii_case(rspauth));
                if is_right { ServerProof::Verified } else { ServerProof::Wrong }
            }
        };
        let next = info.get("nextnonce").filter(|_| submitted.nonce == self.challenge.nonce);
        if let Some(nonce) = next.filter(|_| proof != ServerProof::Wrong) {
            self.challenge.nonce = nonce.to_owned();
            self.nonce_count = 0;
        }
        proof
    }

    fn cnonce(&mut self, tokens: &mut TokenSource) -> String {
        if !self.challenge.algorithm.is_session() {
            return tokens.token(CNONCE_LENGTH);
        }
        self.session_cnonce.get_or_insert_with(|| tokens.token(CNONCE_LENGTH)).clone()
    }

    fn write(&self, input: &DigestInput<'_>) -> Credentials {
        let challenge = &self.challenge;
        let mut credentials = self
            .write_username()
            .with("realm", &challenge.realm)
            .with("nonce", &challenge.nonce)
            // rfc3261#22.4/3: quoted, which the grammar of RFC 2617 forgot
            .with("uri", input.uri)
            .with("response", &input.response(&self.ha1));
        if let Some(algorithm) = &challenge.algorithm_text {
            credentials = credentials.with("algorithm", algorithm);
        }
        // rfc3261#22.4/4,6: cnonce and nc only together with qop
        if let Some(Protection { qop, nc, cnonce }) = &input.protection {
            credentials = credentials.with("cnonce", cnonce).with("qop", qop.as_str()).with("nc", nc);
        }
        if let Some(opaque) = &challenge.opaque {
            credentials = credentials.with("opaque", opaque);
        }
        if challenge.userhash { credentials.with("userhash", "true") } else { credentials }
    }

    /// The username, hashed where the server wants it so (rfc7616#3.4.4).
    fn write_username(&self) -> Credentials {
        let challenge = &self.challenge;
        if !challenge.userhash {
            return Credentials::new("Digest").with("username", &self.username);
        }
        let hash = digest::userhash(challenge.algorithm, &self.username, &challenge.realm);
        Credentials::new("Digest").with("username", &hash)
    }
}

impl fmt::Debug for DigestProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestProof")
            .field("username", &self.username)
            .field("challenge", &self.challenge)
            .field("nonce_count", &self.nonce_count)
            .finish_non_exhaustive()
    }
}

/// 80 random bits.
const CNONCE_LENGTH: usize = 16;
