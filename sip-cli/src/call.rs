//! `sip call`.

use crate::account::connect;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::options;
use crate::sdp;
use sip_dialog::EndCause;
use sip_ua::{ApplicationSdp, Call, CallEvent};
use std::time::Duration;

/// How the waiting for a call ended.
enum Outcome {
    Ended(EndCause),
    Interrupted,
    TimeIsUp,
}

/// Makes one call and says how it went.
pub(crate) async fn run(options: options::Call) -> Result<(), Failure> {
    let offer = sdp::load(options.sdp.as_deref())?;
    let (ua, events) = connect(&options.account).await?;
    if options.account.instance.is_some() {
        ua.register().await?;
    }
    let (media, _remote) = ApplicationSdp::new(&offer);
    let mut call = ua.call(&options.target, media).await?;
    println!("calling {}", options.target);
    let mut established = false;
    let outcome = follow(&mut call, options.duration.map(Duration::from_secs), &mut established).await;
    let (cause, interrupted) = match outcome {
        Outcome::Ended(cause) => (Ok(cause), false),
        Outcome::TimeIsUp => (call.hang_up().await, false),
        Outcome::Interrupted => (call.hang_up().await, true),
    };
    if let Ok(cause) = &cause {
        println!("ended: {cause}");
    }
    drop((call, events));
    ua.close().await;
    let cause = cause?;
    match (interrupted, established) {
        (true, _) => Err(Failure::Interrupted),
        (false, true) => Ok(()),
        (false, false) => Err(Failure::Ended(cause)),
    }
}

/// Prints what happens until the call ends or somebody wants it to.
async fn follow(call: &mut Call, duration: Option<Duration>, established: &mut bool) -> Outcome {
    let mut time_is_up = Box::pin(after(None));
    let mut interruption = Interruption::new();
    loop {
        tokio::select! {
            () = interruption.wait() => return Outcome::Interrupted,
            () = &mut time_is_up => return Outcome::TimeIsUp,
            event = call.next() => match event {
                Some(CallEvent::Established) => {
                    println!("established");
                    *established = true;
                    time_is_up = Box::pin(after(duration));
                }
                Some(CallEvent::Progress { status }) => println!("{} {}", status.code(), status.default_reason()),
                Some(CallEvent::Ended(cause)) => return Outcome::Ended(cause),
                Some(event) => describe(&event),
                None => return Outcome::Ended(call.ended().await),
            },
        }
    }
}

async fn after(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// Says what happened inside a call that is up.
pub(crate) fn describe(event: &CallEvent) {
    match event {
        CallEvent::Interrupted => println!("interrupted"),
        CallEvent::Resumed => println!("resumed"),
        CallEvent::Hold(hold) if hold.remote => println!("on hold by the other side"),
        CallEvent::Hold(hold) if hold.local => println!("on hold"),
        CallEvent::Hold(_) => println!("hold ended"),
        CallEvent::Dtmf(dtmf) => println!("key {}", dtmf.key),
        CallEvent::Message(body) => println!("message: {}", String::from_utf8_lossy(&body.bytes)),
        _ => {}
    }
}
