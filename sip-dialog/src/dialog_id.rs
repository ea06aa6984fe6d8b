//! Dialog identifiers, RFC 3261 §12: Call-ID, local tag and remote tag.

use sip_message::{HeaderError, HeaderName, Headers, Request, Response};
use smol_str::SmolStr;

/// What names a dialog at one of its two ends (RFC 3261 §12). At the other end the tags are swapped.
///
/// Strings of up to 23 bytes stand in it, others are shared by its copies. A tag is empty where the peer sent none, as RFC 2543 allowed (§12.1.1, §12.1.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The Call-ID, compared byte by byte (§8.1.1.4).
    pub call_id: SmolStr,
    /// The tag this user agent chose.
    pub local_tag: SmolStr,
    /// The tag the peer chose.
    pub remote_tag: SmolStr,
}

impl DialogId {
    /// The dialog that a received request is meant for: the local tag stands in To (§12.2.2).
    ///
    /// # Errors
    /// The first of Call-ID, To and From that is missing or malformed.
    pub fn of_request(request: &Request) -> Result<Self, HeaderError> {
        let headers = request.headers();
        let (remote_tag, local_tag) = (tag(headers, &FROM)?, tag(headers, &TO)?);
        Ok(Self { call_id: call_id(headers)?.into(), local_tag, remote_tag })
    }

    /// The dialog that a received response belongs to: the local tag stands in From (§12.1.2).
    ///
    /// # Errors
    /// The first of Call-ID, To and From that is missing or malformed.
    pub fn of_response(response: &Response) -> Result<Self, HeaderError> {
        let headers = response.headers();
        let (local_tag, remote_tag) = (tag(headers, &FROM)?, tag(headers, &TO)?);
        Ok(Self { call_id: call_id(headers)?.into(), local_tag, remote_tag })
    }

    /// Whether this is [`Self::of_request`] of `request`.
    #[must_use]
    pub fn is_of_request(&self, request: &Request) -> bool {
        bears(request.headers(), &self.call_id, (&TO, &self.local_tag))
            && request.headers().has_tag(&FROM, &self.remote_tag)
    }
}

/// The remote tag of [`DialogId::of_response`] alone, empty where there is none; the same errors.
pub(crate) fn remote_tag(response: &Response) -> Result<SmolStr, HeaderError> {
    let headers = response.headers();
    headers.tag(&FROM)?.ok_or(HeaderError::Missing { name: HeaderName::From })?;
    let tag = tag(headers, &TO)?;
    call_id(headers).map(|_| tag)
}

/// Whether a message has this Call-ID, and this tag in From or To.
pub(crate) fn bears(headers: &Headers, call_id: &str, (party, tag): (&HeaderName, &str)) -> bool {
    headers.has_call_id(call_id) && headers.has_tag(party, tag)
}

/// The Call-ID of a message.
pub(crate) fn call_id(headers: &Headers) -> Result<&str, HeaderError> {
    headers.call_id()?.ok_or(HeaderError::Missing { name: HeaderName::CallId })
}

/// The tag of From or To, empty where there is none.
pub(crate) fn tag(headers: &Headers, name: &HeaderName) -> Result<SmolStr, HeaderError> {
    let tag = headers.tag(name)?.ok_or_else(|| HeaderError::Missing { name: name.clone() })?;
    Ok(SmolStr::new(tag))
}

static FROM: HeaderName = HeaderName::From;
static TO: HeaderName = HeaderName::To;

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::{Method, StatusCode};

    fn request() -> Request {
        let uri = "sip:bob@example.com".parse().unwrap();
        let mut request = Request::new(Method::Bye, &uri);
        for (name, value) in [("From", "<sip:a@x>;tag=a"), ("To", "<sip:b@x>;tag=b"), ("Call-ID", "c")] {
            request.headers_mut().push_text(&name.parse().unwrap(), value).unwrap();
        }
        request
    }

    #[test]
    fn the_local_tag_is_in_to_of_requests_and_in_from_of_responses() {
        let id = DialogId::of_request(&request()).unwrap();
        assert_eq!((id.local_tag.as_str(), id.remote_tag.as_str()), ("b", "a"));
        let id = DialogId::of_response(&request().response(StatusCode::OK)).unwrap();
        assert_eq!((id.local_tag.as_str(), id.remote_tag.as_str()), ("a", "b"));
    }

    #[test]
    fn a_missing_call_id_is_an_error() {
        let mut request = request();
        request.headers_mut().remove(&"Call-ID".parse().unwrap());
        assert!(DialogId::of_request(&request).is_err());
    }
}
