//! The connection to the server, opened again when it is lost (RFC 5626 §4.5 says when), or to another server.

use super::ConnectError;
use super::endpoint::{Dialer, Endpoint};
use super::outbox::Outbox;
use super::platform::{Clock, Task, WsConnection, back_online, flow_timer, spawn};
use super::relocation::Relocation;
use super::servers::Servers;
use crate::core::FlowInfo;
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use sip_clock::{Instant, TokenSource};
use sip_message::Message;
use sip_outbound::{Server, ServerKey};
use sip_transaction::{FlowId, Reliability};
use sip_transport_ws::ReceiveError;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

/// One or several servers, and at most one connection in use at a time.
pub(super) struct Link {
    /// Which flow of the user agent it is, and of how many.
    reg_id: u32,
    flows: u32,
    servers: Servers,
    dialer: Dialer,
    up: Option<Box<Up>>,
    /// The next connection on its way, at times while another is in use.
    opening: Option<(ServerKey, Opening)>,
    /// Where the servers came from, unless the application named them.
    relocation: Option<Box<Relocation>>,
    last_flow: u64,
}

type Opening = Task<Result<WsConnection, ConnectError>>;

/// What a link woke up for.
#[expect(clippy::large_enum_variant, reason = "taken apart where it is made")]
enum Wake {
    Event(Option<LinkEvent>),
    Opened(ServerKey, Result<WsConnection, ConnectError>),
    Located(Vec<Server<Endpoint>>),
    Due,
}

/// A connection that is up, and what waits to be sent over it.
struct Up {
    flow: FlowId,
    connection: WsConnection,
    outbox: Outbox,
    /// Nothing can be sent any more; what has arrived may still be read.
    is_broken: bool,
}

/// What happened on the connection.
pub(super) enum LinkEvent {
    Received(FlowId, Message),
    Malformed(FlowId, Bytes),
    /// Nothing came for a while: a request is to be sent.
    Idle(FlowId),
    Opened(FlowInfo),
    Lost(FlowId),
}

impl Link {
    /// The link of the flow `reg_id`, of so many flows, without a connection.
    pub(super) fn new(
        (reg_id, flows): (u32, u32),
        servers: Servers,
        dialer: Dialer,
        relocation: Option<Relocation>,
    ) -> Self {
        let relocation = relocation.map(Box::new);
        Self { reg_id, flows, servers, dialer, up: None, opening: None, relocation, last_flow: 0 }
    }

    /// Connects to the first of its servers that can be reached; tells the flow it is.
    ///
    /// # Errors
    ///
    /// When none can be reached: why the last one could not.
    pub(super) async fn connect(&mut self, clock: &Clock) -> Result<FlowInfo, ConnectError> {
        let mut failure = ConnectError::NoServer;
        while let Some(server) = self.servers.first_attempt(clock.now()) {
            let Some(endpoint) = self.servers.endpoint(server) else { break };
            match self.dialer.connect(endpoint).await {
                Ok(connection) => return Ok(self.open(server, connection, clock.now())),
                Err(error) => {
                    tracing::info!(%error, "no connection to this server");
                    self.servers.handle_failed(server, clock.now());
                    failure = error;
                }
            }
        }
        Err(failure)
    }

    /// Waits for the next event, sending meanwhile what is in the outbox. Another server takes the place of the one in
    /// use only while `is_quiet`. Cancel-safe.
    pub(super) async fn next(&mut self, clock: &Clock, is_quiet: bool) -> LinkEvent {
        loop {
            let attempt = match (&self.opening, &self.up) {
                (None, None) => self.servers.next_attempt(clock.now()),
                (None, Some(_)) if is_quiet => self.servers.next_switch(|| clock.now()),
                (None, Some(_)) | (Some(_), _) => None,
            };
            let wake = tokio::select! {
                // What is rare has its turn first.
                biased;
                (server, outcome) = opened(&mut self.opening) => Wake::Opened(server, outcome),
                servers = located(&mut self.relocation) => Wake::Located(servers),
                () = clock.sleep_until(attempt.map(|attempt| attempt.at)), if attempt.is_some() => Wake::Due,
                () = back_online(), if self.up.is_none() => Wake::Due,
                event = next_of(&mut self.up) => Wake::Event(event),
            };
            match wake {
                Wake::Event(None) => {}
                Wake::Event(Some(event)) => {
                    if let LinkEvent::Lost(_) = event {
                        self.handle_lost(clock.now());
                    }
                    return event;
                }
                Wake::Opened(server, outcome) => {
                    self.opening = None;
                    if let Some(flow) = self.handle_opened(server, outcome, is_quiet, clock.now()) {
                        return LinkEvent::Opened(flow);
                    }
                }
                Wake::Located(servers) => self.relocate(servers),
                Wake::Due => {
                    if let Some(attempt) = attempt {
                        self.begin(attempt.server);
                    }
                }
            }
        }
    }

