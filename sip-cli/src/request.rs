//! `sip register`, `sip message` and `sip options`.

use crate::account::connect;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::options::Account;
use sip_message::{HeaderName, Headers};
use sip_outbound::RegistrationEvent;
use sip_ua::{Event, Events, UserAgent};
use std::time::Duration;

/// Registers and stays, or leaves at once.
pub(crate) async fn register(account: &Account, once: bool) -> Result<(), Failure> {
    let (ua, mut events) = connect(account).await?;
    let expires = first_registration(&ua, &mut events).await?;
    println!("registered {} for {} s", account.aor, expires.as_secs());
    let outcome = if once { Ok(()) } else { until_interrupted(&mut events).await };
    leave(ua, events).await?;
    outcome
}

/// Sends one message.
pub(crate) async fn message(account: &Account, target: &str, text: &str) -> Result<(), Failure> {
    let (ua, events) = connect(account).await?;
    ua.message(target, text).await?;
    println!("delivered");
    drop(events);
    ua.close().await;
    Ok(())
}

/// Asks for capabilities and prints them.
pub(crate) async fn options(account: &Account, target: &str) -> Result<(), Failure> {
    let (ua, events) = connect(account).await?;
    let response = ua.options(target).await?;
    println!("{} {}", response.status().code(), response.reason());
    let names = [
        HeaderName::Server,
        HeaderName::UserAgent,
        HeaderName::Allow,
        HeaderName::Accept,
        HeaderName::Supported,
    ];
    for name in names {
        print_field(response.headers(), &name);
    }
    drop(events);
    ua.close().await;
    Ok(())
}

/// Unregisters and closes.
pub(crate) async fn leave(ua: UserAgent, events: Events) -> Result<(), Failure> {
    ua.unregister().await?;
    println!("unregistered");
    drop(events);
    ua.close().await;
    Ok(())
}

fn print_field(headers: &Headers, name: &HeaderName) {
    for field in headers.iter().filter(|field| field.name() == *name) {
        println!("{}: {}", name.as_str(), String::from_utf8_lossy(field.value()));
    }
}

async fn until_interrupted(events: &mut Events) -> Result<(), Failure> {
    let mut interruption = Interruption::new();
    loop {
        tokio::select! {
            () = interruption.wait() => return Ok(()),
            event = events.next() => match event {
                Some(event) => report(&event),
                None => return Err(Failure::Disconnected),
            },
        }
    }
}

/// Registers, and takes the event that tells of it as well, for it is no news.
pub(crate) async fn first_registration(ua: &UserAgent, events: &mut Events) -> Result<Duration, Failure> {
    let expires = ua.register().await?;
    while let Some(event) = events.next().await {
        if matches!(event, Event::Registration(RegistrationEvent::Registered { .. })) {
            break;
        }
        report(&event);
    }
    Ok(expires)
}

/// Says what happened to the connection or the registration.
pub(crate) fn report(event: &Event) {
    match event {
        Event::Disconnected => println!("the connection is lost; trying again"),
        Event::Connected => println!("connected again"),
        Event::Registration(RegistrationEvent::Registered { expires, is_refresh: false, .. }) => {
            println!("registered for {} s", expires.as_secs());
        }
        Event::Registration(RegistrationEvent::Failed { cause, .. }) => println!("not registered: {cause}"),
        Event::Notification(notification) => {
            let event = notification.event().map(|event| event.event_type).unwrap_or_default();
            let lines = notification.body().map(|body| String::from_utf8_lossy(&body.bytes).into_owned());
            println!("notified of {event}");
            lines.iter().flat_map(|text| text.lines()).for_each(|line| println!("  {}", line.escape_debug()));
        }
        _ => {}
    }
}
