//! SIP messages: RFC 3261 §7 (framing), §20 (header fields) and §25 (grammar), read leniently and written strictly.
//!
//! A [`Message`] keeps the bytes it was parsed from and an index of its header fields. Typed values are decoded when
//! asked for, by a pure function; a bad field spoils itself and nothing else. What is not edited is printed as it
//! came, byte for byte and in its order; what we write has no CR, LF or NUL where they do not belong.
//!
//! ```
//! use sip_message::{CSeq, Message, Method, StatusCode, Via};
//!
//! let bytes = "OPTIONS sip:carol@chicago.com SIP/2.0\r\n\
//!     Via: SIP/2.0/WS a.invalid;branch=z9hG4bKhjhs8ass877\r\n\
//!     f: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
//!     t: <sip:carol@chicago.com>\r\n\
//!     Call-ID: a84b4c76e66710\r\n\
//!     CSeq: 63104 OPTIONS\r\n\r\n";
//! let Message::Request(request) = Message::parse(bytes.into())? else { unreachable!() };
//! assert_eq!(request.method(), &Method::Options);
//! assert_eq!(request.headers().required::<CSeq>()?.number, 63104);
//!
//! let response = request.response(StatusCode::OK);
//! assert_eq!(response.headers().typed::<Via>()?, request.headers().typed::<Via>()?);
//! assert!(response.to_bytes().starts_with(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/WS a.invalid;branch="));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod body;
mod content;
mod deviation;
mod deviations;
mod field_values;
mod framing;
mod grammar;
mod header;
mod header_error;
mod header_name;
mod headers;
mod invalid_value;
mod kept_request;
mod kept_response;
mod limits;
mod lint;
mod malformed;
mod message;
mod method;
mod mode;
mod name_addr;
mod name_addr_ref;
mod params;
mod params_ref;
mod parse_message_error;
mod parse_options;
mod request;
mod request_pattern;
mod response;
mod routed_request;
mod scan;
#[cfg(feature = "serde")]
mod serde;
mod start_line;
mod status_code;
mod stream_framer;
mod token;
mod typed_in;
mod via_ref;

pub use body::{Body, BodyPart, Multipart, MultipartError, SipFrag};
pub use deviation::{Deviation, DeviationKind};
pub use header::*;
pub use header_error::HeaderError;
pub use header_name::HeaderName;
pub use headers::{Essentials, Field, Headers};
pub use invalid_value::InvalidValue;
pub use kept_request::KeptRequest;
pub use kept_response::KeptResponse;
pub use limits::Limits;
pub use lint::{Edition, Finding, Rule, Severity, lint, lint_as, rules};
pub use malformed::answer_to_malformed;
pub use message::Message;
pub use method::Method;
pub use mode::Mode;
pub use name_addr::NameAddr;
pub use name_addr_ref::NameAddrRef;
pub use params::Params;
pub use params_ref::ParamsRef;
pub use parse_message_error::ParseMessageError;
pub use parse_options::{Framing, ParseOptions};
pub use request::Request;
pub use request_pattern::RequestPattern;
pub use response::Response;
pub use status_code::{StatusClass, StatusCode};
pub use stream_framer::{FrameError, StreamFrame, StreamFramer};
pub use token::Token;
pub use via_ref::ViaRef;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
