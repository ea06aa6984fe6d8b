//! SIP, SIPS and tel URIs: RFC 3261 §19.1 with the grammar of §25.1 as corrected by RFC 5954, and RFC 3966.
//!
//! [`Uri`] is what stands where a message wants a URI; [`SipUri`], [`TelUri`] and [`OtherUri`] are its three kinds.
//! A URI keeps its text and prints back byte for byte. Accessors give decoded values, the `with_` methods escape
//! what their component does not allow (§19.1.2). Sameness by the rules of the RFCs (§19.1.4) is not transitive, so
//! it is [`SipUri::is_equivalent`] and never `==`, which compares the text.
//!
//! ```
//! use sip_uri::{Host, SipUri};
//!
//! let uri: SipUri = "sip:user;par=u%40example.net@example.com;lr".parse()?;
//! assert_eq!(uri.user().as_deref(), Some("user;par=u@example.net"));
//! assert_eq!(uri.host().to_string(), "example.com");
//! assert!(uri.is_loose_router());
//!
//! let built = SipUri::new("atlanta.com".parse::<Host>()?).with_user("j@s0n").with_port(5070);
//! assert_eq!(built.to_string(), "sip:j%40s0n@atlanta.com:5070");
//! # Ok::<(), sip_uri::ParseUriError>(())
//! ```

mod builder;
mod context;
mod deviation;
mod equivalence;
mod error;
mod escape;
mod grammar;
mod host;
mod host_port_ref;
mod layout;
mod meaning;
mod mode;
mod other_uri;
mod param;
mod request_template;
#[cfg(feature = "serde")]
mod serde;
mod sip_uri;
mod sip_uri_ref;
mod tel_builder;
mod tel_sip;
mod tel_uri;
mod uri;

pub use context::{UriComponent, UriContext, Usage};
pub use deviation::{UriDeviation, UriDeviationKind};
pub use error::ParseUriError;
pub use host::{Host, HostName};
pub use host_port_ref::HostPortRef;
pub use mode::Mode;
pub use other_uri::OtherUri;
pub use param::UriParam;
pub use request_template::{Capabilities, FieldUse, RequestTemplate, TemplateError, TemplateField};
pub use sip_uri::{Scheme, SipUri};
pub use sip_uri_ref::SipUriRef;
pub use tel_uri::TelUri;
pub use uri::Uri;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
