//! Responses that are kept to be sent again: RFC 3261 §17.2.

use crate::content::Content;
use crate::headers::{LineNote, offset};
use crate::start_line::Text;
use crate::{Headers, Mode, Response, StatusCode};
use bytes::Bytes;
use std::fmt;
use std::ops::Range;

/// A response as it is printed, in one block of memory.
///
/// A server transaction keeps its final response for half a minute and seldom needs it, and a busy program has very many
/// of them.
///
/// ```
/// use sip_message::{KeptResponse, Response, Server, StatusCode};
///
/// let response = Response::new(StatusCode::OK).with(&Server("x/1".into()));
/// assert_eq!(KeptResponse::from(response.clone()).response(), response);
/// ```
#[derive(Clone)]
pub struct KeptResponse(Kept);

#[derive(Clone)]
enum Kept {
    Printed(Printed),
    /// Its Content-Length is corrected whenever it is printed.
    Whole(Box<Response>),
}

#[derive(Clone)]
struct Printed {
    /// The text, and what is known of each header field.
    block: Box<[u8]>,
    version: Text,
    status: StatusCode,
    reason: Text,
    /// Where the start line ends.
    line_end: u32,
    /// Where the header fields begin.
    fields: u32,
    separator: Range<u32>,
    text_end: u32,
    mode: Mode,
}

impl KeptResponse {
    /// The response, which prints the same bytes.
    #[must_use]
    pub fn response(&self) -> Response {
        match &self.0 {
            Kept::Printed(printed) => printed.response(),
            Kept::Whole(response) => Response::clone(response),
        }
    }

    /// Its status code.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match &self.0 {
            Kept::Printed(printed) => printed.status,
            Kept::Whole(response) => response.status(),
        }
    }
}

/// Sealing a response that is kept and sent lets both share what that costs.
impl From<Response> for KeptResponse {
    fn from(response: Response) -> Self {
        let response = response.sealed();
        let printed = response.parts().map(|(text, line_end, [version, reason])| {
            let headers = response.headers();
            let mut block = Vec::with_capacity(text.len() + headers.lines().count() * LineNote::BYTES);
            block.extend_from_slice(text);
            block.extend(headers.notes().flat_map(LineNote::into_bytes));
            Printed {
                block: block.into(),
                version: version.clone(),
                status: response.status(),
                reason: reason.clone(),
                line_end,
                fields: offset(headers.start()),
                separator: response.content().separator_span().clone(),
                text_end: offset(text.len()),
                mode: headers.mode(),
            }
        });
        Self(printed.map_or_else(|| Kept::Whole(Box::new(response)), Kept::Printed))
    }
}

impl Printed {
    fn response(&self) -> Response {
        let (text, notes) = self.block.split_at_checked(self.text_end as usize).unwrap_or_default();
        let source = Bytes::copy_from_slice(text);
        let notes = notes.as_chunks().0.iter().map(LineNote::of_bytes);
        let headers = Headers::standing_in(source.clone(), self.fields as usize, notes, self.mode);
        let content = Content::standing_in(&source, headers, self.separator.clone());
        Response::received(
            self.version.clone(),
            self.status,
            self.reason.clone(),
            self.line_end as usize,
            content,
        )
    }
}

/// The status alone; values may be secrets.
impl fmt::Debug for KeptResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptResponse").field(&self.status()).finish()
    }
}
