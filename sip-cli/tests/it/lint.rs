//! `sip lint`.

use crate::run::{sip, sip_with};
use insta::assert_snapshot;

#[test]
fn a_good_message_is_told_so() {
    assert_snapshot!(sip(&["lint", "good.sip"]));
}

#[test]
fn findings_show_the_line_the_section_and_the_remedy() {
    assert_snapshot!(sip(&["lint", "bad.sip"]));
}

#[test]
fn findings_as_json() {
    assert_snapshot!(sip(&["lint", "--json", "good.sip", "bad.sip", "not_a_message.sip"]));
}

#[test]
fn warnings_alone_end_well() {
    let message =
        b"SIP/2.0 100 Trying\r\nv: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nf: <sip:a@b.example>;tag=1\r\n\
        t: <sip:b@c.example>\r\ni: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n";
    assert_snapshot!(sip_with(&["lint", "-"], message));
}

#[test]
fn rfc_2543_is_another_edition() {
    let message =
        b"BYE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/UDP a.example\r\nFrom: <sip:a@b.example>\r\n\
        To: <sip:bob@biloxi.example>\r\nCall-ID: 1@a.example\r\nCSeq: 2 BYE\r\n\r\n";
    assert!(sip_with(&["lint", "--rfc2543", "-"], message).ends_with("nothing to find fault with\nexit 0\n"));
    assert!(sip_with(&["lint", "-"], message).ends_with("exit 1\n"));
}
