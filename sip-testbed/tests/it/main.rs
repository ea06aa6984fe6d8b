//! Scenarios in virtual time: the registrar, the proxy, call flows of the RFCs; and the server over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod bad_input;
mod faults;
mod flows;
mod forking;
mod gruu;
mod in_dialog;
mod laws;
mod lessons;
mod network;
mod outbound;
mod proxy;
mod referee;
mod registrar;
#[cfg(feature = "server")]
mod relay;
mod rfc3665;
mod rfc_flows;
#[cfg(feature = "server")]
mod server;
mod support;
mod weather;
