//! Which components a SIP or SIPS URI may have where: RFC 3261 §19.1.1 table 1, and RFC 2543 §2 table 2.

use crate::SipUri;
use std::ops::Range;

/// Where a URI stands (RFC 3261 §19.1.1, table 1).
///
/// ```
/// use sip_uri::{SipUri, UriComponent, UriContext, Usage};
///
/// assert_eq!(UriContext::From.usage(UriComponent::Port), Usage::Ignored);
///
/// let uri: SipUri = "sip:alice@atlanta.com:5060;transport=tcp;x?Subject=y".parse()?;
/// assert_eq!(uri.in_context(UriContext::From).as_str(), "sip:alice@atlanta.com;x");
/// let ignored: Vec<_> = uri.ignored_in(UriContext::RequestUri).collect();
/// assert_eq!(ignored, [(UriComponent::Headers, 42..52)]);
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[expect(clippy::exhaustive_enums, reason = "the columns of the table")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UriContext {
    /// The Request-URI.
    RequestUri,
    /// The To header field.
    To,
    /// The From header field.
    From,
    /// A Contact of REGISTER, of its 2xx, and of 3xx responses.
    Registration,
    /// A Contact that establishes or keeps a dialog.
    Dialog,
    /// Record-Route and Route.
    Route,
    /// Anywhere outside of messages, such as a web page.
    External,
}

/// A component that the tables tell apart (RFC 3261 §19.1.1, table 1).
#[expect(clippy::exhaustive_enums, reason = "the rows of the table")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UriComponent {
    /// The user.
    User,
    /// The password.
    Password,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The parameter `user`.
    UserParam,
    /// The parameter `method`.
    Method,
    /// The parameter `maddr`.
    Maddr,
    /// The parameter `ttl`.
    Ttl,
    /// The parameter `transport`.
    Transport,
    /// The parameter `lr`.
    Lr,
    /// Any other parameter.
    OtherParam,
    /// All header components.
    Headers,
}

/// What the table says of a component in a context (RFC 3261 §19.1.1, table 1).
#[expect(clippy::exhaustive_enums, reason = "the entries of the table")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Usage {
    /// `m`: always there.
    Mandatory,
    /// `o`: may be there.
    Optional,
    /// `-`: not allowed; whoever finds it ignores it.
    Ignored,
}

impl UriContext {
    /// Every context, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::RequestUri,
        Self::To,
        Self::From,
        Self::Registration,
        Self::Dialog,
        Self::Route,
        Self::External,
    ];

    /// The entry of RFC 3261 table 1.
    #[must_use]
    pub const fn usage(self, component: UriComponent) -> Usage {
        use UriComponent as C;
        let allowed = match component {
            C::Host => return Usage::Mandatory,
            C::User | C::Password | C::UserParam | C::OtherParam => true,
            C::Port | C::Maddr | C::Transport => !matches!(self, Self::To | Self::From),
            C::Method => matches!(self, Self::External),
            C::Ttl => matches!(self, Self::RequestUri | Self::Registration | Self::External),
            C::Lr => matches!(self, Self::RequestUri | Self::Dialog | Self::Route | Self::External),
            C::Headers => matches!(self, Self::Registration | Self::External),
        };
        if allowed { Usage::Optional } else { Usage::Ignored }
    }

    /// The entry of RFC 2543 table 2, which knows one kind of Contact, no `lr`, and says nothing of other parameters:
    /// those are optional. Route has no column there; its URIs are Request-URIs to be.
    #[must_use]
    pub const fn rfc2543_usage(self, component: UriComponent) -> Usage {
        use UriComponent as C;
        let allowed = match component {
            C::Host => return Usage::Mandatory,
            C::User | C::Port | C::UserParam | C::Lr | C::OtherParam => true,
            C::Password => !matches!(self, Self::From),
            C::Method | C::Maddr | C::Ttl | C::Transport | C::Headers => {
                matches!(self, Self::Registration | Self::Dialog | Self::External)
            }
        };
        if allowed { Usage::Optional } else { Usage::Ignored }
    }
}

impl UriComponent {
    /// Every component, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::User,
        Self::Password,
        Self::Host,
        Self::Port,
        Self::UserParam,
        Self::Method,
        Self::Maddr,
        Self::Ttl,
        Self::Transport,
        Self::Lr,
        Self::OtherParam,
        Self::Headers,
    ];

    /// The row of the parameter `name`; names have no case.
    #[must_use]
    pub fn of_param(name: &str) -> Self {
        for (known, component) in PARAMS {
            if name.eq_ignore_ascii_case(known) {
                return component;
            }
        }
        Self::OtherParam
    }
}

/// The parameters that have a row of their own.
const PARAMS: [(&str, UriComponent); 6] = [
    ("user", UriComponent::UserParam),
    ("method", UriComponent::Method),
    ("maddr", UriComponent::Maddr),
    ("ttl", UriComponent::Ttl),
    ("transport", UriComponent::Transport),
    ("lr", UriComponent::Lr),
];

impl SipUri {
    /// The URI without what table 1 of RFC 3261 does not allow in `context`, which is how an element reads it there.
    #[must_use]
    pub fn in_context(&self, context: UriContext) -> Self {
        self.only(|component| context.usage(component))
    }

    /// The URI without what table 2 of RFC 2543 does not allow in `context`.
    #[must_use]
    pub fn in_rfc2543_context(&self, context: UriContext) -> Self {
        self.only(|component| context.rfc2543_usage(component))
    }

