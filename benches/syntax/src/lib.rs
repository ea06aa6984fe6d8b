//! The speed of sip-uri and sip-message beside other parsers, on the same messages and in one run.
//!
//! `cargo xtask bench syntax` runs it. Each result is checked: a parser is only measured where its values are ours.

pub mod callgrind;
pub mod clock;
pub mod corpus;
pub mod linear;
pub mod measure;
pub mod peer;
pub mod peers;
pub mod plain;
pub mod report;
pub mod target;
