//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use sip_outbound::InstanceId;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A SIP user agent and a small SIP server in a terminal, over WebSocket (RFC 7118); and checks of SIP messages and URIs.
///
/// Try it with three terminals: `sip serve` in the first, `sip listen --aor sip:bob@example.test --password secret`
/// in the second, `sip call bob --aor sip:alice@example.test --password secret` in the third.
#[derive(Debug, Parser)]
#[command(name = "sip", version, after_help = EXIT_CODES)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    it worked
  1    the other side refused, or the call ended in a failure; parse and uri: something cannot be read; lint: something is
       against a MUST; uri-eq: the URIs are different
  2    the command line or a file named on it is wrong
  3    no connection to the server
  4    wrong or missing credentials
  5    nobody answered in time
  130  interrupted by Ctrl-C (calls are hung up, registrations removed first)";

/// One word each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a registrar and proxy for trying things out (not for production)
    Serve(Serve),
    /// Register, stay registered until Ctrl-C, then unregister
    Register {
        #[command(flatten)]
        account: Account,
        /// Register, unregister and leave: a check of server and password
        #[arg(long)]
        once: bool,
        /// Print the bindings of the address-of-record, those of other devices too, and leave
        #[arg(long, conflicts_with = "once")]
        fetch: bool,
        /// Remove the binding of this contact, as --fetch prints it, and leave; may be repeated
        #[arg(long, value_name = "URI", conflicts_with_all = ["once", "fetch"])]
        remove: Vec<String>,
        /// Remove all bindings, those of other devices too, and leave
        #[arg(long, conflicts_with_all = ["once", "fetch", "remove"])]
        remove_all: bool,
    },
    /// Register, print messages and answer calls until Ctrl-C
    Listen(Listen),
    /// Make a call and keep it up until the other side hangs up, --duration is over, or Ctrl-C
    Call(Call),
    /// Register many user agents and place calls between them, with live figures; stops by itself
    Load(Load),
    /// Show what is in a SIP message, and what is odd about its grammar
    Parse(Parse),
    /// Check SIP messages by the rules of the RFCs, and say what to do
    Lint(Lint),
    /// Take URIs apart
    Uri(Uri),
    /// Compare two URIs by the rules of RFC 3261 §19.1.4: prints `equivalent` or `different`
    #[command(name = "uri-eq")]
    UriEq {
        /// One URI
        a: String,
        /// Another URI
        b: String,
    },
    /// Send an instant message
    Message {
        #[command(flatten)]
        account: Account,
        /// Whom to: sip:bob@example.test, bob@example.test, or bob
        target: String,
        /// What to say
        text: String,
    },
    /// Ask a user or server what it can do
    Options {
        #[command(flatten)]
        account: Account,
        /// Whom to ask: sip:bob@example.test, sip:example.test, bob@example.test, or bob
        target: String,
    },
}

/// Options of `sip parse`.
#[derive(Args, Debug)]
pub(crate) struct Parse {
    /// How much to forgive
    #[arg(long, value_enum, default_value_t = Mode::Lenient)]
    pub(crate) mode: Mode,
    /// Print one JSON object a line for each file
    #[arg(long)]
    pub(crate) json: bool,
    /// Files with one message each; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// How much a parser forgives.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// Nothing: the grammar of RFC 3261
    Strict,
    /// What deployed equipment sends
    Lenient,
    /// All that still makes some sense, even a message that breaks off
    Salvage,
}

/// Options of `sip lint`.
#[derive(Args, Debug)]
pub(crate) struct Lint {
    /// Print one JSON object a line for each file
    #[arg(long)]
    pub(crate) json: bool,
    /// Check by RFC 2543 of 1999 instead of RFC 3261
    #[arg(long)]
    pub(crate) rfc2543: bool,
    /// Files with one message each; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Options of `sip uri`.
#[derive(Args, Debug)]
pub(crate) struct Uri {
    /// Print one JSON object a line for each URI
    #[arg(long)]
    pub(crate) json: bool,
    /// The URIs: sip, sips, tel or any other scheme; - reads one a line from standard input
    #[arg(required = true, value_name = "URI")]
    pub(crate) uris: Vec<String>,
}

/// A `--gruu`.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(crate) enum Gruu {
    Public,
    Temporary,
    Never,
}

