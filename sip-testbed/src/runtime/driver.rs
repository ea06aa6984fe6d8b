//! The loop around the proxy core: outputs out, one timer armed, then wait for a client, a message or the timer.

use super::clock::Clock;
use super::connection::{self, Event};
use super::names::Names;
use super::recorder::Recorder;
use super::trunk::Trunk;
use crate::proxy::{FlowProfile, Output, Proxy, ProxyFault};
use crate::record::Record;
use futures::channel::mpsc as channel;
use sip_clock::Instant;
use sip_message::Message;
use sip_transaction::FlowId;
use sip_transport_ws::native::{AcceptError, WsConnection, WsListener};
use sip_uri::Host;
use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

/// Owns the core and all connections.
#[derive(Debug)]
pub(super) struct Driver {
    proxy: Proxy,
    clock: Clock,
    recorder: Recorder,
    names: Names,
    /// Boxed, since a queue keeps room for many.
    clients: HashMap<FlowId, Client>,
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    connections: JoinSet<()>,
    flows: u64,
    uplink: Option<Uplink>,
}

/// The other end of a flow.
#[derive(Debug)]
struct Client {
    /// What it is sent: a queue of little memory, for there is one for each client.
    queue: channel::Sender<Message>,
    /// Whether it has a name in records.
    is_named: bool,
}

/// The way of an edge to its registrar.
#[derive(Debug)]
struct Uplink {
    trunk: Trunk,
    /// The domain that is served there.
    domain: Host,
    flow: Option<FlowId>,
}

impl Driver {
    pub(super) fn new(proxy: Proxy, clock: Clock, recorder: Recorder) -> Self {
        Self {
            proxy,
            clock,
            recorder,
            names: Names::default(),
            clients: HashMap::new(),
            events: mpsc::channel(QUEUE),
            connections: JoinSet::new(),
            flows: 0,
            uplink: None,
        }
    }

    /// Makes it an edge of the registrar at the other end of `connection`.
    pub(super) fn with_trunk(mut self, trunk: Trunk, domain: Host, connection: WsConnection) -> Self {
        self.uplink = Some(Uplink { trunk, domain, flow: None });
        self.open_trunk(connection);
        self
    }

    /// Serves until `stop` is sent or dropped, with the faults it is told.
    pub(super) async fn run(
        mut self,
        mut plain: WsListener,
        mut secure: Option<WsListener>,
        mut stop: oneshot::Receiver<()>,
        mut faults: watch::Receiver<ProxyFault>,
    ) {
        let mut alarm = Alarm::new(self.clock);
        loop {
            alarm.set(self.proxy.next_timeout());
            let events = &mut self.events.1;
            tokio::select! {
                _ = &mut stop => break,
                Ok(()) = faults.changed() => self.fail(*faults.borrow_and_update()),
                accepted = plain.accept() => self.accept(accepted).await,
                accepted = accept(secure.as_mut()) => self.accept(accepted).await,
                Some(event) = events.recv() => self.handle_some(event, &mut faults),
                connection = trunk(self.uplink.as_mut()) => self.open_trunk(connection),
                () = alarm.ring() => self.proxy.handle_timeout(self.clock.now()),
                Some(_) = self.connections.join_next() => {}
            }
            self.send_outputs();
        }
        self.shut_down().await;
    }

    /// Closes all connections and gives their clients a moment to hear of it.
    async fn shut_down(mut self) {
        self.clients.clear();
        self.events.1.close();
        let all = async { while self.connections.join_next().await.is_some() {} };
        // Whoever is slower is cut off when the set is dropped.
        let _ = timeout(FAREWELL, all).await;
        self.recorder.end();
    }

    async fn accept(&mut self, accepted: Result<WsConnection, AcceptError>) {
        match accepted {
            Ok(connection) => self.open(connection),
            Err(AcceptError::Listener { .. }) => sleep(BREATH).await,
            // One client that was not let in; it has been told why.
            Err(_) => {}
        }
    }

    fn open(&mut self, connection: WsConnection) {
        let profile = profile(&connection).with_peer(connection.peer_addr());
        self.open_as(connection, profile);
    }

    /// The registrar is reached, again or at first.
    fn open_trunk(&mut self, connection: WsConnection) {
        let Some(uplink) = &self.uplink else { return };
        let domains = [uplink.domain.clone(), uplink.trunk.host().clone()];
        let profile = domains.into_iter().fold(profile(&connection), FlowProfile::with_domain);
        let flow = self.open_as(connection, profile);
        self.names.set(flow, REGISTRAR);
        if let Some(uplink) = &mut self.uplink {
            uplink.flow = Some(flow);
        }
    }

