//! Calls: INVITE sessions (RFC 3261 §13 to §15) tied to the transactions that carry their messages.

mod arrivals;
mod bygone;
mod outputs;
mod records;
mod recovery;
mod takeover;
mod touched;
mod verbs;

pub(super) use recovery::LostInvite;
pub use takeover::{Relation, TakeoverPolicy};
pub use verbs::CallOptions;

use super::inspection::{ALLOWED_METHODS, set_supported};
use super::{CallKey, Config};
use bygone::Bygone;
use records::Records;
use sip_clock::NumberMap;
use sip_dialog::{InviteSession, SessionSettings};
use sip_message::{CSeq, HeaderName, Headers, Method, Request, Response, StatusCode};
use sip_transaction::{ClientId, ServerId};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::sync::Arc;
use touched::Touched;

/// Every call that is not over, and how messages find it.
#[derive(Debug)]
pub(crate) struct Calls {
    /// What the sessions of all of them have in common.
    settings: Arc<SessionSettings>,
    records: Records,
    by_server: NumberMap<ServerId, Served>,
    by_invite: NumberMap<ClientId, CallKey>,
    /// Calls whose session may have something to say.
    touched: Touched,
    /// Calls that were answered before the connection was lost and had no ACK then.
    unacknowledged: BTreeSet<CallKey>,
    bygone: Bygone,
}

/// A session and its open transactions.
// In this order in memory, for each message needs what stands at the beginning, and there may be very many calls.
#[derive(Debug)]
#[repr(C)]
struct CallRecord {
    key: CallKey,
    /// The flow on which its dialog lives (AC-40).
    home: u32,
    /// Whether [`Event::CallClosed`](super::Event::CallClosed) was emitted.
    closed: bool,
    /// Whether its INVITE went to another server than the first.
    is_moved: bool,
    /// Requests of the peer that have no final response yet, and its INVITEs, by their tag too: each fork counts by itself.
    servers: Vec<((CSeq, String), ServerId)>,
    session: InviteSession,
    /// Our INVITEs, which CANCEL and ACK refer to.
    invites: Vec<SentInvite>,
    /// The ACKs of the latest INVITE.
    acks: Vec<SentAck>,
    /// Our INVITE that waited for its answer when the connection was lost.
    lost_invite: Option<Box<LostInvite>>,
    /// What it wants with another call.
    relation: Option<Relation>,
}

/// Whose a server transaction is.
#[derive(Debug)]
enum Served {
    /// The call knows more of it.
    Open(CallKey),
    /// It has its final response, and the call, which may be far away in memory, has nothing to do with it unless that is
    /// lost.
    Concluded(CallKey, CSeq),
}

impl Served {
    const fn call(&self) -> CallKey {
        match self {
            Self::Open(call) | Self::Concluded(call, _) => *call,
        }
    }
}

/// An INVITE of ours whose transaction is not over.
#[derive(Debug)]
struct SentInvite {
    cseq: CSeq,
    id: ClientId,
    /// What it was authorized with, for its ACK.
    credentials: Option<Box<Headers>>,
}

/// What makes the ACK of a 2xx that comes again the same as it was, beside what the session says.
#[derive(Debug)]
struct SentAck {
    /// The sequence number of the INVITE.
    number: u32,
    /// The To tag of the fork.
    to_tag: SmolStr,
    branch: SmolStr,
}

impl CallRecord {
    fn new(key: CallKey, session: InviteSession, home: u32) -> Self {
        Self {
            key,
            session,
            home,
            invites: Vec::new(),
            servers: Vec::new(),
            acks: Vec::new(),
            lost_invite: None,
            closed: false,
            is_moved: false,
            relation: None,
        }
    }
}

