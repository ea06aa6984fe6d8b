//! The response context: what a forked request has heard from its branches, and what of it goes back (RFC 3261
//! §16.7, §16.8, §16.10).

use super::refusal::is_challenge;
use sip_message::{HeaderName, Method, Reason, Request, Response, StatusClass, StatusCode};
use sip_transaction::{ClientId, Failure, FlowId, ServerId};
use std::collections::BTreeMap;

/// A request that was forwarded on one or more branches.
#[derive(Debug)]
pub(crate) struct ResponseContext {
    server: ServerId,
    upstream: FlowId,
    request: Request,
    in_dialog: bool,
    branches: BTreeMap<ClientId, Branch>,
    /// Final responses other than 2xx, in the order of their arrival.
    finals: Vec<Response>,
    answered: Answered,
    /// Why every branch is to end: a CANCEL came, or a final response has settled the matter.
    ending: Option<Vec<Reason>>,
}

/// How far a branch is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Branch {
    /// No response yet.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// The same, and a CANCEL was sent.
    Cancelled,
    /// A final response came, or none will come any more.
    Completed,
}

/// What went back as a final response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answered {
    No,
    /// A 2xx; more of them may follow for an INVITE.
    Success,
    /// Anything else.
    Failure,
}

/// What a proxy must do next for a context.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Action {
    /// Pass this response to the server transaction.
    Forward(Response),
    /// Cancel the INVITE of this branch, for these reasons.
    Cancel(ClientId, Vec<Reason>),
    /// The same once more: the first CANCEL may have got lost.
    CancelAgain(ClientId, Vec<Reason>),
    /// Set timer C of this branch anew.
    ResetTimerC(ClientId),
    /// Stop timer C of this branch.
    StopTimerC(ClientId),
}

impl ResponseContext {
    /// The context of `request`, which came on `upstream`.
    pub(crate) const fn new(server: ServerId, upstream: FlowId, request: Request, in_dialog: bool) -> Self {
        Self {
            server,
            upstream,
            request,
            in_dialog,
            branches: BTreeMap::new(),
            finals: Vec::new(),
            answered: Answered::No,
            ending: None,
        }
    }

    /// Adds the branch that client transaction `client` serves.
    pub(crate) fn add_branch(&mut self, client: ClientId) {
        self.branches.insert(client, Branch::Calling);
    }

    /// A response of a branch, its topmost Via already removed.
    pub(crate) fn handle_response(&mut self, client: ClientId, response: Response) -> Vec<Action> {
        match response.status().class() {
            StatusClass::Provisional => self.handle_provisional(client, response),
            StatusClass::Success => self.handle_success(client, response),
            StatusClass::Redirection
            | StatusClass::RequestFailure
            | StatusClass::ServerFailure
            | StatusClass::GlobalFailure => self.handle_refusal(client, response),
        }
    }

    /// A branch that will never answer: `by_server` tells whether another server asked.
    // rfc3261#16.9, rfc3261#16.7: step 6; the flow was the only way, so the target counts as gone (rfc5626#5.3.1).
    pub(crate) fn handle_failure(
        &mut self,
        client: ClientId,
        failure: Failure,
        by_server: bool,
    ) -> Vec<Action> {
        let status = match failure {
            Failure::Timeout => StatusCode::REQUEST_TIMEOUT,
            Failure::Transport if self.in_dialog && by_server => StatusCode::FLOW_FAILED,
            Failure::Transport => StatusCode::TEMPORARILY_UNAVAILABLE,
        };
        self.fail(client, status)
    }

    /// A branch has ended with nothing that can be passed on: its answer says not to whom.
    // rfc3261#21.5.3: 502 for an invalid response of the server downstream.
    pub(crate) fn handle_unusable(&mut self, client: ClientId) -> Vec<Action> {
        self.fail(client, StatusCode::BAD_GATEWAY)
    }

    /// The other end of a branch does not know what was cancelled: its answer has got lost, and no other will come.
    // rfc3261#9.2: 481 to a CANCEL that matches no transaction.
    pub(crate) fn handle_unknown(&mut self, client: ClientId) -> Vec<Action> {
        self.fail(client, StatusCode::REQUEST_TERMINATED)
    }

