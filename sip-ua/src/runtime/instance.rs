//! The name of an installation, drawn at its first start and kept: RFC 5626 §4.1; AC-11.

use super::ConnectError;
use super::platform::{keep, kept};
use sip_clock::TokenSource;
use sip_outbound::InstanceId;

/// Why the name of an installation cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// The place cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// Nothing can be written there.
    #[error("nothing can be written there")]
    Unwritable,
    /// What stands there is something else; it was left alone.
    #[error("what stands there is no instance-id")]
    SomethingElse,
}

/// What is kept at `place`, or what is kept there from now on.
pub(super) fn instance_at(place: &str, tokens: &mut TokenSource) -> Result<InstanceId, ConnectError> {
    let failed = |error: KeepError| ConnectError::Instance { place: place.to_owned(), error };
    if let Some(text) = kept(place).map_err(failed)? {
        return text.trim().parse().map_err(|_| failed(KeepError::SomethingElse));
    }
    let instance = InstanceId::random(tokens);
    keep(place, instance.as_str()).map_err(failed)?;
    Ok(instance)
}
