//! `sip serve`.

use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::options::Serve;
use sip_testbed::{PASSWORD, Record, Testbed, USERS};
use sip_ua::to_masked_text;
use std::time::Duration;

/// Runs the testbed until Ctrl-C.
pub(crate) async fn run(options: Serve) -> Result<(), Failure> {
    let mut builder =
        Testbed::builder().domain(&options.domain).address(options.listen.ip()).port(options.listen.port());
    for user in &options.users {
        let (name, password) = user.split_once(':').ok_or_else(|| Failure::User(user.clone()))?;
        builder = builder.user(name, password);
    }
    if let Some(seconds) = options.flow_timer {
        builder = builder.flow_timer(Duration::from_secs(u64::from(seconds)));
    }
    if let Some(registrar) = &options.edge_of {
        builder = builder.edge_of(registrar);
    }
    if let Some(name) = &options.name {
        builder = builder.name(name);
    }
    if options.trace {
        builder = builder.on_message(print);
    }
    let testbed = builder.start().await.map_err(Failure::Serve)?;
    match &options.edge_of {
        Some(registrar) => println!(
            "edge for {} at {registrar}, serving on {}; Ctrl-C ends",
            testbed.domain(),
            testbed.url()
        ),
        None => println!("serving {} on {}; Ctrl-C ends", testbed.domain(), testbed.url()),
    }
    if options.users.is_empty() && options.edge_of.is_none() {
        println!("users {}, password `{PASSWORD}`", USERS.join(", "));
    }
    Interruption::new().wait().await;
    testbed.shutdown().await;
    Ok(())
}

fn print(record: &Record) {
    eprintln!(
        "{} {} -> {}\n{}\n",
        record.at,
        record.from,
        record.to,
        to_masked_text(&record.message).trim_end()
    );
}
