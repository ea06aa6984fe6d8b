//! The client side of authentication: RFC 3261 §22.1 to §22.3, RFC 7616 §3.4, RFC 8760 §2.4, RFC 8898 §2.1.

mod credentials_needed;
pub use credentials_needed::{CredentialsAnswer, CredentialsNeeded, TokenNeeded};

use crate::authentication_session::{
    AuthenticationSession, Proof, Scope, Target, is_challengeable, is_digest_for,
};
use crate::challenge::{self, BearerChallenge, DigestChallenge, KnownChallenge, Origin};
use crate::digest_proof::DigestProof;
use crate::{Account, Attempts, AuthError, BearerToken, ServerProof};
use sip_clock::TokenSource;
use sip_message::{
    AuthenticationInfo, Authorization, Credentials, Header, Method, ProxyAuthorization, Request, Response,
};
use std::collections::{BTreeSet, VecDeque};

/// The accounts and access tokens of a user agent and the challenges it is answering.
///
/// One client serves one flow, that is one outbound proxy. `handle_challenge` and `handle_success` are for what the
/// network did, `authorize` for each request that is about to leave, as the last step before its Via: method,
/// Request-URI and body enter the digest.
///
/// ```
/// use sip_auth::{Account, AuthClient, AuthError, Attempts};
/// use sip_message::{Method, Request, StatusCode};
///
/// let mut client = AuthClient::new(vec![Account::password("bob", "zanzibar")]);
/// let request = Request::new(Method::Options, &"sip:biloxi.com".parse().unwrap());
/// let response = request.response(StatusCode::UNAUTHORIZED);
/// let outcome = client.handle_challenge(&request, &response, &mut Attempts::default());
/// assert_eq!(outcome, Err(AuthError::NoChallenge));
/// ```
#[derive(Debug)]
pub struct AuthClient {
    accounts: Vec<Account>,
    tokens: Vec<BearerToken>,
    /// The oldest first.
    sessions: VecDeque<AuthenticationSession>,
    /// Realms that challenged a REGISTER: those of our own registrar and outbound proxy.
    home_realms: BTreeSet<String>,
    names_algorithm: bool,
}

