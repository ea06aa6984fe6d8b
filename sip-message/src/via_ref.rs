//! Via read in place (RFC 3261 §20.42).

use crate::grammar::Class;
use crate::grammar::unfold;
use crate::header::has_cookie;
use crate::params_ref::UsualParams;
use crate::{Header, HeaderError, ParamsRef, Via};
use sip_uri::{Host, HostPortRef};
use std::borrow::Cow;
use std::net::Ipv4Addr;

/// One hop in a message: what [`Via`] is, without allocation where the message has it in its usual form (RFC 3261
/// §20.42).
///
/// ```
/// # use sip_message::Message;
/// let message = Message::parse("BYE sip:b@c SIP/2.0\r\nv: SIP/2.0/WSS a.invalid:9;branch=z9hG4bK1\r\n\r\n".into())?;
/// let via = message.headers().top_via()?.unwrap();
/// assert_eq!((via.transport(), via.port(), via.branch()), ("WSS", Some(9), Some("z9hG4bK1")));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ViaRef<'a>(Form<'a>);

#[derive(Clone, Debug)]
enum Form<'a> {
    Plain { transport: &'a str, sent_by: HostPortRef<'a>, params: ParamsRef<'a> },
    Owned { via: Box<Via>, params: ParamsRef<'a> },
}

impl<'a> ViaRef<'a> {
    /// Reads one hop. The usual form is read in place; any other one by the grammar that [`Via`] is read with, so
    /// that both always agree.
    pub(crate) fn parse(value: &'a str) -> Result<Self, HeaderError> {
        if let Some(usual) = UsualHop::whole(value) {
            return Ok(usual.into());
        }
        let mut via = Box::new(Via::decode(&unfold(value))?);
        let params = ParamsRef::owned(std::mem::take(&mut via.params));
        Ok(Self(Form::Owned { via, params }))
    }

    /// The transport: `WS`, `WSS`, `UDP`, any token.
    #[must_use]
    pub fn transport(&self) -> &str {
        match &self.0 {
            Form::Plain { transport, .. } => transport,
            Form::Owned { via, .. } => &via.transport,
        }
    }

    /// The host of `sent-by`, which is made of its text at each call.
    #[must_use]
    pub fn host(&self) -> Host {
        match &self.0 {
            Form::Plain { sent_by, .. } => sent_by.host(),
            Form::Owned { via, .. } => via.host.clone(),
        }
    }

    /// The text that [`host`](Self::host) prints.
    #[must_use]
    pub fn host_text(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Plain { sent_by, .. } if is_printed(sent_by.raw_host()) => {
                Cow::Borrowed(sent_by.raw_host())
            }
            Form::Plain { sent_by, .. } => Cow::Owned(sent_by.host().to_string()),
            Form::Owned { via, .. } => Cow::Owned(via.host.to_string()),
        }
    }

    /// The port of `sent-by`.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match &self.0 {
            Form::Plain { sent_by, .. } => sent_by.port(),
            Form::Owned { via, .. } => via.port,
        }
    }

    /// Whether `sent-by` is that of `hop`: the same host and the same port, or none (RFC 3261 §18.1.2).
    #[must_use]
    pub fn is_sent_by(&self, hop: &Via) -> bool {
        let has_host = match &hop.host {
            Host::Name(name) => name.eq_ignore_ascii_case(&self.host_text()),
            Host::V4(_) | Host::V6(_) => hop.host.is_equivalent(&self.host()),
        };
        has_host && hop.port == self.port()
    }

    /// `branch`, `received`, `rport` and others.
    #[must_use]
    pub const fn params(&self) -> &ParamsRef<'a> {
        match &self.0 {
            Form::Plain { params, .. } | Form::Owned { params, .. } => params,
        }
    }

    /// The branch, which names the transaction.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params().get("branch")
    }

    /// The branch if it identifies the transaction alone, as [`Via::is_rfc3261_branch`] says.
    #[must_use]
    pub fn rfc3261_branch(&self) -> Option<&str> {
        self.branch().filter(|branch| has_cookie(branch))
    }

    /// The same hop with texts of its own.
    #[must_use]
    pub fn to_via(&self) -> Via {
        let params = self.params().to_params().into_owned();
        match &self.0 {
            Form::Plain { transport, sent_by, .. } => {
                Via { params, ..Via::new(transport, &sent_by.host(), sent_by.port()) }
            }
            Form::Owned { via, .. } => Via { params, ..(**via).clone() },
        }
    }
}

