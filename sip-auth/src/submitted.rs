//! Credentials as a server reads them: the parameters of RFC 7616 §3.4.

use crate::digest::{DigestInput, Protection, Side};
use crate::{Algorithm, Qop, Refusal};
use sip_message::{Credentials, Method, Request};

/// Digest credentials with everything that has to be there.
pub(crate) struct Submitted<'a> {
    pub(crate) username: &'a str,
    pub(crate) realm: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) response: &'a str,
    pub(crate) algorithm: Algorithm,
    /// Whether the username is a hash (RFC 7616 §3.4.4).
    pub(crate) userhash: bool,
    protection: Option<(Qop, &'a str, &'a str)>,
    count: Option<u32>,
}

impl<'a> Submitted<'a> {
    pub(crate) fn read(credentials: &'a Credentials) -> Result<Self, Refusal> {
        // rfc3261#22/2, rfc3261#22.4/2: Basic is not accepted
        if !credentials.scheme.eq_ignore_ascii_case("Digest") {
            return Err(Refusal::NotDigest);
        }
        let required = |parameter| credentials.get(parameter).ok_or(Refusal::Malformed { parameter });
        let algorithm = match credentials.get("algorithm") {
            Some(token) => Algorithm::from_token(token).ok_or(Refusal::AlgorithmNotOffered)?,
            None => Algorithm::Md5,
        };
        let protection = read_protection(credentials)?;
        if algorithm.is_session() && protection.is_none() {
            return Err(Refusal::Malformed { parameter: "qop" });
        }
        Ok(Self {
            username: required("username")?,
            realm: required("realm")?,
            nonce: required("nonce")?,
            uri: required("uri")?,
            response: required("response")?,
            algorithm,
            userhash: credentials.get("userhash").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            count: protection.map(|(_, nc, _)| read_count(nc)).transpose()?,
            protection,
        })
    }

    /// The digest that the client should have sent.
    pub(crate) fn expected_response(&self, ha1: &str, method: &Method, request: &Request) -> String {
        self.digest(Side::Client { method: method.as_str() }, request.body()).response(ha1)
    }

    /// The digest by which the server proves itself in a response with this body; `None` without qop, where there is
    /// none (RFC 7616 §3.5).
    pub(crate) fn server_response(&self, ha1: &str, body: &[u8]) -> Option<String> {
        self.protection.map(|_| self.digest(Side::Server, body).response(ha1))
    }

    /// What Authentication-Info repeats of the credentials: qop, nc, cnonce.
    pub(crate) const fn protection(&self) -> Option<(Qop, &'a str, &'a str)> {
        self.protection
    }

    fn digest<'b>(&'b self, side: Side<'b>, body: &'b [u8]) -> DigestInput<'b> {
        let protection = self.protection.map(|(qop, nc, cnonce)| Protection { qop, nc, cnonce });
        DigestInput { algorithm: self.algorithm, side, uri: self.uri, body, nonce: self.nonce, protection }
    }

    /// The nonce count. Without qop there is none, and the nonce is good for one request: the greatest count.
    pub(crate) fn count(&self) -> u32 {
        self.count.unwrap_or(u32::MAX)
    }
}

/// qop, nc and cnonce, or none of them as in RFC 2069 (rfc3261#22.4/1,7).
fn read_protection(credentials: &Credentials) -> Result<Option<(Qop, &str, &str)>, Refusal> {
    let Some(qop) = credentials.get("qop") else {
        return Ok(None);
    };
    let required = |parameter| credentials.get(parameter).ok_or(Refusal::Malformed { parameter });
    let qop = Qop::from_token(qop).ok_or(Refusal::Malformed { parameter: "qop" })?;
    Ok(Some((qop, required("nc")?, required("cnonce")?)))
}

/// nc-value = 8LHEX
fn read_count(nc: &str) -> Result<u32, Refusal> {
    let is_hex = nc.len() == 8 && nc.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = is_hex.then(|| u32::from_str_radix(nc, 16).ok()).flatten();
    count.ok_or(Refusal::Malformed { parameter: "nc" })
}