    /// Queues a message for the connection `flow`; one for a connection that is gone is dropped.
    pub(super) fn send(&mut self, flow: FlowId, message: Message) {
        if let Some(up) = &mut self.up
            && up.flow == flow
        {
            up.send(message);
        }
    }

    /// The server at the other end of `flow` cannot serve us for so long: another one may.
    pub(super) fn leave(&mut self, flow: FlowId, rest: Duration, now: Instant) {
        if self.up.as_ref().is_some_and(|up| up.flow == flow) {
            self.servers.handle_failing(rest, now);
        }
    }

    /// The connection that has just come up is to be registered: only that shows that it works.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registering(&mut self) {
        self.servers.handle_registering();
    }

    /// The registrar accepted a REGISTER on the connection that is up.
    #[cfg(feature = "registration")]
    pub(super) fn handle_registered(&mut self, now: Instant) {
        self.servers.handle_registered(now);
    }

    /// Which flow of the user agent it is.
    #[cfg(feature = "registration")]
    pub(super) const fn reg_id(&self) -> u32 {
        self.reg_id
    }

    /// The server takes `flow` for dead when it sees no keep-alive for `limit`.
    pub(super) fn set_flow_timer(&self, flow: FlowId, limit: Option<Duration>, tokens: TokenSource) {
        if let Some(up) = self.up.as_ref().filter(|up| up.flow == flow) {
            flow_timer(&up.connection).set(limit, tokens);
        }
    }

    /// This end has another address: what is up leads nowhere any more, whatever it seems, and what is on its way may not
    /// arrive. Another connection is opened as after a loss, or at once where there is none.
    pub(super) fn handle_network_changed(&mut self, now: Instant) {
        self.opening = None;
        match &mut self.up {
            Some(up) => up.is_broken = true,
            None => {
                if let Some(attempt) = self.servers.next_attempt(now) {
                    self.begin(attempt.server);
                }
            }
        }
    }

    /// Stops replacing lost connections.
    pub(super) fn stop(&mut self) {
        self.servers.stop();
        (self.opening, self.relocation) = (None, None);
    }

    /// Sends a close frame.
    pub(super) async fn close(&mut self) {
        if let Some(up) = &mut self.up {
            up.close().await;
        }
    }

    /// Whether this is its connection.
    pub(super) fn has(&self, flow: FlowId) -> bool {
        self.up.as_ref().is_some_and(|up| up.flow == flow)
    }

    /// Whether a connection is up.
    pub(super) const fn is_up(&self) -> bool {
        self.up.is_some()
    }

    /// Whether so much waits to be sent that nothing new should be taken on.
    pub(super) fn is_full(&self) -> bool {
        self.up.as_ref().is_some_and(|up| up.outbox.is_full())
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.up.as_ref().is_none_or(|up| up.outbox.is_empty())
    }

    fn begin(&mut self, server: ServerKey) {
        let Some(endpoint) = self.servers.endpoint(server).cloned() else { return };
        let dialer = self.dialer.clone();
        self.opening = Some((server, Box::pin(async move { dialer.connect(&endpoint).await })));
    }

    /// A connection that came too late to take the place of the one in use is dropped.
    fn handle_opened(
        &mut self,
        server: ServerKey,
        outcome: Result<WsConnection, ConnectError>,
        is_quiet: bool,
        now: Instant,
    ) -> Option<FlowInfo> {
        match outcome {
            Ok(_) if self.up.is_some() && !is_quiet => None,
            Ok(connection) => Some(self.open(server, connection, now)),
            Err(error) => {
                tracing::info!(%error, "no connection to the server yet");
                self.servers.handle_failed(server, now);
                self.look_again();
                None
            }
        }
    }

    /// Takes a connection into use; one that was in use till now is closed.
    fn open(&mut self, server: ServerKey, connection: WsConnection, now: Instant) -> FlowInfo {
        // a number of its own among those of all flows
        let flow = FlowId::new(self.last_flow * u64::from(self.flows) + u64::from(self.reg_id));
        self.last_flow += 1;
        let transport = if connection.is_secure() { "WSS" } else { "WS" };
        let up = Up { flow, connection, outbox: Outbox::default(), is_broken: false };
        if let Some(mut old) = self.up.replace(Box::new(up)) {
            spawn(async move { old.close().await });
        }
        self.servers.handle_connected(server, now);
        let number = u64::try_from(server.index()).unwrap_or(u64::MAX);
        // rfc7118#5/1
        FlowInfo::new(flow, transport, Reliability::Reliable).with_server(number).with_reg_id(self.reg_id)
    }

    fn handle_lost(&mut self, now: Instant) {
        self.up = None;
        self.servers.handle_lost(now);
        self.look_again();
    }

    /// The records of the domain may name other servers by now.
    fn look_again(&mut self) {
        if let Some(relocation) = &mut self.relocation {
            relocation.begin(&self.dialer);
        }
    }

    /// Nobody waits for a server that is no longer named.
    fn relocate(&mut self, servers: Vec<Server<Endpoint>>) {
        self.servers.replace(servers);
        self.opening.take_if(|(server, _)| self.servers.endpoint(*server).is_none());
    }
}

