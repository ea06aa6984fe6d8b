//! What the peer says it can do: Allow, Supported and Recv-Info of its messages (RFC 3261 §20.5, §20.37; RFC 6086
//! §5.2.2).

#[cfg(feature = "serde")]
use crate::snapshot::{PeerForm, RestoreError};
use sip_message::{HeaderName, Headers, Method, RecvInfo};

/// What the messages of a peer have said of it; each field counts as it was said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    allow: Option<Vec<Method>>,
    supported: Vec<String>,
    recv_info: Vec<String>,
}

impl Capabilities {
    /// Whether the peer has said that it serves `method`; one that says nothing is not taken to serve anything that
    /// RFC 3261 itself does not have (§20.5).
    #[must_use]
    pub fn allows(&self, method: &Method) -> bool {
        self.allow.as_ref().is_some_and(|methods| methods.contains(method))
    }

    /// Whether the peer has said that it supports the extension with this option tag.
    #[must_use]
    pub fn supports(&self, option: &str) -> bool {
        self.supported.iter().any(|known| known.eq_ignore_ascii_case(option))
    }

    /// Whether the peer has said that it receives INFO of this package (RFC 6086 §5.2.2).
    #[must_use]
    pub fn receives_info(&self, package: &str) -> bool {
        self.recv_info.iter().any(|known| known.eq_ignore_ascii_case(package))
    }

    #[cfg(feature = "serde")]
    pub(crate) fn to_form(&self, refuses_update: bool) -> PeerForm {
        let allow = self.allow.as_ref().map(|methods| methods.iter().map(ToString::to_string).collect());
        let (supported, recv_info) = (self.supported.clone(), self.recv_info.clone());
        PeerForm { allow, supported, recv_info, refuses_update }
    }

    #[cfg(feature = "serde")]
    pub(crate) fn of_form(form: &PeerForm) -> Result<Self, RestoreError> {
        let method = |name: &String| name.parse().map_err(|_| RestoreError::Malformed("allow"));
        let allow = form.allow.as_ref().map(|names| names.iter().map(method).collect::<Result<_, _>>());
        Ok(Self {
            allow: allow.transpose()?,
            supported: form.supported.clone(),
            recv_info: form.recv_info.clone(),
        })
    }

    /// Takes what a message of the peer says; what it does not say stays.
    pub(crate) fn learn(&mut self, headers: &Headers) {
        // rfc3261#20.5: no Allow says nothing, an empty one that nothing is allowed
        if headers.contains(&HeaderName::Allow) {
            let mut methods = Vec::with_capacity(Method::ALL.len());
            methods.extend(headers.tokens(&HeaderName::Allow).filter_map(|name| name.parse::<Method>().ok()));
            methods.shrink_to_fit();
            self.allow = Some(methods);
        }
        if headers.contains(&HeaderName::Supported) {
            self.supported = headers.tokens(&HeaderName::Supported).map(str::to_owned).collect();
        }
        // rfc6086#5.2.2: a set holds until the next one
        if headers.contains(&HeaderName::RecvInfo) {
            self.recv_info = headers.list().flatten().map(|it: RecvInfo| it.package).collect();
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
