//! How a failed command ends: what it says and the exit code.

use sip_dialog::EndCause;
use sip_testbed::StartError;
use sip_ua::core::RequestFailure;
use sip_ua::{CallError, ConnectError, HangUpError, LookupFailure, RegisterError, RequestError};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Connect(#[from] ConnectError),
    #[error("not registered: {0}")]
    Register(#[from] RegisterError),
    #[error("{0}")]
    Request(#[from] RequestError),
    #[error("no call: {0}")]
    Call(#[from] CallError),
    #[error("the call ended: {0}")]
    Ended(EndCause),
    #[error("{0}")]
    HangUp(#[from] HangUpError),
    #[error("the connection to the server is gone")]
    Disconnected,
    #[error("cannot read {}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("--user takes name:password, not `{0}`")]
    User(String),
    #[error("the server did not start: {0}")]
    Serve(StartError),
    #[error(
        "`{0}` is no URL such as wss://edge.example.com, and as a domain it has to be the only --server: its records in the \
         DNS name all servers that there are"
    )]
    NotAlone(String),
    #[error("no name server: {0}")]
    NameServer(LookupFailure),
    #[error("`{text}` is no URI: {error}")]
    Uri { text: String, error: sip_uri::ParseUriError },
    #[error("cannot write: {0}")]
    Output(io::Error),
    #[error("{host} is not this machine; --remote says that you mean it")]
    Remote { host: String },
    #[error("{failed} of {all} registrations and calls failed")]
    Load { failed: u64, all: u64 },
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The exit code that `sip --help` documents.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Serve(StartError::Registrar { .. }) => 3,
            Self::Serve(_) => 2,
            Self::Connect(ConnectError::AddressOfRecord(_) | ConnectError::Server(_)) => 2,
            Self::Connect(ConnectError::Domain(_)) => 2,
            Self::File { .. } | Self::User(_) | Self::Uri { .. } | Self::Remote { .. } => 2,
            Self::NotAlone(_) => 2,
            Self::Call(CallError::Target(_)) | Self::Request(RequestError::Target(_)) => 2,
            Self::Connect(_)
            | Self::NameServer(_)
            | Self::Disconnected
            | Self::HangUp(HangUpError::Transport) => 3,
            Self::Register(RegisterError::Transport) => 3,
            Self::Request(RequestError::Failed(RequestFailure::Transport)) => 3,
            Self::Register(RegisterError::Authentication(_)) => 4,
            Self::Request(RequestError::Failed(RequestFailure::Authentication(_))) => 4,
            Self::Register(RegisterError::Timeout) | Self::HangUp(HangUpError::Timeout) => 5,
            Self::Request(RequestError::Failed(RequestFailure::Timeout)) => 5,
            Self::Interrupted => 130,
            Self::Register(_) | Self::Request(_) | Self::Call(_) | Self::Ended(_) => 1,
            Self::HangUp(_) | Self::Output(_) | Self::Load { .. } => 1,
        })
    }
}
