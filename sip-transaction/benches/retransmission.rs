//! What a retransmitted request costs from its bytes to the repeated response: RFC 3261 §17.2.
//!
//! It reads no clock. Count instructions, and subtract the run with 0 repetitions:
//! `valgrind --tool=callgrind target/release/deps/retransmission-* absorb 1000`, beside `frame` (the message is only
//! parsed) and `new` (each request begins a transaction). `BRANCHES` transactions are there at once in every run.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark measures known input")]

use bytes::Bytes;
use sip_clock::Instant;
use sip_message::{Message, StatusCode};
use sip_transaction::{FlowId, Output, Reliability, TimerSettings, TransactionLayer};
use std::hint::black_box;

/// How many transactions the layer looks through.
const BRANCHES: usize = 1000;

fn main() {
    let words: Vec<String> = std::env::args().filter(|word| word != "--bench").skip(1).collect();
    let what = words.first().map_or("absorb", String::as_str);
    let repetitions = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(BRANCHES);
    let mut layer = TransactionLayer::new(TimerSettings::default()).refusing_merged_requests();
    for branch in 0..BRANCHES {
        receive(&mut layer, invite(branch));
    }
    let mut sent = 0;
    for repetition in 0..repetitions {
        match what {
            "frame" => {
                black_box(Message::parse(invite(repetition % BRANCHES)).unwrap());
            }
            "new" => sent += receive(&mut layer, invite(BRANCHES + repetition)),
            _ => sent += receive(&mut layer, invite(repetition % BRANCHES)),
        }
    }
    println!("{repetitions} times {what} among {} transactions: {sent} responses", layer.len());
}

/// Takes the bytes of a request and rings when it is new; returns how many messages left.
fn receive(layer: &mut TransactionLayer, bytes: Bytes) -> usize {
    let message = Message::parse(bytes).unwrap();
    layer.handle_message(message, FlowId::new(1), Reliability::Unreliable, Instant::ZERO);
    let mut sent = 0;
    while let Some(output) = layer.poll_output() {
        match output {
            Output::Transmit { message, .. } => {
                black_box(message.to_bytes());
                sent += 1;
            }
            Output::Request { id, request, .. } => {
                layer.respond(id, request.response(StatusCode::RINGING), Instant::ZERO).unwrap();
            }
            other => {
                let _ = black_box(other);
            }
        }
    }
    sent
}

fn invite(branch: usize) -> Bytes {
    Bytes::from(format!(
        "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK{branch:016}\r\n\
         Max-Forwards: 70\r\n\
         Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n\
         From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl{branch}\r\n\
         To: Bob <sip:bob@biloxi.example.com>\r\n\
         Call-ID: 3848276298220188511@atlanta.example.com\r\n\
         CSeq: 1 INVITE\r\n\
         Contact: <sip:alice@client.atlanta.example.com;transport=udp>\r\n\
         Supported: replaces, timer\r\n\
         Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}