/// Whether a host that stands in no brackets is printed as it is written.
fn is_printed(host: &str) -> bool {
    // no address ends with a letter, and one with leading zeros, which are left out, is read by a parser of our own only
    host.ends_with(|last: char| last.is_alphabetic()) || host.parse::<Ipv4Addr>().is_ok()
}

/// A hop in its usual form: what [`ViaRef`] is before it has anything to drop.
#[derive(Clone, Copy)]
pub(crate) struct UsualHop<'a> {
    transport: &'a str,
    sent_by: HostPortRef<'a>,
    params: UsualParams<'a>,
}

impl<'a> UsualHop<'a> {
    /// `"SIP/2.0/" token SP host [":" port] params`, if that is all there is to it.
    #[inline(always)]
    pub(crate) fn whole(value: &'a str) -> Option<Self> {
        let rest = value.strip_prefix("SIP/2.0/")?;
        let (transport, rest) = Class::TOKEN.split(rest).filter(|(transport, _)| !transport.is_empty())?;
        let (sent_by, behind) = HostPortRef::usual_prefix(rest.strip_prefix(' ')?)?;
        let (params, behind) = UsualParams::prefix(behind)?;
        behind.is_empty().then_some(Self { transport, sent_by, params })
    }
}

impl<'a> From<UsualHop<'a>> for ViaRef<'a> {
    #[inline(always)]
    fn from(hop: UsualHop<'a>) -> Self {
        let UsualHop { transport, sent_by, params } = hop;
        Self(Form::Plain { transport, sent_by, params: params.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_is_known_by_its_host_and_port() {
        let is_sent_by = |view: &str, hop: &str| {
            ViaRef::parse(&format!("SIP/2.0/WS {view}"))
                .unwrap()
                .is_sent_by(&Via::decode(&format!("SIP/2.0/WSS {hop}")).unwrap())
        };
        assert!(is_sent_by("A.invalid;branch=1", "a.invalid") && is_sent_by("[::0:1]:5", "[::1]:5"));
        assert!(!is_sent_by("a.invalid:5060", "a.invalid") && !is_sent_by("b.invalid", "a.invalid"));
        assert!(!is_sent_by("192.0.2.1", "192.0.2.2") && !is_sent_by("a.invalid", "192.0.2.2"));
    }

    #[test]
    fn views_and_owned_hops_agree() {
        for text in [
            "SIP/2.0/WS a.invalid;branch=z9hG4bK1",
            "SIP/2.0/UDP 192.0.2.1:5060;rport;received=192.0.2.2",
            "SIP/2.0/TCP [::1]:5;branch=1",
            "SIP/2.0/TCP [::0:1]",
            "SIP/2.0/UDP 192.0.02.1",
            "SIP/2.0/UDP AtLanTa.CoM",
            "SIP / 2.0 / TCP a",
            "SIP/2.0/TCP  a : 5 ; ttl=1",
            "SIP/3.0/X a",
            "SIP/2.0/UDP a:70000",
            "SIP/2.0/UDP a:+5",
            "SIP/2.0/UDP a:",
            "SIP/2.0/UDP",
            "SIP/2.0/ a",
            "",
            "SIP/2.0/UDP a b",
            "SIP/2.0/UDP a;b=\"c;d\"",
            "SIP/2.0/UDP a,b",
            "SIP/2.0/UDP a%41",
            "SIP/2.0/UDP a;",
            "SIP/2.0/UDP\r\n a",
        ] {
            let view = ViaRef::parse(text);
            let owned = Via::decode(text);
            assert_eq!(view.clone().map(|view| view.to_via()), owned.clone(), "{text}");
            if let (Ok(view), Ok(owned)) = (view, owned) {
                assert_eq!((view.transport(), &view.host()), (owned.transport.as_str(), &owned.host));
                assert_eq!(view.host_text(), owned.host.to_string());
                assert_eq!((view.port(), view.branch()), (owned.port, owned.branch()));
            }
        }
    }
}
