//! `sip parse`.

use crate::run::{sip, sip_with};
use insta::assert_snapshot;

#[test]
fn a_message_is_shown_with_what_is_odd_about_it() {
    assert_snapshot!(sip(&["parse", "good.sip", "bad.sip", "response.sip"]));
}

#[test]
fn json_is_one_object_a_line() {
    assert_snapshot!(sip(&["parse", "--json", "good.sip", "response.sip", "not_a_message.sip"]));
}

#[test]
fn what_is_no_message_is_refused_with_the_place_and_a_hint() {
    assert_snapshot!(sip(&["parse", "not_a_message.sip"]));
}

#[test]
fn strict_mode_names_the_first_deviation() {
    assert_snapshot!(sip_with(&["parse", "--mode", "strict", "-"], b"SIP/2.0 200 OK\nl: 0\n\n"));
    assert_snapshot!(sip_with(&["parse", "--mode", "strict", "--json", "-"], b"SIP/2.0 200 OK\nl: 0\n\n"));
}

#[test]
fn salvage_mode_reads_what_breaks_off() {
    let broken = b"BYE sip:bob@biloxi.example SIP/2.0\r\nFrom: <sip:a@b.example>;tag=1\r\nTo: <si";
    assert_snapshot!("lenient", sip_with(&["parse", "-"], broken));
    assert_snapshot!("salvage", sip_with(&["parse", "--mode", "salvage", "-"], broken));
}

#[test]
fn keep_alives_are_no_messages() {
    assert_snapshot!(sip_with(&["parse", "-"], b"\r\n\r\n"), @r"
    standard input: no SIP message: no message, only line ends
      = help: there is nothing but line ends: a keep-alive (RFC 5626 §4.4.1)

    exit 1
    ");
}

#[test]
fn a_file_that_is_not_there_ends_with_2_and_the_others_are_shown() {
    let shown = sip(&["parse", "--json", "missing.sip", "good.sip"]);
    assert!(shown.starts_with(r#"{"file":"missing.sip","ok":false,"kind":null,"#), "{shown}");
    assert!(shown.contains(r#"{"file":"good.sip","ok":true,"kind":"request","method":"OPTIONS","#));
    assert!(shown.ends_with("exit 2\n"));
}
