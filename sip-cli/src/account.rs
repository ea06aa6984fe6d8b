//! From the command line to a connected user agent.

use crate::exit::Failure;
use crate::options::Account;
use sip_transport_ws::native::ConnectOptions;
use sip_ua::{Direction, Events, UserAgent, WireMessage};
use std::path::Path;

/// Connects the user agent that `account` describes.
pub(crate) async fn connect(account: &Account) -> Result<(UserAgent, Events), Failure> {
    let mut builder = UserAgent::builder(&account.aor).server(&account.server);
    if let Some(password) = &account.password {
        builder = builder.password(password);
    }
    if let Some(username) = &account.username {
        builder = builder.username(username);
    }
    if let Some(path) = &account.ca_file {
        let mut options = ConnectOptions::default();
        options.tls = options.tls.with_root(read(path)?);
        builder = builder.connect_options(options);
    }
    if account.trace {
        builder = builder.trace(print);
    }
    Ok(builder.connect().await?)
}

/// The bytes of a file named on the command line.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::File { path: path.to_owned(), error })
}

fn print(wire: &WireMessage) {
    let arrow = match wire.direction {
        Direction::Sent => ">>> sent",
        Direction::Received => "<<< received",
    };
    eprintln!("{arrow}\n{}", wire.to_text().trim_end());
    eprintln!();
}
