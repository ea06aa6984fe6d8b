//! Building and changing SIP URIs: each value is escaped for its component, RFC 3261 §19.1.2.

use crate::escape::encode;
use crate::grammar::class::Class;
use crate::param::RawParam;
use crate::sip_uri::SipParts;
use crate::{Host, Scheme, SipUri};

/// Values are given unescaped; what is not touched keeps its text.
impl SipUri {
    /// `sip:` and the host, nothing else.
    ///
    /// ```
    /// # use sip_uri::{Host, Scheme, SipUri};
    /// let uri = SipUri::new("example.com".parse::<Host>()?)
    ///     .with_scheme(Scheme::Sips)
    ///     .with_user("a b")
    ///     .with_param("lr", None)
    ///     .with_header("Subject", "x & y");
    /// assert_eq!(uri.as_str(), "sips:a%20b@example.com;lr?Subject=x%20%26%20y");
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn new(host: Host) -> Self {
        let text = host.to_string();
        Self::assemble(SipParts {
            scheme: Scheme::Sip.as_str(),
            user: None,
            password: None,
            host_text: &text,
            host,
            port_text: None,
            port: None,
            params: "",
            headers: "",
        })
    }

    /// With this scheme.
    #[must_use]
    pub fn with_scheme(self, scheme: Scheme) -> Self {
        Self::assemble(SipParts { scheme: scheme.as_str(), ..self.parts() })
    }

    /// With this user, given unescaped. An empty one is the same as [`SipUri::without_user`], since
    /// RFC 3261 §19.1.1 has no empty users.
    #[must_use]
    pub fn with_user(self, user: &str) -> Self {
        if user.is_empty() {
            return self.without_user();
        }
        let user = encode(user, Class::USER);
        Self::assemble(SipParts { user: Some(&user), ..self.parts() })
    }

    /// With this user, which is escaped already.
    pub(crate) fn with_raw_user(self, user: &str) -> Self {
        Self::assemble(SipParts { user: Some(user), ..self.parts() })
    }

    /// Without user and password.
    #[must_use]
    pub fn without_user(self) -> Self {
        // A sender's unescaped @ further on must not become the end of a userinfo.
        let params = self.raw_params().replace('@', "%40");
        let headers = self.raw_headers().replace('@', "%40");
        let parts = self.parts();
        Self::assemble(SipParts { user: None, password: None, params: &params, headers: &headers, ..parts })
    }

    /// With this password, given unescaped; a URI without a user has no place for one and stays as it is.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        let parts = self.parts();
        let password = encode(password, Class::PASSWORD);
        Self::assemble(SipParts { password: parts.user.and(Some(&password)), ..parts })
    }

    /// Without a password.
    #[must_use]
    pub fn without_password(self) -> Self {
        Self::assemble(SipParts { password: None, ..self.parts() })
    }

    /// With this host.
    #[must_use]
    pub fn with_host(self, host: Host) -> Self {
        let text = host.to_string();
        Self::assemble(SipParts { host_text: &text, host, ..self.parts() })
    }

    /// With this port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        let text = port.to_string();
        Self::assemble(SipParts { port_text: Some(&text), port: Some(port), ..self.parts() })
    }

    /// Without a port.
    #[must_use]
    pub fn without_port(self) -> Self {
        Self::assemble(SipParts { port_text: None, port: None, ..self.parts() })
    }

    /// With this parameter, given unescaped: in the place of the first one of that name, else at the end. The
    /// grammar has no empty names or values: without a name nothing changes, an empty value is none.
    #[must_use]
    pub fn with_param(self, name: &str, value: Option<&str>) -> Self {
        if name.is_empty() {
            return self;
        }
        let mut param = encode(name, Class::PNAME);
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            param.push('=');
            param.push_str(&encode(value, Class::PVALUE));
        }
        let params = self.params_without(name, Some(&param));
        Self::assemble(SipParts { params: &params, ..self.parts() })
    }

    /// Without the parameters of this name.
    #[must_use]
    pub fn without_param(self, name: &str) -> Self {
        let params = self.params_without(name, None);
        Self::assemble(SipParts { params: &params, ..self.parts() })
    }

    /// With one more header component, given unescaped, after those that are there. Without a name nothing changes.
    #[must_use]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        if name.is_empty() {
            return self;
        }
        let mark = match self.raw_headers() {
            "" => "?",
            "?" => "",
            _ => "&",
        };
        let header = format!("{mark}{}={}", encode(name, Class::HNAME), encode(value, Class::HVALUE));
        let headers = format!("{}{header}", self.raw_headers());
        Self::assemble(SipParts { headers: &headers, ..self.parts() })
    }

    /// Without header components.
    #[must_use]
    pub fn without_headers(self) -> Self {
        Self::assemble(SipParts { headers: "", ..self.parts() })
    }

    /// The parameter list without those called `name`, with `replacement` where the first of them was.
    fn params_without(&self, name: &str, mut replacement: Option<&str>) -> String {
        let mut list = String::new();
        for param in self.raw_param_list() {
            let text = if is_named(param, name) { replacement.take() } else { Some(param.text) };
            push_param(&mut list, text);
        }
        push_param(&mut list, replacement);
        list
    }
}

