//! What is known of a typed header field without its type (RFC 3261 §7.3.1): how it is read, and how often it stands.

use super::{Header, TYPES};
use crate::{HeaderError, HeaderName};

/// A row of the table of types.
pub(crate) struct HeaderType {
    /// The name of the field.
    pub(crate) name: HeaderName,
    /// Whether one field may carry several values between commas.
    pub(crate) is_list: bool,
    /// Whether several fields of the name may stand in a message.
    pub(crate) is_repeatable: bool,
    /// Whether a list may have no elements.
    pub(crate) may_be_empty: bool,
    /// Why a value cannot be read, if so.
    pub(crate) check: fn(&str) -> Result<(), HeaderError>,
    /// A value as we would write it.
    pub(crate) rewrite: fn(&str) -> Result<String, HeaderError>,
}

impl HeaderType {
    /// The row of a type.
    pub(super) const fn of<H: Header>() -> Self {
        Self {
            name: H::NAME,
            is_list: H::LIST,
            is_repeatable: H::REPEATABLE,
            may_be_empty: H::MAY_BE_EMPTY,
            check: |value| H::decode(value).map(drop),
            rewrite: |value| H::decode(value).map(|decoded| decoded.encoded()),
        }
    }

    /// The type of the field called `name`, if it has one.
    pub(crate) fn named(name: &HeaderName) -> Option<&'static Self> {
        match name.position() {
            Some(position) => TYPES.get(usize::from(*PLACES.get(usize::from(position))?)),
            None => TYPES.iter().find(|header_type| header_type.name == *name),
        }
    }
}

/// What stands in [`PLACES`] for a name without a type.
const NO_TYPE: u8 = u8::MAX;

/// The row for each position in the table of names; built by the compiler.
static PLACES: [u8; 256] = places();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn places() -> [u8; 256] {
    let mut places = [NO_TYPE; 256];
    let mut row = 0;
    assert!(TYPES.len() < NO_TYPE as usize);
    while row < TYPES.len() {
        if let Some(position) = TYPES[row].name.position() {
            assert!(places[position as usize] == NO_TYPE, "a name has one type");
            #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
            {
                places[position as usize] = row as u8;
            }
        }
        row += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of the registry that have no type, and why.
    const UNTYPED: [(HeaderName, &str); 12] = [
        (HeaderName::AdditionalIdentity, TS_24_229),
        (HeaderName::AttestationInfo, TS_24_229),
        (HeaderName::DcInfo, TS_24_229),
        (HeaderName::OriginationId, TS_24_229),
        (HeaderName::PriorityShare, TS_24_229),
        (HeaderName::PriorityVerstat, TS_24_229),
        (HeaderName::ReasonPhrase, "reserved by RFC 6873, so that nobody uses it: no grammar exists"),
        (HeaderName::RelayedCharge, TS_24_229),
        (HeaderName::ResourceShare, TS_24_229),
        (HeaderName::ResponseSource, TS_24_229),
        (HeaderName::RestorationInfo, TS_24_229),
        (HeaderName::ServiceInteractInfo, TS_24_229),
    ];

    const TS_24_229: &str = "its grammar is in 3GPP TS 24.229 alone, which the registry cites without a shape; \
        a guess would refuse or misread what operators send, so the value is kept as text";

    #[test]
    fn every_registered_name_has_a_type_or_a_reason() {
        for name in HeaderName::all() {
            let reason = UNTYPED.iter().find(|(untyped, _)| untyped == name).map(|(_, reason)| *reason);
            assert_eq!(HeaderType::named(name).is_none(), reason.is_some(), "{name}: {reason:?}");
        }
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        for header_type in TYPES {
            let found = HeaderType::named(&header_type.name).map(|found| &found.name);
            assert_eq!(found, Some(&header_type.name));
        }
        assert!(HeaderType::named(&"x-diversion".parse().unwrap()).is_none());
    }
}
