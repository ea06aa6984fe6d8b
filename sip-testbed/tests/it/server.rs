//! The testbed over real sockets: one call starts it, clients come and go, dropping it ends it.

use crate::support::{authorized, register, request, to, values};
use futures::{SinkExt, StreamExt};
use sip_message::{Message, Request, Response, StatusCode};
use sip_testbed::{Ladder, PASSWORD, ProxyFault, Record, StartError, Testbed};
use sip_transport_ws::native::{ConnectOptions, WsConnection, connect};
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::timeout;

async fn client(testbed: &Testbed) -> WsConnection {
    connect(&testbed.url().parse().unwrap(), &ConnectOptions::default()).await.unwrap()
}

async fn next(client: &mut WsConnection) -> Message {
    timeout(Duration::from_secs(5), client.next()).await.unwrap().unwrap().unwrap()
}

async fn ask(client: &mut WsConnection, request: Request) -> Response {
    client.send(request.into()).await.unwrap();
    match next(client).await {
        Message::Response(response) => response,
        Message::Request(request) => panic!("{request:?}"),
    }
}

async fn registered(testbed: &Testbed, user: &str) -> WsConnection {
    let mut client = client(testbed).await;
    let first = register(user, 1, &format!("Contact: <sip:{user}@{user}.invalid;transport=ws>"));
    let challenge = ask(&mut client, first.clone()).await;
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let again = authorized(&first, &challenge, user, PASSWORD);
    assert_eq!(ask(&mut client, again).await.status(), StatusCode::OK);
    client
}

fn chat(text: &str) -> Request {
    let mut message = request(&format!(
        "MESSAGE sip:bob@example.test SIP/2.0
         Via: SIP/2.0/WS alice.invalid;branch=z9hG4bK{text}
         Max-Forwards: 70
         From: <sip:alice@example.test>;tag=a1
         To: <sip:bob@example.test>
         Call-ID: chat-{text}
         CSeq: 1 MESSAGE"
    ));
    message.set_body(&sip_message::ContentType::text_plain(), text.to_owned().into());
    message
}

