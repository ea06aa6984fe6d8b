//! `sip register --fetch`, `--remove` and `--remove-all`: the bindings of all user agents (RFC 3261 §10.2.2, §10.2.3).

use crate::account::connect;
use crate::exit::Failure;
use crate::options::Account;
use sip_outbound::RegisteredContact;
use sip_ua::{Events, UserAgent};

/// Prints all bindings.
pub(crate) async fn fetch(account: &Account) -> Result<(), Failure> {
    let (ua, events) = connect(account).await?;
    print(account, &ua.bindings().await?);
    close(ua, events).await
}

/// Removes the bindings of these contacts, and prints what is left.
pub(crate) async fn remove(account: &Account, uris: &[String]) -> Result<(), Failure> {
    let contacts = uris.iter().map(|uri| {
        let parsed = uri.parse().map_err(|error| Failure::Uri { text: uri.clone(), error });
        parsed.map(sip_message::NameAddr::new)
    });
    let contacts = contacts.collect::<Result<_, _>>()?;
    let (ua, events) = connect(account).await?;
    print(account, &ua.remove_bindings(contacts).await?);
    close(ua, events).await
}

/// Removes all bindings.
pub(crate) async fn remove_all(account: &Account) -> Result<(), Failure> {
    let (ua, events) = connect(account).await?;
    ua.remove_all_bindings().await?;
    println!("{} has no bindings", account.aor);
    close(ua, events).await
}

async fn close(ua: UserAgent, events: Events) -> Result<(), Failure> {
    drop(events);
    ua.close().await;
    Ok(())
}

fn print(account: &Account, bindings: &[RegisteredContact]) {
    if bindings.is_empty() {
        println!("{} has no bindings", account.aor);
    }
    for binding in bindings {
        println!("{}", line(binding));
    }
}

fn line(binding: &RegisteredContact) -> String {
    let fields = [
        binding.expires.map(|expires| format!("for {} s", expires.as_secs())),
        binding.q.map(|q| format!("q {q}")),
        binding.instance.as_ref().map(|instance| format!("instance {instance}")),
        binding.reg_id.map(|reg_id| format!("reg-id {reg_id}")),
    ];
    let mut line = binding.contact.uri.to_string();
    for field in fields.into_iter().flatten() {
        line.push_str(", ");
        line.push_str(&field);
    }
    line
}
