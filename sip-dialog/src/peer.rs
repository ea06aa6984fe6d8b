//! What the peer says it can do: Allow, Supported and Recv-Info of its messages (RFC 3261 §20.5, §20.37; RFC 6086
//! §5.2.2).

#[cfg(feature = "serde")]
use crate::snapshot::{PeerForm, RestoreError};
use memchr::memchr2;
use sip_message::{HeaderName, Headers, Method, RecvInfo};

/// What the messages of a peer have said of it; each field counts as it was said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Methods as in the field: every call keeps them, and hardly any is ever asked.
    allow: Option<Box<str>>,
    supported: Option<Box<str>>,
    /// INFO packages; `None` as long as nothing was said of them.
    recv_info: Option<Vec<String>>,
}

impl Capabilities {
    /// Whether the peer has said that it serves `method`; one that says nothing is not taken to serve anything that
    /// RFC 3261 itself does not have (§20.5).
    #[must_use]
    pub fn allows(&self, method: &Method) -> bool {
        tokens(self.allow.as_deref()).any(|known| known == method.as_str())
    }

    /// Whether the peer has said that it supports the extension with this option tag.
    #[must_use]
    pub fn supports(&self, option: &str) -> bool {
        tokens(self.supported.as_deref()).any(|known| known.eq_ignore_ascii_case(option))
    }

    /// Whether the peer has said that it receives INFO of this package (RFC 6086 §5.2.2).
    #[must_use]
    pub fn receives_info(&self, package: &str) -> bool {
        self.recv_info.iter().flatten().any(|known| known.eq_ignore_ascii_case(package))
    }

    /// Whether the peer has named the packages that it receives, and so been told those of this end.
    pub(crate) const fn names_packages(&self) -> bool {
        self.recv_info.is_some()
    }

    #[cfg(feature = "serde")]
    pub(crate) fn to_form(&self, refuses_update: bool) -> PeerForm {
        let list = |text| tokens(text).map(str::to_owned).collect();
        let methods = |text| tokens(Some(text)).filter(|name| name.parse::<Method>().is_ok());
        PeerForm {
            allow: self.allow.as_deref().map(|text| methods(text).map(str::to_owned).collect()),
            supported: list(self.supported.as_deref()),
            recv_info: self.recv_info.iter().flatten().cloned().collect(),
            refuses_update,
        }
    }

    #[cfg(feature = "serde")]
    pub(crate) fn of_form(form: &PeerForm) -> Result<Self, RestoreError> {
        if form.allow.iter().flatten().any(|name| name.parse::<Method>().is_err()) {
            return Err(RestoreError::Malformed("allow"));
        }
        let text = |names: &Vec<String>| names.join(SEPARATOR).into();
        Ok(Self {
            allow: form.allow.as_ref().map(text),
            supported: Some(&form.supported).filter(|names| !names.is_empty()).map(text),
            recv_info: Some(form.recv_info.clone()),
        })
    }

    /// Takes what a message of the peer says of methods and extensions; what it does not say stays.
    pub(crate) fn learn(&mut self, headers: &Headers) {
        // rfc3261#20.5: no Allow says nothing, an empty one that nothing is allowed
        note(&mut self.allow, headers, &HeaderName::Allow);
        note(&mut self.supported, headers, &HeaderName::Supported);
    }

    /// Takes which INFO packages the peer receives, from what it has agreed to or asked and been granted: a refused request
    /// leaves them as they were (RFC 6086 §5.2.4).
    pub(crate) fn learn_packages(&mut self, headers: &Headers) {
        // rfc6086#5.2.2: a set holds until the next one
        if headers.contains(&HeaderName::RecvInfo) {
            let packages = headers.list().flatten().map(|it: RecvInfo| it.package);
            self.recv_info = Some(packages.collect());
        }
    }
}

/// Between the tokens of a list that is kept.
const SEPARATOR: &str = ", ";

/// The tokens of a list that is kept.
fn tokens(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.into_iter().flat_map(|list| list.split(',')).map(str::trim_ascii).filter(|token| !token.is_empty())
}

/// Keeps the tokens of the fields called `name`, if there are any such fields.
fn note(known: &mut Option<Box<str>>, headers: &Headers, name: &HeaderName) {
    let Some(said) = headers.raw(name) else { return };
    let is_plain = headers.count(name) == 1 && memchr2(b'"', b'<', said).is_none();
    match std::str::from_utf8(said) {
        Ok(said) if is_plain && known.as_deref() == Some(said) => {}
        Ok(said) if is_plain => *known = Some(said.into()),
        Ok(_) | Err(_) => {
            let tokens: Vec<&str> = headers.tokens(name).collect();
            *known = Some(tokens.join(SEPARATOR).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Request;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut request = Request::new(Method::Invite, &"sip:bob@example.com".parse().unwrap());
        for (name, value) in fields {
            request.headers_mut().push_text(&name.parse().unwrap(), value).unwrap();
        }
        request.headers().clone()
    }

    #[test]
    fn what_is_not_said_again_stays() {
        let mut peer = Capabilities::default();
        peer.learn(&headers(&[("Allow", "INVITE, UPDATE"), ("Supported", "timer")]));
        peer.learn(&headers(&[]));
        assert!(peer.allows(&Method::Update) && peer.supports("Timer"));
        assert!(!peer.allows(&Method::Info) && !peer.supports("100rel"));
        peer.learn(&headers(&[("Allow", "INVITE")]));
        assert!(!peer.allows(&Method::Update) && peer.supports("timer"));
    }
}
