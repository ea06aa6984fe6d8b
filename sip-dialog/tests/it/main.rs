//! Sessions against sessions in virtual time: flows, laws, and all small interleavings.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod changes;
mod early;
mod flows;
mod identity;
mod interleavings;
mod laws;
mod messages;
mod offer_in_prack;
mod orders;
mod re_invite;
mod recovery;
mod rfc3261_12;
mod rfc3261_13;
mod rfc3261_14;
mod rfc3261_15;
mod rfc3262;
mod rfc3311;
mod rfc4028;
mod rfc5057;
mod rfc5407;
mod rfc6086;
mod rfc6141;
mod rfc6337;
mod session_timer;
mod simultaneous;
#[cfg(feature = "serde")]
mod snapshot;
mod table;
mod world;