    /// What table 1 of RFC 3261 does not allow in `context`, and the bytes that it takes up, in the order of the text.
    pub fn ignored_in(&self, context: UriContext) -> impl Iterator<Item = (UriComponent, Range<usize>)> {
        let ignored = move |(component, _): &_| context.usage(*component) == Usage::Ignored;
        self.components().filter(ignored)
    }

    /// The components that are there, and the bytes that they take up, in the order of the text.
    pub fn components(&self) -> impl Iterator<Item = (UriComponent, Range<usize>)> {
        let layout = self.layout();
        let before = [
            layout.user().map(|range| (UriComponent::User, range)),
            layout.password().map(|range| (UriComponent::Password, range)),
            Some((UriComponent::Host, layout.host())),
            layout.port_text().map(|range| (UriComponent::Port, range)),
        ];
        let params = self.raw_param_list().map(|param| {
            let start = param.text.as_ptr().addr() - self.as_str().as_ptr().addr();
            (UriComponent::of_param(&param.key()), start..start + param.text.len())
        });
        let headers = layout.headers(self.as_str().len());
        let headers = (!headers.is_empty()).then_some((UriComponent::Headers, headers));
        before.into_iter().flatten().chain(params).chain(headers)
    }

    fn only(&self, usage: impl Fn(UriComponent) -> Usage) -> Self {
        let is_ignored = |component| usage(component) == Usage::Ignored;
        let mut uri = self.clone();
        for (component, _) in self.components().filter(|(component, _)| is_ignored(*component)) {
            uri = match component {
                UriComponent::Password => uri.without_password(),
                UriComponent::Port => uri.without_port(),
                UriComponent::Headers => uri.without_headers(),
                // In every context allowed, or mandatory.
                UriComponent::User | UriComponent::Host | UriComponent::OtherParam => uri,
                UriComponent::UserParam
                | UriComponent::Method
                | UriComponent::Maddr
                | UriComponent::Ttl
                | UriComponent::Transport
                | UriComponent::Lr => without(uri, component),
            };
        }
        uri
    }
}

fn without(uri: SipUri, component: UriComponent) -> SipUri {
    let name = PARAMS.iter().find(|(_, known)| *known == component);
    match name {
        Some((name, _)) => uri.without_param(name),
        None => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(usage: impl Fn(UriContext, UriComponent) -> Usage) -> String {
        let mut lines = String::new();
        for component in UriComponent::ALL {
            let entries = UriContext::ALL.map(|context| match usage(context, component) {
                Usage::Mandatory => 'm',
                Usage::Optional => 'o',
                Usage::Ignored => '-',
            });
            lines.extend(entries);
            lines.push_str(&format!(" {component:?}\n"));
        }
        lines
    }

    #[test]
    fn table_1_is_the_one_of_rfc_3261() {
        insta::assert_snapshot!(table(UriContext::usage), @r"
        ooooooo User
        ooooooo Password
        mmmmmmm Host
        o--oooo Port
        ooooooo UserParam
        ------o Method
        o--oooo Maddr
        o--o--o Ttl
        o--oooo Transport
        o---ooo Lr
        ooooooo OtherParam
        ---o--o Headers
        ");
    }

    #[test]
    fn table_2_is_the_one_of_rfc_2543() {
        insta::assert_snapshot!(table(UriContext::rfc2543_usage), @r"
        ooooooo User
        oo-oooo Password
        mmmmmmm Host
        ooooooo Port
        ooooooo UserParam
        ---oo-o Method
        ---oo-o Maddr
        ---oo-o Ttl
        ---oo-o Transport
        ooooooo Lr
        ooooooo OtherParam
        ---oo-o Headers
        ");
    }

    #[test]
    fn a_uri_loses_what_its_context_does_not_allow() {
        let uri: SipUri =
            "sip:a:p@h:1;user=ip;method=X;MADDR=m;t%74l=1;transport=tcp;lr;x?y=z".parse().unwrap();
        for (context, text) in [
            (UriContext::RequestUri, "sip:a:p@h:1;user=ip;MADDR=m;t%74l=1;transport=tcp;lr;x"),
            (UriContext::To, "sip:a:p@h;user=ip;x"),
            (UriContext::From, "sip:a:p@h;user=ip;x"),
            (UriContext::Registration, "sip:a:p@h:1;user=ip;MADDR=m;t%74l=1;transport=tcp;x?y=z"),
            (UriContext::Dialog, "sip:a:p@h:1;user=ip;MADDR=m;transport=tcp;lr;x"),
            (UriContext::Route, "sip:a:p@h:1;user=ip;MADDR=m;transport=tcp;lr;x"),
            (UriContext::External, uri.as_str()),
        ] {
            assert_eq!(uri.in_context(context).as_str(), text);
            assert_eq!(uri.in_context(context).ignored_in(context).count(), 0);
        }
        let from = uri.in_rfc2543_context(UriContext::From);
        assert_eq!(from.as_str(), "sip:a@h:1;user=ip;lr;x");
    }

    #[test]
    fn components_name_their_bytes() {
        let uri: SipUri = "sips:a:@h:;;lr=on?".parse().unwrap();
        let found: Vec<_> =
            uri.components().map(|(component, range)| (component, &uri.as_str()[range])).collect();
        insta::assert_debug_snapshot!(found, @r#"
        [
            (
                User,
                "a",
            ),
            (
                Password,
                "",
            ),
            (
                Host,
                "h",
            ),
            (
                Port,
                "",
            ),
            (
                Lr,
                "lr=on",
            ),
            (
                Headers,
                "?",
            ),
        ]
        "#);
    }
}