impl Calls {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            settings: Arc::new(session_settings(config)),
            records: Records::new(config.seed),
            by_server: NumberMap::new(),
            by_invite: NumberMap::new(),
            touched: Touched::default(),
            unacknowledged: BTreeSet::new(),
            bygone: Bygone::default(),
        }
    }

    /// What a session of this user agent begins with.
    pub(in crate::core) fn settings(&self) -> Arc<SessionSettings> {
        Arc::clone(&self.settings)
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Keeps no room if there is no call.
    pub(crate) fn give_room_back(&mut self) {
        self.records.give_room_back();
        self.by_server.give_room_back();
        self.by_invite.give_room_back();
    }

    pub(crate) fn contains(&self, key: CallKey) -> bool {
        self.records.contains(key)
    }

    /// Whether a request of a call waits for its answer, or a 2xx for its ACK.
    pub(crate) fn is_busy(&self) -> bool {
        self.records.values().any(|record| record.session.is_busy())
    }

    /// Forgets a server transaction that has ended; returns whose it was.
    pub(crate) fn forget_server(&mut self, id: ServerId) -> Option<(CallKey, CSeq)> {
        match self.by_server.remove(&id)? {
            Served::Open(call) => Some((call, self.take_server(call, id)?)),
            Served::Concluded(call, cseq) => Some((call, cseq)),
        }
    }

    /// A request of the peer has this response. With the final one, all but an INVITE, which is accepted more than once, is
    /// over for the call.
    fn note_response(&mut self, call: CallKey, id: ServerId, cseq: &CSeq, status: StatusCode) {
        if status.is_provisional() || cseq.method == Method::Invite {
            return;
        }
        if let Some(cseq) = self.take_server(call, id) {
            self.by_server.insert(id, Served::Concluded(call, cseq));
        }
    }

    /// Takes a request of the peer out of what its call knows.
    fn take_server(&mut self, call: CallKey, id: ServerId) -> Option<CSeq> {
        let servers = &mut self.records.get_mut(call)?.servers;
        let index = servers.iter().position(|(_, known)| *known == id)?;
        let ((cseq, _), _) = servers.swap_remove(index);
        if servers.is_empty() {
            *servers = Vec::new();
        }
        Some(cseq)
    }

    /// Adds a call that was begun with [`Records::next_tag`]; `number` is higher than that of any before.
    fn insert(&mut self, number: u64, session: InviteSession, home: u32) -> CallKey {
        let key = self.records.insert(number, session, home);
        self.touched.insert(key);
        key
    }

    /// Adds a call of another process.
    #[cfg(feature = "serde")]
    fn insert_moved(&mut self, key: CallKey, session: InviteSession, home: u32) {
        self.records.insert_moved(key, session, home);
        self.touched.insert(key);
    }

    /// The call that a received message with this tag of ours is for, if `is_meant` says so, too.
    fn find(&self, local_tag: &str, is_meant: impl Fn(&InviteSession) -> bool) -> Option<CallKey> {
        self.records.find(local_tag, is_meant)
    }

    /// Forgets a call; returns the INVITEs of ours.
    fn remove(&mut self, key: CallKey) -> Vec<SentInvite> {
        let Some(record) = self.records.remove(key) else { return Vec::new() };
        self.unacknowledged.remove(&key);
        for (_, id) in &record.servers {
            self.by_server.remove(id);
        }
        for invite in &record.invites {
            self.by_invite.remove(&invite.id);
        }
        record.invites
    }

    /// The flow of a call.
    pub(crate) fn home(&self, key: CallKey) -> Option<u32> {
        self.records.get(key).map(|record| record.home)
    }

    /// Notes what a call wants with another one.
    fn relate(&mut self, key: CallKey, relation: Option<Relation>) {
        if let Some(record) = self.records.get_mut(key) {
            record.relation = relation;
        }
    }

    /// Notes an INVITE of ours until its transaction ends.
    fn add_invite(&mut self, key: CallKey, invite: SentInvite) {
        if let Some(record) = self.records.get_mut(key) {
            self.by_invite.insert(invite.id, key);
            record.invites.reserve_exact(1);
            record.invites.push(invite);
        }
    }

    /// Forgets an INVITE of ours whose transaction has ended; with the last one go the ACKs, for no 2xx is expected
    /// any more (RFC 6026 §7.2).
    pub(crate) fn forget_invite(&mut self, id: ClientId) {
        let call = self.by_invite.remove(&id);
        let Some(record) = call.and_then(|call| self.records.get_mut(call)) else { return };
        record.invites.retain(|known| known.id != id);
        if record.invites.is_empty() {
            record.invites = Vec::new();
            record.acks = Vec::new();
        }
    }

    /// Notes a request of the peer; false when one of the same dialog with the same CSeq is open already, which an
    /// answer could not be told from.
    fn add_server(&mut self, key: CallKey, request: &Request, id: ServerId) -> bool {
        let Some(record) = self.records.get_mut(key) else { return false };
        let Ok(cseq) = request.headers().required::<CSeq>() else { return false };
        let tag = with_from_tag(request.headers(), str::to_owned);
        if find_server(&record.servers, &cseq, &tag).is_some() {
            return false;
        }
        record.servers.reserve_exact(1);
        record.servers.push(((cseq, tag), id));
        self.by_server.insert(id, Served::Open(key));
        true
    }

    fn invite(&self, key: CallKey, cseq: &CSeq) -> Option<&SentInvite> {
        let mut invites = self.records.get(key)?.invites.iter().rev();
        invites.find(|known| known.cseq == *cseq)
    }

    /// The transaction that `response` is for.
    fn server(&self, key: CallKey, cseq: &CSeq, response: &Response) -> Option<ServerId> {
        let servers = &self.records.get(key)?.servers;
        with_from_tag(response.headers(), |tag| find_server(servers, cseq, tag))
    }

    /// The session of a call, to look at.
    fn peek(&self, key: CallKey) -> Option<&InviteSession> {
        self.records.get(key).map(|record| &record.session)
    }

    /// The session of a call, which is drained afterwards.
    fn session(&mut self, key: CallKey) -> Option<&mut InviteSession> {
        let record = self.records.get_mut(key)?;
        self.touched.insert(key);
        Some(&mut record.session)
    }
}

