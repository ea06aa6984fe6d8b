//! Errors of the WebSocket library as errors of a connection.

use crate::{ReceiveError, SendError};
use std::io::ErrorKind;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

/// Foreign errors: what is neither the network nor a limit is a broken WebSocket protocol.
pub(super) fn receive_error(error: &Error, limit: usize) -> ReceiveError {
    match error {
        Error::Io(error) => ReceiveError::Lost { kind: error.kind() },
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            ReceiveError::Lost { kind: ErrorKind::UnexpectedEof }
        }
        Error::Capacity(CapacityError::MessageTooLong { .. }) => ReceiveError::TooBig { limit },
        Error::Utf8(_) => ReceiveError::NotUtf8,
        _ => ReceiveError::Protocol,
    }
}

/// Foreign errors: what is not the network is a connection that was closed before.
pub(super) fn send_error(error: &Error) -> SendError {
    match error {
        Error::Io(error) => SendError::Lost { kind: error.kind() },
        _ => SendError::Closed,
    }
}
