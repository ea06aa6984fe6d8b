//! Scenario tests of the transaction layer, in virtual time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod admission;
mod cancel;
mod ladders;
mod laws;
mod matching;
mod rfc6026;
mod transport;
mod world;
