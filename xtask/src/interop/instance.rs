//! One Kamailio process, with its children and its log.

use super::kamailio::READY;
use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const START: Duration = Duration::from_secs(20);
/// After so many seconds the server is ended even if nobody is left to do so.
const LIFETIME: &str = "600";

/// A running server of one configuration.
pub(super) struct Instance {
    configuration: &'static str,
    folder: PathBuf,
    process: Child,
}

impl Instance {
    /// Starts the server of `configuration` in `folder`, and waits until it is up.
    ///
    /// # Errors
    /// What it logged when it does not come up.
    pub(super) fn start(configuration: &'static str, folder: PathBuf) -> Result<Self, Failure> {
        File::create(folder.join(LOG)).map_err(|error| no_log(&error))?;
        let mut process = command(configuration, &folder).spawn().map_err(not_started)?;
        let up = log(&mut process, &folder);
        let instance = Self { configuration, folder, process };
        up.and_then(|up| instance.wait(&up))?;
        Ok(instance)
    }

    /// Ends the process and its children as a power cut would.
    pub(super) fn kill(&mut self) {
        // `timeout` leads a process group of its own, in which the server is
        self.signal("-KILL", &format!("-{}", self.process.id()));
        let _ = self.process.wait();
    }

    /// Starts it again after [`Self::kill`], with the same configuration and log.
    ///
    /// # Errors
    /// What it logged when it does not come up.
    pub(super) fn start_again(&mut self) -> Result<(), Failure> {
        self.process = command(self.configuration, &self.folder).spawn().map_err(not_started)?;
        let up = log(&mut self.process, &self.folder)?;
        self.wait(&up)
    }

    /// Prints the last lines of its log.
    pub(super) fn show_log(&self) {
        let path = self.folder.join(LOG);
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        println!("--- the end of {}", path.display());
        for line in lines.iter().skip(lines.len().saturating_sub(40)) {
            println!("{line}");
        }
    }

    fn wait(&self, up: &mpsc::Receiver<()>) -> Result<(), Failure> {
        up.recv_timeout(START).map_err(|_| {
            self.show_log();
            Failure::new(format!("kamailio with {} did not come up", self.configuration))
        })
    }

    fn signal(&self, signal: &str, process: &str) {
        // fails when the process has ended, which is what is wanted
        let _ = Command::new("kill").args([signal, "--", process]).stderr(Stdio::null()).status();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // `timeout` hands the signal on, and kills what does not listen to it
        self.signal("-TERM", &self.process.id().to_string());
        match self.process.wait() {
            Ok(status) => println!("kamailio (process {}) has ended: {status}", self.process.id()),
            Err(error) => println!("kamailio (process {}) was not ended: {error}", self.process.id()),
        }
    }
}

/// The server in the foreground, with its parent's death as a reason to end.
fn command(configuration: &str, folder: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "timeout", "--kill-after=5", LIFETIME]);
    command.args(["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-f", configuration]);
    command.arg("-Y").arg(folder).arg("-w").arg(folder).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Writes what the server logs into its file, and tells when it is up.
fn log(process: &mut Child, folder: &Path) -> Result<mpsc::Receiver<()>, Failure> {
    let lines = process.stderr.take().map(BufReader::new);
    let file = OpenOptions::new().append(true).open(folder.join(LOG)).map_err(|error| no_log(&error))?;
    let (up, is_up) = mpsc::channel();
    thread::spawn(move || lines.into_iter().for_each(|lines| copy(lines, &file, &up)));
    Ok(is_up)
}

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

fn no_log(error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot log: {error}"))
}

fn not_started(error: std::io::Error) -> Failure {
    Failure::new(format!("kamailio could not be started: {error}"))
}

const LOG: &str = "kamailio.log";
