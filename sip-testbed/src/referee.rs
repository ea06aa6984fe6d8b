//! What no participant may ever send, whatever it has received: rules of RFC 3261 that show in the messages alone.

mod shape;

use crate::Record;
use sip_clock::Instant;
use sip_message::{Essentials, Finding, Message, Method, Severity, StatusCode, lint};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// A message that breaks a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Breach {
    /// Its place in the records, from 0; [`Ladder`](crate::Ladder) counts from F1.
    pub record: usize,
    /// The rule.
    pub rule: BrokenRule,
}

/// A rule that was broken; most of them need the messages before it to be seen.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BrokenRule {
    /// It has no readable Via, From, To, Call-ID or `CSeq` (RFC 3261 §8.1.1).
    Unreadable,
    /// [`lint`] calls it an error by itself.
    Malformed(Finding),
    /// It cancels an INVITE that was never sent (RFC 3261 §9.1).
    CancelOfNothing,
    /// It cancels an INVITE before a provisional response (RFC 3261 §9.1).
    CancelTooEarly,
    /// It acknowledges a 2xx with the branch of the INVITE (RFC 3261 §13.2.2.4, §17).
    AckInTransaction,
    /// The same request more often than timers A and E allow (RFC 3261 §17.1.1.2, §17.1.2.2).
    SentTooOften,
    /// It answers what was never asked (RFC 3261 §17.2).
    Unasked,
    /// It is provisional, and a final response was sent before (RFC 3261 §17.2.1).
    LateProvisional,
    /// It is a final response without To tag (RFC 3261 §8.2.6.2).
    NoToTag,
    /// It is another final response to the same request; several 2xx of a fork are none (RFC 3261 §16.7).
    SecondFinal,
}

/// Judges what was sent by rules that hold for every participant.
///
/// It remembers which messages [`lint`] has found good and does not ask about others that differ from them in numbers
/// and random names only, so one referee for many histories is quicker than one for each.
///
/// ```
/// use sip_clock::Instant;
/// use sip_message::Message;
/// use sip_testbed::{BrokenRule, Record, Referee};
///
/// let cancel = Message::parse(
///     b"CANCEL sip:b@b.test SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
///       From: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\nCall-ID: 1\r\nCSeq: 1 CANCEL\r\n\r\n"[..].into(),
/// )?;
/// let records = [Record::new(Instant::ZERO, "alice", "bob", cancel)];
/// let found = Referee::new().breaches(&records);
/// assert_eq!(found[0].rule, BrokenRule::CancelOfNothing);
/// assert_eq!(found[0].to_string(), "F1 cancels what was never sent");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[derive(Debug, Default)]
pub struct Referee {
    /// The shapes of messages without errors.
    good: HashSet<u64>,
}

impl Referee {
    /// A referee who has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every breach of the rules in `records`: all messages between some participants, in the order of sending, as a
    /// [`Network`](crate::sim::Network) records them. Their transactions have the default timers.
    #[must_use]
    pub fn breaches(&mut self, records: &[Record]) -> Vec<Breach> {
        let mut game = Game::default();
        for (index, record) in records.iter().enumerate() {
            for finding in self.lint(&record.message) {
                game.object(index, BrokenRule::Malformed(finding));
            }
            match record.message.headers().essentials() {
                Ok(essentials) => game.watch(index, record, &essentials),
                Err(_) => game.object(index, BrokenRule::Unreadable),
            }
        }
        game.breaches
    }

    /// The errors in a message, if its like has not been seen.
    fn lint(&mut self, message: &Message) -> Vec<Finding> {
        let shape = shape::of(message);
        if self.good.contains(&shape) {
            return Vec::new();
        }
        let mut errors = lint(message);
        errors.retain(|finding| finding.severity() == Severity::Error);
        if errors.is_empty() {
            self.good.insert(shape);
        }
        errors
    }
}

/// The messages sent so far, as far as the rules need them.
#[derive(Default)]
struct Game<'a> {
    transactions: HashMap<Key<'a>, Transaction>,
    breaches: Vec<Breach>,
}

/// What tells transactions apart: who asks whom, the topmost branch, and the method.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key<'a> {
    client: &'a str,
    server: &'a str,
    branch: String,
    method: Method,
}

/// What was sent in one transaction.
#[derive(Default)]
struct Transaction {
    /// When its first request was sent.
    begun: Option<Instant>,
    requests: u32,
    is_proceeding: bool,
    /// Whether its server may have forgotten it before the records tell.
    is_unsure: bool,
    finals: Vec<(StatusCode, Option<String>)>,
    /// When the first final response was sent.
    answered: Option<Instant>,
}

impl<'a> Game<'a> {
    fn watch(&mut self, index: usize, record: &'a Record, essentials: &Essentials<'_>) {
        let Some(branch) = essentials.via.branch() else { return self.object(index, BrokenRule::Unreadable) };
        let key = |client: &'a str, server: &'a str| Key {
            client,
            server,
            branch: branch.to_owned(),
            method: essentials.cseq.method.clone(),
        };
        match &record.message {
            Message::Request(_) => self.request(index, key(&record.from, &record.to), record.at),
            Message::Response(response) => {
                let tag = essentials.to.tag().map(ToOwned::to_owned);
                self.response(index, (response.status(), tag), &key(&record.to, &record.from), record.at);
            }
        }
    }

