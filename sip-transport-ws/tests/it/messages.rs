//! RFC 7118 §4.2 and §5: messages in frames, and frames that are none.

use crate::support::{
    BINARY, CLOSE, CONTINUATION, Raw, TEXT, message, next, options, pair, raw_client, raw_client_with,
};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use sip_message::{ContentLength, Limits, Message};
use sip_transport_ws::CloseCode;
use sip_transport_ws::native::{ListenOptions, WsConnection};
use sip_transport_ws::{ReceiveError, SendError};
use std::io::ErrorKind;

/// RFC 7118 §8: the messages that travel over WSS.
const EXAMPLES: [&str; 8] = [
    include_str!("../vectors/rfc7118/8.1-F3-REGISTER.sip"),
    include_str!("../vectors/rfc7118/8.1-F4-200.sip"),
    include_str!("../vectors/rfc7118/8.2-F1-INVITE.sip"),
    include_str!("../vectors/rfc7118/8.2-F2-100.sip"),
    include_str!("../vectors/rfc7118/8.2-F5-200.sip"),
    include_str!("../vectors/rfc7118/8.2-F6-ACK.sip"),
    include_str!("../vectors/rfc7118/8.2-F9-BYE.sip"),
    include_str!("../vectors/rfc7118/8.2-F10-200.sip"),
];

async fn error(connection: &mut WsConnection) -> ReceiveError {
    connection.next().await.unwrap().unwrap_err()
}

fn limit(message: usize) -> Limits {
    let mut limits = Limits::default();
    limits.message = message;
    limits
}

fn message_with_body(content_length: &str, body: &[u8]) -> Bytes {
    let head = format!(
        "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK2\r\n\
         From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 2\r\n\
         CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Type: text/plain\r\n{content_length}\r\n"
    );
    [head.as_bytes(), body].concat().into()
}

#[tokio::test]
async fn the_examples_of_rfc7118_section_8_travel_both_ways() {
    let (mut client, mut server) = pair().await;
    for example in EXAMPLES {
        let sent = message(example.as_bytes());
        client.send(sent.clone()).await.unwrap();
        assert_eq!(next(&mut server).await, sent.to_bytes());
        server.send(sent.clone()).await.unwrap();
        assert_eq!(next(&mut client).await, sent.to_bytes());
    }
}

// rfc7118#4.2/2-3, type=test
#[tokio::test]
async fn utf8_goes_out_as_text_and_anything_else_as_binary() {
    let (mut raw, mut server) = raw_client().await;
    for (body, opcode) in [("grüße".as_bytes(), TEXT), (b"\xff\x00\xfe", BINARY)] {
        let sent = message(message_with_body("", body));
        server.send(sent.clone()).await.unwrap();
        let bytes = sent.to_bytes();
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        raw.expect(&[&[0x80 | opcode, 126, length[0], length[1]], &bytes[..]].concat()).await;
    }
}

// rfc7118#4.2/1, type=test
#[tokio::test]
async fn ac31_text_and_binary_frames_are_received() {
    let (mut raw, mut server) = raw_client().await;
    for opcode in [TEXT, BINARY] {
        raw.frame(opcode, true, &options()).await;
        assert_eq!(next(&mut server).await, options());
    }
}

#[tokio::test]
async fn ac31_a_message_in_fragments_is_one_message() {
    let (mut raw, mut server) = raw_client().await;
    let text = message_with_body("", "grüße".as_bytes());
    let cut = text.len() - 4;
    raw.frame(TEXT, false, &text[..10]).await;
    raw.frame(CONTINUATION, false, &text[10..cut]).await;
    raw.frame(CONTINUATION, true, &text[cut..]).await;
    assert!(next(&mut server).await.ends_with("\r\n\r\ngrüße".as_bytes()));
}

#[tokio::test]
async fn a_frame_cut_by_tcp_is_still_one_message() {
    let (mut raw, mut server) = raw_client().await;
    let frame = [&[0x81, 0x80 | 126, 0, u8::try_from(options().len()).unwrap(), 0, 0, 0, 0], &options()[..]];
    let frame = frame.concat();
    let write = async {
        for byte in frame {
            raw.write(&[byte]).await;
            tokio::task::yield_now().await;
        }
    };
    let (received, ()) = tokio::join!(next(&mut server), write);
    assert_eq!(received, options());
}

/// AC-31: the end of the frame is the end of the message.
// rfc7118#5/2-3, type=test
#[tokio::test]
async fn ac31_the_frame_ends_a_body_whatever_content_length_says() {
    let (mut raw, mut server) = raw_client().await;
    for (length, is_told) in [("", false), ("2", true), ("99", true), ("5", false), ("x", true), ("0", true)]
    {
        let field = if length.is_empty() { String::new() } else { format!("Content-Length: {length}\r\n") };
        raw.frame(TEXT, true, &message_with_body(&field, b"hello")).await;
        let received = server.next().await.unwrap().unwrap();
        assert_eq!(received.body(), "hello", "{length}");
        let deviates =
            received.deviations().iter().any(|deviation| deviation.kind.name().starts_with("ContentLength"));
        assert_eq!(deviates, is_told, "{length}");
        let printed = Message::parse(received.to_bytes()).unwrap();
        assert_eq!(printed.headers().required::<ContentLength>().unwrap().0, 5, "{length}");
    }
}

