//! Scenario tests of sip-message: the example messages of the RFCs (RFC 3261 §24 and others), the torture messages
//! (RFC 4475, RFC 5118), and laws over any input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod bodies;
mod describe;
mod examples;
mod laws;
mod lint;
mod realworld;
#[cfg(feature = "serde")]
mod serde;
mod streams;
mod torture;
mod torture_values;
mod vectors;
