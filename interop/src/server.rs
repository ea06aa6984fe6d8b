//! The server, as far as whoever started this program lets it be killed and started again: words on standard output, each
//! answered by `done` on standard input.

use crate::miss::{Miss, ensure};
use std::io::{self, Write};
use tokio::task::spawn_blocking;

/// Kills it without a word: its memory and its connections are gone.
pub(crate) async fn kill() -> Result<(), Miss> {
    ask("server kill").await
}

/// Starts it at the same address, and waits until it is up.
pub(crate) async fn start() -> Result<(), Miss> {
    ask("server start").await
}

async fn ask(words: &'static str) -> Result<(), Miss> {
    let reply = spawn_blocking(move || {
        let mut output = io::stdout().lock();
        writeln!(output, "{words}")?;
        output.flush()?;
        let mut reply = String::new();
        io::stdin().read_line(&mut reply).map(|_| reply)
    });
    let reply = reply.await??;
    ensure(reply.trim() == "done", || format!("`{words}` came to {reply:?}"))
}
