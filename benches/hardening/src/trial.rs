//! One attack on one server: its memory and its service meanwhile.

use crate::attack::{Attack, Scale};
use crate::memory::resident;
use crate::witness::{self, Testimony};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The word by which this program is started as the server.
pub const SERVE: &str = "serve";

/// What came of one attack.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The attack.
    pub attack: Attack,
    /// Connections of the attackers at a time.
    pub connections: usize,
    /// Connections that they opened in all.
    pub opened: usize,
    /// The resident memory of the server before, in KiB.
    pub before: Option<u64>,
    /// The most of it meanwhile, in KiB.
    pub peak: Option<u64>,
    /// What the client that behaves says.
    pub testimony: Testimony,
}

impl Finding {
    /// How much the attack made the server grow, in KiB.
    #[must_use]
    pub fn growth(&self) -> Option<u64> {
        Some(self.peak?.saturating_sub(self.before?))
    }

    /// How much it may: 16 MiB, and 16 KiB for each connection that stands with its handshake done.
    #[must_use]
    pub const fn permitted(&self) -> u64 {
        let standing = match self.attack {
            Attack::SilentConnections | Attack::SlowFrames => self.connections as u64 * 16,
            Attack::None
            | Attack::HalfOpen
            | Attack::SlowHandshakes
            | Attack::HandshakeFlood
            | Attack::OversizedFrames
            | Attack::MalformedFrames => 0,
        };
        16 * 1024 + standing
    }

    /// Whether the server kept within its memory and went on serving.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        let served = &self.testimony;
        self.growth().is_none_or(|growth| growth <= self.permitted())
            && served.unanswered == 0
            && !served.answers.is_empty()
            && !served.openings.is_empty()
    }
}

/// Starts a server of its own, lets it be attacked for `duration`, and ends it.
///
/// # Errors
/// When the server cannot be started.
pub fn run(attack: Attack, scale: Scale, duration: Duration) -> io::Result<Finding> {
    let (mut server, address) = start()?;
    let process = server.id();
    // what the first connections cost for good is no growth
    observe(address, Duration::from_millis(300))?;
    let before = resident(process);
    let end = Instant::now() + duration;
    let attackers =
        thread::spawn(move || runtime().map(|runtime| runtime.block_on(attack.run(address, scale, end))));
    let memory = thread::spawn(move || peak(process, end));
    let testimony = observe(address, duration)?;
    let opened = attackers.join().map_err(|_| io::Error::other("the attackers broke down"))??;
    let peak = memory.join().ok().flatten();
    // It ends with its standard input, too.
    let _ = server.kill();
    server.wait()?;
    let connections = attack.connections(scale).min(opened);
    Ok(Finding { attack, connections, opened, before, peak, testimony })
}

fn start() -> io::Result<(Child, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut server = command.arg(SERVE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let output = server.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    BufReader::new(output).read_line(&mut line)?;
    let address = line.trim().parse().map_err(io::Error::other)?;
    Ok((server, address))
}

fn observe(address: SocketAddr, duration: Duration) -> io::Result<Testimony> {
    let end = Instant::now() + duration;
    Ok(runtime()?.block_on(witness::watch(address, end)))
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn peak(process: u32, end: Instant) -> Option<u64> {
    let mut most = None;
    while Instant::now() < end {
        most = most.max(resident(process));
        thread::sleep(Duration::from_millis(20));
    }
    most
}
