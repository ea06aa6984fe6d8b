//! One client: frames in, frames out, until one side has enough.

use bytes::Bytes;
use futures::channel::mpsc as channel;
use futures::{SinkExt, StreamExt};
use sip_message::Message;
use sip_transaction::FlowId;
use sip_transport_ws::CloseCode;
use sip_transport_ws::ReceiveError;
use sip_transport_ws::native::WsConnection;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::timeout;

/// What a connection tells the driver.
#[derive(Debug)]
pub(super) enum Event {
    Received { flow: FlowId, message: Message },
    Malformed { flow: FlowId, bytes: Bytes },
    Closed { flow: FlowId },
}

/// Serves `connection` until the client or the driver closes it.
pub(super) async fn run(
    mut connection: WsConnection,
    flow: FlowId,
    events: mpsc::Sender<Event>,
    mut outgoing: channel::Receiver<Message>,
) {
    loop {
        let event = tokio::select! {
            received = connection.next() => match received {
                Some(Ok(message)) => Event::Received { flow, message },
                Some(Err(ReceiveError::Malformed { bytes, .. })) => Event::Malformed { flow, bytes },
                Some(Err(_)) | None => break,
            },
            message = outgoing.next() => {
                if send(&mut connection, message, &mut outgoing).await { continue } else { break }
            }
        };
        // there is room mostly, and then it costs less not to wait
        let is_told = match events.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Full(event)) => events.send(event).await.is_ok(),
            Err(TrySendError::Closed(_)) => false,
        };
        if !is_told {
            break;
        }
    }
    // The driver may have ended first.
    let _ = events.send(Event::Closed { flow }).await;
}

/// Sends a message and those that wait behind it by now in one go, or the end where there is none; `false` when the
/// connection is over.
async fn send(
    connection: &mut WsConnection,
    message: Option<Message>,
    outgoing: &mut channel::Receiver<Message>,
) -> bool {
    let Some(message) = message else {
        // The client may be gone already; then there is nobody to tell.
        let _ = timeout(PATIENCE, connection.close(CloseCode::GOING_AWAY, "")).await;
        return false;
    };
    let mut sent = pin!(async {
        connection.feed(message).await?;
        // what comes later has its own time
        for _ in 1..SENT_AT_ONCE {
            let Ok(message) = outgoing.try_recv() else { break };
            connection.feed(message).await?;
        }
        connection.flush().await
    });
    // the socket takes it at once mostly, and then no clock is needed
    match poll_fn(|context| Poll::Ready(sent.as_mut().poll(context))).await {
        Poll::Ready(sent) => sent.is_ok(),
        Poll::Pending => matches!(timeout(PATIENCE, sent).await, Ok(Ok(()))),
    }
}

/// How many messages leave before what has come has its turn.
const SENT_AT_ONCE: usize = 64;
/// How long a client may take to read.
const PATIENCE: Duration = Duration::from_secs(10);
