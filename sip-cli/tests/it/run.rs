//! Runs the real binary.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

/// What the command printed, on both streams, and its exit code.
pub(crate) fn sip(arguments: &[&str]) -> String {
    sip_with(arguments, b"")
}

/// The same with this standard input.
pub(crate) fn sip_with(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sip"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/messages"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let mut shown = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    if !errors.is_empty() {
        shown.push_str(&format!("stderr: {errors}"));
    }
    shown + &format!("exit {}\n", output.status.code().unwrap())
}

/// A server on a free port, which ends with the test.
pub(crate) struct Server(Child, String);

impl Server {
    pub(crate) fn start() -> Self {
        Self::of("example.test")
    }

    /// The same for this domain.
    pub(crate) fn of(domain: &str) -> Self {
        Self::with(&["--user", "alice:secret", "--domain", domain])
    }

    /// A server with these options.
    pub(crate) fn with(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sip"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_whitespace()
                .find(|word| word.starts_with("ws://"))
                .map(|word| word.trim_end_matches(';').to_owned())
        });
        Self(child, url.unwrap())
    }

    /// Registers alice and leaves.
    pub(crate) fn register(&self, how: &[&str], input: &[u8]) -> String {
        let server = ["register", "--once", "--aor", "sip:alice@example.test", "--server", &self.1];
        sip_with(&[&server, how].concat(), input)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
