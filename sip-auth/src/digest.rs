//! The `response` parameter, RFC 7616 §3.4.1 with A1 of §3.4.2 and A2 of §3.4.3; without qop that of RFC 2069.

use crate::{Algorithm, Qop};

/// What enters a digest besides H(A1) of the account.
pub(crate) struct DigestInput<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) side: Side<'a>,
    pub(crate) uri: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) nonce: &'a str,
    pub(crate) protection: Option<Protection<'a>>,
}

/// Who makes the digest, which tells A2 (RFC 7616 §3.4.3 and §3.5).
#[derive(Clone, Copy)]
pub(crate) enum Side<'a> {
    /// `response`: with the method of the request.
    Client { method: &'a str },
    /// `rspauth`: without a method.
    Server,
}

/// What only digests with a `qop` carry.
pub(crate) struct Protection<'a> {
    pub(crate) qop: Qop,
    pub(crate) nc: &'a str,
    pub(crate) cnonce: &'a str,
}

impl DigestInput<'_> {
    /// The value of `response` or `rspauth`. `ha1` is H(username ":" realm ":" password) in hexadecimal.
    pub(crate) fn response(&self, ha1: &str) -> String {
        let ha1 = self.session_ha1(ha1);
        let (ha1, nonce, ha2) = (ha1.as_bytes(), self.nonce.as_bytes(), self.ha2());
        match &self.protection {
            Some(Protection { qop, nc, cnonce }) => {
                let qop = qop.as_str().as_bytes();
                self.algorithm.hash(&[ha1, nonce, nc.as_bytes(), cnonce.as_bytes(), qop, ha2.as_bytes()])
            }
            None => self.algorithm.hash(&[ha1, nonce, ha2.as_bytes()]),
        }
    }

    fn session_ha1(&self, ha1: &str) -> String {
        match &self.protection {
            Some(protection) if self.algorithm.is_session() => {
                self.algorithm.hash(&[ha1.as_bytes(), self.nonce.as_bytes(), protection.cnonce.as_bytes()])
            }
            Some(_) | None => ha1.to_owned(),
        }
    }

    fn ha2(&self) -> String {
        let method: &[u8] = match self.side {
            Side::Client { method } => method.as_bytes(),
            Side::Server => b"",
        };
        let uri = self.uri.as_bytes();
        match self.protection.as_ref().map(|protection| protection.qop) {
            Some(Qop::AuthInt) => {
                // rfc8760#2.6 item 7: without a body this is the hash of the empty string
                let body = self.algorithm.hash(&[self.body]);
                self.algorithm.hash(&[method, uri, body.as_bytes()])
            }
            Some(Qop::Auth) | None => self.algorithm.hash(&[method, uri]),
        }
    }
}

/// H(A1) without the session part: H(username ":" realm ":" password), all of them as octets.
pub(crate) fn ha1(algorithm: Algorithm, username: &str, realm: &str, password: &[u8]) -> String {
    algorithm.hash(&[username.as_bytes(), realm.as_bytes(), password])
}

/// The hashed username: H(username ":" realm), RFC 7616 §3.4.4.
pub(crate) fn userhash(algorithm: Algorithm, username: &str, realm: &str) -> String {
    algorithm.hash(&[username.as_bytes(), realm.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC7616_NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const RFC7616_CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn rfc7616_3_9_1(algorithm: Algorithm) -> String {
        let protection = Protection { qop: Qop::Auth, nc: "00000001", cnonce: RFC7616_CNONCE };
        let (side, uri, nonce) = (Side::Client { method: "GET" }, "/dir/index.html", RFC7616_NONCE);
        let input = DigestInput { algorithm, side, uri, body: b"", nonce, protection: Some(protection) };
        input.response(&ha1(algorithm, "Mufasa", "http-auth@example.org", b"Circle of Life"))
    }

    #[test]
    fn rfc7616_section_3_9_1() {
        assert_eq!(rfc7616_3_9_1(Algorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
        let sha256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert_eq!(rfc7616_3_9_1(Algorithm::Sha256), sha256);
    }

    /// The values printed in RFC 7616 §3.9.2 are SHA-512 cut to 256 bits (an acknowledged erratum); these are
    /// SHA-512/256, computed with OpenSSL.
    #[test]
    fn rfc7616_section_3_9_2_with_the_right_hash() {
        let algorithm = Algorithm::Sha512_256;
        let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
        let protection = Some(Protection { qop: Qop::Auth, nc: "00000001", cnonce });
        let nonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK";
        let side = Side::Client { method: "GET" };
        let input = DigestInput { algorithm, side, uri: "/doe.json", body: b"", nonce, protection };
        let ha1 = ha1(algorithm, "J\u{e4}s\u{f8}n Doe", "api@example.org", b"Secret, or not?");
        let response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
        assert_eq!(input.response(&ha1), response);
    }

    /// The hashed username that RFC 7616 §3.9.2 prints is wrong as well (same erratum); this is SHA-512/256.
    #[test]
    fn a_username_is_hashed_with_its_realm() {
        let hash = userhash(Algorithm::Sha512_256, "J\u{e4}s\u{f8}n Doe", "api@example.org");
        assert_eq!(hash, "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b");
    }

    /// RFC 2617 §3.5.
    #[test]
    fn rfc2617_section_3_5() {
        let protection = Some(Protection { qop: Qop::Auth, nc: "00000001", cnonce: "0a4f113b" });
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let (algorithm, side, uri) = (Algorithm::Md5, Side::Client { method: "GET" }, "/dir/index.html");
        let input = DigestInput { algorithm, side, uri, body: b"", nonce, protection };
        let ha1 = ha1(algorithm, "Mufasa", "testrealm@host.com", b"Circle Of Life");
        assert_eq!(input.response(&ha1), "6629fae49393a05397450978507c4ef1");
    }

    /// The request of RFC 3261 §22.2 with the password `zanzibar`; the digest printed there is that of RFC 2617
    /// §3.5, a placeholder. The values here are those of draft-smith-sipping-auth-examples-01.
    #[test]
    fn rfc3261_section_22_2_recomputed() {
        let ha1 = ha1(Algorithm::Md5, "bob", "biloxi.com", b"zanzibar");
        let response = |algorithm, qop: Option<Qop>| {
            let protection = qop.map(|qop| Protection { qop, nc: "00000001", cnonce: "0a4f113b" });
            let (nonce, uri) = ("dcd98b7102dd2f0e8b11d0f600bfb0c093", "sip:bob@biloxi.com");
            let side = Side::Client { method: "INVITE" };
            DigestInput { algorithm, side, uri, body: b"", nonce, protection }.response(&ha1)
        };
        assert_eq!(response(Algorithm::Md5, None), "bf57e4e0d0bffc0fbaedce64d59add5e");
        assert_eq!(response(Algorithm::Md5, Some(Qop::Auth)), "89eb0059246c02b2f6ee02c7961d5ea3");
        assert_eq!(response(Algorithm::Md5Sess, Some(Qop::Auth)), "e4e4ea61d186d07a92c9e1f6919902e9");
    }
}
