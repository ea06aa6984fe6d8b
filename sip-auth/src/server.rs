//! The server side of digest authentication: RFC 3261 §22.1 to §22.4, RFC 7616 §3.3 and §3.6, RFC 8760 §2.3.

use crate::nonce::{NonceMint, is_equal};
use crate::replay::{Count, ReplayGuard};
use crate::submitted::Submitted;
use crate::userhash::HashedUsernames;
use crate::{Algorithm, Qop, Refusal, Secret};
use sip_clock::Instant;
use sip_message::{AuthenticationInfo, Challenge, Credentials, Method, Request, Response};
use sip_uri::Uri;
use std::fmt;
use std::time::Duration;

/// Challenges and verifies the users of one realm.
///
/// Its nonces carry their time and a keyed hash, so that unanswered challenges cost no memory. Nonces in use are
/// remembered for replay protection, up to a bound; beyond it the oldest become stale.
///
/// ```
/// use sip_auth::{Algorithm, DigestServer};
/// use sip_clock::Instant;
///
/// let mut server = DigestServer::new("biloxi.com", vec![Algorithm::Sha256, Algorithm::Md5], [7; 32]);
/// let challenges = server.challenges(Instant::ZERO, false);
/// assert_eq!(challenges[0].get("algorithm"), Some("SHA-256"));
/// assert_eq!(challenges[1].get("algorithm"), Some("MD5"));
/// ```
pub struct DigestServer {
    realm: String,
    algorithms: Vec<Algorithm>,
    qop: String,
    nonce_lifetime: Duration,
    mint: NonceMint,
    replays: ReplayGuard,
    hashed: Option<HashedUsernames>,
}

impl DigestServer {
    /// A server for `realm` that offers `algorithms` in this order of preference. The seed is the key of the nonces
    /// and has to be random; after a restart with another seed the old nonces are stale.
    #[must_use]
    pub fn new(realm: impl Into<String>, algorithms: Vec<Algorithm>, seed: [u8; 32]) -> Self {
        Self {
            realm: realm.into(),
            algorithms,
            qop: Qop::Auth.to_string(),
            nonce_lifetime: NONCE_LIFETIME,
            mint: NonceMint::new(seed),
            replays: ReplayGuard::new(REPLAY_CAPACITY),
            hashed: None,
        }
    }

