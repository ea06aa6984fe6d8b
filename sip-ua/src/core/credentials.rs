//! Requests that wait for credentials which only the application can give: RFC 3261 §22.1, AC-28, AC-29.

use super::{Core, Event, Owner, Pending};
use sip_auth::{AuthError, CredentialsAnswer, CredentialsNeeded};
use sip_clock::Instant;
use sip_message::Response;
use std::collections::BTreeMap;
use std::mem;

/// Names a question for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialsKey(u64);

/// What the application was asked for, and the requests that wait for it.
#[derive(Debug, Default)]
pub(super) struct Questions {
    asked: BTreeMap<CredentialsKey, CredentialsNeeded>,
    waiting: Vec<Challenged>,
}

/// A request of ours whose challenge cannot be answered yet.
#[derive(Debug)]
struct Challenged {
    pending: Box<Pending>,
    /// The 401 or 407.
    response: Response,
    /// The questions without answer.
    open: Vec<CredentialsKey>,
    deadline: Instant,
}

impl Questions {
    /// When the first request stops waiting.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.waiting.iter().map(|challenged| challenged.deadline).min()
    }

    /// How many requests wait.
    pub(super) const fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes the requests out that `choose` chooses.
    fn take(&mut self, choose: impl Fn(&Challenged) -> bool) -> Vec<Challenged> {
        let (taken, left) = mem::take(&mut self.waiting).into_iter().partition(choose);
        self.waiting = left;
        taken
    }

    /// Forgets the questions for which no request waits any more.
    fn prune(&mut self) -> Vec<CredentialsKey> {
        let is_open = |key: &CredentialsKey| self.waiting.iter().any(|one| one.open.contains(key));
        let moot: Vec<_> = self.asked.keys().filter(|key| !is_open(key)).copied().collect();
        for key in &moot {
            self.asked.remove(key);
        }
        moot
    }
}

impl Core {
    /// Answers [`Event::CredentialsNeeded`]: with credentials, which are remembered for their realm, or with the news
    /// that there are none. The requests that waited go on; an answer that nobody waits for any more is ignored.
    pub fn answer_credentials(
        &mut self,
        key: CredentialsKey,
        answer: Option<CredentialsAnswer>,
        now: Instant,
    ) {
        let Some(needed) = self.questions.asked.remove(&key) else { return };
        let is_declined = answer.is_none();
        if let Some(answer) = answer {
            self.auth.provide(&needed, answer);
        }
        for challenged in self.questions.waiting.iter_mut().filter(|one| one.open.contains(&key)) {
            challenged.open.retain(|open| *open != key);
            if is_declined {
                challenged.pending.attempts.decline(needed.origin, &needed.realm);
            }
        }
        self.settle_challenges(now);
        self.drive(now);
    }

    /// Lets a challenged request wait when the application has to be asked; gives it back otherwise.
    pub(super) fn ask_credentials(
        &mut self,
        pending: Box<Pending>,
        response: Response,
        now: Instant,
    ) -> Option<(Box<Pending>, Response)> {
        if !self.config.asks_for_credentials {
            return Some((pending, response));
        }
        let needed = self.auth.credentials_needed(&pending.request, &response, &pending.attempts);
        if needed.is_empty() {
            return Some((pending, response));
        }
        let open = needed.into_iter().map(|needed| self.ask(needed)).collect();
        // Inside a dialog the peer can change nothing meanwhile.
        let longest = match pending.begins_dialog() {
            true => self.config.credentials_within,
            false => self.config.credentials_within.min(self.config.timers.t1 * 64),
        };
        self.questions.waiting.push(Challenged { pending, response, open, deadline: now + longest });
        None
    }

    /// The time of some requests is over: they go on with what there is.
    pub(super) fn time_out_credentials(&mut self, now: Instant) {
        for mut challenged in self.questions.take(|one| one.deadline <= now) {
            for needed in challenged.open.iter().filter_map(|key| self.questions.asked.get(key)) {
                challenged.pending.attempts.decline(needed.origin, &needed.realm);
            }
            self.settle_challenge(*challenged.pending, challenged.response, now);
        }
        self.withdraw_questions();
    }

    /// The owner does not want its requests any more: they end with the 401 or 407 that they got.
    pub(super) fn give_up_credentials(&mut self, owner: Owner, now: Instant) {
        for challenged in self.questions.take(|one| one.pending.owner == owner) {
            self.conclude(&challenged.pending, challenged.response, now);
        }
        self.withdraw_questions();
    }

