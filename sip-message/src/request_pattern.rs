//! Requests that begin alike, as those of one dialog do: RFC 3261 §12.2.1.1.

use crate::headers::{LineNotes, offset};
use crate::{HeaderName, Method, Request};
use std::str;

/// A Request-URI and header fields as they are printed, in one block of memory, for requests that have them in common.
///
/// A program that holds very many dialogs finds in one place what a request of one of them needs, and makes it with one
/// copy.
///
/// ```
/// use sip_message::{CSeq, CallId, MaxForwards, Method, Request, RequestPattern};
///
/// let request = Request::new(Method::Info, &"sip:bob@biloxi.com".parse()?)
///     .with(&MaxForwards(70))
///     .with(&CallId("a84b4c76e66710".to_owned()));
/// let pattern = RequestPattern::of(&request);
/// let info = pattern.request(Method::Info).with(&CSeq::new(2, Method::Info));
/// assert_eq!(info, request.with(&CSeq::new(2, Method::Info)));
/// # Ok::<_, sip_uri::ParseUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RequestPattern {
    /// The Request-URI, the lines, and what is known of each line.
    block: Box<[u8]>,
    uri_end: u32,
    lines_end: u32,
}

impl RequestPattern {
    /// The Request-URI and all header fields of `request`, without its method and body.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let headers = request.headers();
        let uri = request.request_uri().as_bytes();
        let lines_end = uri.len() + headers.printed_len();
        let mut block = Vec::with_capacity(lines_end + headers.notes_len());
        block.extend_from_slice(uri);
        headers.print(&mut block);
        headers.write_notes(&mut block);
        Self { block: block.into(), uri_end: offset(uri.len()), lines_end: offset(lines_end) }
    }

    /// A request with this method, and with the Request-URI and the fields of the pattern.
    #[must_use]
    pub fn request(&self, method: Method) -> Request {
        let mut request = Request::to(method, self.request_uri().to_owned());
        request.headers_mut().append_printed(self.lines(), self.notes());
        request
    }

    /// The Request-URI.
    #[must_use]
    pub fn request_uri(&self) -> &str {
        let uri = self.block.get(..self.uri_end as usize);
        uri.and_then(|uri| str::from_utf8(uri).ok()).unwrap_or_default()
    }

    /// The value of the first field called `name`, folded as it was; `None` when there is none, when `name` is not in the table
    /// of names ([`HeaderName::Other`]), and when the value is not UTF-8.
    #[must_use]
    pub fn value(&self, name: &HeaderName) -> Option<&str> {
        let mut start = 0;
        for note in self.notes() {
            if note.is_called(name) {
                let line = self.lines().get(start..)?;
                return str::from_utf8(line.get(note.value())?).ok();
            }
            start += note.length();
        }
        None
    }

    fn lines(&self) -> &[u8] {
        self.block.get(self.uri_end as usize..self.lines_end as usize).unwrap_or_default()
    }

    fn notes(&self) -> LineNotes<'_> {
        LineNotes(self.block.get(self.lines_end as usize..).unwrap_or_default())
    }
}

impl std::fmt::Debug for RequestPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RequestPattern").field(&self.request_uri()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, NameAddr};

    const INFO: &str = "INFO sip:bob@biloxi.com SIP/2.0\r\nRoute: <sip:a.example.com;lr>\r\nm: <sip:x@y>\r\n\
        Max-Forwards:70\r\nFrom: Alice\r\n <sip:alice@atlanta.com>;tag=a\r\nTo: <sip:bob@biloxi.com>;tag=b\r\n\
        X-Own : 1\r\nno field\r\n\r\n";

    #[test]
    fn a_request_from_a_pattern_is_as_its_model() {
        let Ok(Message::Request(model)) = Message::parse(INFO.into()) else { panic!("a request") };
        let made = RequestPattern::of(&model).request(Method::Info);
        assert_eq!(made.to_bytes(), model.to_bytes());
        assert_eq!(made.request_uri(), "sip:bob@biloxi.com");
        let fields = |request: &Request| -> Vec<_> {
            let fields = request.headers().iter();
            fields.map(|field| (field.name(), field.text().unwrap().into_owned())).collect()
        };
        assert_eq!(fields(&made), fields(&model));
        assert_eq!(made.headers().tag(&HeaderName::To).unwrap().unwrap(), "b");
        assert_eq!(
            made.headers().raw_lines().collect::<Vec<_>>(),
            model.headers().raw_lines().collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_request_from_a_pattern_is_edited_as_any_other() {
        let target = "sip:bob@biloxi.com".parse().unwrap();
        let mut model = Request::new(Method::Bye, &target);
        let bob = NameAddr::new(target).with_tag("b");
        model.headers_mut().push_address(&HeaderName::To, &bob);
        model.headers_mut().note_tags();
        let pattern = RequestPattern::of(&model);
        let mut made = pattern.request(Method::Info);
        assert_eq!(made.headers().tag(&HeaderName::To).unwrap().unwrap(), "b");
        made.headers_mut().push_text(&HeaderName::Subject, "x").unwrap();
        made.headers_mut().set_tag(&HeaderName::To, "c").unwrap();
        let text = "INFO sip:bob@biloxi.com SIP/2.0\r\nTo: <sip:bob@biloxi.com>;tag=c\r\nSubject: x\r\n\
            Content-Length: 0\r\n\r\n";
        assert_eq!(made.to_bytes(), text);
        assert_eq!(pattern.value(&HeaderName::To), Some("<sip:bob@biloxi.com>;tag=b"));
        assert_eq!(pattern.value(&HeaderName::From), None);
    }
}
