//! Runs the real binary.

use std::io::Write as _;
use std::process::{Command, Stdio};

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
