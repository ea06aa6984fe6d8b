//! The feature `serde`: messages and findings can be read, and come back as they were (RFC 3261 §7).

use insta::assert_snapshot;
use sip_message::{Deviation, Finding, Message, Mode, Request, Response, lint};
use std::fs;

fn round_trip(message: &Message) -> String {
    let json = serde_json::to_string_pretty(message).unwrap();
    let again: Message = serde_json::from_str(&json).unwrap();
    assert_eq!(again.to_bytes(), message.to_bytes(), "{json}");
    json
}

#[test]
fn every_message_of_the_vectors_comes_back() {
    for folder in ["rfc3261", "rfc3665", "rfc4475", "rfc5118", "rfc7118"] {
        for entry in fs::read_dir(format!("tests/vectors/{folder}")).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            if let Ok(message) = Message::parse_with(bytes.into(), Mode::Salvage) {
                round_trip(&message);
            }
        }
    }
}

#[test]
fn a_plain_message_is_its_parts() {
    let text = "MESSAGE sip:b@c.example SIP/2.0\r\nt: <sip:b@c.example>\r\nContent-Length: 2\r\n\r\nhi";
    assert_snapshot!(round_trip(&Message::parse(text.into()).unwrap()), @r#"
    {
      "method": "MESSAGE",
      "uri": "sip:b@c.example",
      "headers": [
        {
          "name": "t",
          "value": "<sip:b@c.example>"
        },
        {
          "name": "Content-Length",
          "value": "2"
        }
      ],
      "body": "hi"
    }
    "#);
}

#[test]
fn what_the_parts_do_not_say_is_in_the_wire() {
    let odd = Message::parse("SIP/2.0 200 OK\ns : a\n  b\n\n".into()).unwrap();
    assert!(round_trip(&odd).contains(r#""wire": "SIP/2.0 200 OK\ns : a\n  b\n"#));
    let bytes = Message::parse(b"SIP/2.0 200 OK\r\ns: \xff\r\nl: 1\r\n\r\n\xfe"[..].into()).unwrap();
    assert!(round_trip(&bytes).contains(r#""body": ["#));
}

#[test]
fn a_record_written_by_hand_cannot_forge_a_line() {
    let record = |name: &str, value: &str| serde_json::json!({"status": 200, "headers": [{"name": name, "value": value}], "body": ""});
    let response: Response = serde_json::from_value(record("Subject", "x")).unwrap();
    assert_eq!(response.to_bytes(), "SIP/2.0 200 OK\r\nSubject: x\r\nContent-Length: 0\r\n\r\n");
    for (name, value) in [("Subject", "x\r\nVia: y"), ("Subject: x\r\nVia", "y"), ("", "y")] {
        assert!(serde_json::from_value::<Response>(record(name, value)).is_err(), "{name}: {value}");
    }
    let error = serde_json::from_value::<Request>(record("Subject", "x")).unwrap_err();
    assert_eq!(error.to_string(), "a request expected, this is a response");
}

#[test]
fn a_body_changed_by_hand_gets_its_length() {
    let record = serde_json::json!({"method": "INFO", "uri": "sip:a@b", "headers": [{"name": "l", "value": "1"}], "body": "abc"});
    let request: Request = serde_json::from_value(record).unwrap();
    assert_eq!(request.to_bytes(), "INFO sip:a@b SIP/2.0\r\nl: 3\r\n\r\nabc");
}

#[test]
fn findings_come_back() {
    let bytes = fs::read("tests/vectors/rfc4475/badvers.dat").unwrap();
    let findings = lint(&Message::parse(bytes.into()).unwrap());
    assert!(!findings.is_empty());
    let json = serde_json::to_string(&findings).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Finding>>(&json).unwrap(), findings);
    assert!(json.contains(r#""rule":"version-unknown","section":"RFC 3261 §7.1","severity":"error""#));
    assert!(serde_json::from_str::<Vec<Finding>>(&json.replace("version-unknown", "nonsense")).is_err());
}

#[test]
fn deviations_come_back() {
    let deviations = Message::parse("BYE sip:#1@b SIP/2.0\ns: x\n\n".into()).unwrap().deviations();
    let json = serde_json::to_string(&deviations).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Deviation>>(&json).unwrap(), deviations);
    assert!(json.starts_with(
        r#"[{"name":"UriHashInUser","section":"RFC 3261 §19.1.2","start":8,"end":9,"message":"an unescaped #"#
    ));
    assert!(serde_json::from_str::<Vec<Deviation>>(&json.replace("UriHash", "Nonsense")).is_err());
    assert!(serde_json::from_str::<Deviation>(r#"{"name":"NotAField","start":2,"end":1}"#).is_err());
}
