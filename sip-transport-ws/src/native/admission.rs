//! Which clients a server lets in by their handshake: Origin (RFC 6455 §10.2), cookies and HTTP credentials (RFC 7118
//! §7).

use super::accept_error::HandshakeRefusal;
use std::fmt;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::http::{HeaderMap, Uri};

/// What a server asks of a handshake besides the sub-protocol. By default everyone is let in.
///
/// ```
/// use sip_transport_ws::native::{Admission, HandshakeRefusal};
///
/// let admission = Admission::default()
///     .with_origins(["https://phone.example.com"])
///     .with_check(|request| match request.header("Cookie") {
///         Some("session=42") => Ok(()),
///         Some(_) | None => Err(HandshakeRefusal::Unauthorized),
///     });
/// # let _ = admission;
/// ```
#[derive(Clone, Default)]
pub struct Admission {
    origins: Option<Vec<String>>,
    check: Option<Check>,
    challenge: Option<String>,
}

type Check = Arc<dyn Fn(&HandshakeRequest<'_>) -> Result<(), HandshakeRefusal> + Send + Sync>;

impl Admission {
    /// Lets browsers in only from pages of these origins, such as `https://phone.example.com`; letter case counts
    /// not. Programs that send no `Origin` are let in: they could send any.
    #[must_use]
    pub fn with_origins<T: Into<String>>(mut self, origins: impl IntoIterator<Item = T>) -> Self {
        self.origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Asks `check` about each handshake that is in order otherwise, for instance about a cookie or a token. It runs
    /// on the task that accepts and must not block.
    #[must_use]
    pub fn with_check(
        mut self,
        check: impl Fn(&HandshakeRequest<'_>) -> Result<(), HandshakeRefusal> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// What a client is told in `WWW-Authenticate` when it is refused as
    /// [`Unauthorized`](HandshakeRefusal::Unauthorized), in place of `Basic realm="sip"` (RFC 9110 §11.6.1). Control
    /// characters are left out.
    #[must_use]
    pub fn with_challenge(mut self, challenge: &str) -> Self {
        self.challenge = Some(challenge.chars().filter(|character| !character.is_control()).collect());
        self
    }

    pub(super) fn admit(&self, request: &HandshakeRequest<'_>) -> Result<(), HandshakeRefusal> {
        if let (Some(allowed), Some(origin)) = (&self.origins, request.header("Origin"))
            && !allowed.iter().any(|known| known.eq_ignore_ascii_case(origin))
        {
            return Err(HandshakeRefusal::Origin);
        }
        self.check.as_ref().map_or(Ok(()), |check| check(request))
    }

    pub(super) fn challenge(&self) -> &str {
        self.challenge.as_deref().unwrap_or("Basic realm=\"sip\"")
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("origins", &self.origins).finish_non_exhaustive()
    }
}

/// The HTTP request of a handshake, as a server sees it.
#[derive(Clone, Copy, Debug)]
pub struct HandshakeRequest<'a> {
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<'a> HandshakeRequest<'a> {
    pub(super) const fn new(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        Self { uri, headers }
    }

    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.uri.path()
    }

    /// The query, without its question mark.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.uri.query()
    }

    /// The first header field of this name, in any letter case; `None` also when it is not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }
}
