//! Typed header field values (RFC 3261 §20): one file for each field or close family.
//!
//! A new field takes one file with a type that implements [`Header`], and its line in the list below. Its name is in
//! the table of [`HeaderName`] already.

mod accept;
mod allow;
mod allow_events;
mod authentication_info;
mod call_id;
mod challenge;
mod contact;
mod content_length;
mod content_type;
mod credentials;
mod cseq;
mod error_info;
mod expires;
mod from_to;
mod max_forwards;
mod option_tag;
mod product;
mod reason;
mod retry_after;
mod route;
mod subject;
mod via;
mod warning;

pub use accept::Accept;
pub use allow::Allow;
pub use allow_events::AllowEvents;
pub use authentication_info::AuthenticationInfo;
pub use call_id::CallId;
pub use challenge::{Challenge, ProxyAuthenticate, WwwAuthenticate};
pub use contact::Contact;
pub use content_length::ContentLength;
pub use content_type::ContentType;
pub use credentials::{Authorization, Credentials, ProxyAuthorization};
pub use cseq::CSeq;
pub use error_info::ErrorInfo;
pub use expires::{Expires, MinExpires};
pub use from_to::{From, To};
pub use max_forwards::MaxForwards;
pub use option_tag::{ProxyRequire, Require, Supported, Unsupported};
pub use product::{Server, UserAgent};
pub use reason::Reason;
pub use retry_after::RetryAfter;
pub use route::{Path, RecordRoute, Route, ServiceRoute};
pub use subject::Subject;
pub use via::Via;
pub use warning::Warning;

use crate::{HeaderError, HeaderName};

/// A header field value as a type: one value, or one element of a comma-separated list.
///
/// ```
/// use sip_message::{Header, HeaderError, HeaderName, Headers, Token};
///
/// struct Trace(String);
///
/// impl Header for Trace {
///     const NAME: HeaderName = HeaderName::Other(Token::from_static("X-Trace"));
///     fn decode(value: &str) -> Result<Self, HeaderError> {
///         Ok(Self(value.to_owned()))
///     }
///     fn encode(&self, out: &mut String) {
///         out.push_str(&self.0);
///     }
/// }
///
/// let mut headers = Headers::new();
/// headers.push(&Trace("17".into()));
/// assert_eq!(headers.required::<Trace>()?.0, "17");
/// # Ok::<_, HeaderError>(())
/// ```
pub trait Header: Sized {
    /// The name of the field.
    const NAME: HeaderName;
    /// Whether one field may carry several values between commas (RFC 3261 §7.3.1).
    const LIST: bool = false;
    /// Whether several fields of the name may stand in a message.
    const REPEATABLE: bool = Self::LIST;

    /// Reads one value; folds are undone already.
    ///
    /// # Errors
    /// [`HeaderError::Malformed`] with the ABNF rule that was not met and where.
    fn decode(value: &str) -> Result<Self, HeaderError>;

    /// Appends the value as it stands on the wire, without name and line end. CR, LF and NUL do not reach the wire:
    /// [`Headers`](crate::Headers) writes a space instead.
    fn encode(&self, out: &mut String);

    /// The value as it stands on the wire.
    fn encoded(&self) -> String {
        let mut out = String::new();
        self.encode(&mut out);
        out
    }
}

/// Implements [`Header`] for a newtype around one token, list or not.
macro_rules! token_header {
    ($(#[$doc:meta])* $name:ident, LIST = $list:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub String);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;
            const LIST: bool = $list;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                crate::grammar::decode(&Self::NAME, value, crate::grammar::token).map(|text| Self(text.to_owned()))
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0);
            }
        }
    };
}

/// Implements [`Header`] for a newtype around free text.
macro_rules! text_header {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub String);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                Ok(Self(value.trim_matches(crate::grammar::is_lws).to_owned()))
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0);
            }
        }
    };
}

/// Implements [`Header`] for a newtype around one number.
macro_rules! number_header {
    ($(#[$doc:meta])* $name:ident($number:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                crate::grammar::decode(&Self::NAME, value, crate::grammar::number).map(Self)
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0.to_string());
            }
        }
    };
}

/// Implements [`Header`] for a newtype around a [`NameAddr`](crate::NameAddr).
macro_rules! name_addr_header {
    ($(#[$doc:meta])* $name:ident, LIST = $list:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub crate::NameAddr);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;
            const LIST: bool = $list;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                crate::grammar::decode(&Self::NAME, value, crate::name_addr::name_addr).map(Self)
            }

            fn encode(&self, out: &mut String) {
                self.0.encode(out);
            }
        }
    };
}

use {name_addr_header, number_header, text_header, token_header};
