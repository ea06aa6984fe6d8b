//! `cargo xtask interop`: our user agents against foreign servers and foreign user agents, on the loopback.
//!
//! This side installs and starts the peers; the program of the crate `interop` is then run against them.

mod certificate;
mod kamailio;
mod sipjs;

use crate::debian;
use crate::failure::Failure;
use crate::shell::{cargo, run as run_command};
use certificate::Certificate;
use kamailio::Kamailio;
use std::fs;
use std::path::{Path, PathBuf};

/// The domain of all users.
const DOMAIN: &str = "example.test";

/// Runs the user agents against the peer that `arguments` name.
///
/// # Errors
/// When anything expected of the peer or of us does not come about.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [peer] if peer == "kamailio" => kamailio(root),
        _ => Err(Failure::new("which peer? There is `cargo xtask interop kamailio`")),
    }
}

/// All scenarios with Kamailio: digest with MD5 over WS and WSS, SIP.js as the other user agent, digest with SHA-256.
fn kamailio(root: &Path) -> Result<(), Failure> {
    run_command(cargo(root).args(["build", "--quiet", "--package", "interop"]))?;
    debian::need(&kamailio::PACKAGES)?;
    let place = Place::new(root)?;
    let certificate = Certificate::make(&place.state)?;
    let node = sipjs::install(&place)?;
    let scenarios = |algorithm, scenarios: &[Scenario]| {
        let server = Kamailio::start(&place, &certificate, algorithm)?;
        scenarios.iter().try_for_each(|scenario| scenario.run(root, &server, &certificate, &node))
    };
    scenarios("MD5", &[Scenario::PairOverWs, Scenario::PairOverWss, Scenario::Sipjs])?;
    scenarios("SHA-256", &[Scenario::PairOverWss])?;
    println!("\ninterop kamailio: every step came about; logs in {}", place.state.display());
    Ok(())
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
}

/// What the program of the crate `interop` can play.
#[derive(Clone, Copy)]
enum Scenario {
    PairOverWs,
    PairOverWss,
    Sipjs,
}

impl Scenario {
    fn run(
        self,
        root: &Path,
        server: &Kamailio,
        certificate: &Certificate,
        node: &Path,
    ) -> Result<(), Failure> {
        let mut command = cargo(root);
        command.args(["run", "--quiet", "--package", "interop", "--"]);
        match self {
            Self::PairOverWs => command.args(["pair", "--server", &server.ws()]),
            Self::PairOverWss => {
                command.args(["pair", "--server", &server.wss(), "--ca"]).arg(certificate.root())
            }
            Self::Sipjs => command.args(["sipjs", "--server", &server.ws(), "--script"]).arg(node),
        };
        command.args(["--domain", DOMAIN, "--algorithm", server.algorithm()]);
        println!();
        run_command(&mut command).inspect_err(|_| server.show_log())
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
