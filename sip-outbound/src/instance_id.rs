//! The name of one user agent of an address-of-record, which outlives restarts: RFC 5626 §4.1.

use sip_clock::TokenSource;
use std::fmt;
use std::str::FromStr;

/// A URN that names this device or installation and no other. Draw one once, store it, and use it at every start:
/// by it and the `reg-id` a registrar replaces the binding of the last run in place of keeping a ghost.
///
/// ```
/// # use sip_clock::TokenSource;
/// # use sip_outbound::InstanceId;
/// let fresh = InstanceId::random(&mut TokenSource::from_seed(1));
/// let stored = fresh.to_string();
/// assert!(stored.starts_with("urn:uuid:"));
/// assert_eq!(stored.parse(), Ok(fresh));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct InstanceId(String);

impl InstanceId {
    /// A random UUID (RFC 4122 §4.4).
    // rfc5626#4.1: a UUID URN, unless the device has a better URN of its own
    #[must_use]
    pub fn random(tokens: &mut TokenSource) -> Self {
        let seed = tokens.seed();
        let mut octets = seed.first_chunk::<16>().copied().unwrap_or_default();
        // the version and variant bits of RFC 4122 §4.4
        octets[6] = (octets[6] & 0x0f) | 0x40;
        octets[8] = (octets[8] & 0x3f) | 0x80;
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let part = |range| hex.get(range).unwrap_or_default();
        let groups = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)];
        Self(format!("urn:uuid:{}", groups.join("-")))
    }

    /// The URN, without the angle brackets of the Contact parameter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for InstanceId {
    type Err = ParseInstanceIdError;

    /// Reads a URN, with or without the angle brackets of `+sip.instance`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let urn = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text);
        let is_urn = urn.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"));
        let is_plain = urn.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\".contains(&byte));
        let parts = urn.splitn(3, ':').filter(|part| !part.is_empty()).count();
        if is_urn && is_plain && parts == 3 { Ok(Self(urn.to_owned())) } else { Err(ParseInstanceIdError) }
    }
}

/// A text that is no URN.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an instance-id is a URN such as urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")]
pub struct ParseInstanceIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_one_is_a_version_4_uuid() {
        let id = InstanceId::random(&mut TokenSource::from_seed(7)).to_string();
        let groups: Vec<_> = id["urn:uuid:".len()..].split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(groups[2].starts_with('4') && "89ab".contains(&groups[3][..1]), "{id}");
    }

    #[test]
    fn what_is_no_urn_is_refused() {
        let named: InstanceId = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>".parse().unwrap();
        assert_eq!(named.as_str(), "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF");
        for text in ["", "urn:", "urn:uuid", "urn::x", "uuid:1", "urn:uuid:\"x\"", "urn:uuid:a b", "<urn:x:y"]
        {
            assert_eq!(text.parse::<InstanceId>(), Err(ParseInstanceIdError), "{text}");
        }
    }
}
