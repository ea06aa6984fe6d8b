//! Why a header field has no typed value (RFC 3261 §20).

use crate::{DeviationKind, HeaderName};
use thiserror::Error;

/// Why a header field has no typed value. The message around it is untouched and usable.
///
/// A request with such an error in a field that matters is owed a 400 (RFC 3261 §8.2, §21.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The field is not there.
    #[error("{name} is missing")]
    Missing {
        /// The field asked for.
        name: HeaderName,
    },
    /// A field that may stand once stands more than once, with different values (RFC 3261 §7.3.1).
    #[error("{name} occurs more than once")]
    Repeated {
        /// The field asked for.
        name: HeaderName,
    },
    /// The value does not follow its grammar.
    #[error("malformed {name} at byte {offset} of the value: {rule} expected")]
    Malformed {
        /// The field asked for.
        name: HeaderName,
        /// The ABNF rule that was not met.
        rule: &'static str,
        /// Byte offset into the value of the field.
        offset: usize,
    },
    /// The value is read, but not in the mode asked for ([`Headers::typed_in`](crate::Headers::typed_in)).
    #[error("{name} has {kind} at byte {offset} of the value")]
    Deviates {
        /// The field asked for.
        name: HeaderName,
        /// What is wrong with it.
        kind: DeviationKind,
        /// Byte offset into the value of the field.
        offset: usize,
    },
    /// The value is not UTF-8 (RFC 3261 §7.3, §25.1).
    #[error("{name} is not UTF-8 at byte {offset} of the value")]
    NotUtf8 {
        /// The field asked for.
        name: HeaderName,
        /// Byte offset into the value of the field.
        offset: usize,
    },
}

impl HeaderError {
    /// The header field at fault.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        match self {
            Self::Missing { name }
            | Self::Repeated { name }
            | Self::Malformed { name, .. }
            | Self::Deviates { name, .. }
            | Self::NotUtf8 { name, .. } => name,
        }
    }

    /// The same error with the value standing `base` bytes into its field.
    pub(crate) fn moved(mut self, base: usize) -> Self {
        match &mut self {
            Self::Malformed { offset, .. } | Self::Deviates { offset, .. } | Self::NotUtf8 { offset, .. } => {
                *offset += base;
            }
            Self::Missing { .. } | Self::Repeated { .. } => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_field() {
        let name = HeaderName::Via;
        let malformed = HeaderError::Malformed { name: name.clone(), rule: "token", offset: 2 };
        assert_eq!(
            malformed.clone().moved(5).to_string(),
            "malformed Via at byte 7 of the value: token expected"
        );
        for error in [
            HeaderError::Missing { name: name.clone() },
            HeaderError::Repeated { name: name.clone() },
            HeaderError::NotUtf8 { name: name.clone(), offset: 0 },
            HeaderError::Deviates { name: name.clone(), kind: DeviationKind::UriHost, offset: 0 },
            malformed,
        ] {
            assert_eq!(error.name(), &name);
        }
    }
}
