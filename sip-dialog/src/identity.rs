//! Who the peer is, by the word of the network or its own: RFC 3325 §9.1, draft-ietf-sip-privacy-04 §9.1 and
//! RFC 4916 §4.4.1; AC-71.

#[cfg(feature = "serde")]
use crate::snapshot::{IdentityForm, RestoreError, address};
use sip_message::{HeaderName, Headers, NameAddr, NameAddrRef, PAssertedIdentity, Params, RemotePartyId};
use sip_uri::Uri;

/// Whose word about the peer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "the network is trusted or it is not")]
pub enum IdentityPolicy {
    /// That of the network: P-Asserted-Identity, else Remote-Party-ID, else From (or To, for who is called). For a
    /// server that removes what others claim (RFC 3325 §5).
    #[default]
    Network,
    /// That of the peer alone: From, or To.
    Peer,
}

/// What has been said of the peer in one dialog since it began; by default it is who its messages name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    shown: Option<Box<(Source, NameAddr)>>,
}

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Network,
    Peer,
}

impl Identity {
    /// Takes what a message of the peer says; whether that is news. `remote` is what From or To said at first, and
    /// `printed` as we write it; `party` is `calling` in requests, else `called`.
    pub(crate) fn learn<'a>(
        &mut self,
        headers: &Headers,
        party: &str,
        policy: IdentityPolicy,
        printed: impl FnOnce() -> &'a str,
        remote: impl FnOnce() -> NameAddr,
    ) -> bool {
        let network = match policy {
            IdentityPolicy::Network => asserted(headers, party),
            IdentityPolicy::Peer => None,
        };
        let speaks = network.is_some()
            || (party == CALLING && headers.raw(&HeaderName::From) != Some(printed().as_bytes()));
        if !speaks && self.shown.is_none() {
            return false;
        }
        let remote = &remote();
        let from = || headers.address(&HeaderName::From).ok().flatten().filter(|_| party == CALLING);
        let next = match network {
            Some(address) => Some((Source::Network, address)),
            None => match from().map(|from| changed(&from, remote)) {
                Some(Some(from)) => Some((Source::Peer, from)),
                Some(None) if !self.is_asserted() => None,
                Some(None) | None => return false,
            },
        };
        let is_news = seen(next.as_ref(), remote) != seen(self.shown.as_deref(), remote);
        self.shown = next.map(Box::new);
        is_news
    }

    /// Who the peer is.
    pub(crate) fn shown(&self, remote: impl FnOnce() -> NameAddr) -> NameAddr {
        match self.shown.as_deref() {
            Some((_, address)) => address.clone(),
            None => plain(remote()),
        }
    }

    /// As a record; `None` where there is no more to it than what the peer said at first.
    #[cfg(feature = "serde")]
    pub(crate) fn to_form(&self) -> Option<IdentityForm> {
        let (source, address) = self.shown.as_deref()?;
        Some(IdentityForm { address: address.to_string(), asserted: *source == Source::Network })
    }

    /// Goes on with a record.
    #[cfg(feature = "serde")]
    pub(crate) fn of_form(form: &IdentityForm) -> Result<Self, RestoreError> {
        let address = address(&form.address, "identity")?;
        let source = if form.asserted { Source::Network } else { Source::Peer };
        Ok(Self { shown: Some(Box::new((source, address))) })
    }

    /// Whether the network said who the peer is.
    fn is_asserted(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.0 == Source::Network)
    }
}

/// From of a request that the network says nothing of counts where it is not what it was, `remote` (RFC 4916 §4.4.1).
fn changed(from: &NameAddrRef<'_>, remote: &NameAddr) -> Option<NameAddr> {
    let from = (from.uri() != remote.uri.as_str()).then(|| plain(from.to_name_addr()));
    from.filter(|from| from.uri != remote.uri)
}