    /// The CANCEL of the client, with its reasons: ends every branch.
    // rfc3261#16.10
    pub(crate) fn handle_cancel(&mut self, reasons: Vec<Reason>) -> Vec<Action> {
        self.ending.get_or_insert(reasons);
        self.cancel_pending()
    }

    /// The other end of a branch has come back on another flow: if it was cancelled, it may not know of that. One that
    /// comes back when 64·T1 have passed since then finds its INVITE given up (RFC 3261 §9.1).
    // rfc3261#16.10
    pub(crate) fn handle_moved(&self, client: ClientId) -> Vec<Action> {
        match self.branches.get(&client) {
            Some(Branch::Cancelled) => {
                vec![Action::CancelAgain(client, self.ending.clone().unwrap_or_default())]
            }
            Some(Branch::Calling | Branch::Proceeding | Branch::Completed) | None => Vec::new(),
        }
    }

    /// Timer C of a branch has fired.
    // rfc3261#16.8: CANCEL after a provisional response; before one it counts as 408.
    pub(crate) fn handle_timer_c(&mut self, client: ClientId) -> Vec<Action> {
        match self.branches.get_mut(&client) {
            Some(branch @ Branch::Proceeding) => {
                *branch = Branch::Cancelled;
                vec![Action::Cancel(client, Vec::new())]
            }
            Some(Branch::Calling | Branch::Cancelled) => self.handle_failure(client, Failure::Timeout, false),
            Some(Branch::Completed) | None => Vec::new(),
        }
    }

    /// Forgets the client transaction, which has ended.
    pub(crate) fn remove_branch(&mut self, client: ClientId) {
        self.branches.remove(&client);
    }

    /// Whether all its client transactions have ended, so that nothing can come any more.
    // rfc3261#16.7: step 9, last paragraph.
    pub(crate) fn is_terminated(&self) -> bool {
        self.branches.is_empty()
    }

    pub(crate) const fn server(&self) -> ServerId {
        self.server
    }

    /// The flow on which the request came.
    pub(crate) const fn upstream(&self) -> FlowId {
        self.upstream
    }

    /// The request as it is forwarded.
    pub(crate) const fn request(&self) -> &Request {
        &self.request
    }

    /// Whether no further branch is wanted.
    pub(crate) const fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    fn is_invite(&self) -> bool {
        *self.request.method() == Method::Invite
    }

