//! From the command line to a connected user agent.

use crate::exit::Failure;
use crate::options::{Account, Gruu};
use crate::prompt::Prompt;
use crate::server;
use sip_transport_ws::native::ConnectOptions;
use sip_ua::core::GruuUse;
use sip_ua::{Direction, Events, UserAgent, WireMessage};
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// Connects the user agent that `account` describes.
pub(crate) async fn connect(account: &Account) -> Result<(UserAgent, Events), Failure> {
    let mut builder = server::choose(account, UserAgent::builder(&account.aor))?.flows(account.flows);
    if let Some(instance) = &account.instance {
        builder = builder.instance(instance.clone());
    }
    if let Some(gruu) = account.gruu {
        builder = builder.configure(move |config| config.gruu = gruu_use(gruu));
    }
    let password = match &account.password_file {
        Some(path) => Some(first_line(path)?),
        None => account.password.clone(),
    };
    if let Some(password) = password {
        builder = builder.password(&password);
    }
    if io::stdin().is_terminal() {
        builder = builder.credentials(Prompt::new(account.username.as_deref(), &account.aor));
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

const fn gruu_use(gruu: Gruu) -> GruuUse {
    match gruu {
        Gruu::Public => GruuUse::Public,
        Gruu::Temporary => GruuUse::Temporary,
        Gruu::Never => GruuUse::Never,
    }
}

/// The first line of a file, without its end.
fn first_line(path: &Path) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") { whole_input(path)? } else { read(path)? };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn whole_input(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let outcome = io::stdin().read_to_end(&mut bytes);
    outcome.map_err(|error| Failure::File { path: path.to_owned(), error })?;
    Ok(bytes)
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
