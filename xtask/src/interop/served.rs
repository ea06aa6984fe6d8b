//! A program that may have its server killed and started again: it says `server kill` or `server start` on its standard
//! output and reads `done` when that is so.

use super::kamailio::Kamailio;
use crate::failure::Failure;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// Runs `command` with its other output on this terminal.
///
/// # Errors
/// When it does not start, does not end well, or the server does not come up.
pub(super) fn run(command: &mut Command, server: &mut Kamailio) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::new(format!("the program is lost: {error}"));
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(broken)?;
    let mut replies = program.stdin.take();
    let lines = program.stdout.take().map(BufReader::new);
    let mut outcome = Ok(());
    for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
        outcome = match line.as_str() {
            "server kill" => {
                server.kill();
                Ok(())
            }
            "server start" => server.start_again(),
            line => {
                println!("{line}");
                continue;
            }
        };
        if outcome.is_err() {
            break;
        }
        if let Some(replies) = &mut replies {
            // it has ended when this fails, which its status tells
            let _ = replies.write_all(b"done\n");
        }
    }
    drop(replies);
    let status = program.wait().map_err(broken)?;
    outcome?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("the scenario ended with {status}"))) }
}
