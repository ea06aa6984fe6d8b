//! The command `sip` as it is run: what it prints and how it ends (RFC 3261 §7, §19.1, §20).
#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

mod bindings;
mod dns;
mod edges;
mod lint;
mod load;
mod parse;
mod password;
mod run;
mod uri;
