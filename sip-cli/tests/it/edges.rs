//! Servers and user agents as processes of their own: a registrar, two edges, and one of them killed in a call (RFC 5626).

use std::cell::OnceCell;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// A command that runs until it is dropped.
struct Running {
    process: Child,
    lines: Receiver<String>,
    url: OnceCell<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sip"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok();
        });
        Self { process, lines, url: OnceCell::new() }
    }

    /// The next line that has `text` in it.
    fn line(&self, text: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(20)) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => before.push(line),
                Err(error) => panic!("no `{text}` ({error}) after {before:#?}"),
            }
        }
    }

    /// All lines up to the one that has `text` in it.
    fn until(&self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| !line.contains(text)) {
            lines.push(self.line(""));
        }
        lines
    }

    /// The address that a server says it serves on.
    fn url(&self) -> String {
        let said = || {
            let line = self.line("; Ctrl-C ends");
            let address = line.split([' ', ';']).rfind(|word| word.starts_with("ws://"));
            address.unwrap().to_owned()
        };
        self.url.get_or_init(said).clone()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(options: &[&str]) -> Running {
    Running::start(&[&["serve", "--listen", "127.0.0.1:0"], options].concat())
}

fn user_agent(word: &[&str], user: &str, number: u8, servers: &str) -> Running {
    let aor = format!("sip:{user}@example.test");
    let instance = format!("urn:uuid:00000000-0000-1000-8000-00000000000{number}");
    let account = ["--aor", &aor, "--password", "secret", "--instance", &instance, "--server", servers];
    Running::start(&[word, &account, &["--flows", "2"]].concat())
}

/// Kills either of two edges in the middle of a call. The edges are in front of what `between` starts in front of the
/// registrar, with these options of their own.
fn kill_in_a_call(between: impl Fn(&str) -> Option<Running>, own: &[&str]) {
    let mut interrupted = 0;
    for killed in 0..2 {
        let registrar = serve(&["--flow-timer", "30"]);
        let inner = between(&registrar.url());
        let url = inner.as_ref().unwrap_or(&registrar).url();
        let edge = |options: &[&str]| serve(&[&["--edge-of", &url], own, options].concat());
        let mut edges = [edge(&["--flow-timer", "30"]), edge(&[])];
        let servers = edges.each_ref().map(Running::url).join(",");
        let bob = user_agent(&["listen"], "bob", 1, &servers);
        bob.line("registered");
        bob.line("registered for");
        let alice = user_agent(&["call", "bob", "--duration", "5"], "alice", 2, &servers);
        alice.line("established");
        bob.line("established");
        edges.get_mut(killed).unwrap().kill();
        let [bob, alice] =
            [bob.until("ended: hung up by the other side"), alice.until("ended: hung up by this side")];
        // by which edge either of them is reached depends on which of two registrations came last
        for lines in [bob, alice] {
            let count = |text| lines.iter().filter(|line| line.contains(text)).count();
            assert_eq!(count("interrupted"), count("resumed"), "{lines:?}");
            interrupted += count("interrupted");
        }
    }
    assert!(interrupted > 0, "each of the two has its dialog on one of the edges");
}

#[test]
fn ac40_a_call_outlives_the_kill_of_either_edge() {
    kill_in_a_call(|_| None, &[]);
}

#[test]
fn ac40_a_call_outlives_the_kill_of_either_edge_in_front_of_an_edge() {
    let inner = |registrar: &str| Some(serve(&["--edge-of", registrar]));
    kill_in_a_call(inner, &["--name", "outer.example.test"]);
}

/// Bob sees nothing of alice in the Contact of her call and reaches her there to hang up.
#[test]
fn rfc5627_a_call_by_a_temporary_gruu_shows_no_address() {
    let registrar = serve(&[]);
    let url = registrar.url();
    let account = ["--password", "secret", "--server", &url];
    let listen: &[&str] = &["listen", "--calls", "1", "--aor", "sip:bob@example.test"];
    let bob = Running::start(&[listen, &account].concat());
    bob.line("registered");
    let call: &[&str] = &["call", "bob", "--duration", "1", "--trace", "--aor", "sip:alice@example.test"];
    let gruu: &[&str] =
        &["--instance", "urn:uuid:00000000-0000-1000-8000-000000000009", "--gruu", "temporary"];
    let shown = crate::run::sip(&[call, gruu, &account].concat());
    let invite = shown.split("INVITE sip:bob@example.test SIP/2.0").nth(1).unwrap();
    let invite = invite.split("SIP/2.0 ").next().unwrap();
    assert!(invite.contains("Contact: <sip:tgruu."), "{shown}");
    assert!(shown.ends_with("exit 0\n"), "{shown}");
    bob.until("ended: hung up by the other side");
}

#[test]
fn an_edge_says_that_its_registrar_cannot_be_reached() {
    let shown = crate::run::sip(&["serve", "--listen", "127.0.0.1:0", "--edge-of", "ws://127.0.0.1:1"]);
    assert!(
        shown.contains("stderr: sip: the server did not start: no registrar: cannot connect to 127.0.0.1:1"),
        "{shown}"
    );
    assert!(shown.ends_with("exit 3\n"), "{shown}");
    let shown = crate::run::sip(&["serve", "--edge-of", "http://127.0.0.1:1"]);
    assert!(shown.ends_with("exit 2\n"), "{shown}");
}
