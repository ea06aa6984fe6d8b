//! What the parameters of RFC 3261 §19.1.1 mean, with the defaults of table 1 and of RFC 7118 §5.

use crate::{Host, SipUri};
use std::borrow::Cow;

/// Parameters that RFC 3261 defines, and what their absence means.
///
/// ```
/// # use sip_uri::SipUri;
/// let uri: SipUri = "sip:alice@atlanta.com;maddr=239.255.255.1;ttl=15".parse()?;
/// assert_eq!((uri.effective_transport().as_ref(), uri.effective_port()), ("udp", 5060));
/// assert_eq!((uri.ttl(), uri.maddr().unwrap().to_string()), (Some(15), "239.255.255.1".to_owned()));
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
impl SipUri {
    /// The transport to use: the parameter's value, else UDP for `sip` and TCP for `sips` (below TLS).
    #[must_use]
    pub fn effective_transport(&self) -> Cow<'_, str> {
        let default = if self.is_secure() { "tcp" } else { "udp" };
        self.transport().unwrap_or(Cow::Borrowed(default))
    }

    /// The port to use when no other procedure (RFC 3263) finds one: the port named, else 5060, 5061 below TLS, and
    /// 80 or 443 for WebSocket.
    #[must_use]
    pub fn effective_port(&self) -> u16 {
        let transport = self.effective_transport();
        let is = |name: &str| transport.eq_ignore_ascii_case(name);
        let default = match self.is_secure() {
            // rfc7118#5.1
            true if is("ws") || is("wss") => 443,
            false if is("ws") => 80,
            false if is("wss") => 443,
            false if is("tls") => 5061,
            true => 5061,
            false => 5060,
        };
        self.port().unwrap_or(default)
    }

    /// The address that overrides the host, if `maddr` names a legal one.
    #[must_use]
    pub fn maddr(&self) -> Option<Host> {
        self.param("maddr")?.value?.parse().ok()
    }

    /// The time to live of multicast packets, from 0 to 255, if `ttl` names one; its default is 1.
    #[must_use]
    pub fn ttl(&self) -> Option<u8> {
        self.param("ttl")?.value?.parse().ok()
    }

    /// The method of a request that is formed from the URI, if it names one; the default is INVITE.
    #[must_use]
    pub fn method(&self) -> Option<Cow<'_, str>> {
        self.param("method")?.value
    }

    /// Whether the user is a telephone number: `;user=phone`. The default is `ip`.
    #[must_use]
    pub fn is_phone(&self) -> bool {
        self.param("user")
            .and_then(|user| user.value)
            .is_some_and(|value| value.eq_ignore_ascii_case("phone"))
    }

    /// The tag that the `tag-param` of RFC 2543 figure 3 puts into the URI itself.
    #[must_use]
    pub fn tag_param(&self) -> Option<Cow<'_, str>> {
        let tag = self.param("tag")?.value?;
        let is_uuid = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        is_uuid.then_some(tag)
    }

    /// The message body that a header component called `body` asks for (RFC 3261 §19.1.1).
    #[must_use]
    pub fn body(&self) -> Option<Cow<'_, str>> {
        self.headers().find(|(name, _)| name.eq_ignore_ascii_case("body")).map(|(_, body)| body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> SipUri {
        text.parse().unwrap()
    }

    #[test]
    fn defaults_depend_on_scheme_and_transport() {
        for (text, transport, port) in [
            ("sip:h", "udp", 5060),
            ("sip:h;transport=TCP", "TCP", 5060),
            ("sip:h;transport=tls", "tls", 5061),
            ("sips:h", "tcp", 5061),
            ("sip:h;transport=ws", "ws", 80),
            ("sip:h;transport=WSS", "WSS", 443),
            ("sips:h;transport=ws", "ws", 443),
            ("sips:h:1;transport=sctp", "sctp", 1),
        ] {
            let uri = uri(text);
            assert_eq!(
                (uri.effective_transport().as_ref(), uri.effective_port()),
                (transport, port),
                "{text}"
            );
        }
    }

    #[test]
    fn parameters_are_read_as_what_they_are() {
        let all = uri("sip:h;maddr=[::1];ttl=255;method=REGISTER;user=PHONE;tag=a1-F?x=&BODY=hi%20there");
        assert_eq!(all.maddr(), Some("[::1]".parse().unwrap()));
        assert_eq!((all.ttl(), all.method().as_deref(), all.is_phone()), (Some(255), Some("REGISTER"), true));
        assert_eq!((all.tag_param().as_deref(), all.body().as_deref()), (Some("a1-F"), Some("hi there")));
        let bad = uri("sip:h;maddr=::1;ttl=256;method;user=ip;tag=x");
        assert_eq!((bad.maddr(), bad.ttl(), bad.method(), bad.is_phone()), (None, None, None, false));
        assert_eq!((bad.tag_param(), bad.body()), (None, None));
    }
}
