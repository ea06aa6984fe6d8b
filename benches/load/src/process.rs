//! The two processes of a run: started on a core each, ended when the run is over or takes too long.

use crate::client::{self, Found};
use crate::ours;
use crate::size::Size;
use crate::stack::{Pairing, Stack};
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The server of a run, as its clients find it on the loopback interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Served {
    /// Its process.
    pub pid: u32,
    /// Its port.
    pub port: u16,
}

/// The longest that a process of a run lives.
const LIFETIME: Duration = Duration::from_secs(240);

/// The words with which this program is started as one of the two.
const SERVER: &str = "--server";
const CLIENT: &str = "--client";

/// Does the work of the process that `words` name; `None` when they name none.
#[must_use]
pub fn role(words: &[String]) -> Option<Result<(), String>> {
    let (name, words) = words.split_first()?;
    let is_server = match name.as_str() {
        SERVER => true,
        CLIENT => false,
        _ => return None,
    };
    Some(play(is_server, words))
}

fn play(is_server: bool, words: &[String]) -> Result<(), String> {
    let (pairing, words) = read_pairing(words).ok_or("not to be started by hand")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let work = async {
            if is_server {
                serve(pairing).await
            } else {
                let (served, size) = read_served(words).ok_or("not to be started by hand")?;
                client::run(pairing, size, served).await
            }
        };
        tokio::time::timeout(LIFETIME, work).await.map_err(|_| "took too long".to_owned())?
    })?;
    // Ten thousand goodbyes are not measured.
    runtime.shutdown_background();
    Ok(())
}

/// Serves until the standard input ends, so that nothing outlives the run.
async fn serve(pairing: Pairing) -> Result<(), String> {
    let ended = async {
        let mut input = tokio::io::stdin();
        // Nothing is ever written to it; an error is an end too.
        let _ = tokio::io::AsyncReadExt::read(&mut input, &mut [0]).await;
    };
    match pairing.server {
        Stack::Ours => ours::serve(pairing.digest, ended).await,
        #[cfg(feature = "peers")]
        Stack::Rsipstack => crate::rsipstack::serve(ended).await,
        #[cfg(not(feature = "peers"))]
        Stack::Rsipstack => Err("built without rsipstack".to_owned()),
    }
}

/// What a server prints when it listens.
pub(crate) fn say_port(port: u16) {
    println!("{port}");
}

/// Runs server and clients of a pairing, and tells what the clients found.
///
/// # Errors
/// When one of the two cannot be started or ends without a result.
pub fn run(pairing: Pairing, size: Size) -> Result<Found, String> {
    let failed = |error: std::io::Error| error.to_string();
    let [first, second] = cores();
    let mut server = command(first, SERVER, pairing)?;
    let mut server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let outcome = attend(&mut server, second, pairing, size);
    // The end of its input ends the server; what it answers then is not wanted.
    drop(server.stdin.take());
    let _ = server.wait();
    outcome
}

fn attend(server: &mut Child, core: Option<usize>, pairing: Pairing, size: Size) -> Result<Found, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut port = String::new();
    let output = server.stdout.take().ok_or("the server has no output")?;
    BufReader::new(output).read_line(&mut port).map_err(failed)?;
    let port = port.trim().to_owned();
    let mut clients = command(core, CLIENT, pairing)?;
    clients.args([server.id().to_string(), port]).args(size.words());
    let mut clients = clients.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut text = String::new();
    if let Some(mut output) = clients.stdout.take() {
        output.read_to_string(&mut text).map_err(failed)?;
    }
    let status = clients.wait().map_err(failed)?;
    if status.success() { Ok(Found::read(&text)) } else { Err(format!("the clients ended with {status}")) }
}

/// This program, or the one beside it that has mimalloc, in another role, kept to one core where `taskset` is installed.
fn command(core: Option<usize>, role: &str, pairing: Pairing) -> Result<Command, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let own = if pairing.mimalloc { own.with_file_name("mimalloc") } else { own };
    let mut command = match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core.to_string()).arg(own);
            command
        }
        None => Command::new(own),
    };
    let digest = if pairing.digest { "digest" } else { "open" };
    command.args([role, pairing.client.name(), pairing.server.name(), digest]);
    Ok(command)
}

/// A core for each of the two, if there are two and processes can be kept to them.
#[must_use]
pub fn cores() -> [Option<usize>; 2] {
    let are_two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    let can_be_kept = || Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok();
    if are_two && can_be_kept() { [Some(0), Some(1)] } else { [None; 2] }
}

fn read_pairing(words: &[String]) -> Option<(Pairing, &[String])> {
    let (names, rest) = words.split_at_checked(3)?;
    let stack = |index: usize| Stack::read(names.get(index)?);
    let digest = names.last().is_some_and(|word| word == "digest");
    let pairing = Pairing::new(stack(0)?, stack(1)?);
    Some((if digest { pairing.with_digest() } else { pairing }, rest))
}

fn read_served(words: &[String]) -> Option<(Served, Size)> {
    let (served, size) = words.split_at_checked(2)?;
    let served = Served { pid: served.first()?.parse().ok()?, port: served.get(1)?.parse().ok()? };
    Some((served, Size::read(size)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_of_a_run_start_a_role() {
        assert!(role(&["--json".to_owned()]).is_none());
        assert!(role(&[CLIENT.to_owned()]).unwrap().is_err());
    }
}