/// What the network asserts (RFC 3325 §9.1), or its forerunner.
fn asserted(headers: &Headers, party: &str) -> Option<NameAddr> {
    let asserted = headers.list().flatten().next().map(|PAssertedIdentity(address)| address);
    let mut parties = headers.list::<RemotePartyId>().flatten();
    let is_meant = |id: &RemotePartyId| id.party().is_none_or(|it| it.eq_ignore_ascii_case(party));
    asserted.or_else(|| parties.find(is_meant).map(|id| id.0)).map(plain)
}

/// What [`Identity::shown`] makes of it, in place.
fn seen<'a>(
    shown: Option<&'a (Source, NameAddr)>,
    remote: &'a NameAddr,
) -> (Option<&'a str>, &'a Uri, Option<&'a Params>) {
    let (address, params) = match shown {
        Some((_, address)) => (address, Some(&address.params).filter(|params| !params.is_empty())),
        None => (remote, None),
    };
    (address.display_name.as_deref(), &address.uri, params)
}

/// The address without its parameters, the tag among them.
fn plain(address: NameAddr) -> NameAddr {
    NameAddr { params: Params::new(), ..address }
}

/// The party of Remote-Party-ID in a request.
pub(crate) const CALLING: &str = "calling";

/// The party of Remote-Party-ID in a response.
pub(crate) const CALLED: &str = "called";

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::{Method, Request};

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut request = Request::new(Method::Invite, &"sip:bob@example.com".parse().unwrap());
        for (name, value) in fields {
            request.headers_mut().push_text(&name.parse().unwrap(), value).unwrap();
        }
        request.headers().clone()
    }

    fn remote() -> NameAddr {
        NameAddr::new("sip:alice@example.com".parse().unwrap()).with_tag("a")
    }

    fn shown(identity: &Identity) -> String {
        identity.shown(remote).uri.to_string()
    }

    const FROM: (&str, &str) = ("From", "<sip:alice@example.com>;tag=a");
    const RPID: (&str, &str) = ("Remote-Party-ID", "\"R\" <sip:r@example.com>;party=calling;screen=yes");
    const PRINTED: &str = "<sip:alice@example.com>;tag=a";
    const PAI: (&str, &str) = ("P-Asserted-Identity", "\"P\" <sip:p@example.com>");

    #[test]
    fn ac71_asserted_goes_before_remote_party_before_from() {
        for (fields, expected) in [
            (vec![FROM, RPID, PAI], "sip:p@example.com"),
            (vec![FROM, RPID], "sip:r@example.com"),
            (vec![FROM], "sip:alice@example.com"),
        ] {
            let mut identity = Identity::default();
            identity.learn(&headers(&fields), CALLING, IdentityPolicy::Network, || PRINTED, remote);
            assert_eq!(shown(&identity), expected);
            let mut identity = Identity::default();
            assert!(!identity.learn(&headers(&fields), CALLING, IdentityPolicy::Peer, || PRINTED, remote));
            assert_eq!(shown(&identity), "sip:alice@example.com", "by policy");
        }
    }

    #[test]
    fn ac71_a_request_without_identity_does_not_undo_what_the_network_said() {
        let mut identity = Identity::default();
        let mut learn = |fields: &[(&str, &str)]| {
            identity.learn(&headers(fields), CALLING, IdentityPolicy::Network, || PRINTED, remote)
        };
        assert!(learn(&[FROM, PAI]) && !learn(&[FROM]) && !learn(&[FROM, PAI]));
        assert!(learn(&[("From", "<sip:carol@example.com>;tag=a")]), "rfc4916#4.4.1");
        assert!(learn(&[FROM]), "and back");
        assert_eq!(shown(&identity), "sip:alice@example.com");
    }

    #[test]
    fn the_party_of_the_other_direction_is_not_meant() {
        let mut identity = Identity::default();
        assert!(!identity.learn(&headers(&[RPID]), CALLED, IdentityPolicy::Network, || PRINTED, remote));
    }
}
