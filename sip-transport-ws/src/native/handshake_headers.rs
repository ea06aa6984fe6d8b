//! Header fields that a client adds to its handshake: cookies, HTTP credentials, an Origin (RFC 6455 §4.1, RFC 7118 §7).

use data_encoding::BASE64;
use std::fmt;

/// Header fields for the handshake request, beyond those of RFC 6455 itself. `Debug` shows their names only.
///
/// ```
/// # use sip_transport_ws::native::HandshakeHeaders;
/// let headers = HandshakeHeaders::default().with("Cookie", "session=42")?.with_basic("alice", "secret")?;
/// assert_eq!(format!("{headers:?}"), r#"["Cookie", "Authorization"]"#);
/// # Ok::<(), sip_transport_ws::native::InvalidHandshakeHeader>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HandshakeHeaders {
    fields: Vec<(String, String)>,
}

impl HandshakeHeaders {
    /// Adds a header field.
    ///
    /// # Errors
    /// When the name is no token or belongs to the handshake itself, or the value has control characters.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, InvalidHandshakeHeader> {
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(InvalidHandshakeHeader::Name);
        }
        if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(InvalidHandshakeHeader::Reserved);
        }
        if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(InvalidHandshakeHeader::Value);
        }
        self.fields.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Adds HTTP Basic credentials (RFC 7617 §2). Use them over `wss:` only.
    ///
    /// # Errors
    /// When the user name has a colon or either has control characters.
    pub fn with_basic(self, username: &str, password: &str) -> Result<Self, InvalidHandshakeHeader> {
        self.with("Authorization", &basic(username, password)?)
    }

    /// The same, for a proxy.
    pub(super) fn with_proxy_basic(
        self,
        username: &str,
        password: &str,
    ) -> Result<Self, InvalidHandshakeHeader> {
        self.with("Proxy-Authorization", &basic(username, password)?)
    }

    /// Adds an access token (RFC 6750 §2.1). Use it over `wss:` only.
    ///
    /// # Errors
    /// When the token has control characters.
    pub fn with_bearer(self, token: &str) -> Result<Self, InvalidHandshakeHeader> {
        self.with("Authorization", &format!("Bearer {token}"))
    }

    /// The lines as they stand in the request.
    pub(super) fn lines(&self) -> String {
        self.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
    }
}

impl fmt::Debug for HandshakeHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a header field cannot stand in a handshake.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHandshakeHeader {
    /// The name is no token (RFC 9110 §5.6.2).
    #[error("the name of the header field is no token")]
    Name,
    /// The field is one that the handshake makes itself.
    #[error("the handshake sets this header field itself")]
    Reserved,
    /// The value has control characters, or a user name a colon.
    #[error("the value cannot stand in a header field")]
    Value,
}

/// The credentials of RFC 7617 §2.
fn basic(username: &str, password: &str) -> Result<String, InvalidHandshakeHeader> {
    let has_control = |text: &str| text.bytes().any(|byte| byte.is_ascii_control());
    if username.contains(':') || has_control(username) || has_control(password) {
        return Err(InvalidHandshakeHeader::Value);
    }
    Ok(format!("Basic {}", BASE64.encode(format!("{username}:{password}").as_bytes())))
}

/// The fields that the handshake or the HTTP framing below it makes (RFC 6455 §4.1).
const OWN: [&str; 9] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
];

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_request_is_refused() {
        let with = |name, value| HandshakeHeaders::default().with(name, value).unwrap_err();
        assert_eq!(with("X: y", "z"), InvalidHandshakeHeader::Name);
        assert_eq!(with("", "z"), InvalidHandshakeHeader::Name);
        assert_eq!(with("sec-websocket-KEY", "z"), InvalidHandshakeHeader::Reserved);
        assert_eq!(with("X", "z\r\nHost: evil"), InvalidHandshakeHeader::Value);
        assert_eq!(with("X", "\0"), InvalidHandshakeHeader::Value);
        let basic = |user, password| HandshakeHeaders::default().with_basic(user, password);
        assert_eq!(basic("a:b", "c"), Err(InvalidHandshakeHeader::Value));
        assert_eq!(basic("a", "c\n"), Err(InvalidHandshakeHeader::Value));
    }

    /// RFC 7617 §2.1.
    #[test]
    fn basic_credentials_are_those_of_rfc7617() {
        let headers = HandshakeHeaders::default().with_basic("test", "123\u{a3}").unwrap();
        assert_eq!(headers.lines(), "Authorization: Basic dGVzdDoxMjPCow==\r\n");
    }
}
