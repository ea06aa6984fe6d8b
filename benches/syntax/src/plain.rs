//! The values that a user agent needs of a message, in a form in which parsers can be compared.

/// The values of RFC 3261 §8, §12 and §17 that every user agent reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainValues {
    /// The Request-URI.
    pub request_uri: Option<PlainUri>,
    /// Host and port of the topmost Via.
    pub via: (String, Option<u16>),
    /// The branch of the topmost Via.
    pub branch: Option<String>,
    /// From, and its tag.
    pub from: (PlainUri, Option<String>),
    /// To, and its tag.
    pub to: (PlainUri, Option<String>),
    /// Call-ID.
    pub call_id: String,
    /// CSeq.
    pub cseq: (u32, String),
    /// All Contact addresses.
    pub contacts: Vec<PlainUri>,
    /// Max-Forwards.
    pub max_forwards: Option<u32>,
    /// All Route addresses.
    pub routes: Vec<PlainUri>,
    /// All Record-Route addresses.
    pub record_routes: Vec<PlainUri>,
    /// Content-Length.
    pub content_length: Option<u64>,
}

impl PlainValues {
    /// The name of the first value in which two parsers differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let same = [
            ("Request-URI", self.request_uri == other.request_uri),
            ("Via", self.via == other.via),
            ("branch", self.branch == other.branch),
            ("From", self.from == other.from),
            ("To", self.to == other.to),
            ("Call-ID", self.call_id == other.call_id),
            ("CSeq", self.cseq == other.cseq),
            ("Contact", self.contacts == other.contacts),
            ("Max-Forwards", self.max_forwards == other.max_forwards),
            ("Route", self.routes == other.routes),
            ("Record-Route", self.record_routes == other.record_routes),
            ("Content-Length", self.content_length == other.content_length),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
    }
}

/// The components of a URI by which a request finds its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainUri {
    /// The user part without password, escapes undone.
    pub user: Option<String>,
    /// The host in lower case, without brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

impl PlainUri {
    /// The components as a parser gave them.
    #[must_use]
    pub fn new(user: Option<&str>, host: &str, port: Option<u16>) -> Self {
        Self { user: user.map(unescaped), host: plain_host(host), port }
    }
}

/// A host in the one spelling that is compared.
#[must_use]
pub fn plain_host(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// The text with its `%` escapes undone; some parsers do that and some do not.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape =
            tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