    fn handle_provisional(&mut self, client: ClientId, response: Response) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(branch) = self.branches.get_mut(&client) else { return actions };
        if *branch == Branch::Calling {
            *branch = Branch::Proceeding;
        }
        // rfc3261#16.7: step 2, any but 100 sets timer C anew; step 5, any but 100 is forwarded at once.
        if response.status() != StatusCode::TRYING {
            if self.is_invite() {
                actions.push(Action::ResetTimerC(client));
            }
            if self.answered == Answered::No {
                actions.push(Action::Forward(response));
            }
        }
        actions.extend(self.cancel_pending());
        actions
    }

    /// A 2xx goes back at once; of those to an INVITE all do, of others the first.
    // rfc3261#16.7: steps 5 and 10.
    fn handle_success(&mut self, client: ClientId, response: Response) -> Vec<Action> {
        let mut actions = self.complete(client);
        let is_wanted = match self.answered {
            Answered::No => true,
            Answered::Success => self.is_invite(),
            Answered::Failure => false,
        };
        if is_wanted {
            self.answered = Answered::Success;
            actions.push(Action::Forward(response));
        }
        actions.extend(self.handle_cancel(vec![answered_elsewhere()]));
        actions
    }

    /// A final response other than 2xx is kept until the last branch has one.
    fn handle_refusal(&mut self, client: ClientId, response: Response) -> Vec<Action> {
        let mut actions = self.complete(client);
        let is_global = response.status().class() == StatusClass::GlobalFailure;
        self.finals.push(response);
        if is_global {
            // rfc3261#16.7: step 5, a 6xx ends the other branches but goes back only when they have ended.
            actions.extend(self.handle_cancel(Vec::new()));
        }
        let is_last = self.branches.values().all(|branch| *branch == Branch::Completed);
        if is_last && self.answered == Answered::No {
            self.answered = Answered::Failure;
            actions.push(Action::Forward(self.best_response()));
        }
        actions
    }

    /// The answer of this proxy in place of one that did not come; nothing where one has.
    fn fail(&mut self, client: ClientId, status: StatusCode) -> Vec<Action> {
        if self.branches.get(&client).is_none_or(|branch| *branch == Branch::Completed) {
            return Vec::new();
        }
        self.handle_refusal(client, self.request.response(status))
    }

    fn complete(&mut self, client: ClientId) -> Vec<Action> {
        self.branches.insert(client, Branch::Completed);
        if self.is_invite() { vec![Action::StopTimerC(client)] } else { Vec::new() }
    }

    /// If all is to end: cancels what has had a provisional response; the others follow at their first one.
    // rfc3261#16.7: step 10; rfc3261#9.1: only an INVITE is cancelled.
    fn cancel_pending(&mut self) -> Vec<Action> {
        let Some(reasons) = self.ending.as_ref().filter(|_| self.is_invite()) else { return Vec::new() };
        let mut actions = Vec::new();
        for (client, branch) in &mut self.branches {
            if *branch == Branch::Proceeding {
                *branch = Branch::Cancelled;
                actions.push(Action::Cancel(*client, reasons.clone()));
            }
        }
        actions
    }

    /// The response that says most about what to do next.
    // rfc3261#16.7: steps 6 and 7.
    fn best_response(&self) -> Response {
        let best = self.finals.iter().min_by_key(|response| rank(response.status()));
        let Some(best) = best else { return self.request.response(StatusCode::REQUEST_TIMEOUT) };
        // A 503 of one target says nothing about the others.
        if best.status() == StatusCode::SERVICE_UNAVAILABLE {
            let mut response = self.request.response(StatusCode::SERVER_INTERNAL_ERROR);
            // rfc3261#20.33: when to come again is known all the same
            response.headers_mut().copy_from(best.headers(), &HeaderName::RetryAfter);
            return response;
        }
        let mut best = best.clone();
        if is_unauthorized(best.status()) {
            self.collect_challenges(&mut best);
        }
        best
    }

    /// Gives `best` the challenges of all branches, each once and unchanged.
    // rfc3261#16.7: step 7; rfc3261#22.3/3,11.
    fn collect_challenges(&self, best: &mut Response) {
        let all = self.finals.iter().filter(|response| is_unauthorized(response.status()));
        let mut challenges: Vec<(HeaderName, String)> = Vec::new();
        for field in all.flat_map(|response| response.headers().iter()).filter(|f| is_challenge(&f.name())) {
            let Ok(text) = field.text() else { continue };
            let challenge = (field.name(), text.to_string());
            if !challenges.contains(&challenge) {
                challenges.push(challenge);
            }
        }
        best.headers_mut().remove(&HeaderName::WwwAuthenticate);
        best.headers_mut().remove(&HeaderName::ProxyAuthenticate);
        for (name, text) in challenges {
            // The text was a field value a moment ago, so it is one still.
            let _ = best.headers_mut().push_text(&name, &text);
        }
    }
}

/// What the losers of a fork are told, so that they show no missed call (RFC 3326 §3.1).
fn answered_elsewhere() -> Reason {
    Reason::new("SIP", 200, "Call completed elsewhere")
}

fn is_unauthorized(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
}