fn session_settings(config: &Config) -> SessionSettings {
    let mut settings = SessionSettings::with_timers(config.timers.t1, config.timers.t2);
    settings.early_media = config.early_media;
    settings.reliable = config.reliable;
    settings.session_interval = config.session_interval;
    settings.min_session_interval = config.min_session_interval;
    settings.refresher = config.refresher;
    settings.shows_requests = config.shows_requests;
    settings.identity = config.identity;
    settings.recv_info.clone_from(&config.recv_info);
    settings.asks_for_recovery_offer = config.asks_for_recovery_offer;
    settings
}

fn find_server(servers: &[((CSeq, String), ServerId)], cseq: &CSeq, from_tag: &str) -> Option<ServerId> {
    let mut latest_first = servers.iter().rev();
    latest_first.find(|((known, tag), _)| known == cseq && tag == from_tag).map(|(_, id)| *id)
}

/// The tag of who sent the request that is, or that was answered by, a message with these fields.
fn with_from_tag<T>(headers: &Headers, act: impl FnOnce(&str) -> T) -> T {
    act(&headers.tag(&HeaderName::From).ok().flatten().unwrap_or_default())
}

// rfc3261#13.2.1/1-3, rfc3261#13.3.1.4/1
// rfc3261#8.1.1.9/1-2: the extensions of RFC 3262 and RFC 4028
/// `Allow` and `Supported` belong into every INVITE and its 2xx (RFC 3261 §13.2.1, §13.3.1.4).
fn announce(headers: &mut Headers, is_outbound: bool) {
    headers.set_list(ALLOWED_METHODS);
    set_supported(headers, is_outbound);
}
