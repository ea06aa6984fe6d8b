//! The ABNF of RFC 3261 §25.1 (with RFC 5954) and RFC 3966 §3 as nom parsers over `&str`.

pub(crate) mod class;
pub(crate) mod host;
pub(crate) mod opaque;
mod primitive;
pub(crate) mod sip;
pub(crate) mod tel;

pub(crate) use primitive::finish;