fn is_named(param: RawParam<'_>, name: &str) -> bool {
    param.decoded().is(name)
}

fn push_param(list: &mut String, param: Option<&str>) {
    if let Some(param) = param {
        list.push(';');
        list.push_str(param);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> SipUri {
        text.parse().unwrap()
    }

    #[test]
    fn changes_touch_their_component_only() {
        let text = "SIP:a%61:p@[::0:1]:05060;x;Lr=on;;y?s=%61&";
        assert_eq!(uri(text).with_port(1).as_str(), "SIP:a%61:p@[::0:1]:1;x;Lr=on;;y?s=%61&");
        assert_eq!(uri(text).without_port().as_str(), "SIP:a%61:p@[::0:1];x;Lr=on;;y?s=%61&");
        assert_eq!(uri(text).with_user("b").as_str(), "SIP:b:p@[::0:1]:05060;x;Lr=on;;y?s=%61&");
        assert_eq!(uri(text).without_user().as_str(), "SIP:[::0:1]:05060;x;Lr=on;;y?s=%61&");
        assert_eq!(uri(text).without_password().as_str(), "SIP:a%61@[::0:1]:05060;x;Lr=on;;y?s=%61&");
        assert_eq!(uri(text).with_param("LR", None).as_str(), "SIP:a%61:p@[::0:1]:05060;x;LR;y?s=%61&");
        assert_eq!(uri(text).without_headers().as_str(), "SIP:a%61:p@[::0:1]:05060;x;Lr=on;;y");
        assert_eq!(
            uri(text).with_scheme(Scheme::Sips).as_str(),
            "sips:a%61:p@[::0:1]:05060;x;Lr=on;;y?s=%61&"
        );
    }

    #[test]
    fn parameters_are_replaced_in_place_and_once() {
        assert_eq!(uri("sip:h;a;b=1;A=2;c").with_param("a", Some("x y")).as_str(), "sip:h;a=x%20y;b=1;c");
        assert_eq!(uri("sip:h;a").with_param("b", Some("1;2")).as_str(), "sip:h;a;b=1%3B2");
        assert_eq!(uri("sip:h;a;b;a?h=v").without_param("A").as_str(), "sip:h;b?h=v");
    }

    #[test]
    fn empty_values_do_not_break_the_grammar() {
        assert_eq!(uri("sip:a@h").with_user("").as_str(), "sip:h");
        assert_eq!(uri("sip:h").with_password("x").as_str(), "sip:h");
        assert_eq!(uri("sip:h").with_param("", Some("x")).with_param("a", Some("")).as_str(), "sip:h;a");
        assert_eq!(uri("sip:h").with_header("", "x").with_header("a", "").as_str(), "sip:h?a=");
    }

    #[test]
    fn what_is_built_can_never_break_a_line() {
        let host: Host = "h".parse().unwrap();
        let evil = "x\r\nVia: y\0<>\"";
        let uri = SipUri::new(host).with_user(evil).with_password(evil);
        let uri = uri.with_param(evil, Some(evil)).with_header(evil, evil);
        assert!(uri.as_str().bytes().all(|byte| byte > b' ' && !matches!(byte, b'<' | b'>' | b'"')));
        assert_eq!(uri.user().as_deref(), Some(evil));
        assert_eq!(SipUri::parse(uri.as_str(), crate::Mode::Strict), Ok(uri.clone()));
        assert!("h\r\nVia: y".parse::<Host>().is_err());
    }
}
