//! AC-70: which certificates are accepted, and what the error says when one is not.

use crate::support::{listen_with, message, next, options};
use futures::SinkExt;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use sip_transport_ws::ServerUrl;
use sip_transport_ws::native::{
    AcceptError, BindError, CertificateDate, ConnectError, ConnectOptions, Fingerprint, Identity,
    ListenOptions, ServerTls, TlsFailure, TlsOptions, WsConnection, WsListener, connect,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// The server's side of a certificate that `authority` issued.
fn issue(params: &CertificateParams, authority: &Authority) -> ServerTls {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    ServerTls::new(certificate.pem(), key.serialize_pem())
}

fn trusting(root: impl Into<Vec<u8>>) -> ConnectOptions {
    let tls = TlsOptions::default().without_platform_roots().with_root(root);
    ConnectOptions { tls, ..ConnectOptions::default() }
}

/// Both ends, or both errors; the client dials `host`.
async fn meet(
    server: ServerTls,
    host: &str,
    options: &ConnectOptions,
) -> (Result<WsConnection, ConnectError>, Result<WsConnection, AcceptError>) {
    let (mut listener, url) =
        listen_with(ListenOptions { tls: Some(server), ..ListenOptions::default() }).await;
    let url: ServerUrl = url.to_string().replace("localhost", host).parse().unwrap();
    tokio::join!(connect(&url, options), listener.accept())
}

async fn failure(server: ServerTls, host: &str, options: &ConnectOptions) -> TlsFailure {
    told(server, host, options).await.0
}

/// The check that failed, and what the user reads.
async fn told(server: ServerTls, host: &str, options: &ConnectOptions) -> (TlsFailure, String) {
    let (client, server) = meet(server, host, options).await;
    assert!(matches!(server, Err(AcceptError::Tls { .. })), "{server:?}");
    let error = client.unwrap_err();
    let text = error.to_string();
    match error {
        ConnectError::Tls { host: named, failure, .. } if named == host => (failure, text),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn ac70_messages_travel_over_wss_with_a_private_root() {
    let authority = authority();
    let server = issue(&leaf(&["localhost"]), &authority);
    let (client, server) = meet(server, "localhost", &trusting(authority.pem())).await;
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    assert!(client.is_secure() && server.is_secure());
    client.send(message(options())).await.unwrap();
    assert_eq!(next(&mut server).await, options());
    server.send(message(options())).await.unwrap();
    assert_eq!(next(&mut client).await, options());
}

#[tokio::test]
async fn ac70_certificates_may_be_der_and_name_an_address() {
    let authority = authority();
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&["127.0.0.1"]).signed_by(&key, &authority).unwrap();
    let server = ServerTls::new(certificate.der().to_vec(), key.serialize_der());
    let (client, _server) = meet(server, "127.0.0.1", &trusting(authority.der().to_vec())).await;
    client.unwrap();
}

#[tokio::test]
async fn ac70_a_self_signed_certificate_can_be_its_own_root() {
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&["localhost"]).self_signed(&key).unwrap();
    let server = ServerTls::new(certificate.pem(), key.serialize_pem());
    let (client, _server) = meet(server, "localhost", &trusting(certificate.pem())).await;
    client.unwrap();
}

#[tokio::test]
async fn ac70_an_unknown_issuer_is_named_with_the_certificate_that_was_shown() {
    let authority = authority();
    let server = issue(&leaf(&["localhost"]), &authority);
    let found = fingerprint_of(server.clone(), authority.pem()).await;
    let (failure, text) = told(server, "localhost", &ConnectOptions::default()).await;
    assert_eq!(failure, TlsFailure::UnknownIssuer);
    let expected = format!(
        "no TLS with localhost: the certificate was issued by no trusted root; the server showed the certificate {found}"
    );
    assert_eq!(text, expected);
}

#[tokio::test]
async fn an_issuer_of_the_same_name_is_another_one() {
    let server = issue(&leaf(&["localhost"]), &authority());
    let found = failure(server, "localhost", &trusting(authority().pem())).await;
    assert!(matches!(found, TlsFailure::UnknownIssuer | TlsFailure::BadSignature), "{found}");
}

/// The host of the server address counts, not the address that it resolves to.
// rfc7118#9.1/2, type=test
#[tokio::test]
async fn ac70_a_certificate_for_another_host_is_refused_and_says_for_which() {
    let authority = authority();
    let server = issue(&leaf(&["sip.example.com", "127.0.0.1"]), &authority);
    let (failure, text) = told(server, "localhost", &trusting(authority.pem())).await;
    let presented = vec!["sip.example.com".to_owned(), "127.0.0.1".to_owned()];
    assert_eq!(failure, TlsFailure::WrongName { presented });
    let expected =
        "no TLS with localhost: the certificate is not for this host but for sip.example.com, 127.0.0.1; ";
    assert!(text.starts_with(expected), "{text}");
}

/// A server that was looked up elsewhere, by SRV for example: its address has no say in whom the certificate must name.
#[tokio::test]
async fn ac70_the_configured_host_is_asked_for_and_checked_and_not_the_address() {
    let authority = authority();
    let at_loopback =
        || ConnectOptions { addresses: vec!["127.0.0.1".parse().unwrap()], ..trusting(authority.pem()) };
    let named = issue(&leaf(&["sip.example.test"]), &authority);
    let (client, server) = meet(named, "sip.example.test", &at_loopback()).await;
    assert!(client.is_ok() && server.is_ok(), "{client:?}");
    let address = issue(&leaf(&["127.0.0.1", "localhost"]), &authority);
    let found = failure(address, "sip.example.test", &at_loopback()).await;
    assert!(matches!(found, TlsFailure::WrongName { .. }), "{found}");
    // what the client says first, in the clear (RFC 6066 section 3)
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: ServerUrl =
        format!("wss://sip.example.test:{}", listener.local_addr().unwrap().port()).parse().unwrap();
    let hello = async {
        let mut raw = listener.accept().await.unwrap().0;
        let mut hello = vec![0; 2048];
        let length = raw.read(&mut hello).await.unwrap();
        hello.truncate(length);
        hello
    };
    let options = at_loopback();
    let (_refused, hello) = tokio::join!(connect(&url, &options), hello);
    let name = b"sip.example.test";
    let names = hello.windows(name.len()).filter(|window| window == name).count();
    assert_eq!(names, 1, "server_name");
}

#[tokio::test]
async fn ac70_certificates_out_of_their_time_are_refused_and_say_which_it_is() {
    let authority = authority();
    let mut old = leaf(&["localhost"]);
    (old.not_before, old.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    let mut young = leaf(&["localhost"]);
    (young.not_before, young.not_after) = (date_time_ymd(4000, 1, 1), date_time_ymd(4001, 1, 1));
    let trusting = trusting(authority.pem());
    let (failure, text) = told(issue(&old, &authority), "localhost", &trusting).await;
    assert_eq!(failure, TlsFailure::Expired { not_after: CertificateDate::new(1_009_843_200) });
    assert!(text.starts_with("no TLS with localhost: the certificate has expired on 2002-01-01; "), "{text}");
    let (failure, text) = told(issue(&young, &authority), "localhost", &trusting).await;
    assert_eq!(failure, TlsFailure::NotYetValid { not_before: CertificateDate::new(64_060_588_800) });
    assert!(text.contains("the certificate is not valid before 4000-01-01; "), "{text}");
}

#[tokio::test]
async fn ac70_a_certificate_that_is_not_pinned_is_named() {
    let authority = authority();
    let server = issue(&leaf(&["localhost"]), &authority);
    let found = fingerprint_of(server.clone(), authority.pem()).await;
    let tls = TlsOptions::default().without_platform_roots().with_root(authority.pem());
    let (failure, text) = told(server, "localhost", &with_tls(tls.pin(Fingerprint::new([1; 32])))).await;
    assert_eq!(failure, TlsFailure::NotPinned { found });
    assert!(
        text.starts_with(&format!("no TLS with localhost: the certificate {found} is not pinned")),
        "{text}"
    );
}

#[tokio::test]
async fn ac70_a_client_without_certificate_is_told_that_the_server_wants_one() {
    let (authority, members) = (authority(), authority());
    let server = issue(&leaf(&["localhost"]), &authority).with_client_root(members.pem());
    let (failure, text) = told(server, "localhost", &trusting(authority.pem())).await;
    assert_eq!(failure, TlsFailure::CertificateWanted);
    assert_eq!(text, "no TLS with localhost: the server asks for a client certificate");
}

#[tokio::test]
async fn ac70_a_client_with_a_certificate_of_nobody_is_told_so() {
    let (authority, members, strangers) = (authority(), authority(), authority());
    let server = issue(&leaf(&["localhost"]), &authority).with_client_root(members.pem());
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&["mallory"]).signed_by(&key, &strangers).unwrap();
    let tls = TlsOptions::default().without_platform_roots().with_root(authority.pem());
    let options = with_tls(tls.with_identity(Identity::new(certificate.pem(), key.serialize_pem())));
    let (failure, text) = told(server, "localhost", &options).await;
    assert!(matches!(failure, TlsFailure::Alert { .. }), "{failure:?}");
    assert!(text.starts_with("no TLS with localhost: the peer ended the handshake with alert "), "{text}");
}

#[tokio::test]
async fn an_authority_is_no_server() {
    let authority = authority();
    let server = ServerTls::new(authority.pem(), authority.key().serialize_pem());
    let found = failure(server, "localhost", &trusting(authority.pem())).await;
    assert!(matches!(found, TlsFailure::Certificate { .. } | TlsFailure::WrongPurpose), "{found}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_a_bad_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: ServerUrl = format!("wss://{}", listener.local_addr().unwrap()).parse().unwrap();
    let server = async {
        let mut raw = listener.accept().await.unwrap().0;
        raw.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        raw
    };
    let options = ConnectOptions::default();
    let (client, _raw) = tokio::join!(connect(&url, &options), server);
    let host = "127.0.0.1".to_owned();
    assert_eq!(client.unwrap_err(), ConnectError::Tls { host, failure: TlsFailure::NotTls, found: None });
}

#[tokio::test]
async fn a_client_without_tls_is_told_from_a_bad_handshake() {
    let server = issue(&leaf(&["localhost"]), &authority());
    let (mut listener, url) =
        listen_with(ListenOptions { tls: Some(server), ..ListenOptions::default() }).await;
    let url: ServerUrl = url.to_string().replace("wss:", "ws:").parse().unwrap();
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    assert!(matches!(client, Err(ConnectError::Handshake(_))), "{client:?}");
    assert!(matches!(server, Err(AcceptError::Tls { failure: TlsFailure::NotTls, .. })), "{server:?}");
}

#[tokio::test]
async fn roots_and_keys_that_cannot_be_used_are_told() {
    let authority = authority();
    let server = issue(&leaf(&["localhost"]), &authority);
    for root in [&b"no certificate"[..], b"", b"\x30\x03\x01\x01"] {
        let (client, _) = {
            let (mut listener, url) =
                listen_with(ListenOptions { tls: Some(server.clone()), ..ListenOptions::default() }).await;
            let options = trusting(root);
            tokio::join!(connect(&url, &options), listener.accept())
        };
        let host = "localhost".to_owned();
        assert_eq!(
            client.unwrap_err(),
            ConnectError::Tls { host, failure: TlsFailure::BadOptions, found: None }
        );
    }
    let tls = Some(ServerTls::new(authority.pem(), KeyPair::generate().unwrap().serialize_pem()));
    let bound = WsListener::bind("127.0.0.1:0", ListenOptions { tls, ..ListenOptions::default() }).await;
    assert_eq!(bound.unwrap_err(), BindError::Tls(TlsFailure::BadOptions));
}

fn with_tls(tls: TlsOptions) -> ConnectOptions {
    ConnectOptions { tls, ..ConnectOptions::default() }
}

/// The fingerprint of the certificate that the server shows, learned as a user would: from the refusal.
async fn fingerprint_of(server: ServerTls, root: String) -> Fingerprint {
    let nobody = Fingerprint::new([0; 32]);
    let tls = TlsOptions::default().without_platform_roots().with_root(root).pin(nobody);
    match failure(server, "localhost", &with_tls(tls)).await {
        TlsFailure::NotPinned { found } => found,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn ac70_a_pin_is_asked_for_besides_the_other_checks() {
    let authority = authority();
    let server = issue(&leaf(&["localhost"]), &authority);
    let found = fingerprint_of(server.clone(), authority.pem()).await;
    let tls = TlsOptions::default().without_platform_roots().pin(found);
    let right = with_tls(tls.clone().with_root(authority.pem()));
    meet(server.clone(), "localhost", &right).await.0.unwrap();
    // the pin alone is no trust
    assert_eq!(failure(server, "localhost", &with_tls(tls)).await, TlsFailure::UnknownIssuer);
}

#[tokio::test]
async fn ac70_an_accepted_fingerprint_stands_for_every_other_check() {
    let key = KeyPair::generate().unwrap();
    let mut old = leaf(&["elsewhere.example"]);
    (old.not_before, old.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    let certificate = old.self_signed(&key).unwrap();
    let server = ServerTls::new(certificate.pem(), key.serialize_pem());
    let digest: [u8; 32] = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        certificate.der(),
    ))
    .into();
    let none = TlsOptions::default().without_platform_roots();
    let accepting = with_tls(none.clone().accept_fingerprint(Fingerprint::new(digest)));
    let (client, mut served) = meet(server.clone(), "localhost", &accepting).await;
    client.unwrap().send(message(options())).await.unwrap();
    assert_eq!(next(served.as_mut().unwrap()).await, options());
    // another certificate is not
    let other = with_tls(none.accept_fingerprint(Fingerprint::new([1; 32])));
    assert_eq!(failure(server, "localhost", &other).await, TlsFailure::UnknownIssuer);
}

#[tokio::test]
async fn ac70_a_server_that_asks_for_certificates_lets_in_who_has_one() {
    let (authority, members, strangers) = (authority(), authority(), authority());
    let server = issue(&leaf(&["localhost"]), &authority).with_client_root(members.pem());
    let tls = TlsOptions::default().without_platform_roots().with_root(authority.pem());
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&["alice"]).signed_by(&key, &members).unwrap();
    let identity = Identity::new(certificate.pem(), key.serialize_pem());
    let (client, accepted) =
        meet(server.clone(), "localhost", &with_tls(tls.clone().with_identity(identity))).await;
    assert!(client.is_ok() && accepted.is_ok(), "{client:?} {accepted:?}");

    let (client, accepted) = meet(server.clone(), "localhost", &with_tls(tls.clone())).await;
    assert!(client.is_err());
    let told = matches!(accepted, Err(AcceptError::Tls { failure: TlsFailure::NoCertificate, .. }));
    assert!(told, "{accepted:?}");

    let certificate = leaf(&["mallory"]).signed_by(&key, &strangers).unwrap();
    let identity = Identity::new(certificate.pem(), key.serialize_pem());
    let (client, accepted) = meet(server, "localhost", &with_tls(tls.with_identity(identity))).await;
    assert!(client.is_err());
    assert!(matches!(accepted, Err(AcceptError::Tls { .. })), "{accepted:?}");
}
