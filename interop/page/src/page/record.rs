//! The user agent as a record that goes on in the next page: kept by the browser for as long as its tab is open.

use super::trouble::Trouble;
use sip_ua::UserAgent;
use sip_ua::core::Snapshot;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Storage, window};
use web_time::{SystemTime, UNIX_EPOCH};

/// Under what names the browser keeps it.
const RECORD: &str = "user agent";
const TIME: &str = "user agent since";

/// What the page before this one was.
pub(super) struct Record {
    pub(super) snapshot: Snapshot,
    pub(super) age: Duration,
}

/// The record of the page before, if there is one; it is taken once.
pub(super) fn take() -> Result<Option<Record>, Trouble> {
    let storage = storage()?;
    let kept = |name| storage.get_item(name).map_err(Trouble::thrown);
    let (Some(record), Some(since)) = (kept(RECORD)?, kept(TIME)?) else { return Ok(None) };
    storage.remove_item(RECORD).map_err(Trouble::thrown)?;
    let since = Duration::from_millis(since.parse()?);
    Ok(Some(Record { snapshot: serde_json::from_str(&record)?, age: now().saturating_sub(since) }))
}

/// Stops the user agent without a word and keeps it when the page is left.
pub(super) fn keep_at_reload(agent: UserAgent) -> Result<(), Trouble> {
    let listener = Closure::<dyn Fn()>::new(move || {
        let agent = agent.clone();
        // what is ready runs before the page is gone
        spawn_local(async move {
            if let Err(trouble) = keep(agent).await {
                web_sys::console::error_1(&trouble.to_string().into());
            }
        });
    });
    let window = window().ok_or_else(|| Trouble::new("no window"))?;
    let added = window.add_event_listener_with_callback("pagehide", listener.as_ref().unchecked_ref());
    added.map_err(Trouble::thrown)?;
    // for as long as the page
    listener.forget();
    Ok(())
}

async fn keep(agent: UserAgent) -> Result<(), Trouble> {
    // one that was closed has nothing to go on with
    let Some(snapshot) = agent.suspend().await else { return Ok(()) };
    let storage = storage()?;
    let record = serde_json::to_string(&snapshot)?;
    storage.set_item(RECORD, &record).map_err(Trouble::thrown)?;
    storage.set_item(TIME, &now().as_millis().to_string()).map_err(Trouble::thrown)
}

fn storage() -> Result<Storage, Trouble> {
    let window = window().ok_or_else(|| Trouble::new("no window"))?;
    window.session_storage().map_err(Trouble::thrown)?.ok_or_else(|| Trouble::new("no session storage"))
}

/// Since 1970; the monotonic clock begins anew with each page.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