// rfc7118#4.1/3, type=test
#[tokio::test]
async fn garbage_is_reported_and_the_next_message_is_received() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(TEXT, true, b"hello there").await;
    raw.frame(BINARY, true, b"\x00\xff\x00").await;
    raw.frame(TEXT, true, &options()).await;
    for garbage in [&b"hello there"[..], b"\x00\xff\x00"] {
        let error = error(&mut server).await;
        assert!(!error.is_fatal());
        assert!(matches!(error, ReceiveError::Malformed { ref bytes, .. } if bytes == garbage), "{error}");
    }
    assert_eq!(next(&mut server).await, options());
}

#[tokio::test]
async fn ac31_a_message_over_the_limit_is_refused_by_its_declared_length() {
    let (mut raw, mut server) = raw_client().await;
    // a terabyte is declared and never sent
    raw.write(&[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await;
    assert_eq!(error(&mut server).await, ReceiveError::TooBig { limit: 64 * 1024 });
    assert!(server.next().await.is_none());
    raw.expect_close(1009).await;
    assert_eq!(server.send(message(options())).await, Err(SendError::Closed));
}

#[tokio::test]
async fn ac31_fragments_over_the_limit_are_refused() {
    let limits = limit(1000);
    let (mut raw, mut server) = raw_client_with(ListenOptions { limits, ..ListenOptions::default() }).await;
    raw.frame(BINARY, false, &[b'a'; 600]).await;
    raw.frame(CONTINUATION, false, &[b'a'; 600]).await;
    assert_eq!(error(&mut server).await, ReceiveError::TooBig { limit: 1000 });
    raw.expect_close(1009).await;
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_received() {
    let limits = limit(options().len());
    let (mut raw, mut server) = raw_client_with(ListenOptions { limits, ..ListenOptions::default() }).await;
    raw.frame(TEXT, true, &options()).await;
    assert_eq!(next(&mut server).await, options());
}

#[tokio::test]
async fn text_that_is_not_utf8_ends_the_connection() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(TEXT, true, b"OPTIONS \xff").await;
    assert_eq!(error(&mut server).await, ReceiveError::NotUtf8);
    raw.expect_close(1007).await;
}

#[tokio::test]
async fn frames_against_rfc6455_end_the_connection() {
    let unmasked: &[u8] = &[0x81, 0x02, b'h', b'i'];
    let reserved_bit: &[u8] = &[0xc1, 0x80, 0, 0, 0, 0];
    let unknown_opcode: &[u8] = &[0x83, 0x80, 0, 0, 0, 0];
    let stray_continuation: &[u8] = &[0x80, 0x80, 0, 0, 0, 0];
    for bytes in [unmasked, reserved_bit, unknown_opcode, stray_continuation] {
        let (mut raw, mut server) = raw_client().await;
        raw.write(bytes).await;
        assert_eq!(error(&mut server).await, ReceiveError::Protocol, "{bytes:x?}");
        raw.expect_close(1002).await;
    }
}

#[tokio::test]
async fn a_close_frame_ends_the_stream_and_is_answered() {
    let (mut raw, mut server) = raw_client().await;
    raw.frame(CLOSE, true, &[&1001_u16.to_be_bytes()[..], b"restart"].concat()).await;
    assert!(server.next().await.is_none());
    assert_eq!(server.close_reason(), Some((CloseCode::GOING_AWAY, "restart")));
    raw.expect_frame(CLOSE, b"\x03\xe9restart").await;
    assert_eq!(server.send(message(options())).await, Err(SendError::Closed));
    drop(server);
    raw.expect_end().await;
}

#[tokio::test]
async fn both_sides_can_close() {
    for client_closes in [true, false] {
        let (client, server) = pair().await;
        let (mut closing, mut other) = if client_closes { (client, server) } else { (server, client) };
        closing.close(CloseCode::NORMAL, "done").await.unwrap();
        assert!(other.next().await.is_none());
        assert_eq!(other.close_reason(), Some((CloseCode::NORMAL, "done")));
        drop(other);
        assert!(closing.next().await.is_none());
    }
}

#[tokio::test]
async fn what_was_sent_before_the_close_is_received() {
    let (mut client, mut server) = pair().await;
    client.send(message(options())).await.unwrap();
    client.close(CloseCode::NORMAL, "").await.unwrap();
    assert_eq!(next(&mut server).await, options());
    assert!(server.next().await.is_none());
}

#[tokio::test]
async fn a_connection_that_just_ends_is_lost() {
    let (raw, mut server) = raw_client().await;
    drop(raw);
    assert_eq!(error(&mut server).await, ReceiveError::Lost { kind: ErrorKind::UnexpectedEof });
    assert!(server.next().await.is_none());
}

#[tokio::test]
async fn a_reset_connection_is_lost() {
    let (raw, mut server) = raw_client().await;
    reset(raw);
    assert_eq!(error(&mut server).await, ReceiveError::Lost { kind: ErrorKind::ConnectionReset });
}

/// Closes with data unread in the socket, which makes TCP send a reset.
fn reset(raw: Raw) {
    raw.0.set_zero_linger().unwrap();
    drop(raw);
}

#[tokio::test]
async fn the_connection_knows_its_addresses() {
    let (client, server) = pair().await;
    assert_eq!((client.local_addr(), client.peer_addr()), (server.peer_addr(), server.local_addr()));
    assert!(!client.is_secure() && !server.is_secure());
}
