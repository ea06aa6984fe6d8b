//! What no participant may ever send, whatever it has received: rules of RFC 3261 that show in the messages alone.

use sip_message::{CSeq, Message, Method, StatusCode, To, Via};
use sip_testbed::Record;
use std::collections::{BTreeMap, BTreeSet};

/// Who sent the request, to whom, its topmost branch, and the method that began its transaction.
type Transaction = (String, String, String, String);

/// The messages sent so far, as far as the rules need them.
#[derive(Default)]
struct Referee {
    requests: BTreeMap<Transaction, u32>,
    provisionals: BTreeSet<Transaction>,
    finals: BTreeMap<Transaction, BTreeSet<(u16, Option<String>)>>,
    violations: Vec<String>,
}

/// Every breach of the rules in `records`.
pub(crate) fn judge(records: &[Record]) -> Vec<String> {
    let mut referee = Referee::default();
    for (index, record) in records.iter().enumerate() {
        let transaction = transaction_of(record);
        match (&record.message, transaction) {
            (_, None) => referee.object(index, "has no readable Via or CSeq"),
            (Message::Request(request), Some(transaction)) => {
                referee.request(index, request.method(), transaction);
            }
            (Message::Response(response), Some(transaction)) => {
                let to = response.headers().typed::<To>().ok().flatten();
                let tag = to.and_then(|To(to)| to.tag().map(ToOwned::to_owned));
                referee.response(index, response.status(), tag, transaction);
            }
        }
    }
    referee.violations
}

impl Referee {
    fn request(&mut self, index: usize, method: &Method, transaction: Transaction) {
        let (from, to, branch, _) = transaction.clone();
        let invite = (from, to, branch, Method::Invite.as_str().to_owned());
        match method {
            // rfc3261#9.1: no CANCEL before a provisional response; the same branch as the INVITE.
            Method::Cancel if !self.requests.contains_key(&invite) => {
                self.object(index, "cancels what was never sent");
            }
            Method::Cancel if !self.provisionals.contains(&invite) => {
                self.object(index, "cancels before a provisional response");
            }
            // rfc3261#17.1.1.3: the ACK of a refusal has the branch of the INVITE; that of a 2xx has its own.
            Method::Ack if self.has_success(&invite) => {
                self.object(index, "is an ACK of a 2xx with its branch")
            }
            _ => {}
        }
        let count = self.requests.entry(transaction).or_default();
        *count += 1;
        // rfc3261#17.1.2.2: timer E fires eleven times at most; an ACK answers each repeated response.
        if *count > MOST_REPETITIONS {
            self.object(index, "was sent too often");
        }
    }

    fn response(&mut self, index: usize, status: StatusCode, tag: Option<String>, transaction: Transaction) {
        if !self.requests.contains_key(&transaction) {
            return self.object(index, "answers what was never asked");
        }
        if !status.is_final() {
            // rfc3261#17.2.1: nothing provisional after a final response.
            if self.finals.contains_key(&transaction) {
                self.object(index, "is provisional after a final response");
            }
            self.provisionals.insert(transaction);
            return;
        }
        // rfc3261#8.2.6.2: every response but 100 has a To tag.
        if tag.is_none() {
            self.object(index, "has no To tag");
        }
        let finals = self.finals.entry(transaction).or_default();
        finals.insert((status.code(), tag));
        // rfc3261#16.7: several 2xx of a fork may come, everything else once.
        if finals.len() > 1 && finals.iter().any(|(code, _)| *code >= 300) {
            self.object(index, "is another final response to the same request");
        }
    }

    fn has_success(&self, invite: &Transaction) -> bool {
        self.finals.get(invite).is_some_and(|finals| finals.iter().any(|(code, _)| *code < 300))
    }

    fn object(&mut self, index: usize, what: &str) {
        self.violations.push(format!("F{} {what}", index + 1));
    }
}

/// The transaction of a message by its topmost Via and CSeq; responses belong to the request that came the other way.
fn transaction_of(record: &Record) -> Option<Transaction> {
    let headers = record.message.headers();
    let via: Via = headers.list::<Via>().next()?.ok()?;
    let cseq: CSeq = headers.required().ok()?;
    let branch = via.branch()?.to_owned();
    let method = cseq.method.as_str().to_owned();
    Some(match &record.message {
        Message::Request(_) => (record.from.clone(), record.to.clone(), branch, method),
        Message::Response(_) => (record.to.clone(), record.from.clone(), branch, method),
    })
}

/// Eleven of timer E or seven of timer A, and an ACK for each time the response came, which may be doubled.
const MOST_REPETITIONS: u32 = 40;
