//! Scenarios of digest authentication: RFC 3261 §22, RFC 7616, RFC 8760, and what deployed servers do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "test code")]

mod authentication_info;
mod bearer;
mod client_choice;
mod client_retry;
mod client_scope;
mod credentials_needed;
mod round_trip;
mod server;
mod userhash;

use sip_auth::{Account, Attempts, AuthClient, AuthError};
use sip_clock::TokenSource;
use sip_message::{
    Authorization, CallId, Challenge, Credentials, Header, Method, ProxyAuthenticate, ProxyAuthorization,
    Request, Response, StatusCode, WwwAuthenticate,
};

/// A request with the fields that matter here.
fn request(method: Method, uri: &str, call_id: &str) -> Request {
    Request::new(method, &uri.parse().unwrap()).with(&CallId(call_id.to_owned()))
}

fn register() -> Request {
    request(Method::Register, "sip:biloxi.com", "registration")
}

fn invite() -> Request {
    request(Method::Invite, "sip:bob@biloxi.com", "call")
}

/// A challenge from its text, as a server writes it.
fn challenge(text: &str) -> Challenge {
    WwwAuthenticate::decode(text).unwrap().0
}

fn unauthorized(request: &Request, challenges: &[&str]) -> Response {
    let response = request.response(StatusCode::UNAUTHORIZED);
    challenges.iter().fold(response, |response, text| response.with(&WwwAuthenticate(challenge(text))))
}

fn proxy_challenge(request: &Request, challenges: &[&str]) -> Response {
    let response = request.response(StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    challenges.iter().fold(response, |response, text| response.with(&ProxyAuthenticate(challenge(text))))
}

fn bob() -> AuthClient {
    AuthClient::new(vec![Account::password("bob", "zanzibar")])
}

/// `request` as it leaves, with the credentials that the client has for it.
fn authorized(client: &mut AuthClient, request: &Request) -> Request {
    let mut request = request.clone();
    client.authorize(&mut request, &mut TokenSource::from_seed(7));
    request
}

/// One request, challenged once by each response in turn.
fn answer(client: &mut AuthClient, request: &Request, responses: &[Response]) -> Result<Request, AuthError> {
    let mut attempts = Attempts::default();
    let mut sent = request.clone();
    for response in responses {
        client.handle_challenge(&sent, response, &mut attempts)?;
        sent = authorized(client, &sent);
    }
    Ok(sent)
}

fn server_credentials(request: &Request) -> Vec<Credentials> {
    request.headers().list::<Authorization>().map(|header| header.unwrap().0).collect()
}

fn proxy_credentials(request: &Request) -> Vec<Credentials> {
    request.headers().list::<ProxyAuthorization>().map(|header| header.unwrap().0).collect()
}
