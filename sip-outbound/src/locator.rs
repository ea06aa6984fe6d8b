//! Locating SIP servers in the DNS: RFC 3263 §4, with the WebSocket services of RFC 7118 §5.5, without I/O.

use crate::Server;
use sip_uri::{Host, SipUri};
use std::collections::VecDeque;

/// A transport that leads to a server.
#[expect(clippy::exhaustive_enums, reason = "the caller has to know how to use each")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// The service of a NAPTR record (RFC 3263 §4.1, RFC 7118 §5.5).
    #[must_use]
    pub const fn naptr_service(self) -> &'static str {
        match self {
            Self::Udp => "SIP+D2U",
            Self::Tcp => "SIP+D2T",
            Self::Tls => "SIPS+D2T",
            Self::Ws => "SIP+D2W",
            Self::Wss => "SIPS+D2W",
        }
    }

    /// The port where neither URI nor DNS names one (RFC 3261 §18.1.1, RFC 7118 §5.5).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// Whether TLS is below.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// What stands before the domain in the name of its SRV records (RFC 3263 §4.1; for WebSocket by analogy).
    const fn srv_prefix(self) -> &'static str {
        match self {
            Self::Udp => "_sip._udp.",
            Self::Tcp => "_sip._tcp.",
            Self::Tls => "_sips._tcp.",
            Self::Ws => "_sip._ws.",
            Self::Wss => "_sips._ws.",
        }
    }

    /// The transport that the `transport` parameter of a URI means; a SIPS URI means the same over TLS.
    fn of(token: &str, is_secure: bool) -> Option<Self> {
        let is = |name| token.eq_ignore_ascii_case(name);
        match is_secure {
            _ if is("tls") => Some(Self::Tls),
            _ if is("wss") => Some(Self::Wss),
            true if is("tcp") => Some(Self::Tls),
            true if is("ws") => Some(Self::Wss),
            false if is("udp") => Some(Self::Udp),
            false if is("tcp") => Some(Self::Tcp),
            false if is("ws") => Some(Self::Ws),
            true | false => None,
        }
    }
}

/// Where a server is; the host is still to be looked up (A, AAAA) unless it is an address.
#[expect(clippy::exhaustive_structs, reason = "what a connection needs")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// How to get there.
    pub transport: Transport,
    /// Host name or address, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What the DNS is to be asked.
#[expect(clippy::exhaustive_enums, reason = "every question must be put")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// The NAPTR records of this name.
    Naptr(String),
    /// The SRV records of this name.
    Srv(String),
}

/// What the DNS says. An empty list stands for no records, and for a failure as well: RFC 3263 goes on in both cases.
#[expect(clippy::exhaustive_enums, reason = "one for each question")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// To [`Question::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Question::Srv`].
    Srv(Vec<Srv>),
}

/// A NAPTR record (RFC 3403 §4.1), as far as SIP looks at it.
#[expect(clippy::exhaustive_structs, reason = "the record")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Naptr {
    /// The smaller, the earlier.
    pub order: u16,
    /// The smaller, the earlier, among records of one order.
    pub preference: u16,
    /// `s` for a record that leads to SRV; others are passed over.
    pub flags: String,
    /// Such as `SIPS+D2W`.
    pub service: String,
    /// The name to ask for next.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[expect(clippy::exhaustive_structs, reason = "the record")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Srv {
    /// The smaller, the earlier.
    pub priority: u16,
    /// The share among records of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` says that the service is not offered.
    pub target: String,
}

/// Finds the servers of a SIP URI.
///
/// Ask the DNS what [`poll_question`](Self::poll_question) says, or several [`questions`](Self::questions) at once, and
/// hand the answers to [`handle`](Self::handle), until there is no question any more; then [`servers`](Self::servers) is the result, for a
/// [`ServerSet`](crate::ServerSet).
///
/// ```
/// use sip_outbound::{Answer, Locator, Question, Srv, Transport};
///
/// let uri = "sips:example.com;transport=ws".parse()?;
/// let mut locator = Locator::new(&uri, &[Transport::Wss]);
/// assert_eq!(locator.poll_question(), Some(Question::Srv("_sips._ws.example.com".into())));
/// let record = Srv { priority: 1, weight: 0, port: 8443, target: "edge1.example.com".into() };
/// locator.handle(Answer::Srv(vec![record]));
/// assert_eq!(locator.poll_question(), None);
/// assert_eq!(locator.servers()[0].target.host, "edge1.example.com");
/// # Ok::<(), sip_uri::ParseUriError>(())
/// ```
#[derive(Debug)]
pub struct Locator {
    domain: String,
    supported: Vec<Transport>,
    /// What is asked and what its answer is for, the next one first.
    open: VecDeque<Step>,
    /// Found so far, in the order of NAPTR and SRV.
    found: Vec<(Transport, Srv)>,
    /// Whether a domain said that it does not offer the service.
    refused: bool,
    servers: Vec<Server<Location>>,
}

#[derive(Debug)]
enum Step {
    Naptr,
    Srv { transport: Transport, name: String },
}

impl Locator {
    /// Looks for servers of `uri` with the transports that the caller has, the one it likes best first. A SIPS URI is
    /// served by secure transports only.
    #[must_use]
    pub fn new(uri: &SipUri, supported: &[Transport]) -> Self {
        let is_secure = uri.is_secure();
        let usable = supported.iter().copied().filter(|transport| !is_secure || transport.is_secure());
        let mut locator = Self {
            domain: plain(&target(uri)),
            supported: usable.collect(),
            open: VecDeque::new(),
            found: Vec::new(),
            refused: false,
            servers: Vec::new(),
        };
        locator.begin(uri);
        locator
    }

