//! Instructions, counted by callgrind: this program makes some calls and then more, and the difference is the calls
//! alone, their timeouts included.

use crate::clock::{as_float, calls};
use crate::pair::{Pair, SETTLED, Transport};
use std::path::Path;
use std::process::Command;

/// The word that makes this program do nothing but calls.
pub const WORD: &str = "--only";

const FEW: usize = 20;
const MANY: usize = 120;

/// The instructions of a complete call, both ends; `None` without valgrind.
#[must_use]
pub fn per_call(own: &Path, transport: Transport) -> Option<f64> {
    Some((counted(own, transport, MANY)? - counted(own, transport, FEW)?) / as_float(MANY - FEW))
}

/// Makes `count` calls and lets them time out.
pub fn only(transport: &str, count: usize) {
    for transport in Transport::ALL.into_iter().filter(|known| known.name() == transport) {
        let mut pair = Pair::new(transport);
        calls(&mut pair, count);
        pair.pass(SETTLED);
    }
}

/// All instructions of a run.
fn counted(own: &Path, transport: Transport, count: usize) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args([WORD, transport.name(), &count.to_string()])
        .output()
        .ok()?;
    let log = String::from_utf8_lossy(&output.stderr);
    log.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok()
}
