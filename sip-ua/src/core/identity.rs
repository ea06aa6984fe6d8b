//! Who we are on the wire: `From`, `Contact` and `Via` of everything we send (RFC 3261 §8.1.1, RFC 7118 §5; AC-42).

use super::{Config, FlowInfo};
use sip_clock::TokenSource;
use sip_message::{NameAddr, Params, Via};
use sip_uri::{Host, SipUri, Uri};

/// The names that stay the same for the life of a user agent.
#[derive(Debug)]
pub(crate) struct Identity {
    aor: SipUri,
    display_name: Option<String>,
    contact_user: String,
    host: Host,
    port: Option<u16>,
    /// The transport token of each Via, where that of the connection will not do.
    via_transport: Option<String>,
    /// The `Via` of the last request, without its branch.
    via: Via,
    /// Where we are reached, and the same by WebSocket.
    contact: SipUri,
    websocket_contact: SipUri,
}

impl Identity {
    /// Draws what the configuration leaves open.
    pub(crate) fn new(config: &Config, tokens: &mut TokenSource) -> Self {
        let (host, port) = config.local_address.clone().unwrap_or_else(|| (invalid_host(tokens), None));
        let profile = &config.interop;
        let contact_user = profile.contact_user.clone().unwrap_or_else(|| tokens.token(8));
        // rfc3261#10.2.1/1: a secure address-of-record is bound to a secure contact
        let scheme = config.aor.scheme();
        let (contact_host, contact_port) =
            profile.contact_host.clone().unwrap_or_else(|| (host.clone(), port));
        let contact = SipUri::new(contact_host).with_scheme(scheme).with_user(&contact_user);
        let contact = with_port(contact, contact_port);
        let websocket_contact = match profile.transport_param.value() {
            Some(transport) => contact.clone().with_param("transport", Some(transport)),
            None => contact.clone(),
        };
        let mut via = Via::new("WS", &host, port);
        via.params.set("rport", None);
        Self {
            via,
            aor: config.aor.clone(),
            display_name: config.display_name.clone(),
            contact_user,
            websocket_contact,
            contact,
            host,
            port,
            via_transport: profile.via_transport.clone(),
        }
    }

    /// User, host and port of the contact.
    #[cfg(feature = "serde")]
    pub(crate) fn names(&self) -> (&str, &Host, Option<u16>) {
        (&self.contact_user, &self.host, self.port)
    }

    /// The address-of-record.
    pub(crate) fn aor(&self) -> &SipUri {
        &self.aor
    }

    /// The address-of-record with our display name and `tag`, for `From`.
    pub(crate) fn from(&self, tag: &str) -> NameAddr {
        let uri = Uri::Sip(self.aor.clone());
        NameAddr { display_name: self.display_name.clone(), uri, params: Params::default() }.with_tag(tag)
    }

    /// Where requests inside a dialog and to our binding reach us over `flow`.
    ///
    /// `transport=ws` names secure and plain WebSocket alike (RFC 7118 §5.2.2), unless the profile wants another one.
    // rfc3261#8.1.1.8/1-2, rfc3261#12.1.1/4,6, rfc3261#12.1.2/1: one SIP URI for the binding and for all dialogs
    pub(crate) fn contact(&self, flow: &FlowInfo) -> NameAddr {
        let uri = if flow.is_websocket() { &self.websocket_contact } else { &self.contact };
        NameAddr { display_name: None, uri: Uri::Sip(uri.clone()), params: Params::default() }
    }

    /// Where we are reached from now on by other transports than WebSocket; `false` when that is nothing new.
    pub(crate) fn set_contact_address(&mut self, host: Host, port: Option<u16>) -> bool {
        let contact = with_port(self.contact.clone().with_host(host), port);
        let is_new = contact != self.contact;
        self.contact = contact;
        is_new
    }

    /// Host and port of the contact by other transports than WebSocket.
    pub(crate) fn contact_address(&self) -> (&Host, Option<u16>) {
        (self.contact.host(), self.contact.port())
    }

    /// The `Via` of a request over `flow`, without a branch.
    pub(crate) fn via(&mut self, flow: &FlowInfo) -> &Via {
        let transport = self.via_transport.as_deref().unwrap_or(&flow.transport);
        transport.clone_into(&mut self.via.transport);
        &self.via
    }

    /// How this user agent names itself in `Via`.
    // rfc3261#18.1.1/7: our sent-by, which responses are known by
    pub(crate) fn hop(&self, transport: &str) -> Via {
        Via::new(transport, &self.host, self.port)
    }

    /// Whether `user` in a Request-URI means this user agent (RFC 3261 §8.2.2.1).
    pub(crate) fn is_user(&self, user: Option<&str>) -> bool {
        user.is_none() || user == Some(&self.contact_user) || user == self.aor.user().as_deref()
    }
}

fn with_port(uri: SipUri, port: Option<u16>) -> SipUri {
    match port {
        Some(port) => uri.with_port(port),
        None => uri.without_port(),
    }
}

/// A host name that resolves nowhere, for a client that can only be reached over its connection (RFC 7118 §5).
fn invalid_host(tokens: &mut TokenSource) -> Host {
    let name = format!("{}.invalid", tokens.token(12));
    name.parse().expect("letters and digits make a domain label")
}