#[tokio::test]
async fn two_users_register_and_exchange_a_message() {
    let testbed = Testbed::start().await.unwrap();
    let mut messages = testbed.messages();
    let mut alice = registered(&testbed, "alice").await;
    let mut bob = registered(&testbed, "bob").await;
    alice.send(chat("hello").into()).await.unwrap();
    let Message::Request(received) = next(&mut bob).await else { panic!() };
    assert_eq!(received.body(), "hello");
    bob.send(received.response(StatusCode::OK).into()).await.unwrap();
    let Message::Response(ok) = next(&mut alice).await else { panic!() };
    assert_eq!(ok.status(), StatusCode::OK);
    let records: Vec<Record> = messages.drain();
    let ladder = Ladder::new(&records).participants(&["alice", "testbed", "bob"]).to_string();
    let names = ladder.lines().next().unwrap();
    assert_eq!(names.split_whitespace().collect::<Vec<_>>(), ["time", "alice", "testbed", "bob"]);
    assert_eq!(records.len(), 12);
    testbed.shutdown().await;
    assert!(messages.next().await.is_none());
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let testbed = Testbed::builder().user("zoe", "pass").domain("zoo.test").start().await.unwrap();
    assert_eq!(testbed.aor("zoe"), "sip:zoe@zoo.test");
    let mut client = client(&testbed).await;
    let mut first = register("zoe", 1, "Contact: <sip:z@z.invalid>");
    first.set_uri(&"sip:zoo.test".parse().unwrap());
    first.headers_mut().set(&to("<sip:zoe@zoo.test>"));
    let challenge = ask(&mut client, first.clone()).await;
    let wrong = authorized(&first, &challenge, "zoe", PASSWORD);
    assert_eq!(ask(&mut client, wrong).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_closed_connection_takes_its_binding_along() {
    let testbed = Testbed::start().await.unwrap();
    let mut alice = registered(&testbed, "alice").await;
    let mut bob = registered(&testbed, "bob").await;
    bob.close(sip_transport_ws::CloseCode::NORMAL, "").await.unwrap();
    let mut status = StatusCode::OK;
    for attempt in 0..100 {
        status = ask(&mut alice, chat(&attempt.to_string())).await.status();
        if status == StatusCode::TEMPORARILY_UNAVAILABLE {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(status, StatusCode::TEMPORARILY_UNAVAILABLE);
}

#[tokio::test]
async fn garbage_is_answered_and_the_connection_goes_on() {
    let testbed = Testbed::builder().open().start().await.unwrap();
    let mut client = client(&testbed).await;
    let bad = request(
        "OPTIONS sip:example.test SIP/2.0
         Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1
         To: <sip:example.test>
         Call-ID: 1
         CSeq: 1 OPTIONS",
    );
    assert_eq!(ask(&mut client, bad).await.reason(), "Missing From");
    let bind = register("alice", 1, "Contact: <sip:a@a.invalid>");
    let ok = ask(&mut client, bind).await;
    assert!(values(&ok.into(), "Contact").starts_with("<sip:a@a.invalid>"));
}

#[tokio::test]
async fn dropping_it_closes_its_connections_and_its_port() {
    let (sender, seen) = mpsc::channel();
    let testbed = Testbed::builder()
        .on_message(move |record| sender.send(record.label()).unwrap_or_default())
        .start()
        .await
        .unwrap();
    let (url, address) = (testbed.url(), testbed.local_addr());
    let mut alice = registered(&testbed, "alice").await;
    drop(testbed);
    let end = timeout(Duration::from_secs(5), alice.next()).await.unwrap();
    assert!(end.is_none(), "{end:?}");
    while connect(&url.parse().unwrap(), &ConnectOptions::default()).await.is_ok() {}
    tokio::net::TcpListener::bind(address).await.unwrap();
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        ["REGISTER", "401 Unauthorized (REGISTER)", "REGISTER", "200 OK (REGISTER)"]
    );
}

#[tokio::test]
async fn a_taken_port_and_a_bad_domain_are_errors() {
    let first = Testbed::start().await.unwrap();
    let second = Testbed::builder().port(first.local_addr().port()).start().await;
    assert!(matches!(second, Err(StartError::Bind { .. })));
    let nowhere = Testbed::builder().domain("not a host").start().await;
    assert!(matches!(nowhere, Err(StartError::Domain { .. })));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn it_also_serves_secure_websockets() {
    use sip_transport_ws::native::{ServerTls, TlsOptions};
    let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (chain, private) = (key.cert.pem(), key.signing_key.serialize_pem());
    let testbed =
        Testbed::builder().open().tls(0, ServerTls::new(chain.clone(), private)).start().await.unwrap();
    let url = testbed.secure_url().unwrap();
    let tls = TlsOptions::default().without_platform_roots().with_root(chain);
    let options = ConnectOptions { tls, ..ConnectOptions::default() };
    let mut alice = connect(&url.parse().unwrap(), &options).await.unwrap();
    let mut bind = register("alice", 1, "Contact: <sip:a@a.invalid>");
    let route = format!("<sip:{};transport=ws;lr>", url.trim_start_matches("wss://"));
    bind.headers_mut().push_text(&"Route".parse().unwrap(), &route).unwrap();
    assert_eq!(ask(&mut alice, bind).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_fault_of_the_server_begins_and_ends_on_command() {
    let testbed = Testbed::builder().open().start().await.unwrap();
    let mut client = client(&testbed).await;
    for (number, fault, status) in [
        (1, ProxyFault::Overload { retry_after: Some(5) }, StatusCode::SERVICE_UNAVAILABLE),
        (2, ProxyFault::None, StatusCode::OK),
    ] {
        testbed.set_fault(fault);
        let bind = register("alice", number, "Contact: <sip:a@a.invalid>");
        assert_eq!(ask(&mut client, bind).await.status(), status, "{fault:?}");
    }
}
