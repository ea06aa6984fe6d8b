//! The targets by name: one file for each.

mod digest;
pub(crate) mod header;
mod message;
mod multipart;
mod sipfrag;
mod stream;
mod tel;
mod template;
mod transactions;
mod uri;
mod user_agent;

/// One entry point for bytes from outside, and the laws that hold for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is checked.
    pub about: &'static str,
    /// Panics where a law is broken.
    pub check: fn(&[u8]),
}

/// All targets.
pub const ALL: [Target; 11] = [
    Target { name: "uri", about: "URIs, and two of them compared", check: uri::check },
    Target { name: "tel", about: "telephone numbers as URIs of SIP and back", check: tel::check },
    Target { name: "template", about: "requests that a URI asks for", check: template::check },
    Target { name: "message", about: "messages in every mode, printed and edited", check: message::check },
    Target { name: "stream", about: "the stream framer, which agrees with the parser", check: stream::check },
    Target { name: "header", about: "each typed header value", check: header::check },
    Target { name: "multipart", about: "bodies of several parts", check: multipart::check },
    Target { name: "sipfrag", about: "fragments of messages", check: sipfrag::check },
    Target { name: "digest", about: "digest challenges and credentials", check: digest::check },
    Target {
        name: "transactions",
        about: "a transaction layer, whatever happens in whatever order",
        check: transactions::check,
    },
    Target {
        name: "user_agent",
        about: "a user agent core, whatever happens in whatever order",
        check: user_agent::check,
    },
];

/// Holds `data` against the laws of the target called `name`.
///
/// # Panics
/// When a law is broken, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("the name is one of the targets");
    (target.check)(data);
}
