//! The comparison examples of RFC 3261 §19.1.4 and §19.1.6, RFC 5954 §4.2.

use sip_uri::Uri;

const EXAMPLES: &str = include_str!("../vectors/uri/rfc_compare.tsv");

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

#[test]
fn rfc_examples_compare_as_printed() {
    let mut rows = 0;
    for row in EXAMPLES.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (one, two) = (uri(columns[1]), uri(columns[2]));
        let expected = match columns[0] {
            "equal" => true,
            "not-equal" => false,
            other => panic!("unknown expectation {other}"),
        };
        assert_eq!(one.is_equivalent(&two), expected, "{row}");
        assert_eq!(two.is_equivalent(&one), expected, "{row}");
        rows += 1;
    }
    assert_eq!(rows, 15);
}

#[test]
fn equivalence_is_not_transitive() {
    let carol = uri("sip:carol@chicago.com");
    let on = uri("sip:carol@chicago.com;security=on");
    let off = uri("sip:carol@chicago.com;security=off");
    assert!(carol.is_equivalent(&on) && carol.is_equivalent(&off));
    assert!(!on.is_equivalent(&off));
}

#[test]
fn equality_is_of_the_text() {
    let (one, two) = (uri("sip:a@H"), uri("sip:a@h"));
    assert!(one.is_equivalent(&two));
    assert_ne!(one, two);
    assert_eq!(one, one.clone());
}

#[test]
fn equivalent_tel_uris_need_not_make_equivalent_sip_uris() {
    let (one, two) = (uri("tel:+358-555-1234567;postd=pp22"), uri("tel:+358-555-1234567;POSTD=PP22"));
    assert!(one.is_equivalent(&two));
    let one = uri("sip:+358-555-1234567;postd=pp22@foo.com;user=phone");
    let two = uri("sip:+358-555-1234567;POSTD=PP22@foo.com;user=phone");
    assert!(!one.is_equivalent(&two));
}

#[test]
fn kinds_are_never_equivalent_to_each_other() {
    let uris = ["sip:h", "sips:h", "tel:+1", "h:h"].map(uri);
    for (row, one) in uris.iter().enumerate() {
        for (column, two) in uris.iter().enumerate() {
            assert_eq!(one.is_equivalent(two), row == column, "{one} {two}");
        }
    }
    assert!(uri("URN:service:sos").is_equivalent(&uri("urn:service:sos")));
    assert!(!uri("urn:service:SOS").is_equivalent(&uri("urn:service:sos")));
}
