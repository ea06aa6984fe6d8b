//! The messages that our user agents sent and received, in the order of this process.

use crate::miss::{Miss, ensure};
use sip_message::{CSeq, Contact, HeaderName, Message, Method, ProxyAuthenticate, Require, WwwAuthenticate};
use sip_ua::{Direction, WireMessage};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long a message may come after the event that it causes.
const PATIENCE: Duration = Duration::from_secs(3);

/// A log that several user agents write and the steps read.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    lines: Arc<Mutex<Vec<Line>>>,
    noted: Arc<Notify>,
}

/// One message, or one line of a foreign user agent.
#[derive(Clone)]
pub(crate) struct Line {
    agent: String,
    text: String,
}

impl Trace {
    /// Notes a message of `agent`.
    pub(crate) fn message(&self, agent: &str, wire: &WireMessage) {
        let arrow = match wire.direction {
            Direction::Sent => '>',
            Direction::Received => '<',
        };
        self.note(agent, format!("{arrow} {}", summary(&wire.message)));
    }

    /// Notes a line of a foreign user agent.
    pub(crate) fn note(&self, agent: &str, text: String) {
        self.lines().push(Line { agent: agent.to_owned(), text });
        self.noted.notify_waiters();
    }

    /// Forgets what was noted, and gives it to be shown.
    pub(crate) fn take(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.lines());
        lines.into_iter().map(|line| format!("{:6} {}", line.agent, line.text)).collect()
    }

    /// Waits until `agent` noted, in this order among others, lines that begin like `beginnings`.
    pub(crate) async fn require(&self, agent: &str, beginnings: &[&str]) -> Result<(), Miss> {
        let noted = async {
            loop {
                let more = self.noted.notified();
                if self.missing(agent, beginnings).is_none() {
                    return;
                }
                more.await;
            }
        };
        if timeout(PATIENCE, noted).await.is_ok() {
            return Ok(());
        }
        let missing = self.missing(agent, beginnings).unwrap_or_default();
        Err(Miss::new(format!("{agent} has no `{missing}` where it was expected: {beginnings:?}")))
    }

    fn missing<'a>(&self, agent: &str, beginnings: &[&'a str]) -> Option<&'a str> {
        let lines = self.lines();
        let mut lines = lines.iter().filter(|line| line.agent == agent);
        beginnings.iter().find(|beginning| !lines.any(|line| line.text.starts_with(**beginning))).copied()
    }

    /// Whether a line of `agent` contains `part`.
    pub(crate) fn require_part(&self, agent: &str, part: &str) -> Result<(), Miss> {
        let found = self.lines().iter().any(|line| line.agent == agent && line.text.contains(part));
        ensure(found, || format!("{agent} has no `{part}`"))
    }

    /// How many lines of `agent` begin like `beginning`.
    pub(crate) fn count(&self, agent: &str, beginning: &str) -> usize {
        self.lines().iter().filter(|line| line.agent == agent && line.text.starts_with(beginning)).count()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first line, the CSeq of a response, and the algorithm of a challenge.
fn summary(message: &Message) -> String {
    let line = message.start_line();
    let headers = message.headers();
    let cseq = match (message, headers.typed::<CSeq>()) {
        (Message::Response(_), Ok(Some(cseq))) => format!(" [{} {}]", cseq.number, cseq.method.as_str()),
        _ => String::new(),
    };
    let www = headers.list::<WwwAuthenticate>().flatten().map(|WwwAuthenticate(challenge)| challenge);
    let proxy = headers.list::<ProxyAuthenticate>().flatten().map(|ProxyAuthenticate(challenge)| challenge);
    let algorithms = www
        .chain(proxy)
        .map(|challenge| format!(" {} {}", challenge.scheme, challenge.get("algorithm").unwrap_or("MD5")));
    let line = line.strip_prefix("SIP/2.0 ").unwrap_or(&line);
    format!("{line}{cseq}{}{}", algorithms.collect::<String>(), outbound(message))
}

/// What a message of a registration says of RFC 5626 and RFC 3327: ` reg-id=1`, ` outbound`, ` path`.
fn outbound(message: &Message) -> String {
    let headers = message.headers();
    if !matches!(headers.typed::<CSeq>(), Ok(Some(cseq)) if cseq.method == Method::Register) {
        return String::new();
    }
    let contacts = headers.list::<Contact>().flatten();
    let reg_ids = contacts.filter_map(|contact| match contact {
        Contact::Addr(contact) => Some(format!(" reg-id={}", contact.params.get("reg-id")?)),
        Contact::Star => None,
    });
    let requires = headers.list::<Require>().flatten().any(|Require(tag)| tag == "outbound");
    let extras = [(requires, " outbound"), (headers.contains(&HeaderName::Path), " path")];
    let extras = extras.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| name.to_owned());
    reg_ids.chain(extras).collect()
}
