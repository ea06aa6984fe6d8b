//! Asks for the password at the terminal when a server wants one (RFC 3261 §22.1).

use async_trait::async_trait;
use sip_ua::CredentialsProvider;
use sip_ua::auth::{Account, CredentialsAnswer, CredentialsNeeded};
use sip_uri::SipUri;
use std::io::{self, BufRead, Write};
use std::thread;
use tokio::sync::{Mutex, oneshot};

/// Whoever sits at the terminal.
pub(crate) struct Prompt {
    username: String,
    /// One question at a time.
    terminal: Mutex<()>,
}

impl Prompt {
    /// Asks for the password of `username`, or of the user of the address-of-record.
    pub(crate) fn new(username: Option<&str>, aor: &str) -> Self {
        let user = || Some(aor.parse::<SipUri>().ok()?.user()?.into_owned());
        let username = username.map(str::to_owned).or_else(user).unwrap_or_default();
        Self { username, terminal: Mutex::new(()) }
    }
}

#[async_trait]
impl CredentialsProvider for Prompt {
    async fn credentials(&self, needed: &CredentialsNeeded) -> Option<CredentialsAnswer> {
        let _one_at_a_time = self.terminal.lock().await;
        if needed.algorithms.is_empty() {
            return None;
        }
        if needed.was_refused {
            eprintln!("the password was refused");
        }
        eprint!("password of {} for {:?}: ", self.username, needed.realm);
        let _ = io::stderr().flush();
        let hidden = echo::Hidden::new();
        // A thread of its own, which the end of the program does not wait for.
        let (sender, line) = oneshot::channel();
        thread::spawn(move || {
            let mut text = String::new();
            if io::stdin().lock().read_line(&mut text).is_ok_and(|length| length > 0) {
                // Nobody may wait for it any more.
                let _ = sender.send(text);
            }
        });
        let line = tokio::select! {
            line = line => line.ok(),
            _ = tokio::signal::ctrl_c() => None,
        };
        drop(hidden);
        eprintln!();
        let password = line?.trim_end_matches(['\r', '\n']).to_owned();
        Some(CredentialsAnswer::Account(Account::password(&self.username, password)))
    }
}

#[cfg(unix)]
mod echo {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::io;

    /// What is typed does not show as long as this lives.
    pub(super) struct Hidden(Option<Termios>);

    impl Hidden {
        pub(super) fn new() -> Self {
            let Ok(before) = tcgetattr(io::stdin()) else { return Self(None) };
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            let changed = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
            Self(changed.is_ok().then_some(before))
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                // A terminal that is gone shows nothing anyway.
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            }
        }
    }
}

#[cfg(not(unix))]
mod echo {
    /// Elsewhere what is typed shows.
    pub(super) struct Hidden;

    impl Hidden {
        pub(super) const fn new() -> Self {
            Self
        }
    }
}