/// Who we are and where our server is.
#[derive(Args, Debug)]
pub(crate) struct Account {
    /// The server: ws://host:port/path or wss://host:port/path; given again, the next one to use when that fails; or one domain
    /// such as example.com or example.com/path, whose servers the DNS names [default: the domain of --aor, but
    /// ws://127.0.0.1:8080, where `sip serve` is, if that ends in .test or .localhost]
    #[arg(long, env = "SIP_SERVER", value_delimiter = ',', value_name = "URL|DOMAIN")]
    pub(crate) server: Vec<String>,
    /// The name server to ask for servers and their addresses, in place of those of the system; may be repeated
    #[arg(long, env = "SIP_NAME_SERVER", value_delimiter = ',', value_name = "ADDRESS:PORT")]
    pub(crate) name_server: Vec<SocketAddr>,
    /// The name of this installation, the same at each start: urn:uuid:…; with it `call` registers too, so that the other
    /// side finds it over whatever connection is left
    #[arg(long, env = "SIP_INSTANCE", value_name = "URN")]
    pub(crate) instance: Option<InstanceId>,
    /// Which GRUU tells the other side where you are reached: a public one names --aor, a temporary one nobody (RFC 5627), as
    /// far as the registrar hands them out [default: public]
    #[arg(long, value_enum, requires = "instance", value_name = "KIND")]
    pub(crate) gruu: Option<Gruu>,
    /// How many connections to register at once, to as many servers as there are
    #[arg(long, default_value_t = 1, requires = "instance", value_name = "NUMBER")]
    pub(crate) flows: u32,
    /// Your address-of-record, e.g. sip:alice@example.test
    #[arg(long, env = "SIP_AOR", value_name = "URI")]
    pub(crate) aor: String,
    /// Your password; without it, and where standard input is a terminal, you are asked when a server wants one
    #[arg(long, env = "SIP_PASSWORD", value_name = "TEXT", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// A file whose first line is your password; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// The user name for authentication, when it is not the user of --aor
    #[arg(long, env = "SIP_USERNAME", value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// A certificate authority to trust for wss://, besides those of the system
    #[arg(long, env = "SIP_CA_FILE", value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Print every message on the wire to standard error (credentials masked)
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Options of `sip serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// The domain to serve
    #[arg(long, default_value = "example.test")]
    pub(crate) domain: String,
    /// A user, as name:password, a name ending with * standing for all that begin so; may be repeated [default: alice, bob, carol and dave, password `secret`]
    #[arg(long = "user", value_name = "NAME:PASSWORD")]
    pub(crate) users: Vec<String>,
    /// Be an edge proxy in front of the registrar at this address, for the users there (RFC 5626); run two or more, and
    /// give user agents all of them as --server, with --flows
    #[arg(long, value_name = "URL", conflicts_with = "users")]
    pub(crate) edge_of: Option<String>,
    /// The host by which the edge names itself to other servers; an edge in front of another edge needs a name of its own
    /// [default: edge. and the domain]
    #[arg(long, value_name = "HOST", requires = "edge_of")]
    pub(crate) name: Option<String>,
    /// Have user agents that name an --instance send a keep-alive this often, and close silent connections (Flow-Timer,
    /// RFC 5626)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) flow_timer: Option<u32>,
    /// Print every message on the wire to standard error
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Options of `sip listen`.
#[derive(Args, Debug)]
pub(crate) struct Listen {
    #[command(flatten)]
    pub(crate) account: Account,
    /// Refuse calls with this status instead of answering them, e.g. 486 for busy
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(300..=699))]
    pub(crate) reject: Option<u16>,
    /// The session description to answer with [default: one audio line without media]
    #[arg(long, value_name = "FILE")]
    pub(crate) sdp: Option<PathBuf>,
    /// Leave after this many calls
    #[arg(long, value_name = "NUMBER")]
    pub(crate) calls: Option<u32>,
}

/// Options of `sip call`.
#[derive(Args, Debug)]
pub(crate) struct Call {
    #[command(flatten)]
    pub(crate) account: Account,
    /// Whom to call: sip:bob@example.test, bob@example.test, or bob
    pub(crate) target: String,
    /// Hang up after this many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
    /// The session description to offer [default: one audio line without media]
    #[arg(long, value_name = "FILE")]
    pub(crate) sdp: Option<PathBuf>,
}

/// Options of `sip load`.
#[derive(Args, Debug)]
pub(crate) struct Load {
    /// The server: ws://host:port/path or wss://host:port/path
    #[arg(long, env = "SIP_SERVER", default_value = "ws://127.0.0.1:8080", value_name = "URL")]
    pub(crate) server: String,
    /// The addresses-of-record, {} standing for a number from 0 on
    #[arg(long, default_value = "sip:load{}@example.test", value_name = "URI")]
    pub(crate) aor: String,
    /// The password of all of them
    #[arg(long, env = "SIP_PASSWORD", value_name = "TEXT", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// A certificate authority to trust for wss://, besides those of the system
    #[arg(long, env = "SIP_CA_FILE", value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// How many user agents to register
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) agents: u32,
    /// How many of them to begin with per second
    #[arg(long, default_value_t = 1000, value_name = "RATE", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) register_rate: u32,
    /// How many calls to place per second, from each even user to the odd one behind
    #[arg(long, default_value_t = 0, value_name = "RATE")]
    pub(crate) call_rate: u32,
    /// For how many seconds to place calls, at most an hour
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) duration: u64,
    /// How long a call stays up, in milliseconds
    #[arg(long, default_value_t = 1000, value_name = "MILLISECONDS")]
    pub(crate) hold: u64,
    /// Print the result as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Load a server that is not on this machine; have its owner's consent
    #[arg(long)]
    pub(crate) remote: bool,
}
