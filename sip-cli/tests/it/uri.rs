//! `sip uri` and `sip uri-eq`.

use crate::run::{sip, sip_with};
use insta::assert_snapshot;

const URIS: &[&str] = &[
    "sip:user;par=u%40example.net@example.com",
    "sips:alice:secret@[2001:db8::1]:5061;lr;transport=tcp?Subject=x%20y",
    "tel:+1-201-555-0123;ext=7",
    "urn:service:sos",
    "sip:#1@host_1;;lr",
    "sip:192.0.2.1",
    "sip:a b@c.example",
    "not a URI",
];

#[test]
fn uris_are_taken_apart() {
    assert_snapshot!(sip(&[&["uri"], URIS].concat()));
}

#[test]
fn uris_as_json() {
    assert_snapshot!(sip(&[&["uri", "--json"], URIS].concat()));
}

#[test]
fn standard_input_has_one_uri_a_line() {
    assert_snapshot!(sip_with(&["uri", "-"], b"sip:a@b.example\ntel:112;phone-context=+49\n"));
}

#[test]
fn equivalent_uris_end_with_0_and_different_ones_with_1() {
    let same = ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"];
    assert_eq!(sip(&["uri-eq", same[0], same[1]]), "equivalent\nexit 0\n");
    assert_eq!(sip(&["uri-eq", "SIP:ALICE@AtLanTa.CoM", "sip:alice@AtLanTa.CoM"]), "different\nexit 1\n");
}

#[test]
fn what_is_no_uri_cannot_be_compared() {
    assert_snapshot!(sip(&["uri-eq", "sip:a@b", "nonsense"]));
}
