//! `sip load`: what it does to a server, what it says of it, and where it stops.

use crate::run::{Server, sip};
use serde_json::Value;

/// A server for four users of a load.
fn server() -> Server {
    Server::with(&[
        "--user",
        "load0:secret",
        "--user",
        "load1:secret",
        "--user",
        "load2:secret",
        "--user",
        "load3:secret",
    ])
}

/// The result of a load of `agents` user agents with these options, and how it ended.
fn load(server: &Server, agents: &str, options: &[&str]) -> (Value, String) {
    let begin = ["load", "--server", server.url(), "--agents", agents, "--register-rate", "100", "--json"];
    let printed = sip(&[begin.as_slice(), options].concat());
    let (json, rest) = printed.split_at(printed.rfind('}').unwrap() + 1);
    (serde_json::from_str(json).unwrap(), rest.to_owned())
}

fn failed(report: &Value, what: &str) -> u64 {
    let summary = report.get(what).unwrap();
    let failures = summary["failures"].as_object().unwrap();
    failures.values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn a_load_registers_calls_and_ends_by_itself() {
    let options = ["--password", "secret", "--call-rate", "10", "--duration", "1", "--hold", "50"];
    let (report, end) = load(&server(), "4", &options);
    assert!(end.trim().ends_with("exit 0"), "{end}");
    assert_eq!(report["registrations"]["succeeded"], 4, "{report}");
    let calls = report["calls"]["succeeded"].as_u64().unwrap();
    assert!((5..=11).contains(&calls), "{report}");
    assert_eq!(failed(&report, "registrations") + failed(&report, "calls"), 0, "{report}");
    assert!(report["calls"]["p50_ms"].as_f64().unwrap() > 0.0, "{report}");
    assert!(end.contains("registered 4"), "a line each second: {end}");
}

#[test]
fn what_fails_in_a_load_is_counted_by_its_cause() {
    let (report, end) = load(&server(), "3", &["--password", "wrong"]);
    assert!(!end.trim().ends_with("exit 0"), "{end}");
    assert_eq!(
        (report["registrations"]["succeeded"].as_u64(), failed(&report, "registrations")),
        (Some(0), 3)
    );
    let causes = report["registrations"]["failures"].as_object().unwrap();
    assert_eq!(causes.len(), 1, "one cause: {report}");
}

#[test]
fn another_machine_is_loaded_on_purpose_only() {
    let refused = sip(&["load", "--server", "ws://192.0.2.1:5060"]);
    assert_eq!(
        refused,
        "stderr: sip: 192.0.2.1 is not this machine; --remote says that you mean it\nexit 2\n"
    );
}
