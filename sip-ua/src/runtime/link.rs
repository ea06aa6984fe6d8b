//! The connection to the server, opened again when it is lost (RFC 5626 §4.5 says when).

use super::outbox::Outbox;
use super::tokio::Clock;
use crate::core::FlowInfo;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{SplitSink, SplitStream};
use sip_clock::Instant;
use sip_message::Message;
use sip_outbound::Reconnection;
use sip_transaction::{FlowId, Reliability};
use sip_transport_ws::native::{ConnectError, ConnectOptions, WsConnection, connect};
use sip_transport_ws::{ReceiveError, ServerUrl};

/// One server, and at most one connection to it at a time.
pub(super) struct Link {
    server: ServerUrl,
    options: ConnectOptions,
    /// `None` when a lost connection is not to be replaced.
    reconnection: Option<Reconnection>,
    state: State,
    last_flow: u64,
}

enum State {
    Up(Box<Up>),
    Down,
    Opening(BoxFuture<'static, Result<WsConnection, ConnectError>>),
}

/// A connection that is up, in its two halves.
struct Up {
    flow: FlowId,
    outbox: Outbox<SplitSink<WsConnection, Message>>,
    inbox: SplitStream<WsConnection>,
}

/// What happened on the connection.
pub(super) enum LinkEvent {
    Received(FlowId, Message),
    Malformed(FlowId, Bytes),
    Opened(FlowInfo),
    Lost(FlowId),
}

impl Link {
    /// A link whose connection is up; tells the flow it is.
    pub(super) fn new(
        connection: WsConnection,
        server: ServerUrl,
        options: ConnectOptions,
        reconnection: Option<Reconnection>,
    ) -> (Self, FlowInfo) {
        let mut link = Self { server, options, reconnection, state: State::Down, last_flow: 0 };
        let flow = link.open(connection);
        (link, flow)
    }

    /// Waits for the next event, sending meanwhile what is in the outbox. Cancel-safe.
    pub(super) async fn next(&mut self, clock: &Clock) -> LinkEvent {
        loop {
            match &mut self.state {
                State::Up(up) => {
                    if let Some(event) = up.next().await {
                        self.settle(&event, clock.now());
                        return event;
                    }
                }
                State::Down => {
                    let due = self.reconnection.as_ref().and_then(Reconnection::next_attempt);
                    clock.sleep_until(due).await;
                    let (server, options) = (self.server.clone(), self.options.clone());
                    self.state = State::Opening(Box::pin(async move { connect(&server, &options).await }));
                }
                State::Opening(attempt) => match attempt.await {
                    Ok(connection) => {
                        if let Some(reconnection) = &mut self.reconnection {
                            reconnection.handle_connected(clock.now());
                        }
                        return LinkEvent::Opened(self.open(connection));
                    }
                    Err(error) => self.handle_failed(&error, clock.now()),
                },
            }
        }
    }

    /// Queues a message for the connection `flow`; one for a connection that is gone is dropped.
    pub(super) fn send(&mut self, flow: FlowId, message: Message) {
        if let State::Up(up) = &mut self.state
            && up.flow == flow
        {
            up.outbox.push(message);
        }
    }

    /// Stops replacing lost connections.
    pub(super) fn stop(&mut self) {
        self.reconnection = None;
    }

    /// Sends a close frame.
    pub(super) async fn close(&mut self) {
        if let State::Up(up) = &mut self.state {
            up.outbox.close().await;
        }
    }

    /// Whether a connection is up.
    pub(super) const fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// Whether so much waits to be sent that nothing new should be taken on.
    pub(super) fn is_full(&self) -> bool {
        matches!(&self.state, State::Up(up) if up.outbox.is_full())
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        !matches!(&self.state, State::Up(up) if !up.outbox.is_empty())
    }

    fn open(&mut self, connection: WsConnection) -> FlowInfo {
        self.last_flow += 1;
        let flow = FlowId::new(self.last_flow);
        let transport = if connection.is_secure() { "WSS" } else { "WS" }.to_owned();
        let (sink, inbox) = connection.split();
        self.state = State::Up(Box::new(Up { flow, outbox: Outbox::new(sink), inbox }));
        // rfc7118#5/1
        FlowInfo { id: flow, transport, reliability: Reliability::Reliable }
    }

    fn settle(&mut self, event: &LinkEvent, now: Instant) {
        if let LinkEvent::Lost(_) = event {
            self.state = State::Down;
            if let Some(reconnection) = &mut self.reconnection {
                reconnection.handle_lost(now);
            }
        }
    }

    fn handle_failed(&mut self, error: &ConnectError, now: Instant) {
        tracing::info!(%error, "no connection to the server yet");
        self.state = State::Down;
        if let Some(reconnection) = &mut self.reconnection {
            reconnection.handle_failed(now);
        }
    }
}

impl Up {
    /// Receives, and sends what waits; receives nothing while too much waits (back-pressure towards the server).
    async fn next(&mut self) -> Option<LinkEvent> {
        let (is_full, is_empty) = (self.outbox.is_full(), self.outbox.is_empty());
        tokio::select! {
            item = self.inbox.next(), if !is_full => self.received(item),
            sent = self.outbox.send(), if !is_empty => sent.err().map(|_| LinkEvent::Lost(self.flow)),
        }
    }

    fn received(&self, item: Option<Result<Message, ReceiveError>>) -> Option<LinkEvent> {
        match item {
            Some(Ok(message)) => Some(LinkEvent::Received(self.flow, message)),
            Some(Err(ReceiveError::Malformed { error, bytes })) => {
                tracing::warn!(%error, "malformed message");
                Some(LinkEvent::Malformed(self.flow, bytes))
            }
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
