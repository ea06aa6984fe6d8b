//! The command line: which scenario, against which server.

use crate::miss::Miss;
use std::path::PathBuf;

/// What is played.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Scenario {
    /// Two user agents of ours.
    Pair,
    /// One of ours and SIP.js, led by this script.
    Sipjs { script: PathBuf },
    /// Two user agents of ours whose connections are lost, with a server that can be killed; an edge of ours may be between.
    Survival { is_behind_ours: bool },
    /// Two of ours, of which one has two flows: to the registrar, or to an edge before it.
    Flows { is_behind_edge: bool },
}

/// What the command line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Arguments {
    pub(crate) scenario: Scenario,
    /// The `ws:` or `wss:` address of the server.
    pub(crate) server: String,
    /// The domain of the users.
    pub(crate) domain: String,
    /// The digest algorithm that the server must ask for.
    pub(crate) algorithm: String,
    /// The root that issued the server's certificate, as PEM.
    pub(crate) root: Option<PathBuf>,
}

const USAGE: &str = "usage: interop pair|sipjs|survival|survival-behind-ours|flows|flows-behind-edge --server URL --domain DOMAIN --algorithm MD5|SHA-256 \
                     [--ca FILE] [--script FILE]\n       interop certificate FOLDER\n       \
                     interop browser FOLDER CHROMIUM";

impl Arguments {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, Miss> {
        let mut words = words.into_iter();
        let scenario = words.next().unwrap_or_default();
        let (mut server, mut domain, mut algorithm) = (None, None, None);
        let (mut root, mut script) = (None, None);
        while let (Some(option), value) = (words.next(), words.next()) {
            match option.as_str() {
                "--server" => server = value,
                "--domain" => domain = value,
                "--algorithm" => algorithm = value,
                "--ca" => root = value.map(PathBuf::from),
                "--script" => script = value.map(PathBuf::from),
                _ => return Err(Miss::new(USAGE)),
            }
        }
        let usage = || Miss::new(USAGE);
        let scenario = match (scenario.as_str(), script) {
            ("pair", None) => Scenario::Pair,
            ("sipjs", Some(script)) => Scenario::Sipjs { script },
            ("survival", None) => Scenario::Survival { is_behind_ours: false },
            ("survival-behind-ours", None) => Scenario::Survival { is_behind_ours: true },
            ("flows", None) => Scenario::Flows { is_behind_edge: false },
            ("flows-behind-edge", None) => Scenario::Flows { is_behind_edge: true },
            _ => return Err(usage()),
        };
        Ok(Self {
            scenario,
            server: server.ok_or_else(usage)?,
            domain: domain.ok_or_else(usage)?,
            algorithm: algorithm.ok_or_else(usage)?,
            root,
        })
    }

    /// The address-of-record of a user.
    pub(crate) fn aor(&self, user: &str) -> String {
        format!("sip:{user}@{}", self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Miss> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn what_a_scenario_needs_must_be_there() {
        assert!(parse("pair --server ws://a --domain b --algorithm MD5").is_ok());
        assert!(parse("survival --server ws://a --domain b --algorithm MD5").is_ok());
        assert!(parse("survival-behind-ours --server ws://a --domain b --algorithm MD5").is_ok());
        assert!(parse("flows --server ws://a --domain b --algorithm MD5").is_ok());
        assert!(parse("flows-behind-edge --server ws://a --domain b --algorithm MD5").is_ok());
        assert!(parse("sipjs --server ws://a --domain b --algorithm MD5 --script c").is_ok());
        for line in
            ["", "pair", "sipjs --server ws://a --domain b --algorithm MD5", "pair --server", "pair --x y"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
