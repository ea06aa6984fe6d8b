//! Chromium without a screen, on the loopback only.

use crate::miss::Miss;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A running Chromium; it is ended when this is dropped.
pub(super) struct Chromium {
    _process: Child,
    log: PathBuf,
}

/// Nothing but the page: no services of the maker, no name but that of this machine.
const OPTIONS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "--enable-logging=stderr",
];

/// How many of the last lines of the log are shown.
const SHOWN: usize = 60;

impl Chromium {
    /// Opens `url`, with profile and log in `folder`.
    pub(super) fn start(program: &str, folder: &Path, url: &str) -> Result<Self, Miss> {
        let profiles = folder.join("profiles");
        // what a Chromium that is just ending still writes there goes with the next one
        let _ = fs::remove_dir_all(&profiles);
        let profile = profiles.join(std::process::id().to_string());
        let log = folder.join("chromium.log");
        let mut command = Command::new(program);
        command.args(OPTIONS).arg(format!("--user-data-dir={}", profile.display())).arg(url);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?).kill_on_drop(true);
        let started = command.spawn();
        let process = started.map_err(|error| Miss::new(format!("{program} does not start: {error}")))?;
        Ok(Self { _process: process, log })
    }

    /// Shows what the page wrote to its console, and what else Chromium has to say.
    pub(super) fn show_log(&self) {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        // the desktop that is not there
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains(":ERROR:dbus/")).collect();
        println!("the end of {}:", self.log.display());
        for line in lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default() {
            println!("  {line}");
        }
    }
}
