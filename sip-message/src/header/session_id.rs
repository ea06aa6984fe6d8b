//! Session-ID: one name for a call from end to end, whatever stands between (RFC 7989 §5).

use crate::grammar::{Fault, Parsed, decode, token};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::{Err, Parser};

/// The identifiers of both ends (RFC 7989 §5).
///
/// ```
/// # use sip_message::{Header, SessionId};
/// let id = SessionId::decode("ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000")?;
/// assert_eq!(id.remote(), None);
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionId {
    /// The identifier of the sender: 32 hexadecimal digits in lower case.
    pub local: String,
    /// `remote` and others.
    pub params: Params,
}

impl SessionId {
    /// What stands for an end that has no identifier, or one that is not known.
    pub const NIL: &'static str = "00000000000000000000000000000000";

    /// The identifier of the other end; `None` while it is not known, or in the older form without it (RFC 7329).
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        self.params.get("remote").filter(|remote| *remote != Self::NIL)
    }
}

impl Header for SessionId {
    const NAME: HeaderName = HeaderName::SessionId;

    /// `session-id-value = local-uuid *(SEMI sess-id-param)`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        decode(&Self::NAME, value, (sess_uuid, params).map(|(local, params)| Self { local, params }))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.local);
        self.params.encode(out);
    }
}

/// `sess-uuid = 32(DIGIT / %x61-66)`; upper case is met and made lower.
fn sess_uuid(input: &str) -> Parsed<'_, String> {
    let (rest, text) = token(input)?;
    if text.len() != SessionId::NIL.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Err::Error(Fault::new(input, "sess-uuid")));
    }
    Ok((rest, text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn both_ends_have_an_identifier() {
        let id = round_trip::<SessionId>(
            "ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2",
        );
        assert_eq!(id.remote(), Some("47755a9de7794ba387653f2099600ef2"));
        assert_eq!(SessionId::decode("AB30317F1A784DC48FF824D0D3715D86").unwrap().local, id.local);
        for text in ["", "ab30", "gb30317f1a784dc48ff824d0d3715d86", "ab30317f1a784dc48ff824d0d3715d860"] {
            assert!(SessionId::decode(text).is_err(), "{text}");
        }
    }
}
