//! Two or more user agents, each with one session, and the wire between them, in virtual time.
//!
//! The transactions are as simple as the sessions allow: a lost message that a transaction would repeat arrives T1
//! later, a repeated one is absorbed. What sessions must repeat themselves (2xx, ACK) or may lose (1xx) is lost for good.

use sip_clock::Instant;
use sip_dialog::{
    Dtmf, DtmfMode, EndCause, EndKind, Failure, Input, InviteSession, Output, SessionDescription,
    SessionEvent, SessionSettings, SessionState,
};
use sip_message::{
    Allow, Body, CSeq, CallId, Contact, From, Header as _, HeaderName, Headers, InfoPackage, MaxForwards,
    Message, Method, MinSe, NameAddr, RAck, RSeq, Reason, Request, Require, Response, RetryAfter,
    SessionExpires, StatusCode, Supported, To, Warning,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// The end of the simulated world: what goes on after it, such as ringing that nobody answers, goes on for ever.
const HORIZON: Instant = Instant::from_micros(300_000_000);

const LATENCY: Duration = Duration::from_millis(50);
const T1: Duration = Duration::from_millis(500);

/// What happens to one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Lost,
    Twice,
    /// This packet and all later ones are lost.
    Cut,
}

/// What the user of one agent does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Call {
        offer: bool,
    },
    Ring,
    EarlyMedia,
    /// A 183 with this description, or none.
    Progress(&'static str),
    /// Accepts without a description.
    Conclude,
    /// A reliable 183 with this RSeq and body that the session itself did not make, to the last INVITE.
    Reliable(u32, &'static str),
    /// Presses these keys.
    Dtmf(&'static str),
    /// Sends an INFO of this package.
    Info(&'static str),
    /// Holds keys back or lets them go on.
    PauseDtmf(bool),
    Accept,
    Reject(StatusCode),
    Answer,
    HangUp,
    /// Hangs up since the media failed, and says so.
    MediaFails,
    Message,
    /// Offers this description in a session that stands.
    Offer(&'static str),
    /// Answers the peer's offer in a session that stands, or makes the one it asked for.
    AnswerWith(&'static str),
    Decline,
    /// Asks the peer for an offer.
    AskOffer,
    /// Sends UPDATE in the only dialog, with this offer or without.
    Update(Option<&'static str>),
    Hold,
    Resume,
    /// A request of this method that the session itself would not make.
    Raw(&'static str),
    /// The same with this description.
    RawOffer(&'static str, &'static str),
    /// The same with a sequence number that was used before.
    Stale(&'static str),
    /// The proxy of the peer cancels, since somebody else answered.
    AnsweredElsewhere,
}

pub(crate) struct Agent {
    pub(crate) name: &'static str,
    pub(crate) session: Option<InviteSession>,
    pub(crate) ends: Vec<EndCause>,
    pub(crate) established: usize,
    pub(crate) hung_up: bool,
    sent: BTreeMap<(u32, String, String), Sent>,
    seen: BTreeMap<(usize, u32, String), Request>,
    challenge: BTreeSet<String>,
    /// Methods that get no answer here.
    deaf: BTreeSet<String>,
    /// What the first request of a method gets instead of what the session would say.
    refusals: BTreeMap<String, (StatusCode, HeaderName, &'static str)>,
    /// A method that this end does not name in Allow.
    hidden: Option<Method>,
    /// Whether PRACK is for what [`Act::Reliable`] sent, so that the session does not see it.
    takes_prack: bool,
    /// What the first PRACK of this end offers although the session itself would not.
    prack_offer: Option<&'static str>,
    settings: SessionSettings,
    /// Whether its user is asked about every offer in a session that stands.
    is_asked: bool,
    raw: u32,
}

struct Sent {
    request: Request,
    provisional: bool,
    /// The class of the final response: 2xx or not.
    success: Option<bool>,
}

#[derive(Clone)]
struct Packet {
    from: usize,
    to: usize,
    message: Message,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) agents: Vec<Agent>,
    pub(crate) transcript: String,
    pub(crate) fates: BTreeMap<usize, Fate>,
    pub(crate) packets: usize,
    wire: BTreeMap<(Instant, usize), Packet>,
    acts: BTreeMap<(Instant, usize), (usize, Act)>,
    patience: BTreeMap<(Instant, usize), (usize, CSeq, String)>,
    order: usize,
    cut: bool,
    /// Whether descriptions have a media line and offers in a standing session are answered at once.
    talks: bool,
    /// What the INVITE requires.
    requires: Option<&'static str>,
    /// The session timer that it asks for.
    expires: Option<&'static str>,
    /// Whether the transcript has Require, Supported, Warning and Retry-After.
    is_detailed: bool,
    call_id: String,
}

impl World {
    /// Alice, who may call, and those whom her INVITE reaches.
    pub(crate) fn new(callees: &[&'static str]) -> Self {
        let names = ["alice"].iter().chain(callees);
        Self {
            now: Instant::ZERO,
            agents: names.map(|name| Agent::new(name)).collect(),
            transcript: String::new(),
            fates: BTreeMap::new(),
            packets: 0,
            wire: BTreeMap::new(),
            acts: BTreeMap::new(),
            patience: BTreeMap::new(),
            order: 0,
            cut: false,
            talks: false,
            requires: None,
            expires: None,
            is_detailed: false,
            call_id: "call-1".to_owned(),
        }
    }

    /// Descriptions have a media line, and offers in a session that stands are answered at once.
    pub(crate) fn talking(mut self) -> Self {
        self.talks = true;
        self
    }

    /// But for those to agent `who`.
    pub(crate) fn asks(mut self, who: usize) -> Self {
        self.agents[who].is_asked = true;
        self
    }

    /// Every session is made with these.
    pub(crate) fn settings(mut self, edit: impl Fn(&mut SessionSettings)) -> Self {
        self.agents.iter_mut().for_each(|agent| edit(&mut agent.settings));
        self
    }

    /// The sessions of agent `who` are made with these.
    pub(crate) fn settings_of(mut self, who: usize, edit: impl Fn(&mut SessionSettings)) -> Self {
        edit(&mut self.agents[who].settings);
        self
    }

    /// Agent `who` does not name this method in Allow.
    pub(crate) fn hides(mut self, who: usize, method: Method) -> Self {
        self.agents[who].hidden = Some(method);
        self
    }

    /// Agent `who` never answers this method.
    pub(crate) fn ignores(mut self, who: usize, method: &str) -> Self {
        self.agents[who].deaf.insert(method.to_owned());
        self
    }

    /// Agent `who` gives the first request of this method, but for the first INVITE, this answer with this field.
    pub(crate) fn refuses(
        mut self,
        who: usize,
        method: &str,
        status: StatusCode,
        field: (HeaderName, &'static str),
    ) -> Self {
        self.agents[who].refusals.insert(method.to_owned(), (status, field.0, field.1));
        self
    }

    /// Agent `who` answers PRACK with 200, as what [`Act::Reliable`] sends wants it.
    pub(crate) fn takes_prack(mut self, who: usize) -> Self {
        self.agents[who].takes_prack = true;
        self
    }

    /// The first PRACK of agent `who` makes this offer.
    pub(crate) fn offers_in_prack(mut self, who: usize, text: &'static str) -> Self {
        self.agents[who].prack_offer = Some(text);
        self
    }

    /// The transcript shows which extensions a message requires and supports, and when to try again.
    pub(crate) fn detailed(mut self) -> Self {
        self.is_detailed = true;
        self
    }

    /// The INVITE requires this extension.
    pub(crate) fn requires(mut self, option: &'static str) -> Self {
        self.requires = Some(option);
        self
    }

    /// The INVITE asks for this session timer.
    pub(crate) fn expires(mut self, value: &'static str) -> Self {
        self.expires = Some(value);
        self
    }

    /// Chance as of another call.
    pub(crate) fn seed(mut self, seed: usize) -> Self {
        self.call_id = format!("call-{seed}");
        self
    }

    /// Plans `act` of agent `who`, `millis` after the beginning.
    pub(crate) fn at(mut self, millis: u64, who: usize, act: Act) -> Self {
        let at = Instant::from_micros(millis * 1000);
        let key = self.key(at);
        self.acts.insert(key, (who, act));
        self
    }

    /// Decides what happens to the `number`th packet, from 0.
    pub(crate) fn fate(mut self, number: usize, fate: Fate) -> Self {
        self.fates.insert(number, fate);
        self
    }

    /// Agent `who` refuses the first request of each of these methods with 401.
    pub(crate) fn challenges(mut self, who: usize, methods: &[&str]) -> Self {
        self.agents[who].challenge = methods.iter().map(|method| (*method).to_owned()).collect();
        self
    }

    /// Runs until nothing is left to happen.
    pub(crate) fn run(mut self) -> Self {
        for _ in 0..10_000 {
            let Some(next) = self.next().filter(|next| *next < HORIZON) else {
                self.check_the_end();
                return self;
            };
            self.now = self.now.max(next);
            self.turn();
        }
        panic!("does not come to rest:\n{}", self.transcript);
    }

    /// The user of agent `who` does something now.
    pub(crate) fn does(&mut self, who: usize, act: &Act) {
        self.act(who, act);
    }

    /// How many packets are on the wire.
    pub(crate) fn in_flight(&self) -> usize {
        self.wire.len()
    }

    /// The packet with this place on the wire arrives now, and will again if it `stays`.
    pub(crate) fn deliver(&mut self, place: usize, stays: bool) {
        let packet = self.take(place);
        if stays {
            let key = self.key(self.now + LATENCY);
            self.wire.insert(key, packet.clone());
        }
        self.arrive(packet);
    }

    /// Whether losing the packet with this place is more than a delay.
    pub(crate) fn can_lose(&self, place: usize) -> bool {
        self.wire.values().nth(place).is_some_and(|packet| !is_repeated_by_transaction(&packet.message))
    }

    /// The packet with this place is lost.
    pub(crate) fn lose(&mut self, place: usize) {
        let packet = self.take(place);
        writeln!(self.transcript, "(lost)    {}", summary(&packet.message)).unwrap();
    }

    /// All that is under way and follows is lost.
    pub(crate) fn cut_off(&mut self) {
        writeln!(self.transcript, "(cut)").unwrap();
        self.wire.clear();
        self.cut = true;
    }

    /// Whether a session has a deadline within T2.
    pub(crate) fn is_due_soon(&self) -> bool {
        self.due().is_some_and(|at| at <= self.now + T1 * 8)
    }

    /// The next deadline of a session comes, although packets are on the wire.
    pub(crate) fn wait(&mut self) {
        self.now = self.due().unwrap_or(self.now).max(self.now);
        for who in 0..self.agents.len() {
            self.timeout(who);
        }
    }

    /// All that decides what can happen from now on, but for the order in which what is on the wire was sent.
    pub(crate) fn fingerprint(&self) -> u64 {
        let packets = self.wire.values().map(|packet| (packet.from, packet.to, packet.message.to_bytes()));
        let mut wire: Vec<_> = packets.collect();
        wire.sort();
        let mut hasher = DefaultHasher::new();
        (self.now, self.cut, wire).hash(&mut hasher);
        for agent in &self.agents {
            for (key, sent) in &agent.sent {
                (key, sent.provisional, sent.success).hash(&mut hasher);
            }
            agent.seen.keys().for_each(|key| key.hash(&mut hasher));
            (agent.ends.len(), agent.established, agent.hung_up).hash(&mut hasher);
            format!("{:?}", agent.session).hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(crate) fn alice(&self) -> &Agent {
        &self.agents[0]
    }

    pub(crate) fn bob(&self) -> &Agent {
        &self.agents[1]
    }

    fn next(&self) -> Option<Instant> {
        let queues = [
            self.wire.keys().next().map(|key| key.0),
            self.acts.keys().next().map(|key| key.0),
            self.patience.keys().next().map(|key| key.0),
        ];
        let timers = self.agents.iter().map(|agent| agent.session.as_ref()?.next_timeout());
        queues.into_iter().chain(timers).flatten().min()
    }

    /// The next deadline of a session.
    fn due(&self) -> Option<Instant> {
        self.agents.iter().filter_map(|agent| agent.session.as_ref()?.next_timeout()).min()
    }

    fn take(&mut self, place: usize) -> Packet {
        let key = *self.wire.keys().nth(place).unwrap();
        self.wire.remove(&key).unwrap()
    }

    fn turn(&mut self) {
        let now = self.now;
        let is_due = |key: &(Instant, usize)| key.0 <= now;
        if let Some(key) = self.wire.keys().next().copied().filter(is_due) {
            let packet = self.wire.remove(&key).unwrap();
            self.arrive(packet);
        } else if let Some(key) = self.acts.keys().next().copied().filter(is_due) {
            let (who, act) = self.acts.remove(&key).unwrap();
            self.act(who, &act);
        } else if let Some(key) = self.patience.keys().next().copied().filter(is_due) {
            let (who, cseq, tag) = self.patience.remove(&key).unwrap();
            self.give_up(who, cseq, tag);
        } else {
            for who in 0..self.agents.len() {
                self.timeout(who);
            }
        }
    }

    fn timeout(&mut self, who: usize) {
        let now = self.now;
        let Some(session) = &mut self.agents[who].session else { return };
        if session.next_timeout().is_none_or(|at| at > now) {
            return;
        }
        let before = (session.state(), session.is_terminated(), session.next_timeout());
        session.handle(Input::Timeout, now);
        let after = (session.state(), session.is_terminated(), session.next_timeout());
        // style law (b): the deadline meant something; law (d): it is not due again at once
        assert_ne!(before, after, "a timeout that does nothing");
        assert!(after.2.is_none_or(|at| at > now), "a timeout that spins");
        self.drain(who);
    }

    fn act(&mut self, who: usize, act: &Act) {
        let now = self.now;
        if who != 0 && !self.cut && self.agents[who].session.is_none() && self.agents[who].ends.is_empty() {
            // the INVITE is late, so is its user
            let key = self.key(now + T1);
            self.acts.insert(key, (who, act.clone()));
            return;
        }
        self.note(|| format!("{act:?}"), who);
        match act {
            Act::Call { offer } => return self.call(who, *offer),
            Act::Raw(method) => return self.raw(who, method, None, true),
            Act::RawOffer(method, text) => return self.raw(who, method, Some(text), true),
            Act::Stale(method) => return self.raw(who, method, None, false),
            Act::AnsweredElsewhere => return self.cancel_elsewhere(who),
            Act::Reliable(rseq, body) => return self.reliable(who, *rseq, body),
            _ => {}
        }
        let agent = &mut self.agents[who];
        let Some(session) = &mut agent.session else { return };
        agent.hung_up |= matches!(act, Act::HangUp | Act::MediaFails);
        let talks = self.talks;
        let body = |text: &str| Some(description(text, talks));
        let done = match act {
            Act::Ring => session.provisional(StatusCode::RINGING, None, now),
            Act::EarlyMedia => session.provisional(StatusCode::SESSION_PROGRESS, body("early"), now),
            Act::Progress(text) => {
                let body = Some(Body::sdp(*text)).filter(|_| !text.is_empty());
                session.provisional(StatusCode::SESSION_PROGRESS, body, now)
            }
            Act::Accept => session.accept(body("bob"), now),
            Act::Conclude => session.accept(None, now),
            Act::Reject(status) => session.reject(*status, now),
            Act::Answer => session.answer(description("answer", talks), now),
            Act::Message => session.message(Body::text("hello")).map(|_| ()),
            Act::Offer(text) => session.offer(Body::sdp(*text)),
            Act::AnswerWith(text) => session.answer(Body::sdp(*text), now),
            Act::Decline => session.decline(StatusCode::NOT_ACCEPTABLE_HERE, now),
            Act::AskOffer => session.ask_offer(),
            Act::Update(text) => {
                let dialog = session.dialog_ids().next().cloned();
                dialog.map_or(Ok(()), |dialog| session.update(&dialog, text.map(Body::sdp)))
            }
            Act::Hold => session.hold(),
            Act::Resume => session.resume(),
            Act::HangUp => {
                session.hang_up(now);
                Ok(())
            }
            Act::MediaFails => {
                let reason = Reason::new("X-MEDIA", 7, "no candidate pair");
                session.hang_up_with(Some(EndKind::MediaFailed), vec![reason], now);
                Ok(())
            }
            Act::Dtmf(keys) => session.dtmf(&Dtmf::sequence(keys).unwrap(), DtmfMode::Auto, now),
            Act::PauseDtmf(paused) => session.pause_dtmf(*paused, now),
            Act::Info(package) => {
                let dialog = session.dialog_ids().next().unwrap().clone();
                session.info(&dialog, package, Some(Body::text("news"))).map(|_| ())
            }
            Act::Call { .. }
            | Act::Raw(_)
            | Act::RawOffer(..)
            | Act::Stale(_)
            | Act::AnsweredElsewhere
            | Act::Reliable(..) => Ok(()),
        };
        if let Err(error) = done {
            self.note(|| format!("{error}"), who);
        }
        self.drain(who);
    }

    fn call(&mut self, who: usize, offer: bool) {
        let mut invite = invite(self.agents[who].name, offer);
        invite.headers_mut().set(&CallId(self.call_id.clone()));
        if offer && self.talks {
            let body = description("alice", true);
            invite.set_body(&body.content_type, body.bytes);
        }
        invite.headers_mut().push(&Supported("100rel".to_owned()));
        invite.headers_mut().set_list(&[Method::Invite, Method::Bye, Method::Update].map(Allow));
        if let Some(value) = self.expires {
            invite.headers_mut().push(&Supported("timer".to_owned()));
            invite.headers_mut().push_text(&HeaderName::SessionExpires, value).unwrap();
        }
        if let Some(option) = self.requires {
            invite.headers_mut().push(&Require(option.to_owned()));
        }
        let session = InviteSession::client(invite, self.agents[who].settings.clone(), self.now).unwrap();
        self.agents[who].session = Some(session);
        self.drain(who);
    }

    fn raw(&mut self, who: usize, method: &str, offer: Option<&'static str>, fresh: bool) {
        let agent = &mut self.agents[who];
        let Some(session) = &agent.session else { return };
        let mut dialog = session.dialogs().next().unwrap().clone();
        agent.raw += 1;
        if fresh {
            dialog.skip_to(100 + agent.raw);
        }
        let mut request = dialog.request(method.parse().unwrap());
        if !fresh {
            request.headers_mut().set(&CSeq { number: 0, method: method.parse().unwrap() });
        }
        if let Some(body) = offer.map(Body::sdp) {
            request.set_body(&body.content_type, body.bytes);
        }
        self.send_request(who, request);
    }

    fn reliable(&mut self, who: usize, rseq: u32, body: &'static str) {
        let agent = &self.agents[who];
        let Some((key, invite)) = agent.seen.iter().rfind(|(key, _)| key.2 == "INVITE") else { return };
        let To(to) = invite.headers().required().unwrap();
        let mut response = invite
            .response(StatusCode::SESSION_PROGRESS)
            .with(&Contact::Addr(contact(agent.name)))
            .with(&Require("100rel".to_owned()))
            .with(&RSeq(rseq));
        response.headers_mut().set(&To(to.with_tag(&format!("tag-{}", agent.name))));
        if !body.is_empty() {
            let body = Body::sdp(body);
            response.set_body(&body.content_type, body.bytes);
        }
        let to = key.0;
        self.send(who, to, response.into());
    }

    fn cancel_elsewhere(&mut self, who: usize) {
        let invite = self.agents[who].sent.values().next().unwrap().request.clone();
        let reason = Reason::new("SIP", 200, "Call completed elsewhere");
        self.send(who, 1, cancel_of(&invite).with(&reason).into());
    }

    fn give_up(&mut self, who: usize, cseq: CSeq, remote_tag: String) {
        let sent = &self.agents[who].sent[&key_of(&cseq, &remote_tag)];
        let rings = cseq.method == Method::Invite && sent.provisional;
        if sent.success.is_some() || (rings && !self.cut) {
            return;
        }
        if rings && self.now < Instant::ZERO + T1 * 100 {
            // a broken connection is noticed later than a CANCEL without effect
            let key = self.key(self.now + T1 * 64);
            self.patience.insert(key, (who, cseq, remote_tag));
            return;
        }
        let failure = if rings { Failure::Transport } else { Failure::Timeout };
        self.note(|| format!("{failure:?} of {} {}", cseq.method, cseq.number), who);
        self.input(who, Input::Failed { cseq, remote_tag, failure });
    }

    fn input(&mut self, who: usize, input: Input) {
        let now = self.now;
        if let Some(session) = &mut self.agents[who].session {
            session.handle(input, now);
            self.drain(who);
        }
    }

    fn drain(&mut self, who: usize) {
        while let Some(output) = self.agents[who].session.as_mut().and_then(InviteSession::poll_output) {
            match output {
                Output::Request(request) => self.send_request(who, request),
                Output::Ack(request) => {
                    let to = self.addressee(who, &request);
                    self.send(who, to, request.into());
                }
                Output::Repeat { .. } => panic!("no flow is lost here"),
                Output::Cancel { cseq, reasons } => self.send_cancel(who, &cseq, &reasons),
                Output::Response { cseq, response } => {
                    let to = self.origin(who, &cseq);
                    self.send(who, to, response.into());
                }
                Output::Retransmit(response) => {
                    let cseq: CSeq = response.headers().required().unwrap();
                    let to = self.origin(who, &cseq);
                    self.send(who, to, response.into());
                }
                Output::Event(event) => self.event(who, event),
            }
        }
        let agent = &mut self.agents[who];
        if let Some(session) = agent.session.take_if(|session| session.is_terminated()) {
            // style law (e)
            assert_eq!(session.next_timeout(), None);
            assert!(session.has_ended(), "terminated without an end");
            assert!(!session.is_busy());
            self.note(|| "(terminated)".to_owned(), who);
        }
    }

    /// The agent whose request with this CSeq came to `who`.
    fn origin(&self, who: usize, cseq: &CSeq) -> usize {
        let mut keys = self.agents[who].seen.keys().rev();
        let key = keys.find(|key| (key.1, &key.2) == (cseq.number, &cseq.method.to_string()));
        key.expect("an answer to a request that came").0
    }

    fn event(&mut self, who: usize, event: SessionEvent) {
        self.note(|| describe(&event), who);
        let agent = &mut self.agents[who];
        assert!(agent.ends.is_empty(), "an event after the end: {event:?}");
        match event {
            SessionEvent::Ended(cause) => agent.ends.push(cause),
            SessionEvent::Established { .. } => {
                assert!(!agent.hung_up, "established after hanging up");
                agent.established += 1;
            }
            SessionEvent::Reoffered { .. } if self.talks && !agent.is_asked => {
                let body = description(agent.name, true);
                let session = agent.session.as_mut().unwrap();
                session.answer(body, self.now).unwrap();
            }
            _ => {}
        }
    }

    fn send_request(&mut self, who: usize, mut request: Request) {
        if *request.method() == Method::Prack
            && let Some(body) = self.agents[who].prack_offer.take().map(Body::sdp)
        {
            request.set_body(&body.content_type, body.bytes);
        }
        let cseq: CSeq = request.headers().required().unwrap();
        let sent = Sent { request: request.clone(), provisional: false, success: None };
        let tag = to_tag(request.headers());
        let twin = self.agents[who].sent.insert(key_of(&cseq, &tag), sent);
        assert!(twin.is_none(), "two requests with {cseq:?}");
        let key = self.key(self.now + T1 * 64);
        self.patience.insert(key, (who, cseq, tag));
        if *request.method() == Method::Invite && request.request_uri() == "sip:bob@example.com" {
            for to in 1..self.agents.len() {
                self.send(who, to, request.clone().into());
            }
        } else {
            let to = self.addressee(who, &request);
            self.send(who, to, request.into());
        }
    }

    fn send_cancel(&mut self, who: usize, cseq: &CSeq, reasons: &[Reason]) {
        let is_meant = |key: &&(u32, String, String)| (key.0, key.1.as_str()) == (cseq.number, "INVITE");
        let key = self.agents[who].sent.keys().find(is_meant).expect("an INVITE that went out");
        let sent = &self.agents[who].sent[key];
        assert!(sent.provisional, "CANCEL before a provisional response");
        if sent.success.is_none() {
            let mut cancel = cancel_of(&sent.request);
            cancel.headers_mut().set_list(reasons);
            for to in 1..self.agents.len() {
                self.send(who, to, cancel.clone().into());
            }
        }
    }

    /// The agent that the Request-URI of a request inside a dialog names.
    fn addressee(&self, who: usize, request: &Request) -> usize {
        let uri = request.request_uri();
        let named = |agent: &Agent| uri == format!("sip:{}@ua.example.com", agent.name);
        self.agents.iter().position(named).unwrap_or(usize::from(who == 0))
    }

    fn send(&mut self, from: usize, to: usize, mut message: Message) {
        if let Some(hidden) = &self.agents[from].hidden {
            let allowed: Vec<Allow> = message.headers().list().flatten().collect();
            if !allowed.is_empty() {
                let others: Vec<Allow> =
                    allowed.into_iter().filter(|Allow(method)| method != hidden).collect();
                message.headers_mut().set_list(&others);
            }
        }
        let fate = self.fates.get(&self.packets).copied();
        self.packets += 1;
        self.cut |= fate == Some(Fate::Cut);
        let names = (self.agents[from].name, self.agents[to].name);
        {
            let fate = fate.map(|fate| format!("  ({fate:?})")).unwrap_or_default();
            let line = summary(&message);
            let more = if self.is_detailed { details(message.headers()) } else { String::new() };
            writeln!(
                self.transcript,
                "{:<9} {} → {}  {line}{more}{fate}",
                self.now.to_string(),
                names.0,
                names.1
            )
            .unwrap();
        }
        let packet = Packet { from, to, message };
        if self.cut {
            return;
        }
        let mut delay = LATENCY;
        if fate == Some(Fate::Lost) {
            if !is_repeated_by_transaction(&packet.message) {
                return;
            }
            delay += T1;
        }
        let key = self.key(self.now + delay);
        self.wire.insert(key, packet.clone());
        if fate == Some(Fate::Twice) {
            let key = self.key(self.now + delay + T1);
            self.wire.insert(key, packet);
        }
    }

    fn arrive(&mut self, packet: Packet) {
        match packet.message {
            Message::Request(request) => self.arrive_request(packet.from, packet.to, request),
            Message::Response(response) => self.arrive_response(packet.to, response),
        }
    }

    fn arrive_request(&mut self, from: usize, to: usize, request: Request) {
        let cseq: CSeq = request.headers().required().unwrap();
        let agent = &mut self.agents[to];
        let key = (from, cseq.number, cseq.method.to_string());
        if *request.method() == Method::Ack {
            return self.input(to, Input::Request(request));
        }
        if agent.seen.contains_key(&key) {
            return;
        }
        agent.seen.insert(key, request.clone());
        if agent.challenge.remove(request.method().as_str()) {
            return self.send(to, from, request.response(StatusCode::UNAUTHORIZED).into());
        }
        if agent.deaf.contains(request.method().as_str()) {
            return;
        }
        if agent.session.is_some()
            && let Some((status, name, value)) = agent.refusals.remove(request.method().as_str())
        {
            let mut response = request.response(status);
            response.headers_mut().push_text(&name, value).unwrap();
            return self.send(to, from, response.into());
        }
        if *request.method() == Method::Prack && agent.takes_prack {
            return self.send(to, from, request.response(StatusCode::OK).into());
        }
        if *request.method() == Method::Cancel {
            self.send(to, from, request.response(StatusCode::OK).into());
            return self.input(to, Input::Request(request));
        }
        if self.agents[to].session.is_some() {
            return self.input(to, Input::Request(request));
        }
        let is_new = *request.method() == Method::Invite && self.agents[to].ends.is_empty();
        if !is_new {
            let response = request.response(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            return self.send(to, from, response.into());
        }
        let name = self.agents[to].name;
        let settings = self.agents[to].settings.clone();
        match InviteSession::server(&request, format!("tag-{name}"), contact(name), settings, self.now) {
            Ok(session) => self.agents[to].session = Some(session),
            Err(refusal) => return self.send(to, from, refusal.into()),
        }
        self.drain(to);
    }

    fn arrive_response(&mut self, to: usize, response: Response) {
        let cseq: CSeq = response.headers().required().unwrap();
        let status = response.status();
        let sent = &mut self.agents[to].sent;
        // a request in a dialog bore this tag, one outside of it none
        let tag = Some(to_tag(response.headers())).filter(|tag| sent.contains_key(&key_of(&cseq, tag)));
        let remote_tag = tag.unwrap_or_default();
        if let Some(sent) = sent.get_mut(&key_of(&cseq, &remote_tag)) {
            let is_2xx_again =
                cseq.method == Method::Invite && status.is_success() && sent.success == Some(true);
            if sent.success.is_some() && !is_2xx_again {
                return;
            }
            sent.provisional = true;
            if status.is_final() {
                sent.success = Some(status.is_success());
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            return self.input(to, Input::Challenged { cseq, remote_tag });
        }
        self.input(to, Input::Response(response));
    }

    fn key(&mut self, at: Instant) -> (Instant, usize) {
        self.order += 1;
        (at, self.order)
    }

    fn note(&mut self, line: impl FnOnce() -> String, who: usize) {
        let name = self.agents[who].name;
        writeln!(self.transcript, "{:<9} {name}: {}", self.now.to_string(), line()).unwrap();
    }

    /// Nothing may be left where nothing can happen any more, but calls that nobody ended.
    fn check_the_end(&self) {
        for agent in &self.agents {
            assert!(agent.ends.len() <= 1, "{} ended twice", agent.name);
            if let Some(session) = &agent.session {
                let rests = matches!(
                    session.state(),
                    SessionState::Established | SessionState::Incoming | SessionState::Proceeding
                );
                assert!(rests, "{} is stuck in {:?}:\n{}", agent.name, session.state(), self.transcript);
                assert!(!agent.hung_up, "{} hung up in vain:\n{}", agent.name, self.transcript);
            }
        }
    }
}

impl Agent {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            session: None,
            ends: Vec::new(),
            established: 0,
            hung_up: false,
            sent: BTreeMap::new(),
            seen: BTreeMap::new(),
            challenge: BTreeSet::new(),
            deaf: BTreeSet::new(),
            refusals: BTreeMap::new(),
            hidden: None,
            takes_prack: false,
            prack_offer: None,
            settings: SessionSettings::default(),
            is_asked: false,
            raw: 0,
        }
    }
}

pub(crate) fn invite(name: &str, offer: bool) -> Request {
    let local = NameAddr::new(format!("sip:{name}@example.com").parse().unwrap()).with_tag("tag-alice");
    let remote = NameAddr::new("sip:bob@example.com".parse().unwrap());
    let mut invite = Request::new(Method::Invite, &remote.uri)
        .with(&MaxForwards(70))
        .with(&From(local))
        .with(&To(remote))
        .with(&CallId("call-1".to_owned()))
        .with(&CSeq { number: 1, method: Method::Invite })
        .with(&Contact::Addr(contact(name)));
    if offer {
        let body = Body::sdp("alice");
        invite.set_body(&body.content_type, body.bytes);
    }
    invite
}

pub(crate) fn contact(name: &str) -> NameAddr {
    NameAddr::new(format!("sip:{name}@ua.example.com").parse().unwrap())
}

pub(crate) fn cancel_of(invite: &Request) -> Request {
    let CSeq { number, .. } = invite.headers().required().unwrap();
    let From(from) = invite.headers().required().unwrap();
    let To(to) = invite.headers().required().unwrap();
    Request::new(Method::Cancel, &invite.uri().unwrap())
        .with(&From(from))
        .with(&To(to))
        .with(&invite.headers().required::<CallId>().unwrap())
        .with(&CSeq { number, method: Method::Cancel })
}

/// What an agent describes: a word, or as much of SDP as hold needs.
fn description(text: &str, talks: bool) -> Body {
    if !talks {
        return Body::sdp(text.to_owned());
    }
    Body::sdp("o=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n")
}

/// A body for a transcript: of SDP the version and the direction.
fn shown(body: &bytes::Bytes) -> String {
    let sdp = SessionDescription::new(body.clone());
    match sdp.version() {
        Some(version) => format!("v{version} {}", sdp.direction()),
        None => String::from_utf8_lossy(body).trim_end().replace("\r\n", " "),
    }
}

fn key_of(cseq: &CSeq, tag: &str) -> (u32, String, String) {
    (cseq.number, cseq.method.to_string(), tag.to_owned())
}

fn to_tag(headers: &Headers) -> String {
    let To(to) = headers.required().unwrap();
    to.tag().unwrap_or_default().to_owned()
}

/// Whether the transaction layers would repeat the message if it got lost.
fn is_repeated_by_transaction(message: &Message) -> bool {
    match message {
        Message::Request(request) => *request.method() != Method::Ack,
        Message::Response(response) => {
            let CSeq { method, .. } = response.headers().required().unwrap();
            response.status().is_final() && !(method == Method::Invite && response.status().is_success())
        }
    }
}

fn summary(message: &Message) -> String {
    let CSeq { number, method } = message.headers().required().unwrap();
    let To(to) = message.headers().required().unwrap();
    let body = shown(message.body());
    let body = if body.is_empty() { String::new() } else { format!("  [{body}]") };
    let tag = to.tag().map(|tag| format!("  to {tag}")).unwrap_or_default();
    let headers = message.headers();
    let rack = headers.typed().unwrap().map(|RAck { rseq, cseq }| format!("  RAck {rseq} {}", cseq.number));
    let rseq = headers.typed().unwrap().map(|RSeq(rseq)| format!("  RSeq {rseq}"));
    let expires = headers.typed::<SessionExpires>().unwrap().map(|value| format!("  SE {}", value.encoded()));
    let least = headers.typed::<MinSe>().unwrap().map(|value| format!("  Min-SE {}", value.encoded()));
    let package = headers.typed::<InfoPackage>().unwrap().map(|value| format!("  of {}", value.package));
    let reasons: String =
        headers.list::<Reason>().map(|value| format!("  because {}", value.unwrap().encoded())).collect();
    let more = [Some(reasons), package, rack, rseq, expires, least].into_iter().flatten().collect::<String>();
    match message {
        Message::Request(request) => format!("{} {number}{tag}{more}{body}", request.method()),
        Message::Response(response) => format!("{} ({number} {method}){tag}{more}{body}", response.status()),
    }
}

/// What is required and supported, why not, and when to try again.
fn details(headers: &Headers) -> String {
    let mut line = String::new();
    for Require(option) in headers.list().flatten() {
        write!(line, "  Require {option}").unwrap();
    }
    for Supported(option) in headers.list().flatten() {
        write!(line, "  Supported {option}").unwrap();
    }
    for warning in headers.list::<Warning>().flatten() {
        write!(line, "  Warning {}", warning.code).unwrap();
    }
    if let Some(after) = headers.typed::<RetryAfter>().unwrap() {
        write!(line, "  Retry-After {}", after.seconds).unwrap();
    }
    line
}

pub(crate) fn describe(event: &SessionEvent) -> String {
    let text = |body: &Option<Body>| body.as_ref().map(|body| shown(&body.bytes));
    match event {
        SessionEvent::Progress { status, body, dialog } => {
            let tag = dialog.as_ref().map(|id| id.remote_tag.as_str());
            format!("Progress {} {:?} in {tag:?}", status.code(), text(body))
        }
        SessionEvent::Offered { body } => format!("Offered {:?}", text(&Some(body.clone()))),
        SessionEvent::Established { body } => format!("Established {:?}", text(body)),
        SessionEvent::Reoffered { body } => format!("Reoffered {:?}", text(body)),
        SessionEvent::Changed { body } => format!("Changed {:?}", text(body)),
        SessionEvent::Message { body } => format!("Message {:?}", text(&Some(body.clone()))),
        SessionEvent::Answered { cseq, outcome } => {
            let outcome =
                outcome.as_ref().map_or_else(|lost| format!("{lost:?}"), |it| it.status().to_string());
            format!("Answered {} {outcome}", cseq.encoded())
        }
        SessionEvent::Info { package, request } => format!("Info {package} {:?}", shown(request.body())),
        SessionEvent::Ended(cause) => {
            let status = cause.status.map(|status| format!(" {}", status.code())).unwrap_or_default();
            let reasons: String =
                cause.reasons.iter().map(|reason| format!("  because {}", reason.encoded())).collect();
            format!("Ended by {:?}: {:?}{status}{reasons}", cause.by, cause.kind)
        }
        other => format!("{other:?}"),
    }
}
