//! `sip register --fetch`, `--remove` and `--remove-all`.

use crate::run::{Server, sip};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A device that stays registered until it is dropped.
struct Device(Child);

impl Device {
    fn start(server: &Server, more: &[&str]) -> Self {
        let arguments = ["register", "--aor", "sip:alice@example.test", "--password", "secret", "--server"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_sip"))
            .args(arguments)
            .arg(server.url())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = BufReader::new(child.stdout.as_mut().unwrap()).lines().next().unwrap().unwrap();
        assert!(line.starts_with("registered"), "{line}");
        Self(child)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn bindings_are_printed_and_removed() {
    let server = Server::start();
    let register = |more: &[&str]| {
        let account = ["register", "--aor", "sip:alice@example.test", "--password", "secret"];
        sip(&[&account, &["--server", server.url()][..], more].concat())
    };
    assert_eq!(register(&["--fetch"]), "sip:alice@example.test has no bindings\nexit 0\n");
    let instance = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";
    let _phone = Device::start(&server, &["--instance", instance]);
    let _desk = Device::start(&server, &[]);
    let shown = register(&["--fetch"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 3, "{shown}");
    assert!(lines[0].ends_with(&format!(" s, instance {instance}, reg-id 1")), "{shown}");
    assert!(lines[1].contains(".invalid;transport=ws, for ") && !lines[1].contains("instance"), "{shown}");
    let desk = lines[1].split(", ").next().unwrap();
    let left = register(&["--remove", desk]);
    assert!(left.lines().count() == 2 && left.contains(instance), "{left}");
    assert_eq!(register(&["--remove-all"]), "sip:alice@example.test has no bindings\nexit 0\n");
    assert_eq!(register(&["--fetch"]), "sip:alice@example.test has no bindings\nexit 0\n");
    let wrong = register(&["--remove", "no uri"]);
    assert!(wrong.contains("is no URI") && wrong.ends_with("exit 2\n"), "{wrong}");
    let twice = register(&["--fetch", "--remove-all"]);
    assert!(twice.contains("cannot be used with"), "{twice}");
}
