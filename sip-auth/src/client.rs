//! The client side of digest authentication: RFC 3261 §22.1 to §22.3, RFC 7616 §3.4, RFC 8760 §2.4.

use crate::authentication_session::{AuthenticationSession, Scope, Target, is_challengeable};
use crate::challenge::{self, DigestChallenge, Origin};
use crate::{Account, Attempts, AuthError};
use sip_clock::TokenSource;
use sip_message::{Authorization, Credentials, Header, Method, ProxyAuthorization, Request, Response};
use std::collections::{BTreeSet, VecDeque};

/// The accounts of a user agent and the challenges it is answering.
///
/// One client serves one flow, that is one outbound proxy. `handle_challenge` is for what the network did,
/// `authorize` for each request that is about to leave, as the last step before its Via: method, Request-URI and
/// body enter the digest.
///
/// ```
/// use sip_auth::{Account, AuthError, Attempts, DigestClient};
/// use sip_message::{Method, Request, StatusCode};
///
/// let mut client = DigestClient::new(vec![Account::password("bob", "zanzibar")]);
/// let request = Request::new(Method::Options, &"sip:biloxi.com".parse().unwrap());
/// let response = request.response(StatusCode::UNAUTHORIZED);
/// let outcome = client.handle_challenge(&request, &response, &mut Attempts::default());
/// assert_eq!(outcome, Err(AuthError::NoChallenge));
/// ```
#[derive(Debug)]
pub struct DigestClient {
    accounts: Vec<Account>,
    /// The oldest first.
    sessions: VecDeque<AuthenticationSession>,
    /// Realms that challenged a REGISTER: those of our own registrar and outbound proxy.
    home_realms: BTreeSet<String>,
    names_algorithm: bool,
}

impl DigestClient {
    /// A client that has seen no challenge yet.
    #[must_use]
    pub const fn new(accounts: Vec<Account>) -> Self {
        Self { accounts, sessions: VecDeque::new(), home_realms: BTreeSet::new(), names_algorithm: false }
    }

    /// Always names the algorithm, for servers that want it even where their challenge names none. Without this it
    /// is echoed as it was sent.
    #[must_use]
    pub const fn with_named_algorithm(mut self) -> Self {
        self.names_algorithm = true;
        self
    }

    /// Takes the challenges of a 401 or 407. After `Ok` send the request again, with the next CSeq number
    /// (RFC 3261 §22.2) and after [`authorize`](Self::authorize).
    ///
    /// Of each realm the strongest challenge is answered that the accounts can answer. A new nonce is tried once
    /// more even when the server does not say `stale`. `sent` is the request as it left, with its credentials.
    ///
    /// # Errors
    /// When there is nothing to answer with, when the credentials were refused, or when the server challenges
    /// without end.
    pub fn handle_challenge(
        &mut self,
        sent: &Request,
        response: &Response,
        attempts: &mut Attempts,
    ) -> Result<(), AuthError> {
        let (origin, challenges) = challenge::collect(response)?;
        let chosen = self.choose(&challenges)?;
        for challenge in &chosen {
            self.check_sendable(challenge)?;
            if let Err(error) = check_refused(origin, challenge, sent, attempts) {
                self.sessions.retain(|session| !session.answers(origin, &challenge.realm));
                return Err(error);
            }
        }
        attempts.spend()?;
        for challenge in chosen {
            self.open(origin, sent, challenge);
        }
        Ok(())
    }

    /// Adds credentials for what is known: those of the outbound proxy to every request, those of a server to
    /// requests with its host in the Request-URI, those of other proxies within their call. They take the place
    /// of older ones for the same realm. ACK and CANCEL are left as they are; copy the credentials of the INVITE
    /// into its ACK (RFC 3261 §22.1).
    pub fn authorize(&mut self, request: &mut Request, tokens: &mut TokenSource) {
        if self.sessions.is_empty() || !is_challengeable(request.method()) {
            return;
        }
        let target = Target::of(request);
        let mut server = Vec::new();
        let mut proxy = Vec::new();
        for session in self.sessions.iter_mut().rev().filter(|session| session.applies_to(&target)) {
            let list: &mut Vec<Credentials> = match session.origin() {
                Origin::Server => &mut server,
                Origin::Proxy => &mut proxy,
            };
            if !list.iter().any(|known| is_for_realm(known, session.realm())) {
                list.extend(session.credentials(request, tokens));
            }
        }
        replace(request, server, Authorization, |header| &header.0);
        replace(request, proxy, ProxyAuthorization, |header| &header.0);
    }

    /// Drops every remembered nonce, so that the next request goes out without credentials. Use it for a new flow,
    /// behind which may be another server or a restarted one.
    pub fn forget(&mut self) {
        self.sessions.clear();
    }

    /// The accounts it was made with.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The challenges to answer: the strongest of each realm, for the realms there is an account for.
    fn choose(&self, challenges: &[DigestChallenge]) -> Result<Vec<DigestChallenge>, AuthError> {
        let mut chosen: Vec<DigestChallenge> = Vec::new();
        for challenge in challenges {
            if chosen.iter().any(|known| known.realm == challenge.realm) {
                continue;
            }
            chosen.extend(self.strongest(challenges, &challenge.realm).cloned());
        }
        let Some(first) = challenges.first().filter(|_| chosen.is_empty()) else {
            return Ok(chosen);
        };
        let realm = first.realm.clone();
        if self.accounts.iter().any(|account| account.is_for(&realm)) {
            let offered = challenges.iter().map(|challenge| challenge.algorithm.to_string()).collect();
            return Err(AuthError::NoSupportedChallenge { offered });
        }
        Err(AuthError::NoAccount { realm })
    }