    /// Asks clients to hash their usernames (RFC 7616 §3.4.4) and recognises these users by it. Users that are not
    /// among them are recognised by their plain names only.
    ///
    /// ```
    /// # use sip_auth::{Algorithm, DigestServer};
    /// # use sip_clock::Instant;
    /// let mut server = DigestServer::new("biloxi.com", vec![Algorithm::Sha256], [7; 32]).with_userhash(["bob"]);
    /// assert_eq!(server.challenges(Instant::ZERO, false)[0].get("userhash"), Some("true"));
    /// ```
    #[must_use]
    pub fn with_userhash<'a>(mut self, usernames: impl IntoIterator<Item = &'a str>) -> Self {
        self.hashed = Some(HashedUsernames::new(&self.algorithms, &self.realm, usernames));
        self
    }

    /// Offers these qualities of protection in place of `auth` alone. Credentials with either, and those of
    /// RFC 2069 without, are accepted in any case.
    #[must_use]
    pub fn with_qop(mut self, offered: &[Qop]) -> Self {
        let names: Vec<_> = offered.iter().map(|qop| qop.as_str()).collect();
        self.qop = names.join(",");
        self
    }

    /// How long a nonce is good, in place of 5 minutes.
    #[must_use]
    pub const fn with_nonce_lifetime(mut self, lifetime: Duration) -> Self {
        self.nonce_lifetime = lifetime;
        self
    }

    /// One challenge per algorithm, for WWW-Authenticate in a 401 or Proxy-Authenticate in a 407, all with one
    /// fresh nonce. `stale` is [`Refusal::is_stale`] of what came before, `false` when nothing came.
    #[must_use]
    pub fn challenges(&mut self, now: Instant, stale: bool) -> Vec<Challenge> {
        let nonce = self.mint.make(now);
        // rfc8760#2.3: a different algorithm in each, the preferred one on top
        self.algorithms.iter().map(|algorithm| self.challenge(*algorithm, &nonce, stale)).collect()
    }

    /// Checks credentials and returns the username they prove.
    ///
    /// `method` is that of the request; for an ACK it is INVITE, since an ACK repeats the credentials of its INVITE
    /// (RFC 3261 §22.1). `password` looks a user up: a password or a stored H(A1).
    ///
    /// # Errors
    /// [`Refusal`]; challenge again with [`Refusal::is_stale`], or answer 400, as [`Refusal::status`] says.
    pub fn verify<S: Into<Secret>>(
        &mut self,
        method: &Method,
        request: &Request,
        credentials: &Credentials,
        password: impl Fn(&str) -> Option<S>,
        now: Instant,
    ) -> Result<String, Refusal> {
        let submitted = Submitted::read(credentials)?;
        self.check_offer(&submitted, request)?;
        let username = self.username(&submitted).ok_or(Refusal::UnknownUser)?.to_owned();
        let secret: Secret = password(&username).ok_or(Refusal::UnknownUser)?.into();
        let ha1 = secret.ha1_for(submitted.algorithm, &username, &self.realm);
        let expected = submitted.expected_response(&ha1.ok_or(Refusal::UnknownUser)?, method, request);
        if !is_equal(&expected, &submitted.response.to_ascii_lowercase()) {
            return Err(Refusal::WrongResponse);
        }
        // rfc7616#3.3 stale: only once the digest is right, so that a wrong password is told as such
        self.check_nonce(&submitted, request.method(), now)?;
        Ok(username)
    }

    /// What the response to a verified request says back (RFC 7616 §3.5): proof that this server knows the secret of
    /// `username` too, over the body of `response` with `auth-int`, and the next nonce once the one in use has lived
    /// half its time. `None` for credentials without qop, which have no such proof.
    pub fn authentication_info(
        &mut self,
        credentials: &Credentials,
        username: &str,
        secret: &Secret,
        response: &Response,
        now: Instant,
    ) -> Option<AuthenticationInfo> {
        let submitted = Submitted::read(credentials).ok()?;
        let (qop, nc, cnonce) = submitted.protection()?;
        let ha1 = secret.ha1_for(submitted.algorithm, username, &self.realm)?;
        let rspauth = submitted.server_response(&ha1, response.body())?;
        let info = AuthenticationInfo::default()
            .with("qop", qop.as_str())
            .with("rspauth", &rspauth)
            .with("cnonce", cnonce)
            .with("nc", nc);
        let made = self.mint.read(submitted.nonce)?.made;
        if now - made > self.nonce_lifetime / 2 {
            return Some(info.with("nextnonce", &self.mint.make(now)));
        }
        Some(info)
    }

    /// The realm it is for.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    fn challenge(&self, algorithm: Algorithm, nonce: &str, stale: bool) -> Challenge {
        // rfc3261#22/3, rfc3261#22.3/10, rfc3261#22.4/5: Digest with its realm, and always with qop
        let challenge = Challenge::new("Digest")
            .with("realm", &self.realm)
            .with("qop", &self.qop)
            .with("nonce", nonce)
            .with("algorithm", algorithm.as_str());
        let challenge = if stale { challenge.with("stale", "true") } else { challenge };
        if self.hashed.is_some() { challenge.with("userhash", "true") } else { challenge }
    }

    /// The username of the credentials, found again when it is hashed.
    fn username<'a>(&'a self, submitted: &Submitted<'a>) -> Option<&'a str> {
        if !submitted.userhash {
            return Some(submitted.username);
        }
        self.hashed.as_ref()?.find(submitted.username)
    }

    fn check_offer(&self, submitted: &Submitted<'_>, request: &Request) -> Result<(), Refusal> {
        if submitted.realm != self.realm {
            return Err(Refusal::OtherRealm);
        }
        if !self.algorithms.contains(&submitted.algorithm) {
            return Err(Refusal::AlgorithmNotOffered);
        }
        if !is_same_resource(submitted.uri, request) {
            return Err(Refusal::OtherUri);
        }
        Ok(())
    }

    fn check_nonce(
        &mut self,
        submitted: &Submitted<'_>,
        method: &Method,
        now: Instant,
    ) -> Result<(), Refusal> {
        let stamp = self.mint.read(submitted.nonce).ok_or(Refusal::Stale)?;
        // rfc3261#22.1/6: what was accepted in the INVITE is accepted in its ACK, which cannot be challenged
        if *method == Method::Ack {
            return Ok(());
        }
        if now - stamp.made > self.nonce_lifetime {
            return Err(Refusal::Stale);
        }
        match self.replays.note(stamp.serial, submitted.count()) {
            Count::Fresh => Ok(()),
            Count::Replayed => Err(Refusal::Replayed),
            Count::Forgotten => Err(Refusal::Stale),
        }
    }
}

impl fmt::Debug for DigestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestServer")
            .field("realm", &self.realm)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// Whether the `uri` parameter names what the request asks for.
// rfc8760#2.6 item 6: the two have to be looked at; a first hop sees them equal
fn is_same_resource(digest_uri: &str, request: &Request) -> bool {
    if digest_uri == request.request_uri() {
        return true;
    }
    let digest_uri: Option<Uri> = digest_uri.parse().ok();
    digest_uri.zip(request.uri().ok()).is_some_and(|(one, other)| one.is_equivalent(&other))
}

/// RFC 7616 leaves it to the server.
const NONCE_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Nonces in use at one time, about 40 octets each.
const REPLAY_CAPACITY: usize = 65_536;
