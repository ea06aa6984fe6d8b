//! The page: it connects, or goes on where the page before it was, and then does as it is told.

mod call;
mod lead;
mod record;
mod settings;
mod trouble;
mod words;

use lead::Lead;
use record::Record;
use settings::Settings;
use sip_transport_ws::browser::ConnectOptions;
use sip_ua::{Direction, Events, UserAgent};
use std::time::Duration;
use trouble::Trouble;
use wasm_bindgen_futures::spawn_local;
use words::Words;

/// Begins; what goes wrong is told and stands on the console.
pub(crate) fn start() {
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
    let lead = Lead::start();
    spawn_local(async move {
        if let Err(trouble) = play(&lead).await {
            lead.tell(format!("error {trouble}"));
            web_sys::console::error_1(&trouble.to_string().into());
        }
    });
}

async fn play(lead: &Lead) -> Result<(), Trouble> {
    let (agent, events) = connect(lead).await?;
    record::keep_at_reload(agent.clone())?;
    let words = Words::new(agent, lead.clone());
    lead.tell("connected");
    spawn_local(listen(events, words.clone()));
    while let Some(word) = lead.word().await? {
        if let Err(trouble) = words.perform(&word).await {
            lead.tell(format!("error {trouble}"));
        }
    }
    Ok(())
}

async fn connect(lead: &Lead) -> Result<(UserAgent, Events), Trouble> {
    let settings = Settings::of_address()?;
    let lead = lead.clone();
    let mut builder = UserAgent::builder(&settings.aor)
        .server(&settings.server)
        .password(&settings.password)
        .instance_kept_in("instance-id")
        .connect_options(watchful())
        .trace(move |wire| {
            let arrow = match wire.direction {
                Direction::Sent => '>',
                Direction::Received => '<',
            };
            let line = wire.message.start_line();
            lead.tell(format!("{arrow} {}", line.strip_prefix("SIP/2.0 ").unwrap_or(&line)));
        });
    if let Some(Record { snapshot, age }) = record::take()? {
        builder = builder.restore(snapshot, age);
    }
    Ok(builder.connect().await?)
}

/// Notices within two seconds that the server is silent.
fn watchful() -> ConnectOptions {
    let half_a_second = Duration::from_millis(500);
    let mut options = ConnectOptions::default();
    (options.keep_alive.interval, options.keep_alive.timeout) = (half_a_second, half_a_second);
    options
}

/// Tells what happens; answers calls.
async fn listen(mut events: Events, words: Words) {
    while let Some(event) = events.next().await {
        words.hear(event).await;
    }
}

/// The user of an address, for lines.
fn user(address: Option<sip_message::NameAddr>) -> String {
    let uri = address.map(|address| address.uri.to_string()).unwrap_or_default();
    let user = uri.split('@').next().unwrap_or_default();
    user.trim_start_matches("sip:").to_owned()
}
