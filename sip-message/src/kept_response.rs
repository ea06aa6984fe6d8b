//! Responses that are kept to be sent again: RFC 3261 §17.2.

use crate::content::Content;
use crate::headers::{LineNotes, offset};
use crate::start_line::{Text, VERSION};
use crate::{Mode, Response, StatusCode};
use bytes::Bytes;
use std::convert::Infallible;
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
    /// Its Content-Length is corrected whenever it is printed, or something is odd in its start line.
    Whole(Response),
}

/// As most are: with the version that everybody has.
#[derive(Clone)]
struct Printed {
    /// The text, and what is known of each header field.
    block: Box<[u8]>,
    status: StatusCode,
    /// Where the reason phrase stands, unless it is the usual one of the status.
    reason: Option<Range<u32>>,
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
            Kept::Whole(response) => response.clone(),
        }
    }

    /// Its status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
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
        let printed = Printed::of(&response);
        Self(printed.map_or_else(|| Kept::Whole(response), Kept::Printed))
    }
}

impl Printed {
    /// `None` for what is not as most are.
    fn of(response: &Response) -> Option<Self> {
        let (text, line_end, [version, reason]) = response.parts()?;
        let headers = response.headers();
        let reason = match reason {
            Text::Received(range) => Some(range.clone()),
            Text::Written(text) if *text == response.status().default_reason() => None,
            Text::Written(_) => return None,
        };
        if !version.is_constant() {
            return None;
        }
        let mut block = Vec::with_capacity(text.len() + headers.notes_len());
        block.extend_from_slice(text);
        headers.write_notes(&mut block);
        Some(Self {
            block: block.into(),
            status: response.status(),
            reason,
            line_end,
            fields: offset(headers.start()),
            separator: response.content().separator_span().clone(),
            text_end: offset(text.len()),
            mode: headers.mode(),
        })
    }

    fn response(&self) -> Response {
        let (text, notes) = self.block.split_at_checked(self.text_end as usize).unwrap_or_default();
        let source = Bytes::copy_from_slice(text);
        let fill = |content: &mut Content| {
            let fields = self.fields as usize;
            content.headers_mut().restore(source.clone(), fields, LineNotes(notes), self.mode);
            content.stand_in(&source, self.separator.clone());
            Ok::<_, Infallible>(())
        };
        let usual = || Text::constant(self.status.default_reason());
        let reason = self.reason.clone().map_or_else(usual, Text::Received);
        let Ok(response) =
            Response::received(Text::constant(VERSION), self.status, reason, self.line_end as usize, fill);
        response
    }
}

/// The status alone; values may be secrets.
impl fmt::Debug for KeptResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptResponse").field(&self.status()).finish()
    }
}
