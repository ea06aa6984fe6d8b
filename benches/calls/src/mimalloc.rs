//! Messages with another allocator: the program `mimalloc` measures them and prints a line for each transport and number
//! of calls, which is read here.

use crate::clock::PerMessage;
use crate::pair::Transport;
use std::path::Path;
use std::process::Command;

impl PerMessage {
    /// The line that [`read`] reads.
    #[must_use]
    pub fn line(&self, transport: Transport) -> String {
        let Self { calls, further_call, inside } = self;
        format!("{}\t{calls}\t{further_call}\t{inside}", transport.name())
    }
}

/// Reads what the program printed of a transport: with few calls and with many.
#[must_use]
pub fn read(output: &str, transport: Transport) -> Option<[PerMessage; 2]> {
    let mut lines =
        output.lines().filter_map(|line| line.strip_prefix(transport.name())?.strip_prefix('\t')).map(cost);
    Some([lines.next()??, lines.next()??])
}

fn cost(line: &str) -> Option<PerMessage> {
    let (calls, times) = line.split_once('\t')?;
    let (further_call, inside) = times.split_once('\t')?;
    Some(PerMessage {
        calls: calls.parse().ok()?,
        further_call: further_call.parse().ok()?,
        inside: inside.parse().ok()?,
    })
}

/// What the program beside `own` prints.
#[must_use]
pub fn measured(own: &Path, is_smoke: bool) -> String {
    let mut program = Command::new(own.with_file_name("mimalloc"));
    let output = program.args(is_smoke.then_some("--smoke")).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        let costs = [100, 1_000].map(|calls| PerMessage { calls, further_call: 1.5, inside: 2.0 });
        let output: String = costs.iter().map(|cost| cost.line(Transport::Udp) + "\n").collect();
        assert_eq!(read(&output, Transport::Udp), Some(costs));
        assert_eq!(read(&output, Transport::WebSocket), None);
    }
}
