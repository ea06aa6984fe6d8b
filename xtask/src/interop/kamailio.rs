//! Kamailio as registrar and proxy between WebSocket users, alone or behind an edge, on free ports of the loopback.

use super::instance::Instance;
use super::{DOMAIN, Place, write};
use crate::failure::Failure;
use crate::workspace::read;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

/// Debian's packages: the server, its WebSocket, TLS and outbound parts.
pub(super) const PACKAGES: [&str; 4] =
    ["kamailio", "kamailio-websocket-modules", "kamailio-tls-modules", "kamailio-outbound-modules"];

/// What the configuration logs when the server is up.
pub(super) const READY: &str = "kamailio is ready";

/// Who takes the connections of the users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// The registrar itself.
    Alone,
    /// An edge proxy that adds Path (RFC 3327) with flow tokens (RFC 5626 §5).
    BehindEdge,
}

/// Running servers; they are stopped when this is dropped, and also when this process dies.
pub(super) struct Kamailio {
    /// The registrar, then the edge if there is one.
    instances: Vec<Instance>,
    /// Of whoever takes the connections.
    ports: Ports,
    algorithm: &'static str,
}

#[derive(Clone, Copy)]
struct Ports {
    ws: u16,
    wss: u16,
    /// Between edge and registrar.
    sip: u16,
}

impl Kamailio {
    /// Starts it with digest challenges of `algorithm`, and waits until it is up.
    ///
    /// # Errors
    /// What it logged when it does not come up.
    pub(super) fn start(place: &Place, layout: Layout, algorithm: &'static str) -> Result<Self, Failure> {
        let registrar = Ports::free()?;
        let folder = place.state.join(format!("kamailio-{algorithm}"));
        configure(place, "kamailio.cfg", &folder, &registrar.values(algorithm, registrar.sip))?;
        let mut instances = vec![Instance::start("kamailio.cfg", folder)?];
        let ports = match layout {
            Layout::Alone => registrar,
            Layout::BehindEdge => {
                let edge = Ports::free()?;
                let folder = place.state.join(format!("edge-{algorithm}"));
                configure(place, "edge.cfg", &folder, &edge.values(algorithm, registrar.sip))?;
                instances.push(Instance::start("edge.cfg", folder)?);
                edge
            }
        };
        println!(
            "\nkamailio ({layout:?}) on ws://127.0.0.1:{} and wss://localhost:{}, digest {algorithm}",
            ports.ws, ports.wss
        );
        Ok(Self { instances, ports, algorithm })
    }

    /// Kills all of it without a word, with its memory and its connections.
    pub(super) fn kill(&mut self) {
        self.instances.iter_mut().for_each(Instance::kill);
    }

    /// Starts what was killed, on the same ports.
    ///
    /// # Errors
    /// What it logged when it does not come up.
    pub(super) fn start_again(&mut self) -> Result<(), Failure> {
        self.instances.iter_mut().try_for_each(Instance::start_again)
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

    /// Prints the last lines of its logs.
    pub(super) fn show_log(&self) {
        self.instances.iter().for_each(Instance::show_log);
    }
}

impl Ports {
    /// Three ports that nobody listens on at this moment.
    fn free() -> Result<Self, Failure> {
        let listen = || TcpListener::bind("127.0.0.1:0");
        let ports = listen().and_then(|ws| {
            let (wss, sip) = (listen()?, listen()?);
            let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
            Ok(Self { ws: port(&ws)?, wss: port(&wss)?, sip: port(&sip)? })
        });
        ports.map_err(|error| Failure::new(format!("no free port: {error}")))
    }

    /// What a template says of ports and digest.
    fn values(&self, algorithm: &str, registrar: u16) -> [(&'static str, String); 5] {
        [
            ("@WS_PORT@", self.ws.to_string()),
            ("@WSS_PORT@", self.wss.to_string()),
            ("@SIP_PORT@", self.sip.to_string()),
            ("@CORE_PORT@", registrar.to_string()),
            ("@ALGORITHM@", algorithm.to_owned()),
        ]
    }
}

/// Fills in the templates.
fn configure(
    place: &Place,
    file: &str,
    folder: &Path,
    values: &[(&'static str, String)],
) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let places = [
        ("@STATE@", folder.display().to_string()),
        ("@CERTIFICATE@", place.certificate("server.pem").display().to_string()),
        ("@KEY@", place.certificate("server.key").display().to_string()),
        ("@DOMAIN@", DOMAIN.to_owned()),
        ("@READY@", READY.to_owned()),
    ];
    for file in [file, "tls.cfg"] {
        let template = read(&place.files.join(file))?;
        let all = places.iter().chain(values);
        let text = all.fold(template, |text, (name, value)| text.replace(name, value));
        write(&folder.join(file), &text)?;
    }
    Ok(())
}
