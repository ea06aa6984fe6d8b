//! The ABNF of RFC 3261 §25.1 (with RFC 5954), RFC 3966 §3, RFC 2543 §2 and RFC 2806 §2.2. SIP URIs are scanned
//! byte by byte, the others are nom parsers over `&str`.

pub(crate) mod class;
pub(crate) mod host;
pub(crate) mod opaque;
mod primitive;
pub(crate) mod sip;
pub(crate) mod sip_url;
pub(crate) mod tel;
pub(crate) mod tel_url;
pub(crate) mod usual;

pub(crate) use primitive::finish;