    fn open_as(&mut self, connection: WsConnection, profile: FlowProfile) -> FlowId {
        self.flows += 1;
        let flow = FlowId::new(self.flows);
        self.proxy.handle_flow_opened(flow, profile);
        let (queue, receiver) = channel::channel(QUEUE);
        self.clients.insert(flow, Client { queue, is_named: false });
        self.connections.spawn(connection::run(connection, flow, self.events.0.clone(), receiver));
        flow
    }

    /// Handles an event, and some of those that wait behind it.
    fn handle_some(&mut self, event: Event, faults: &mut watch::Receiver<ProxyFault>) {
        let mut left = HANDLED_AT_ONCE;
        let mut next = Some(event);
        while let Some(event) = next {
            // what was told before the message came goes first
            if faults.has_changed().unwrap_or_default() {
                self.fail(*faults.borrow_and_update());
            }
            self.handle(event);
            self.send_outputs();
            left -= 1;
            next = if left > 0 { self.events.1.try_recv().ok() } else { None };
        }
    }

    fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Received { flow, message } => {
                if let Some(client) = self.clients.get_mut(&flow).filter(|client| !client.is_named) {
                    client.is_named = true;
                    self.names.note_sender(flow, &message);
                }
                self.recorder.record(|| Record::new(now, self.names.of(flow), SERVER, message.clone()));
                self.proxy.handle_message(flow, message, now);
            }
            Event::Malformed { flow, bytes } => self.proxy.handle_malformed(flow, &bytes),
            Event::Closed { flow } => self.close(flow, now),
        }
    }

    fn fail(&mut self, fault: ProxyFault) {
        self.proxy.set_fault(fault, self.clock.now());
    }

    fn close(&mut self, flow: FlowId, now: Instant) {
        self.clients.remove(&flow);
        self.names.forget(flow);
        self.proxy.handle_flow_closed(flow, now);
        let uplink = self.uplink.as_mut().filter(|uplink| uplink.flow == Some(flow));
        if let Some(uplink) = uplink {
            uplink.flow = None;
            uplink.trunk.reopen();
            self.let_go(now);
        }
    }

    /// The registrar has forgotten what it knew by this edge: the clients register again, here or by another one.
    fn let_go(&mut self, now: Instant) {
        for flow in std::mem::take(&mut self.clients).into_keys() {
            self.names.forget(flow);
            self.proxy.handle_flow_closed(flow, now);
        }
    }

    fn send_outputs(&mut self) {
        let now = self.clock.now();
        while let Some(Output::Transmit { flow, message }) = self.proxy.poll_output() {
            self.recorder.record(|| Record::new(now, SERVER, self.names.of(flow), message.clone()));
            let client = self.clients.get_mut(&flow);
            let is_sent = client.is_some_and(|client| client.queue.try_send(message).is_ok());
            if !is_sent {
                // The client does not read what it is sent: closing its queue closes the connection.
                self.close(flow, now);
            }
        }
    }
}

/// Waits for ever without a listener.
async fn accept(listener: Option<&mut WsListener>) -> Result<WsConnection, AcceptError> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Waits for ever where there is no registrar to be reached.
async fn trunk(uplink: Option<&mut Uplink>) -> WsConnection {
    match uplink {
        Some(uplink) => uplink.trunk.next().await,
        None => std::future::pending().await,
    }
}

const fn profile(connection: &WsConnection) -> FlowProfile {
    if connection.is_secure() { FlowProfile::wss() } else { FlowProfile::ws() }
}

/// The one timer of the loop. One that is early is left alone: it is set again when it rings.
struct Alarm {
    clock: Clock,
    at: Option<Instant>,
    sleep: Pin<Box<Sleep>>,
}

impl Alarm {
    fn new(clock: Clock) -> Self {
        Self { clock, at: None, sleep: Box::pin(sleep(Duration::ZERO)) }
    }

    /// Rings at `deadline` at the latest.
    fn set(&mut self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return };
        if self.at.is_none_or(|at| deadline < at) {
            self.at = Some(deadline);
            self.sleep.as_mut().reset(self.clock.real(deadline));
        }
    }

    /// Waits for the time that is set, for ever without one. Cancel-safe.
    async fn ring(&mut self) {
        if self.at.is_none() {
            return std::future::pending().await;
        }
        self.sleep.as_mut().await;
        self.at = None;
    }
}

/// The name of the testbed in records.
const SERVER: &str = "testbed";
/// The name of an edge's registrar in records.
const REGISTRAR: &str = "registrar";
/// How many messages may wait on their way to or from one client.
const QUEUE: usize = 1024;
/// How many events are handled before the timer and new clients have their turn.
const HANDLED_AT_ONCE: usize = 64;
/// How long clients have to answer the closing handshake at the end.
const FAREWELL: Duration = Duration::from_millis(500);
/// A pause after the operating system gave no connection.
const BREATH: Duration = Duration::from_millis(50);
