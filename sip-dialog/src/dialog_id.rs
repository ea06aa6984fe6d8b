//! Dialog identifiers, RFC 3261 §12: Call-ID, local tag and remote tag.

use sip_message::{CallId, From, HeaderError, Headers, Request, Response, To};

/// What names a dialog at one of its two ends (RFC 3261 §12). At the other end the tags are swapped.
///
/// A tag is empty where the peer sent none, as RFC 2543 allowed (§12.1.1, §12.1.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The Call-ID, compared byte by byte (§8.1.1.4).
    pub call_id: String,
    /// The tag this user agent chose.
    pub local_tag: String,
    /// The tag the peer chose.
    pub remote_tag: String,
}

impl DialogId {
    /// The dialog that a received request is meant for: the local tag stands in To (§12.2.2).
    ///
    /// # Errors
    /// The first of Call-ID, To and From that is missing or malformed.
    pub fn of_request(request: &Request) -> Result<Self, HeaderError> {
        let (from, to) = tags(request.headers())?;
        Ok(Self { call_id: call_id(request.headers())?, local_tag: to, remote_tag: from })
    }

    /// The dialog that a received response belongs to: the local tag stands in From (§12.1.2).
    ///
    /// # Errors
    /// The first of Call-ID, To and From that is missing or malformed.
    pub fn of_response(response: &Response) -> Result<Self, HeaderError> {
        let (from, to) = tags(response.headers())?;
        Ok(Self { call_id: call_id(response.headers())?, local_tag: from, remote_tag: to })
    }
}

fn call_id(headers: &Headers) -> Result<String, HeaderError> {
    let CallId(call_id) = headers.required()?;
    Ok(call_id)
}

fn tags(headers: &Headers) -> Result<(String, String), HeaderError> {
    let From(from) = headers.required()?;
    let To(to) = headers.required()?;
    let text = |tag: Option<&str>| tag.unwrap_or_default().to_owned();
    Ok((text(from.tag()), text(to.tag())))
}

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
