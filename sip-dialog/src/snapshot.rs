//! Dialogs and sessions as records that go on in another process (AC-10): what is kept, not how it is read. RFC 3261
//! §12 names the state of a dialog, RFC 3264 what was agreed in it, RFC 4028 the time it has.

use crate::{Direction, Hold};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sip_message::{Header, NameAddr, Request};
use sip_uri::Uri;
use thiserror::Error;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// A confirmed dialog as a record, made by [`crate::Dialog::snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DialogSnapshot(pub(crate) Versioned<DialogForm>);

/// A session that stands as a record, made by [`crate::InviteSession::snapshot`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionSnapshot(pub(crate) Versioned<SessionForm>);

/// Why there is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The dialog is early, or the session has no ACK yet or nothing left to do.
    #[error("only what is confirmed can go on in another process")]
    NotConfirmed,
}

/// Why a record cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was written by another version of this crate.
    #[error("version {0} of the record is unknown")]
    UnknownVersion(u32),
    /// It is damaged: the name of the field that cannot be read, or of the whole.
    #[error("`{0}` of the record is malformed")]
    Malformed(&'static str),
}

/// A record and its version; of other versions no more is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Versioned<T> {
    Known {
        version: u32,
        #[serde(flatten)]
        form: T,
    },
    Other {
        version: u32,
    },
}

impl<T> Versioned<T> {
    pub(crate) const fn new(form: T) -> Self {
        Self::Known { version: VERSION, form }
    }

    pub(crate) const fn form(&self, whole: &'static str) -> Result<&T, RestoreError> {
        match self {
            Self::Known { version: VERSION, form } => Ok(form),
            Self::Other { version: VERSION } => Err(RestoreError::Malformed(whole)),
            Self::Known { version, .. } | Self::Other { version } => {
                Err(RestoreError::UnknownVersion(*version))
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DialogForm {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    pub(crate) remote_tag: String,
    pub(crate) local: String,
    pub(crate) remote: String,
    pub(crate) local_contact: Option<String>,
    pub(crate) remote_target: String,
    pub(crate) route_set: Vec<String>,
    pub(crate) local_sequence: Option<u32>,
    pub(crate) remote_sequence: Option<u32>,
    pub(crate) secure: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionForm {
    pub(crate) role: RoleForm,
    /// Whether the application has been told of the end; a BYE is still to be answered then.
    pub(crate) ended: bool,
    /// The sequence number of the INVITE.
    pub(crate) invite_sequence: u32,
    #[serde(flatten)]
    pub(crate) usage: UsageForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleForm {
    Caller,
    Callee,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsageForm {
    pub(crate) dialog: DialogForm,
    pub(crate) agreement: AgreementForm,
    /// Requests that have no final response, in their order.
    pub(crate) unanswered: Vec<Request>,
    /// Who the peer is, where that is not what it said at first; records of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<IdentityForm>,
}

/// Who the peer is, and whether the network says so or the peer itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdentityForm {
    pub(crate) address: String,
    pub(crate) asserted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AgreementForm {
    pub(crate) local: Option<Octets>,
    pub(crate) remote: Option<Octets>,
    /// What the user wants of this end, and what the peer said last.
    pub(crate) hold: Hold,
    pub(crate) stated: bool,
    pub(crate) agreed: Hold,
    pub(crate) told: Hold,
    pub(crate) has_told: bool,
    pub(crate) wish: Vec<Direction>,
    pub(crate) edited: bool,
    pub(crate) peer: PeerForm,
    pub(crate) timer: Option<TimerForm>,
    /// The interval that this end asked for, in seconds.
    pub(crate) asked_interval: Option<u32>,
    /// The largest Min-SE of the dialog, in seconds.
    pub(crate) min_se: u32,
    /// The INVITE whose ACK may be lost, by its sequence number.
    pub(crate) acknowledge: Option<u32>,
}

/// What the peer says it can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerForm {
    pub(crate) allow: Option<Vec<String>>,
    pub(crate) supported: Vec<String>,
    pub(crate) recv_info: Vec<String>,
    /// It does not serve UPDATE, whatever it says.
    pub(crate) refuses_update: bool,
}

/// A session timer (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimerForm {
    pub(crate) interval: u32,
    /// Whether this end refreshes.
    pub(crate) refreshes: bool,
    /// When the session expires, from the time of the record on.
    pub(crate) left_ms: u64,
}

/// A session description: text, unless it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Octets(pub(crate) Bytes);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OctetsForm {
    Text(String),
    Bytes(Vec<u8>),
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => OctetsForm::Text(text.to_owned()),
            Err(_) => OctetsForm::Bytes(self.0.to_vec()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match OctetsForm::deserialize(deserializer)? {
            OctetsForm::Text(text) => text.into(),
            OctetsForm::Bytes(bytes) => bytes.into(),
        }))
    }
}

/// Reads an address as it stands in From.
pub(crate) fn address(text: &str, field: &'static str) -> Result<NameAddr, RestoreError> {
    let sip_message::From(address) = Header::decode(text).map_err(|_| RestoreError::Malformed(field))?;
    Ok(address)
}

pub(crate) fn uri(text: &str, field: &'static str) -> Result<Uri, RestoreError> {
    text.parse().map_err(|_| RestoreError::Malformed(field))
}