/// The order of preference: 6xx, then by class, and in a class those first that tell how to ask again.
fn rank(status: StatusCode) -> (u16, u16) {
    let class = match status.class() {
        StatusClass::GlobalFailure => 0,
        StatusClass::Provisional
        | StatusClass::Success
        | StatusClass::Redirection
        | StatusClass::RequestFailure
        | StatusClass::ServerFailure => status.code() / 100,
    };
    let within = match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => 0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::BAD_EXTENSION | StatusCode::ADDRESS_INCOMPLETE => 1,
        // A target that is gone says less than one that has answered.
        StatusCode::REQUEST_TIMEOUT | StatusCode::FLOW_FAILED | StatusCode::TEMPORARILY_UNAVAILABLE => 3,
        _ => 2,
    };
    (class, within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip_clock::{Instant, TokenSource};
    use sip_message::{Message, Via};
    use sip_transaction::{Output, Reliability, TimerSettings, TransactionLayer};

    fn request(method: &str) -> Request {
        let text = format!(
            "{method} sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
             From: <sip:a@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n"
        );
        match Message::parse(text.into()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a request"),
        }
    }

    /// A context with two branches; their ids can only be had from a transaction layer.
    fn context(method: &str) -> (ResponseContext, [ClientId; 2]) {
        let mut layer = TransactionLayer::new(TimerSettings::default());
        let mut tokens = TokenSource::from_seed(1);
        let flow = FlowId::new(1);
        layer.handle_message(request(method).into(), flow, Reliability::Reliable, Instant::ZERO);
        let Some(Output::Request { id, request, .. }) = layer.poll_output() else { panic!("a request") };
        let mut context = ResponseContext::new(id, flow, request.clone(), false);
        let clients = [1, 2].map(|_| {
            let via = Via::new("WS", &"proxy.test".parse().unwrap(), None);
            layer.request(request.clone(), flow, Reliability::Reliable, &via, &mut tokens, Instant::ZERO)
        });
        clients.iter().for_each(|client| context.add_branch(*client));
        (context, clients)
    }

    fn response(method: &str, status: StatusCode) -> Response {
        request(method).response(status)
    }

    #[test]
    fn a_100_is_never_forwarded_but_makes_a_branch_cancellable() {
        let (mut context, [one, _]) = context("INVITE");
        assert_eq!(context.handle_response(one, response("INVITE", StatusCode::TRYING)), []);
        assert_eq!(context.handle_cancel(Vec::new()), [Action::Cancel(one, Vec::new())]);
    }

    #[test]
    fn a_branch_is_cancelled_once() {
        let (mut context, [one, _]) = context("INVITE");
        context.handle_response(one, response("INVITE", StatusCode::RINGING));
        assert_eq!(context.handle_cancel(Vec::new()).len(), 1);
        assert_eq!(context.handle_cancel(Vec::new()), []);
        let again = context.handle_response(one, response("INVITE", StatusCode::RINGING));
        assert!(!again.iter().any(|action| matches!(action, Action::Cancel(..))));
    }

    // rfc3261#9.1: only an INVITE is cancelled.
    #[test]
    fn another_method_is_never_cancelled() {
        let (mut context, [one, two]) = context("MESSAGE");
        context.handle_response(one, response("MESSAGE", StatusCode::TRYING));
        let actions = context.handle_response(two, response("MESSAGE", StatusCode::OK));
        assert_eq!(actions, [Action::Forward(response("MESSAGE", StatusCode::OK))]);
    }

    // rfc3326#3.1
    #[test]
    fn the_losers_learn_that_the_call_was_answered_elsewhere() {
        let (mut context, [one, two]) = context("INVITE");
        context.handle_response(one, response("INVITE", StatusCode::RINGING));
        let actions = context.handle_response(two, response("INVITE", StatusCode::OK));
        let cancelled = actions.iter().find_map(|action| match action {
            Action::Cancel(client, reasons) => Some((*client, reasons.first()?.cause())),
            Action::CancelAgain(..) | Action::Forward(_) | Action::ResetTimerC(_) | Action::StopTimerC(_) => {
                None
            }
        });
        assert_eq!(cancelled, Some((one, Some(200))));
    }

    #[test]
    fn a_refusal_after_a_2xx_is_kept_to_itself() {
        let (mut context, [one, two]) = context("INVITE");
        context.handle_response(one, response("INVITE", StatusCode::OK));
        let actions = context.handle_response(two, response("INVITE", StatusCode::BUSY_HERE));
        assert_eq!(actions, [Action::StopTimerC(two)]);
    }

    #[test]
    fn a_branch_that_fails_after_its_answer_changes_nothing() {
        let (mut context, [one, _]) = context("INVITE");
        context.handle_response(one, response("INVITE", StatusCode::OK));
        assert_eq!(context.handle_failure(one, Failure::Transport, false), []);
    }

    #[test]
    fn it_ends_with_its_last_branch() {
        let (mut context, [one, two]) = context("INVITE");
        context.remove_branch(one);
        assert!(!context.is_terminated());
        context.remove_branch(two);
        assert!(context.is_terminated());
    }
}
