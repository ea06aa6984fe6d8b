//! What is parsed: twelve messages as they are met in practice, their twins in HTTP, and the URIs of RFC 3261 §19.1.3.

use bytes::Bytes;

/// One message of the corpus.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its file.
    pub name: &'static str,
    /// As it is on the wire.
    pub bytes: Bytes,
    /// The same header section as HTTP would have it, for a parser of HTTP.
    pub http: Bytes,
}

/// The corpus.
#[must_use]
pub fn samples() -> Vec<Sample> {
    FILES
        .iter()
        .map(|(name, text)| Sample { name, bytes: Bytes::from_static(text), http: twin(text) })
        .collect()
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { [$(($name, include_bytes!(concat!("../corpus/", $name, ".sip")))),+] };
}

const FILES: [(&str, &[u8]); 12] = files![
    "01-invite-webrtc",
    "02-invite-plain",
    "03-200-ok-sdp",
    "04-register-auth",
    "05-401-challenge",
    "06-notify-pidf",
    "07-message",
    "08-ack",
    "09-bye",
    "10-refer",
    "11-180-record-route",
    "12-invite-8via-compact",
];

/// The examples of RFC 3261 §19.1.3.
pub const URIS: [&str; 8] = [
    "sip:alice@atlanta.com",
    "sip:alice:secretword@atlanta.com;transport=tcp",
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    "sips:1212@gateway.com",
    "sip:alice@192.0.2.4",
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@atlanta.com",
];

/// Each of [`URIS`] spelled in another way that RFC 3261 §19.1.4 calls equivalent.
pub const SAME_URIS: [&str; 8] = [
    "sip:%61lice@AtLanTa.CoM",
    "sip:alice:secretword@ATLANTA.com;Transport=TCP",
    "sips:alice@Atlanta.com?priority=urgent&subject=project%20x",
    "sip:+1-212-555-1212:1234@GATEWAY.com;user=phone",
    "sips:%31212@Gateway.com",
    "sip:%61lice@192.0.2.4",
    "sip:Atlanta.COM;Method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@ATLANTA.com",
];

/// The message with the version of HTTP, and without its body.
fn twin(message: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(message);
    let head = text.split_inclusive("\r\n\r\n").next().unwrap_or_default();
    head.replacen("SIP/2.0", "HTTP/1.1", 1).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_twin_is_http() {
        for sample in samples() {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let complete = if sample.http.starts_with(b"HTTP/") {
                httparse::Response::new(&mut fields)
                    .parse(&sample.http)
                    .is_ok_and(|status| status.is_complete())
            } else {
                httparse::Request::new(&mut fields)
                    .parse(&sample.http)
                    .is_ok_and(|status| status.is_complete())
            };
            assert!(complete, "{}", sample.name);
        }
    }
}