/// Waits for ever without a connection.
async fn next_of(up: &mut Option<Box<Up>>) -> Option<LinkEvent> {
    match up {
        Some(up) => poll_fn(|context| up.poll_next(context)).await,
        None => std::future::pending().await,
    }
}

/// Waits for ever when no servers are looked for.
async fn located(relocation: &mut Option<Box<Relocation>>) -> Vec<Server<Endpoint>> {
    match relocation {
        Some(relocation) => relocation.found().await,
        None => std::future::pending().await,
    }
}

/// Waits for ever when none is on its way.
async fn opened(
    opening: &mut Option<(ServerKey, Opening)>,
) -> (ServerKey, Result<WsConnection, ConnectError>) {
    match opening {
        Some((server, attempt)) => (*server, attempt.await),
        None => std::future::pending().await,
    }
}

impl Up {
    /// Sends a message as far as the connection takes it now.
    fn send(&mut self, message: Message) {
        self.is_broken |= self.outbox.push(message, &mut self.connection).is_err();
    }

    /// Sends what waits, and receives; receives nothing while too much waits (back-pressure towards the server).
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<LinkEvent>> {
        if !self.outbox.is_empty() && !self.is_broken {
            let sent = self.outbox.poll_send(&mut self.connection, context);
            self.is_broken = matches!(sent, Poll::Ready(Err(_)));
        }
        if (self.is_broken || !self.outbox.is_full())
            && let Poll::Ready(item) = self.connection.poll_next_unpin(context)
        {
            return Poll::Ready(self.received(item));
        }
        if self.is_broken { Poll::Ready(Some(LinkEvent::Lost(self.flow))) } else { Poll::Pending }
    }

    /// Sends a close frame.
    async fn close(&mut self) {
        // A connection that cannot be closed any more is closed.
        let _ = SinkExt::close(&mut self.connection).await;
    }

    fn received(&self, item: Option<Result<Message, ReceiveError>>) -> Option<LinkEvent> {
        match item {
            Some(Ok(message)) => Some(LinkEvent::Received(self.flow, message)),
            Some(Err(ReceiveError::Malformed { error, bytes })) => {
                tracing::warn!(%error, "malformed message");
                Some(LinkEvent::Malformed(self.flow, bytes))
            }
            Some(Err(ReceiveError::Idle)) => Some(LinkEvent::Idle(self.flow)),
            Some(Err(error)) if !error.is_fatal() => {
                tracing::warn!(%error, "dropped a frame");
                None
            }
            Some(Err(error)) => {
                tracing::info!(%error, "the connection failed");
                Some(LinkEvent::Lost(self.flow))
            }
            None => Some(LinkEvent::Lost(self.flow)),
        }
    }
}
