//! A foreign user agent in a process of its own: words go in, lines come out.

use crate::miss::Miss;
use crate::trace::Trace;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A running foreign user agent; it is ended when this is dropped.
pub(crate) struct Peer {
    name: &'static str,
    trace: Trace,
    process: Child,
    words: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts a program whose lines are noted under `name`.
    pub(crate) fn start(name: &'static str, trace: Trace, command: &mut Command) -> Result<Self, Miss> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let closed = || Miss::new(format!("{name} has no standard input or output"));
        let words = process.stdin.take().ok_or_else(closed)?;
        let lines = BufReader::new(process.stdout.take().ok_or_else(closed)?).lines();
        Ok(Self { name, trace, process, words, lines })
    }

    /// Tells it what to do.
    pub(crate) async fn tell(&mut self, words: &str) -> Result<(), Miss> {
        self.trace.note(self.name, format!("* {words}"));
        Ok(self.words.write_all(format!("{words}\n").as_bytes()).await?)
    }

    /// Waits for the line `wanted`; lines before it are noted and passed over, unless they tell of an error.
    pub(crate) async fn require(&mut self, wanted: &str) -> Result<(), Miss> {
        while let Some(line) = self.lines.next_line().await? {
            self.trace.note(self.name, format!("= {line}"));
            if line == wanted {
                return Ok(());
            }
            if line.starts_with("error") {
                break;
            }
        }
        Err(Miss::new(format!("{} did not say `{wanted}`", self.name)))
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> Result<(), Miss> {
        drop(self.words);
        let status = self.process.wait().await?;
        if status.success() { Ok(()) } else { Err(Miss::new(format!("{} ended with {status}", self.name))) }
    }
}
