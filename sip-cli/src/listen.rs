//! `sip listen`.

use crate::account::connect;
use crate::call::describe;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::options;
use crate::request::{first_registration, leave, report};
use crate::sdp;
use sip_message::StatusCode;
use sip_ua::{ApplicationSdp, Call, CallEvent, Event, IncomingCall};
use tokio::task::JoinSet;

/// Registers, prints messages, answers or refuses calls.
pub(crate) async fn run(options: options::Listen) -> Result<(), Failure> {
    let answer = sdp::load(options.sdp.as_deref())?;
    let (ua, mut events) = connect(&options.account).await?;
    let expires = first_registration(&ua, &mut events).await?;
    println!("registered {} for {} s; Ctrl-C ends", options.account.aor, expires.as_secs());
    let mut calls = JoinSet::new();
    let mut finished = 0;
    let mut interruption = Interruption::new();
    let outcome = loop {
        tokio::select! {
            () = interruption.wait() => break Ok(()),
            event = events.next() => match event {
                Some(Event::Message(message)) => {
                    let from = message.from().map_or_else(|| "unknown".to_owned(), |from| from.uri.to_string());
                    println!("message from {from}: {}", message.text());
                }
                Some(Event::IncomingCall(call)) => {
                    calls.spawn(answer_call(call, answer.clone(), options.reject));
                }
                Some(event) => report(&event),
                None => break Err(Failure::Disconnected),
            },
            Some(_) = calls.join_next() => {
                finished += 1;
                if options.calls.is_some_and(|wanted| finished >= wanted) {
                    break Ok(());
                }
            }
        }
    };
    // Dropping the tasks drops their calls, which hangs them up; closing waits for that.
    calls.shutdown().await;
    if outcome.is_ok() {
        leave(ua, events).await?;
    }
    outcome
}

async fn answer_call(call: IncomingCall, answer: String, reject: Option<u16>) {
    let from = call.from().map_or_else(|| "unknown".to_owned(), |from| from.uri.to_string());
    println!("call from {from}");
    if let Some(status) = reject.and_then(StatusCode::new) {
        call.reject(status).await;
        println!("refused with {}", status.code());
        return;
    }
    let (media, _remote) = ApplicationSdp::new(&answer);
    match call.accept(media).await {
        Ok(call) => follow(call).await,
        Err(error) => println!("not answered: {error}"),
    }
}

async fn follow(mut call: Call) {
    while let Some(event) = call.next().await {
        match event {
            CallEvent::Established => println!("established"),
            CallEvent::Ended(cause) => println!("ended: {cause}"),
            CallEvent::Progress { .. } => {}
            event => describe(&event),
        }
    }
}
