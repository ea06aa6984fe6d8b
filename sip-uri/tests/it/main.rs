//! What sip-uri makes of the URIs printed in the RFCs, and the laws that hold for every text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod equivalence;
mod examples;
mod laws;
mod torture;

#[cfg(feature = "serde")]
mod serde;
