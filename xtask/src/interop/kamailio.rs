//! Kamailio as registrar and proxy between WebSocket users, on free ports of the loopback.

use super::certificate::Certificate;
use super::{DOMAIN, Place, write};
use crate::failure::Failure;
use crate::workspace::read;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Debian's packages: the server, its WebSocket and TLS parts, and openssl for the certificate.
pub(super) const PACKAGES: [&str; 4] =
    ["kamailio", "kamailio-websocket-modules", "kamailio-tls-modules", "openssl"];

/// What the configuration logs when the server is up.
const READY: &str = "kamailio is ready";
const START: Duration = Duration::from_secs(20);
/// After so many seconds the server is ended even if nobody is left to do so.
const LIFETIME: &str = "600";

/// A running Kamailio; it is stopped when this is dropped, and also when this process dies.
pub(super) struct Kamailio {
    process: Child,
    ports: Ports,
    algorithm: &'static str,
    log: PathBuf,
}

struct Ports {
    ws: u16,
    wss: u16,
}

impl Kamailio {
    /// Starts it with digest challenges of `algorithm`, and waits until it is up.
    ///
    /// # Errors
    /// What it logged when it does not come up.
    pub(super) fn start(
        place: &Place,
        certificate: &Certificate,
        algorithm: &'static str,
    ) -> Result<Self, Failure> {
        let folder = place.state.join(format!("kamailio-{algorithm}"));
        let ports = Ports::free()?;
        configure(place, certificate, &folder, &ports, algorithm)?;
        println!(
            "\nkamailio on ws://127.0.0.1:{} and wss://localhost:{}, digest {algorithm}",
            ports.ws, ports.wss
        );
        let mut process = command(&folder).spawn().map_err(not_started)?;
        let log = folder.join("kamailio.log");
        let lines = process.stderr.take().map(BufReader::new);
        let server = Self { process, ports, algorithm, log };
        let file = File::create(&server.log).map_err(|error| Failure::new(format!("cannot log: {error}")))?;
        let (up, is_up) = mpsc::channel();
        thread::spawn(move || lines.into_iter().for_each(|lines| copy(lines, &file, &up)));
        match is_up.recv_timeout(START) {
            Ok(()) => Ok(server),
            Err(_) => {
                server.show_log();
                Err(Failure::new("kamailio did not come up"))
            }
        }
    }

    pub(super) fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.ports.ws)
    }

    /// By name, so that the name check of the certificate is about a name.
    pub(super) fn wss(&self) -> String {
        format!("wss://localhost:{}", self.ports.wss)
    }

    /// The digest algorithm of its challenges, as in the `algorithm` parameter (RFC 7616 §3.3).
    pub(super) const fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// Prints the last lines of its log.
    pub(super) fn show_log(&self) {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        println!("--- the end of {}", self.log.display());
        for line in lines.iter().skip(lines.len().saturating_sub(40)) {
            println!("{line}");
        }
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // `timeout` hands the signal on, and kills what does not listen to it
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        match self.process.wait() {
            Ok(status) => println!("kamailio (process {}) has ended: {status}", self.process.id()),
            Err(error) => println!("kamailio (process {}) was not ended: {error}", self.process.id()),
        }
    }
}

impl Ports {
    /// Two ports that nobody listens on at this moment.
    fn free() -> Result<Self, Failure> {
        let listen = || TcpListener::bind("127.0.0.1:0");
        let ports = listen().and_then(|ws| {
            let wss = listen()?;
            Ok(Self { ws: ws.local_addr()?.port(), wss: wss.local_addr()?.port() })
        });
        ports.map_err(|error| Failure::new(format!("no free port: {error}")))
    }
}

/// Fills in the templates.
fn configure(
    place: &Place,
    certificate: &Certificate,
    folder: &Path,
    ports: &Ports,
    algorithm: &str,
) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let (chain, key) = certificate.server();
    let values = [
        ("@STATE@", folder.display().to_string()),
        ("@CERTIFICATE@", chain.display().to_string()),
        ("@KEY@", key.display().to_string()),
        ("@WS_PORT@", ports.ws.to_string()),
        ("@WSS_PORT@", ports.wss.to_string()),
        ("@DOMAIN@", DOMAIN.to_owned()),
        ("@ALGORITHM@", algorithm.to_owned()),
        ("@READY@", READY.to_owned()),
    ];
    for file in ["kamailio.cfg", "tls.cfg"] {
        let template = read(&place.files.join(file))?;
        let text = values.iter().fold(template, |text, (name, value)| text.replace(name, value));
        write(&folder.join(file), &text)?;
    }
    Ok(())
}

/// The server in the foreground, with its parent's death as a reason to end.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "timeout", "--kill-after=5", LIFETIME]);
    command.args(["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-f", "kamailio.cfg"]);
    command.arg("-Y").arg(folder).arg("-w").arg(folder).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Copies what the server logs into the file, and tells when it is up.
fn copy(lines: impl BufRead, mut file: &File, up: &mpsc::Sender<()>) {
    for line in lines.split(b'\n').map_while(Result::ok) {
        if String::from_utf8_lossy(&line).contains(READY) {
            // nobody waits any more when it is late
            let _ = up.send(());
        }
        // a log that cannot be written is no reason to stop the server by not reading
        let _ = file.write_all(&[&line[..], b"\n"].concat());
    }
}

fn not_started(error: std::io::Error) -> Failure {
    Failure::new(format!("kamailio could not be started: {error}"))
}