    /// What the DNS is to be asked next.
    #[must_use]
    pub fn poll_question(&self) -> Option<Question> {
        self.questions().next()
    }

    // rfc3263#4.1: only NAPTR has to be known before the next step
    /// All that may be asked at the same time now. The answers are handed in in this order; then there may be others.
    pub fn questions(&self) -> impl Iterator<Item = Question> {
        self.open.iter().map(|step| match step {
            Step::Naptr => Question::Naptr(self.domain.clone()),
            Step::Srv { name, .. } => Question::Srv(name.clone()),
        })
    }

    /// The answer to the next question; one of the other kind counts as empty.
    pub fn handle(&mut self, answer: Answer) {
        match (self.open.pop_front(), answer) {
            (None, _) => return,
            (Some(Step::Naptr), Answer::Naptr(records)) => self.follow(records),
            (Some(Step::Naptr), Answer::Srv(_)) => self.follow(Vec::new()),
            (Some(Step::Srv { transport, .. }), Answer::Srv(records)) => self.collect(transport, records),
            (Some(Step::Srv { .. }), Answer::Naptr(_)) => {}
        }
        if self.open.is_empty() {
            self.finish();
        }
    }

    /// The servers, once there is no question any more; empty when none can be reached with the transports at hand, or
    /// when the domain says that it has none.
    #[must_use]
    pub fn servers(&self) -> &[Server<Location>] {
        &self.servers
    }

    // rfc3263#4.1: a transport, a port or an address that is given is not looked up
    fn begin(&mut self, uri: &SipUri) {
        let named = uri.transport();
        let transport = match &named {
            Some(token) => Transport::of(token, uri.is_secure()),
            None => self.supported.first().copied(),
        };
        let Some(transport) = transport.filter(|transport| self.supported.contains(transport)) else {
            return;
        };
        if uri.port().is_some() || target(uri).address().is_some() {
            let port = uri.port().unwrap_or(transport.default_port());
            self.servers = vec![Server::new(Location { transport, host: self.domain.clone(), port })];
            return;
        }
        if named.is_some() {
            self.supported = vec![transport];
            self.ask_srv();
        } else {
            self.open.push_back(Step::Naptr);
        }
    }

    /// rfc3263#4.1: of the NAPTR records those whose service we can use, in their order.
    fn follow(&mut self, mut records: Vec<Naptr>) {
        records.sort_by_key(|record| (record.order, record.preference));
        let known = |record: &Naptr| {
            let service =
                |transport: &&Transport| record.service.eq_ignore_ascii_case(transport.naptr_service());
            self.supported.iter().find(service).copied()
        };
        let usable = records.iter().filter(|record| record.flags.eq_ignore_ascii_case("s"));
        let steps = usable.filter_map(|record| {
            let name = record.replacement.trim_end_matches('.').to_owned();
            known(record).map(|transport| Step::Srv { transport, name })
        });
        self.open = steps.collect();
        // rfc3263#4.1: without records each transport is tried by its own SRV records
        if self.open.is_empty() {
            self.ask_srv();
        }
    }

    fn ask_srv(&mut self) {
        let step = |transport: &Transport| {
            let name = format!("{}{}", transport.srv_prefix(), self.domain);
            Step::Srv { transport: *transport, name }
        };
        self.open = self.supported.iter().map(step).collect();
    }

    fn collect(&mut self, transport: Transport, mut records: Vec<Srv>) {
        // rfc2782: the root as target says that the service is decidedly not there
        self.refused |= matches!(records.as_slice(), [only] if is_root(&only.target));
        records.retain(|record| !is_root(&record.target));
        records.sort_by_key(|record| record.priority);
        self.found.extend(records.into_iter().map(|record| (transport, record)));
    }

    fn finish(&mut self) {
        if self.found.is_empty() && !self.refused {
            // rfc3263#4.2: the domain itself, at the default port
            let host = self.domain.clone();
            let location =
                |transport: Transport| Location { transport, host, port: transport.default_port() };
            let first = self.supported.first().map(|transport| Server::new(location(*transport)));
            self.servers = first.into_iter().collect();
            return;
        }
        let found = std::mem::take(&mut self.found);
        let mut rank = 0;
        let mut last = None;
        let servers = found.into_iter().map(|(transport, record)| {
            let level = (transport, record.priority);
            if last.is_some_and(|last| last != level) {
                rank += 1;
            }
            last = Some(level);
            let host = record.target.trim_end_matches('.').to_owned();
            let location = Location { transport, host, port: record.port };
            Server::new(location).with_priority(rank).with_weight(record.weight)
        });
        self.servers = servers.collect();
    }
}

/// rfc3263#4: the maddr parameter where there is one, else the host.
fn target(uri: &SipUri) -> Host {
    let maddr = uri.param("maddr").and_then(|param| param.value);
    maddr.and_then(|maddr| maddr.parse().ok()).unwrap_or_else(|| uri.host().clone())
}

/// A host as the DNS and sockets want it: without brackets, and without the dot of the root.
fn plain(host: &Host) -> String {
    match host {
        Host::Name(name) => name.to_string().trim_end_matches('.').to_owned(),
        Host::V4(address) => address.to_string(),
        Host::V6(address) => address.to_string(),
    }
}

fn is_root(name: &str) -> bool {
    name.trim_end_matches('.').is_empty()
}
