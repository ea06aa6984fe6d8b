//! What a server writes into the topmost Via of a request: where it really came from (RFC 3261 §18.2.1, RFC 3581 §4).

use sip_message::{HeaderName, Request};
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// Adds `received`, and the value of `rport` where it is asked for.
///
/// A Via that cannot be read stays as it is: the response goes back on the flow anyway.
pub(crate) fn stamp(request: &mut Request, peer: SocketAddr) {
    let Some(Ok(top)) = request.headers().vias().next() else { return };
    let params = top.params();
    let asks_for_port = params.contains("rport") && params.get("rport").is_none_or(str::is_empty);
    // rfc3261#18.2.1/4-6, rfc7118#5.3/1-3: a name, or another address than the one the request came from.
    let address = top.host_text().trim_matches(['[', ']']).parse::<IpAddr>().ok();
    if address == Some(peer.ip()) && !asks_for_port {
        return;
    }
    let headers = request.headers();
    let sole = headers.raw(&HeaderName::Via).filter(|_| headers.count(&HeaderName::Via) == 1);
    if let Some(stamped) =
        sole.and_then(|value| std::str::from_utf8(value).ok()).and_then(|value| stamped(value, peer))
    {
        // what was read has no line breaks
        let _ = request.headers_mut().set_text(&HeaderName::Via, &stamped);
        return;
    }
    let mut via = top.to_via();
    via.params.set("received", Some(&peer.ip().to_string()));
    if asks_for_port {
        via.params.set("rport", Some(&peer.port().to_string()));
    }
    request.headers_mut().replace_front(&via);
}

/// The same in the text of a good value with one hop, without taking it apart; `None` where that is not its usual form.
fn stamped(value: &str, peer: SocketAddr) -> Option<String> {
    // what may hide a semicolon, or a hop behind the first
    if value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'(' | b'\r' | b'\n')) {
        return None;
    }
    let mut port_at = None;
    let mut end = 0;
    for piece in value.as_bytes().split(|byte| *byte == b';') {
        end += piece.len();
        let has_name = |name: &str| {
            let text = piece.trim_ascii_start();
            text.get(..name.len()).is_some_and(|front| front.eq_ignore_ascii_case(name.as_bytes()))
        };
        if piece.eq_ignore_ascii_case(b"rport") {
            port_at = Some(end);
        } else if has_name("rport") || has_name("received") {
            return None;
        }
        end += 1;
    }
    let (front, behind) = value.split_at_checked(port_at.unwrap_or(value.len()))?;
    let mut text = String::with_capacity(value.len() + ROOM);
    text.push_str(front);
    if port_at.is_some() {
        write!(text, "={}", peer.port()).ok()?;
    }
    text.push_str(behind);
    write!(text, ";received={}", peer.ip()).ok()?;
    Some(text)
}

/// For `=65535;received=` and an address.
const ROOM: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use sip_message::Message;

    /// The Via fields of a request from 192.0.2.9:5 with these.
    fn stamped_vias(vias: &str) -> String {
        let text = format!("OPTIONS sip:a@b SIP/2.0\r\n{vias}\r\n\r\n");
        let Message::Request(mut request) = Message::parse(text.into()).unwrap() else { panic!("{vias}") };
        stamp(&mut request, "192.0.2.9:5".parse().unwrap());
        let fields =
            request.headers().iter().map(|field| String::from_utf8_lossy(field.value()).into_owned());
        fields.collect::<Vec<_>>().join(" + ")
    }

    // rfc3261#18.2.1/4-6, rfc7118#5.3/1-3, type=test
    #[test]
    fn a_hop_is_stamped_in_any_form() {
        for (vias, stamped) in [
            ("Via: SIP/2.0/WS a.invalid;branch=1", "SIP/2.0/WS a.invalid;branch=1;received=192.0.2.9"),
            ("Via: SIP/2.0/WS a;rport;branch=1", "SIP/2.0/WS a;rport=5;branch=1;received=192.0.2.9"),
            ("Via: SIP/2.0/WS a;branch=1;rport", "SIP/2.0/WS a;branch=1;rport=5;received=192.0.2.9"),
            ("Via: SIP/2.0/WS 192.0.2.9;rport", "SIP/2.0/WS 192.0.2.9;rport=5;received=192.0.2.9"),
            ("Via: SIP/2.0/WS 192.0.2.9;rport=7", "SIP/2.0/WS 192.0.2.9;rport=7"),
            ("Via: SIP/2.0/WS 192.0.2.9", "SIP/2.0/WS 192.0.2.9"),
            ("Via: SIP/2.0/WS [::1]", "SIP/2.0/WS [::1];received=192.0.2.9"),
            ("Via: SIP/2.0/WS a;received=192.0.2.1;x", "SIP/2.0/WS a;received=192.0.2.9;x"),
            ("Via: SIP/2.0/WS a;rport=7", "SIP/2.0/WS a;rport=7;received=192.0.2.9"),
            ("v: SIP/2.0/WS a;x=\"rport;,\"", "SIP/2.0/WS a;x=\"rport;,\";received=192.0.2.9"),
            ("Via: SIP/2.0/WS a, SIP/2.0/WS b", "SIP/2.0/WS a;received=192.0.2.9 + SIP/2.0/WS b"),
            ("Via: SIP/2.0/WS a\r\nVia: SIP/2.0/WS b", "SIP/2.0/WS a;received=192.0.2.9 + SIP/2.0/WS b"),
            ("Via: SIP/2.0/WS a\r\n ;rport;x", "SIP/2.0/WS a;rport=5;x;received=192.0.2.9"),
            ("Via: SIP/2.0/WS a\n ;rport;x", "SIP/2.0/WS a;rport=5;x;received=192.0.2.9"),
            ("Via: nonsense", "nonsense"),
        ] {
            assert_eq!(stamped_vias(vias), stamped, "{vias}");
        }
    }
}