impl AuthClient {
    /// A client that has seen no challenge yet.
    #[must_use]
    pub const fn new(accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            tokens: Vec::new(),
            sessions: VecDeque::new(),
            home_realms: BTreeSet::new(),
            names_algorithm: false,
        }
    }

    /// Always names the algorithm, for servers that want it even where their challenge names none. Without this it
    /// is echoed as it was sent.
    #[must_use]
    pub const fn with_named_algorithm(mut self) -> Self {
        self.names_algorithm = true;
        self
    }

    /// Adds an account, in place of the one that is for the same realm. So a user can be asked for the password once
    /// a server challenges ([`AuthError::NoAccount`]): add the account, then handle the same response again. What was
    /// refused with the account before counts no longer.
    pub fn add_account(&mut self, account: Account) {
        self.accounts.retain(|known| known.realm() != account.realm());
        self.sessions.retain(|session| !session.is_digest_in(account.realm()));
        self.accounts.push(account);
    }

    /// Adds an access token, in place of the one that is for the same realm; answers that carry the old one go out
    /// with the new one from now on.
    pub fn set_token(&mut self, token: BearerToken) {
        let Some(at) = self.tokens.iter().position(|known| known.realm() == token.realm()) else {
            self.tokens.push(token);
            return;
        };
        if let Some(place) = self.tokens.get_mut(at) {
            let old = std::mem::replace(place, token.clone());
            self.sessions.iter_mut().for_each(|session| session.renew(&old, &token));
        }
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
            if let Err(error) = self.check(origin, challenge, sent, attempts) {
                self.sessions.retain(|session| !session.answers(origin, challenge.realm()));
                return Err(error);
            }
        }
        attempts.spend()?;
        for challenge in chosen {
            self.open(origin, sent, challenge);
        }
        Ok(())
    }

    /// Takes the Authentication-Info of a response to `sent`, a request with credentials of ours: whether the server
    /// knows the secret too, and the nonce it wants to see next, which spares a challenge (RFC 7616 §3.5). For a
    /// response without one nothing happens.
    pub fn handle_success(&mut self, sent: &Request, response: &Response) -> ServerProof {
        let Ok(Some(info)) = response.headers().typed::<AuthenticationInfo>() else {
            return ServerProof::Absent;
        };
        let is_meant = |credentials: &Credentials| {
            let repeats = |name| info.get(name).is_none_or(|value| credentials.get(name) == Some(value));
            repeats("cnonce") && repeats("nc")
        };
        let used = sent.headers().list::<Authorization>().flatten().map(|header| header.0).find(is_meant);
        let Some(used) = used else {
            return ServerProof::Absent;
        };
        let realm = used.get("realm").unwrap_or_default();
        let mut digests =
            self.sessions.iter_mut().filter_map(|known| known.digest_for(Origin::Server, realm));
        let proofs = digests.by_ref().map(|digest| digest.confirm(&used, response, &info));
        proofs.last().unwrap_or(ServerProof::Absent)
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
        let mut fresh: Vec<Fresh<'_>> = Vec::new();
        for session in self.sessions.iter_mut().rev().filter(|session| session.applies_to(&target)) {
            if !fresh.iter().any(|known| known.session.answers(session.origin(), session.realm())) {
                let credentials = session.credentials(request, tokens);
                fresh.extend(credentials.map(|credentials| Fresh { session, credentials }));
            }
        }
        let (server, proxy): (Vec<_>, Vec<_>) =
            fresh.into_iter().partition(|fresh| fresh.session.origin() == Origin::Server);
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

    /// The challenges to answer, one of each realm there is something to answer with: the one for an access token if
    /// there is a token, else the strongest Digest.
    fn choose(&self, challenges: &[KnownChallenge]) -> Result<Vec<KnownChallenge>, AuthError> {
        let mut chosen: Vec<KnownChallenge> = Vec::new();
        for challenge in challenges {
            let realm = challenge.realm();
            if !chosen.iter().any(|known| known.realm() == realm) {
                chosen.extend(self.choose_in(realm, challenges));
            }
        }
        if chosen.is_empty() { Err(self.explain(challenges)) } else { Ok(chosen) }
    }

    /// The challenge of this realm to answer, if there is something to answer with.
    fn choose_in(&self, realm: &str, challenges: &[KnownChallenge]) -> Option<KnownChallenge> {
        let of_realm = challenges.iter().filter(|challenge| challenge.realm() == realm);
        let token = of_realm.clone().find(|challenge| self.has_token_for(challenge)).cloned();
        token.or_else(|| self.strongest(of_realm).map(KnownChallenge::Digest))
    }

    /// Why none of them can be answered.
    fn explain(&self, challenges: &[KnownChallenge]) -> AuthError {
        let mut offered = Vec::new();
        for challenge in challenges {
            match challenge {
                KnownChallenge::Bearer(BearerChallenge { realm, authz_server, scope, error: _ }) => {
                    let (realm, authz_server, scope) = (realm.clone(), authz_server.clone(), scope.clone());
                    return AuthError::NoToken { realm, authz_server, scope };
                }
                KnownChallenge::Digest(digest) => offered.push(digest),
            }
        }
        let realm = offered.first().map(|digest| digest.realm.clone()).unwrap_or_default();
        if self.accounts.iter().any(|account| account.is_for(&realm)) {
            let offered = offered.iter().map(|digest| digest.algorithm.to_string()).collect();
            return AuthError::NoSupportedChallenge { offered };
        }
        AuthError::NoAccount { realm }
    }

    fn has_token_for(&self, challenge: &KnownChallenge) -> bool {
        match challenge {
            KnownChallenge::Bearer(challenge) => self.token_for(challenge).is_some(),
            KnownChallenge::Digest(_) => false,
        }
    }

    fn token_for(&self, challenge: &BearerChallenge) -> Option<&BearerToken> {
        self.tokens.iter().find(|token| token.answers(challenge))
    }

    /// Of the Digest challenges of one realm the strongest that an account answers, of equals the first.
    fn strongest<'a>(
        &self,
        of_realm: impl DoubleEndedIterator<Item = &'a KnownChallenge>,
    ) -> Option<DigestChallenge> {
        let digests = of_realm.rev().filter_map(|challenge| match challenge {
            KnownChallenge::Digest(digest) => Some(digest),
            KnownChallenge::Bearer(_) => None,
        });
        let answerable =
            digests.filter(|digest| Account::find(&self.accounts, &digest.realm, digest.algorithm).is_some());
        answerable.max_by_key(|digest| digest.algorithm).cloned()
    }

    /// Whether the request may go again with an answer to this challenge.
    fn check(
        &self,
        origin: Origin,
        challenge: &KnownChallenge,
        sent: &Request,
        attempts: &mut Attempts,
    ) -> Result<(), AuthError> {
        match challenge {
            KnownChallenge::Digest(digest) => {
                let account = Account::find(&self.accounts, &digest.realm, digest.algorithm);
                check_sendable(account, digest)?;
                check_refused((origin, digest), sent, account, attempts)
            }
            KnownChallenge::Bearer(bearer) => self.check_token(origin, bearer, sent),
        }
    }

    /// A token that was refused is not shown again (rfc3261#22.1/11, rfc8898#2.1.3).
    fn check_token(
        &self,
        origin: Origin,
        challenge: &BearerChallenge,
        sent: &Request,
    ) -> Result<(), AuthError> {
        let token = self.token_for(challenge);
        let was_sent = |credentials: &Credentials| token.is_some_and(|token| token.is_in(credentials));
        if submitted(origin, sent).iter().any(was_sent) {
            let (realm, error) = (challenge.realm.clone(), challenge.error.clone());
            return Err(AuthError::TokenRefused { realm, error });
        }
        Ok(())
    }

    fn open(&mut self, origin: Origin, sent: &Request, challenge: KnownChallenge) {
        let realm = challenge.realm().to_owned();
        if *sent.method() == Method::Register && self.home_realms.len() < MAXIMUM_SESSIONS {
            self.home_realms.insert(realm.clone());
        }
        let Some((proof, is_named)) = self.proof(challenge) else {
            return;
        };
        let is_home = is_named || self.home_realms.contains(&realm);
        let scope = scope(origin, is_home, Target::of(sent));
        self.remember(AuthenticationSession::new((origin, scope), realm, proof));
    }

    /// What answers the challenge, and whether it was configured for this very realm.
    fn proof(&self, challenge: KnownChallenge) -> Option<(Proof, bool)> {
        match challenge {
            KnownChallenge::Digest(mut digest) => {
                let account = Account::find(&self.accounts, &digest.realm, digest.algorithm)?;
                let ha1 = account.ha1_for(digest.algorithm, &digest.realm)?;
                if self.names_algorithm {
                    digest.algorithm_text.get_or_insert_with(|| digest.algorithm.to_string());
                }
                let proof = DigestProof::new((account.username().to_owned(), ha1), digest);
                Some((Proof::Digest(proof), account.realm().is_some()))
            }
            KnownChallenge::Bearer(bearer) => {
                let token = self.token_for(&bearer)?;
                Some((Proof::Bearer(token.clone()), token.realm().is_some()))
            }
        }
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

fn check_sendable(account: Option<&Account>, challenge: &DigestChallenge) -> Result<(), AuthError> {
    match account {
        Some(account) if !account.is_sendable() => {
            Err(AuthError::UnusableUsername { realm: challenge.realm.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether the challenge says that the credentials in `sent` are wrong, and they are still all there is.
// rfc3261#22.1/11: rejected credentials are not repeated, except for a stale nonce
fn check_refused(
    (origin, challenge): (Origin, &DigestChallenge),
    sent: &Request,
    account: Option<&Account>,
    attempts: &mut Attempts,
) -> Result<(), AuthError> {
    let credentials = submitted(origin, sent);
    let Some(used) = credentials.iter().find(|used| is_digest_for(used, &challenge.realm)) else {
        return Ok(());
    };
    if !account.is_none_or(|account| account.has_made(used, sent)) {
        return Ok(());
    }
    let is_new = used.get("nonce") != Some(&challenge.nonce);
    if challenge.is_stale || (is_new && attempts.excuse(origin, &challenge.realm)) {
        return Ok(());
    }
    Err(AuthError::WrongCredentials { realm: challenge.realm.clone() })
}

/// The credentials of a request for servers or for proxies.
fn submitted(origin: Origin, request: &Request) -> Vec<Credentials> {
    let headers = request.headers();
    match origin {
        Origin::Server => headers.list::<Authorization>().flatten().map(|header| header.0).collect(),
        Origin::Proxy => headers.list::<ProxyAuthorization>().flatten().map(|header| header.0).collect(),
    }
}

/// Credentials for one request, with the session they are from.
struct Fresh<'a> {
    session: &'a AuthenticationSession,
    credentials: Credentials,
}

/// Puts `fresh` in place of earlier credentials of the same sessions; foreign ones stay.
fn replace<H: Header>(
    request: &mut Request,
    fresh: Vec<Fresh<'_>>,
    wrap: impl Fn(Credentials) -> H,
    unwrap: impl Fn(&H) -> &Credentials,
) {
    if fresh.is_empty() {
        return;
    }
    let is_replaced = |old: &H| fresh.iter().any(|new| new.session.replaces_credentials(unwrap(old)));
    let mut list: Vec<H> = request.headers().list::<H>().flatten().filter(|old| !is_replaced(old)).collect();
    list.extend(fresh.into_iter().map(|fresh| wrap(fresh.credentials)));
    request.headers_mut().set_list(&list);
}

/// So many challenges are remembered; a peer that makes up realms pushes out the oldest.
const MAXIMUM_SESSIONS: usize = 32;
