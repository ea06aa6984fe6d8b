//! Session descriptions for calls without media.

use crate::account::read;
use crate::exit::Failure;
use std::path::Path;

/// One audio line to the discard port: signalling can be tried without a microphone.
const SILENT: &str = "v=0\r\n\
    o=- 0 0 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    c=IN IP4 127.0.0.1\r\n\
    t=0 0\r\n\
    m=audio 9 RTP/AVP 0\r\n\
    a=rtpmap:0 PCMU/8000\r\n";

/// The description in `path`, or the silent one.
pub(crate) fn load(path: Option<&Path>) -> Result<String, Failure> {
    match path {
        Some(path) => Ok(String::from_utf8_lossy(&read(path)?).into_owned()),
        None => Ok(SILENT.to_owned()),
    }
}
