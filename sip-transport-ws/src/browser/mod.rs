//! The client of RFC 7118 in a browser: [`connect()`] gives a [`WsConnection`], which is a `Stream` and a `Sink` of SIP
//! messages, as the one of the module `native` is.
//!
//! The browser does TLS, proxies, cookies and the Origin by itself, and answers pings. It sends none for a page and
//! tells little of what went wrong, so keep-alive is by CRLF here, and errors are few.

mod connect;
mod connection;
mod shared;
mod timer;
mod watch;

pub use connect::{ConnectError, ConnectOptions, connect};
pub use connection::WsConnection;
pub use watch::FlowTimer;