    fn strongest<'a>(&self, challenges: &'a [DigestChallenge], realm: &str) -> Option<&'a DigestChallenge> {
        let of_realm = challenges.iter().rev().filter(|challenge| challenge.realm == realm);
        let answerable =
            of_realm.filter(|challenge| Account::find(&self.accounts, realm, challenge.algorithm).is_some());
        answerable.max_by_key(|challenge| challenge.algorithm)
    }

    fn check_sendable(&self, challenge: &DigestChallenge) -> Result<(), AuthError> {
        match Account::find(&self.accounts, &challenge.realm, challenge.algorithm) {
            Some(account) if !account.is_sendable() => {
                Err(AuthError::UnusableUsername { realm: challenge.realm.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn open(&mut self, origin: Origin, sent: &Request, mut challenge: DigestChallenge) {
        let Some(account) = Account::find(&self.accounts, &challenge.realm, challenge.algorithm) else {
            return;
        };
        let Some(ha1) = account.ha1_for(challenge.algorithm, &challenge.realm) else {
            return;
        };
        if *sent.method() == Method::Register && self.home_realms.len() < MAXIMUM_SESSIONS {
            self.home_realms.insert(challenge.realm.clone());
        }
        let is_home = account.realm().is_some() || self.home_realms.contains(&challenge.realm);
        let scope = scope(origin, is_home, Target::of(sent));
        if self.names_algorithm {
            challenge.algorithm_text.get_or_insert_with(|| challenge.algorithm.to_string());
        }
        let who = (account.username().to_owned(), ha1);
        self.remember(AuthenticationSession::new((origin, scope), who, challenge));
    }

    fn remember(&mut self, mut session: AuthenticationSession) {
        for known in &self.sessions {
            session.continue_count(known);
        }
        self.sessions.retain(|known| !session.replaces(known));
        if self.sessions.len() >= MAXIMUM_SESSIONS {
            self.sessions.pop_front();
        }
        self.sessions.push_back(session);
    }
}

/// Which requests will carry the credentials unasked.
// rfc3261#22.2/3, rfc3261#22.3/5-7,13: those for proxies stay in their call, unless the realm is that of our outbound proxy
fn scope(origin: Origin, is_home: bool, target: Target) -> Scope {
    match origin {
        Origin::Proxy if is_home => Scope::Everywhere,
        Origin::Proxy => target.call_scope(),
        Origin::Server => target.host_scope(),
    }
}

/// Whether the challenge says that the credentials in `sent` are wrong.
// rfc3261#22.1/11: rejected credentials are not repeated, except for a stale nonce
fn check_refused(
    origin: Origin,
    challenge: &DigestChallenge,
    sent: &Request,
    attempts: &mut Attempts,
) -> Result<(), AuthError> {
    let Some(used) = used_nonce(origin, &challenge.realm, sent) else {
        return Ok(());
    };
    let is_new = used != challenge.nonce;
    if challenge.is_stale || (is_new && attempts.excuse(origin, &challenge.realm)) {
        return Ok(());
    }
    Err(AuthError::WrongCredentials { realm: challenge.realm.clone() })
}

/// The nonce with which `sent` answered this realm.
fn used_nonce(origin: Origin, realm: &str, sent: &Request) -> Option<String> {
    let headers = sent.headers();
    let nonce = |credentials: Credentials| {
        let nonce = credentials.get("nonce").filter(|_| is_for_realm(&credentials, realm));
        nonce.map(str::to_owned)
    };
    match origin {
        Origin::Server => headers.list::<Authorization>().flatten().find_map(|header| nonce(header.0)),
        Origin::Proxy => headers.list::<ProxyAuthorization>().flatten().find_map(|header| nonce(header.0)),
    }
}

fn is_for_realm(credentials: &Credentials, realm: &str) -> bool {
    credentials.scheme.eq_ignore_ascii_case("Digest") && credentials.get("realm") == Some(realm)
}

/// Puts `fresh` in place of the credentials for the same realms; others stay, such as a bearer token.
fn replace<H: Header>(
    request: &mut Request,
    fresh: Vec<Credentials>,
    wrap: impl Fn(Credentials) -> H,
    unwrap: impl Fn(&H) -> &Credentials,
) {
    if fresh.is_empty() {
        return;
    }
    let is_replaced = |old: &H| {
        fresh.iter().any(|new| new.get("realm").is_some_and(|realm| is_for_realm(unwrap(old), realm)))
    };
    let mut list: Vec<H> = request.headers().list::<H>().flatten().filter(|old| !is_replaced(old)).collect();
    list.extend(fresh.into_iter().map(wrap));
    request.headers_mut().set_list(&list);
}

/// So many challenges are remembered; a peer that makes up realms pushes out the oldest.
const MAXIMUM_SESSIONS: usize = 32;