    fn request(&mut self, index: usize, key: Key<'a>, at: Instant) {
        if matches!(key.method, Method::Cancel | Method::Ack) {
            self.after_invite(index, &key);
        }
        // what goes out once more on the next flow of its client, or that of its server, however late
        let is_repeated = matches!(key.method, Method::Invite | Method::Cancel);
        let transaction = self.transactions.entry(key).or_default();
        if transaction.is_forgotten(at) {
            // one that seems unanswered is as old as it was, for its server may know it all the same
            let begun = transaction.begun.filter(|_| is_repeated && transaction.answered.is_none());
            *transaction = Transaction { begun, ..Transaction::default() };
        }
        if is_repeated && transaction.is_given_up(at) {
            // what was answered into the lost flow is not in the records: timer L or J may have begun before it seems so
            transaction.is_unsure = true;
        }
        transaction.begun.get_or_insert(at);
        transaction.requests += 1;
        // rfc3261#17.1.2.2: timer E fires eleven times at most; an ACK answers each repeated response.
        if transaction.requests > MOST_REPETITIONS {
            self.object(index, BrokenRule::SentTooOften);
        }
    }

    /// What may follow an INVITE with its branch.
    fn after_invite(&mut self, index: usize, key: &Key<'a>) {
        let invite = self.transactions.get(&Key { method: Method::Invite, ..key.clone() });
        let broken = match (&key.method, invite) {
            // rfc3261#9.1: the same branch as the INVITE, and not before a provisional response.
            (Method::Cancel, None) => BrokenRule::CancelOfNothing,
            (Method::Cancel, Some(invite)) if !invite.is_proceeding => BrokenRule::CancelTooEarly,
            // rfc3261#17.1.1.3: the ACK of a refusal has the branch of the INVITE; that of a 2xx has its own.
            (Method::Ack, Some(invite)) if invite.has_success() => BrokenRule::AckInTransaction,
            _ => return,
        };
        self.object(index, broken);
    }

    fn response(
        &mut self,
        index: usize,
        (status, tag): (StatusCode, Option<String>),
        key: &Key<'a>,
        at: Instant,
    ) {
        let Some(transaction) = self.transactions.get_mut(key) else {
            return self.object(index, BrokenRule::Unasked);
        };
        // rfc3261#8.2.6.2: every response but 100 has a To tag.
        let is_anonymous = status.is_final() && tag.is_none();
        let broken = transaction.respond(status, tag, at);
        broken.into_iter().for_each(|rule| self.object(index, rule));
        if is_anonymous {
            self.object(index, BrokenRule::NoToTag);
        }
    }

    fn object(&mut self, record: usize, rule: BrokenRule) {
        self.breaches.push(Breach { record, rule });
    }
}

impl Transaction {
    fn respond(&mut self, status: StatusCode, tag: Option<String>, at: Instant) -> Option<BrokenRule> {
        // the copy that is answered may have been sent in time and have come late
        if (self.is_unsure || self.is_forgotten(at)) && !self.finals.contains(&(status, tag.clone())) {
            (self.is_unsure, self.answered, self.finals) = (false, None, Vec::new());
        }
        if !status.is_final() {
            self.is_proceeding = true;
            // rfc3261#17.2.1: nothing provisional after a final response.
            return self.answered.map(|_| BrokenRule::LateProvisional);
        }
        self.answered.get_or_insert(at);
        if !self.finals.contains(&(status, tag.clone())) {
            self.finals.push((status, tag));
        }
        // rfc3261#16.7: several 2xx of a fork may come, everything else once.
        let is_alone = self.finals.len() == 1 || self.finals.iter().all(|(status, _)| status.is_success());
        (!is_alone).then_some(BrokenRule::SecondFinal)
    }

    /// Whether the server knows nothing of the request any more, so that a copy of it is a request of its own: after
    /// timer J or L, or H and I at the latest (RFC 3261 §17.2, RFC 6026 §7.1), and when it never answered, after timer B
    /// or F of the client.
    fn is_forgotten(&self, at: Instant) -> bool {
        match self.answered {
            Some(since) => at >= since + PATIENCE,
            None => !self.is_proceeding && self.is_given_up(at),
        }
    }

    /// Whether the client sends no copy of its request any more, but over a new connection.
    fn is_given_up(&self, at: Instant) -> bool {
        self.begun.is_some_and(|begun| at >= begun + PATIENCE)
    }

    fn has_success(&self) -> bool {
        self.finals.iter().any(|(status, _)| status.is_success())
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{} {}", self.record + 1, self.rule)
    }
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed(finding) => {
                return write!(f, "is malformed: {} ({})", finding.message(), finding.section());
            }
            Self::Unreadable => "has no readable Via, From, To, Call-ID or CSeq",
            Self::CancelOfNothing => "cancels what was never sent",
            Self::CancelTooEarly => "cancels before a provisional response",
            Self::AckInTransaction => "is an ACK of a 2xx with its branch",
            Self::SentTooOften => "was sent too often",
            Self::Unasked => "answers what was never asked",
            Self::LateProvisional => "is provisional after a final response",
            Self::NoToTag => "has no To tag",
            Self::SecondFinal => "is another final response to the same request",
        })
    }
}

/// Eleven of timer E or seven of timer A, and an ACK for each time the response came, which may be doubled.
const MOST_REPETITIONS: u32 = 40;
/// 64·T1: timers B and F of clients, and timer J, how long a server knows a request that it has answered.
const PATIENCE: Duration = Duration::from_secs(32);
