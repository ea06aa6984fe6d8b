//! What a server writes into the topmost Via of a request: where it really came from (RFC 3261 §18.2.1, RFC 3581 §4).

use sip_message::Request;
use std::net::SocketAddr;

/// Adds `received`, and the value of `rport` where it is asked for.
///
/// A Via that cannot be read stays as it is: the response goes back on the flow anyway.
pub(crate) fn stamp(request: &mut Request, peer: SocketAddr) {
    let Some(Ok(top)) = request.headers().vias().next() else { return };
    let params = top.params();
    let asks_for_port = params.contains("rport") && params.get("rport").is_none_or(str::is_empty);
    // rfc3261#18.2.1/4-6, rfc7118#5.3/1-3: a name, or another address than the one the request came from.
    if top.host().address() == Some(peer.ip()) && !asks_for_port {
        return;
    }
    let mut via = top.to_via();
    via.params.set("received", Some(&peer.ip().to_string()));
    if asks_for_port {
        via.params.set("rport", Some(&peer.port().to_string()));
    }
    request.headers_mut().replace_front(&via);
}
