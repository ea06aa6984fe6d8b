//! `cargo xtask interop`: our user agents against foreign servers and foreign user agents, on the loopback.
//!
//! This side installs and starts the peers; the program of the crate `interop` is then run against them.

mod instance;
mod kamailio;
mod served;
mod sipjs;

use crate::debian;
use crate::failure::Failure;
use crate::shell::{cargo, run as run_command};
use kamailio::{Kamailio, Layout};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The domain of all users.
const DOMAIN: &str = "example.test";

/// Runs the user agents against the peer that `arguments` name.
///
/// # Errors
/// When anything expected of the peer or of us does not come about.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    let mut names: Vec<&str> =
        PLAYED.iter().flat_map(|(_, _, scenarios)| *scenarios).map(|scenario| scenario.name()).collect();
    names.sort_unstable();
    names.dedup();
    match arguments {
        [peer] if peer == "kamailio" => kamailio(root, None),
        [peer, name] if peer == "kamailio" && names.contains(&name.as_str()) => kamailio(root, Some(name)),
        _ => Err(Failure::new(format!(
            "which peer? There is `cargo xtask interop kamailio`, or one of its scenarios behind that: {}",
            names.join(", ")
        ))),
    }
}

/// All scenarios with Kamailio, each with the digest algorithm that it asks for: alone, with SIP.js as the other user agent, calls
/// that outlive their connections, and edges that do Path and outbound, one of Kamailio and one of ours.
const PLAYED: [(Layout, &str, &[Scenario]); 3] = [
    (Layout::Alone, "MD5", &[Scenario::PairOverWs, Scenario::PairOverWss, Scenario::Sipjs]),
    (
        Layout::Alone,
        "SHA-256",
        &[
            Scenario::PairOverWss,
            Scenario::SurvivalOverWss,
            Scenario::SurvivalBehindOurs,
            Scenario::FlowsOverWss,
        ],
    ),
    (
        Layout::BehindEdge,
        "SHA-256",
        &[Scenario::PairOverWs, Scenario::SurvivalOverWs, Scenario::FlowsBehindEdge],
    ),
];

/// Plays them, or those of one name.
fn kamailio(root: &Path, only: Option<&str>) -> Result<(), Failure> {
    run_command(cargo(root).args(["build", "--quiet", "--package", "interop"]))?;
    debian::need(&kamailio::PACKAGES)?;
    let place = Place::new(root)?;
    run_command(interop(root).arg("certificate").arg(&place.state))?;
    let node = sipjs::install(&place)?;
    for (layout, algorithm, scenarios) in PLAYED {
        let is_wanted = |scenario: &&Scenario| only.is_none_or(|only| scenario.name() == only);
        let scenarios: Vec<&Scenario> = scenarios.iter().filter(is_wanted).collect();
        if scenarios.is_empty() {
            continue;
        }
        let mut server = Kamailio::start(&place, layout, algorithm)?;
        scenarios.iter().try_for_each(|scenario| scenario.run(&place, root, &mut server, &node))?;
    }
    println!("\ninterop kamailio: every step came about; logs in {}", place.state.display());
    Ok(())
}

/// The program that plays.
fn interop(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--package", "interop", "--"]);
    command
}

/// Where the peers' files come from and where they run.
struct Place {
    /// The files of the project: configurations and scripts.
    files: PathBuf,
    /// Keys, logs and installed packages, outside of what is kept.
    state: PathBuf,
}

impl Place {
    fn new(root: &Path) -> Result<Self, Failure> {
        let place = Self { files: root.join("interop/peers"), state: root.join("target/interop") };
        fs::create_dir_all(&place.state).map_err(|error| {
            Failure::new(format!("cannot make the folder {}: {error}", place.state.display()))
        })?;
        Ok(place)
    }

    /// One of the files that the program's word `certificate` makes: a private root that is in no trust store, and what
    /// it issued for the loopback.
    fn certificate(&self, file: &str) -> PathBuf {
        self.state.join(file)
    }
}

/// What the program of the crate `interop` can play.
#[derive(Clone, Copy)]
enum Scenario {
    PairOverWs,
    PairOverWss,
    Sipjs,
    SurvivalOverWs,
    SurvivalOverWss,
    SurvivalBehindOurs,
    FlowsBehindEdge,
    FlowsOverWss,
}

impl Scenario {
    const fn name(self) -> &'static str {
        match self {
            Self::PairOverWs | Self::PairOverWss => "pair",
            Self::Sipjs => "sipjs",
            Self::SurvivalOverWs | Self::SurvivalOverWss => "survival",
            Self::SurvivalBehindOurs => "survival-behind-ours",
            Self::FlowsBehindEdge => "flows-behind-edge",
            Self::FlowsOverWss => "flows",
        }
    }

    fn run(self, place: &Place, root: &Path, server: &mut Kamailio, node: &Path) -> Result<(), Failure> {
        let mut command = interop(root);
        let ca = place.certificate("ca.pem");
        match self {
            Self::PairOverWs | Self::SurvivalOverWs | Self::SurvivalBehindOurs | Self::FlowsBehindEdge => {
                command.args([self.name(), "--server", &server.ws()])
            }
            Self::PairOverWss | Self::SurvivalOverWss | Self::FlowsOverWss => {
                command.args([self.name(), "--server", &server.wss(), "--ca"]).arg(ca)
            }
            Self::Sipjs => command.args([self.name(), "--server", &server.ws(), "--script"]).arg(node),
        };
        command.args(["--domain", DOMAIN, "--algorithm", server.algorithm()]);
        println!();
        let played = match self {
            Self::PairOverWs
            | Self::PairOverWss
            | Self::Sipjs
            | Self::FlowsBehindEdge
            | Self::FlowsOverWss => run_command(&mut command),
            Self::SurvivalOverWs | Self::SurvivalOverWss | Self::SurvivalBehindOurs => {
                served::run(&mut command, server)
            }
        };
        played.inspect_err(|_| server.show_log())
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_peer_is_answered_with_the_known_one() {
        let failure = run(Path::new("."), &["asterisk".to_owned()]).unwrap_err();
        assert!(failure.to_string().contains("cargo xtask interop kamailio"), "{failure}");
    }
}
