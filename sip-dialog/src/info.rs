//! INFO inside a dialog: packages (RFC 6086 §4.2, §5.2) and key presses (RFC 2976); AC-22. No outcome of INFO ends a call.

use crate::outbox::Outbox;
use crate::{Dialog, Dtmf, SessionEvent, answer};
use sip_message::{
    Body, ContentDisposition, ContentType, HeaderName, Headers, InfoPackage, Method, RecvInfo, Request,
    Response, StatusCode,
};

/// Says which packages this end receives, unless `headers` do (RFC 6086 §5.2.2).
pub(crate) fn announce(headers: &mut Headers, packages: &[String]) {
    if headers.contains(&HeaderName::RecvInfo) {
        return;
    }
    if packages.is_empty() {
        // rfc6086#5.2.2: an empty field where none is received; it has no value that could be wrong
        let _empty = headers.push_text(&HeaderName::RecvInfo, "");
        return;
    }
    let packages: Vec<RecvInfo> = packages.iter().map(|package| RecvInfo::new(package.as_str())).collect();
    headers.set_list(&packages);
}

/// Says the same in the `response` to a request that says it for the peer, and in no other one.
// rfc6086#5.2.3
pub(crate) fn announce_in_turn(request: &Headers, response: &mut Headers, packages: &[String]) {
    if request.contains(&HeaderName::RecvInfo) {
        announce(response, packages);
    }
}

/// Answers an INFO of the peer and tells the application what it holds.
pub(crate) fn serve(request: Request, packages: &[String], outbox: &mut Outbox) {
    match request.headers().typed::<InfoPackage>() {
        Err(error) => answer::respond(outbox, &request, answer::bad_field(&request, error.name())),
        Ok(Some(InfoPackage { package, .. })) => serve_package(request, package, packages, outbox),
        Ok(None) => serve_legacy(&request, outbox),
    }
}

/// An INFO of `package` with `body`.
pub(crate) fn request(dialog: &mut Dialog, package: &str, body: Option<Body>) -> Request {
    // rfc6086#4.2.1: one package, named
    let mut request = dialog.request(Method::Info).with(&InfoPackage::new(package));
    if let Some(body) = body {
        request.set_body(&body.content_type, body.bytes);
        // rfc6086#4.3.1
        request.headers_mut().set(&ContentDisposition::new("Info-Package"));
    }
    request
}

/// An INFO with a key press, in the form that most peers read.
pub(crate) fn key_press(dialog: &mut Dialog, dtmf: Dtmf) -> Request {
    let mut request = dialog.request(Method::Info);
    let body = dtmf.to_body();
    request.set_body(&body.content_type, body.bytes);
    request
}

fn serve_package(request: Request, package: String, packages: &[String], outbox: &mut Outbox) {
    if packages.iter().any(|known| known.eq_ignore_ascii_case(&package)) {
        answer::respond(outbox, &request, request.response(StatusCode::OK));
        return outbox.event(SessionEvent::Info { package, request });
    }
    // rfc6086#4.2.2: 469, with those that are received
    let mut response: Response = request.response(StatusCode::BAD_INFO_PACKAGE);
    announce(response.headers_mut(), packages);
    answer::respond(outbox, &request, response);
}

fn serve_legacy(request: &Request, outbox: &mut Outbox) {
    let body = Body::received(request.headers(), request.body(), ContentType::text_plain);
    match body.as_ref().and_then(Dtmf::received) {
        Some(dtmf) => {
            outbox.event(SessionEvent::Dtmf(dtmf));
            answer::respond(outbox, request, request.response(StatusCode::OK));
        }
        None => answer::respond(outbox, request, answer::strange_info(request)),
    }
}
