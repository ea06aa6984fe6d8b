//! The example URIs of RFC 3261 §19.1.3, component by component.

use sip_uri::{Mode, SipUri};
use std::fmt::Write as _;

const EXAMPLES: [&str; 8] = [
    "sip:alice@atlanta.com",
    "sip:alice:secretword@atlanta.com;transport=tcp",
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    "sips:1212@gateway.com",
    "sip:alice@192.0.2.4",
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@atlanta.com",
];

/// One line per component that is there, after the text.
fn describe(uri: &SipUri) -> String {
    let mut out = format!("{uri}\n  scheme {}\n", uri.scheme());
    for (name, value) in [("user", uri.user()), ("password", uri.password())] {
        if let Some(value) = value {
            writeln!(out, "  {name} {value:?}").unwrap();
        }
    }
    writeln!(out, "  host {:?}", uri.host()).unwrap();
    if let Some(port) = uri.port() {
        writeln!(out, "  port {port}").unwrap();
    }
    for param in uri.params() {
        writeln!(out, "  param {:?} {:?}", param.name, param.value).unwrap();
    }
    for (name, value) in uri.headers() {
        writeln!(out, "  header {name:?} {value:?}").unwrap();
    }
    out
}

#[test]
fn rfc3261_19_1_3_components() {
    let described: String =
        EXAMPLES.map(|text| describe(&SipUri::parse(text, Mode::Strict).unwrap())).concat();
    insta::assert_snapshot!(described);
}

#[test]
fn both_modes_read_the_examples_alike() {
    for text in EXAMPLES {
        let strict = SipUri::parse(text, Mode::Strict).unwrap();
        let lenient = SipUri::parse(text, Mode::Lenient).unwrap();
        assert_eq!(describe(&strict), describe(&lenient));
        assert_eq!(strict.to_string(), text);
    }
}

#[test]
fn addresses_ports_and_flags() {
    let uri: SipUri = "sip:bob:@[2001:db8::1]:5060;lr=on;ob;x=;maddr=[::1]?body=".parse().unwrap();
    insta::assert_snapshot!(describe(&uri), @r#"
    sip:bob:@[2001:db8::1]:5060;lr=on;ob;x=;maddr=[::1]?body=
      scheme sip
      user "bob"
      password ""
      host V6(2001:db8::1)
      port 5060
      param "lr" Some("on")
      param "ob" None
      param "x" Some("")
      param "maddr" Some("[::1]")
      header "body" ""
    "#);
}

#[test]
fn ac44_every_spelling_of_lr_is_a_loose_router() {
    for param in [";lr", ";r2=on", ";r2=on;lr=on", ";lr=on", ";lr=true", ";LR", ";transport=ws;lr;x"] {
        assert!(format!("sip:h{param}").parse::<SipUri>().unwrap().is_loose_router(), "{param}");
    }
    assert!(!"sip:lr@h;lrx?lr=1".parse::<SipUri>().unwrap().is_loose_router());
}
