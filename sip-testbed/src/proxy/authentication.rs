//! Who asks: digest challenges and their check, as registrar (401) and as proxy (407) (RFC 3261 §22, RFC 7616).

use super::config::{ProxyAuthentication, ProxyConfig};
use super::refusal::Refusal;
use super::validation::{Validated, address};
use sip_auth::{DigestServer, Refusal as DigestRefusal};
use sip_clock::Instant;
use sip_message::{Authorization, Credentials, HeaderName, Method, ProxyAuthorization, Request};

/// The digest server with the rules of who must prove what.
#[derive(Debug)]
pub(crate) struct Authentication {
    digest: DigestServer,
    /// A fault: good credentials are refused, and whether their nonce is called stale.
    distrust: Option<bool>,
}

impl Authentication {
    pub(crate) fn new(config: &ProxyConfig, seed: [u8; 32]) -> Self {
        let digest = DigestServer::new(config.realm(), config.algorithms.clone(), seed);
        Self { digest, distrust: None }
    }

    /// Begins or ends the fault.
    pub(crate) const fn distrust(&mut self, distrust: Option<bool>) {
        self.distrust = distrust;
    }

    /// Whether a REGISTER may change the bindings of the user in its To header field.
    // rfc3261#22/1, rfc3261#10.3: steps 3 and 4; an open registrar takes the word of the request.
    pub(crate) fn check_register(
        &mut self,
        config: &ProxyConfig,
        request: &Request,
        now: Instant,
    ) -> Result<(), Refusal> {
        if config.users.is_none() {
            return Ok(());
        }
        let credentials = request.headers().list::<Authorization>().flatten().map(|field| field.0);
        let user = self.user(config, request, credentials.collect(), now).map_err(Refusal::Unauthorized)?;
        let owner = address(request, &HeaderName::To)?.to_name_addr();
        let owner = owner.uri.as_sip().and_then(|uri| uri.user());
        if owner.as_deref() == Some(user.as_str()) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Whether `request` may be forwarded in the name of its From header field.
    // rfc3261#16.3: step 6, rfc3261#22/1, rfc3261#22.1/1: by 407, which is for proxies.
    pub(crate) fn check_forward(
        &mut self,
        config: &ProxyConfig,
        request: &Request,
        valid: &Validated,
        now: Instant,
    ) -> Result<(), Refusal> {
        if !is_asked(config, request, valid) {
            return Ok(());
        }
        let credentials = request.headers().list::<ProxyAuthorization>().flatten().map(|field| field.0);
        let user = self
            .user(config, request, credentials.collect(), now)
            .map_err(Refusal::ProxyAuthenticationRequired)?;
        // rfc3261#12.2.1.1: inside a dialog From is the To of its INVITE, which names somebody else after a redirection
        // (§8.1.3.4) and after a proxy has chosen another target
        let sender = address(request, &HeaderName::From)?.to_name_addr();
        let sender = sender.uri.as_sip().and_then(|uri| uri.user());
        let is_sender = valid.is_in_dialog() || sender.as_deref() == Some(user.as_str());
        if is_sender { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Takes the credentials for this proxy off the request before it goes on.
    // rfc3261#22.3/2,8: those of other realms stay, and none is added.
    pub(crate) fn consume(&self, request: &mut Request) {
        let fields: Vec<ProxyAuthorization> = request.headers().list().flatten().collect();
        let is_foreign = |field: &ProxyAuthorization| field.0.get("realm") != Some(self.digest.realm());
        if fields.iter().all(is_foreign) {
            return;
        }
        request.headers_mut().remove(&HeaderName::ProxyAuthorization);
        fields.iter().filter(|field| is_foreign(field)).for_each(|field| request.headers_mut().push(field));
    }

    /// The user whose credentials are among `credentials`, or the challenges to send.
    fn user(
        &mut self,
        config: &ProxyConfig,
        request: &Request,
        credentials: Vec<Credentials>,
        now: Instant,
    ) -> Result<String, Vec<sip_message::Challenge>> {
        // rfc3261#22.3/12: each realm has its own
        let own = credentials.into_iter().find(|field| field.get("realm") == Some(self.digest.realm()));
        let Some(own) = own else { return Err(self.digest.challenges(now, false)) };
        let password = |user: &str| config.password(user);
        let user = self.digest.verify(request.method(), request, &own, password, now).map_err(|refusal| {
            let is_stale = matches!(refusal, DigestRefusal::Stale);
            self.digest.challenges(now, is_stale)
        })?;
        match self.distrust {
            None => Ok(user),
            Some(is_stale) => Err(self.digest.challenges(now, is_stale)),
        }
    }
}

/// Whether credentials are wanted for forwarding `request`.
fn is_asked(config: &ProxyConfig, request: &Request, valid: &Validated) -> bool {
    let is_asked = match config.authentication {
        ProxyAuthentication::Off => false,
        ProxyAuthentication::OutsideDialogs => !valid.is_in_dialog(),
        ProxyAuthentication::Always => true,
    };
    // rfc3261#22.1/7-9: ACK and CANCEL cannot be sent again with credentials.
    let is_exempt = matches!(request.method(), Method::Ack | Method::Cancel);
    is_asked && !is_exempt && config.users.is_some() && is_from_here(config, request)
}

/// Whether `request` claims to come from a domain of this proxy.
fn is_from_here(config: &ProxyConfig, request: &Request) -> bool {
    let from = address(request, &HeaderName::From).ok();
    let uri = from.as_ref().and_then(|from| from.sip_uri());
    uri.is_some_and(|uri| config.is_own_domain(&uri.host()))
}