    /// The connection is lost. A call that is being made goes on waiting and begins anew on the next connection; what
    /// else belongs to calls is sent again by their sessions; everything else fails.
    pub(super) fn interrupt_credentials(&mut self, reg_id: u32, now: Instant) {
        let is_up = self.flows.is_up();
        let is_lost = |owner: Owner| match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(flow) => flow == reg_id,
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.calls.home(call) == Some(reg_id),
            Owner::Exchange(_) => !is_up,
        };
        let lost = self.questions.take(|one| is_lost(one.pending.owner) && !one.pending.makes_call());
        for challenged in lost {
            if !challenged.pending.is_of_call() {
                self.fail(&challenged.pending, sip_transaction::Failure::Transport, now);
            }
        }
        self.withdraw_questions();
    }

    /// Whether the INVITE of a call waits for credentials; with them, it goes on.
    #[cfg(feature = "call")]
    pub(super) fn resumes_with_credentials(&mut self, call: super::CallKey, now: Instant) -> bool {
        let is_waiting = self.questions.waiting.iter().any(|one| one.pending.owner == Owner::Call(call));
        self.settle_challenges(now);
        is_waiting
    }

    /// An owner that is gone has no requests that wait.
    pub(super) fn forget_credentials(&mut self, owner: Owner) {
        self.questions.take(|one| one.pending.owner == owner);
        self.withdraw_questions();
    }

    /// One question for each realm, whichever requests wait for it.
    fn ask(&mut self, needed: CredentialsNeeded) -> CredentialsKey {
        let is_same =
            |known: &CredentialsNeeded| known.origin == needed.origin && known.realm == needed.realm;
        if let Some((key, _)) = self.questions.asked.iter().find(|(_, known)| is_same(known)) {
            return *key;
        }
        let key = CredentialsKey(self.next_key());
        self.questions.asked.insert(key, needed.clone());
        self.emit(Event::CredentialsNeeded { key, needed });
        key
    }

    /// Goes on with the requests whose questions are all answered and which may leave now.
    fn settle_challenges(&mut self, now: Instant) {
        let waiting = mem::take(&mut self.questions.waiting);
        let (ready, left): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|one| one.open.is_empty() && !self.is_interrupted(one.pending.owner));
        self.questions.waiting = left;
        for challenged in ready {
            self.settle_challenge(*challenged.pending, challenged.response, now);
        }
    }

    /// Whether an owner waits for another connection.
    fn is_interrupted(&self, owner: Owner) -> bool {
        match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(_) => false,
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.is_call_interrupted(call),
            Owner::Exchange(_) => false,
        }
    }

    /// Answers the challenge with the credentials there are, or ends the request with it.
    pub(super) fn settle_challenge(&mut self, mut pending: Pending, response: Response, now: Instant) {
        if !self.is_served(pending.owner) {
            return;
        }
        match self.auth.handle_challenge(&pending.request, &response, &mut pending.attempts) {
            Ok(()) => {
                self.note_misplaced(&pending, &response);
                if self.is_interrupted(pending.owner) {
                    self.conclude(&pending, response, now);
                } else {
                    self.retry(pending, now);
                }
            }
            Err(error) => {
                self.note_auth_error(pending.owner, error);
                self.conclude(&pending, response, now);
            }
        }
    }

    /// AC-27: answered all the same.
    fn note_misplaced(&mut self, pending: &Pending, response: &Response) {
        if sip_auth::is_misplaced(response) {
            let (method, status) = (pending.cseq.method.clone(), response.status());
            self.emit(Event::ChallengeMisplaced { method, status });
        }
    }

    /// Tells who waits for the request why its challenge was not answered.
    fn note_auth_error(&mut self, owner: Owner, error: AuthError) {
        match owner {
            #[cfg(feature = "registration")]
            Owner::Registration(_) => drop(self.auth_errors.insert(owner, error)),
            #[cfg(feature = "call")]
            Owner::Call(call) | Owner::Answer(call) => self.emit(Event::CallUnauthorized { call, error }),
            Owner::Exchange(_) => drop(self.auth_errors.insert(owner, error)),
        }
    }

    fn withdraw_questions(&mut self) {
        for key in self.questions.prune() {
            self.emit(Event::CredentialsWithdrawn { key });
        }
    }
}
