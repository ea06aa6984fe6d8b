//! The URIs that RFC 4475 and RFC 5118 torture parsers with, and some that deployed equipment sends.

use sip_uri::{Host, Mode, SipUri, Uri};

fn sip(text: &str, mode: Mode) -> SipUri {
    SipUri::parse(text, mode).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn rfc4475_3_1_1_9_semicolons_in_the_user() {
    for mode in [Mode::Strict, Mode::Lenient] {
        let uri = sip("sip:user;par=u%40example.net@example.com", mode);
        assert_eq!(uri.user().unwrap(), "user;par=u@example.net");
        assert_eq!(uri.host().to_string(), "example.com");
        assert_eq!(uri.params().count(), 0);
    }
}

#[test]
fn rfc4475_3_1_1_3_escapes_are_undone_once() {
    let uri = sip("sip:sips%3Auser%40example.com@example.net", Mode::Strict);
    assert_eq!(uri.user().unwrap(), "sips:user@example.com");
    assert_eq!(uri.host().to_string(), "example.net");
    let uri = sip("sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31", Mode::Strict);
    assert_eq!(uri.user().unwrap(), "caller");
    assert!(uri.is_loose_router());
    assert_eq!(uri.param("name").unwrap().value.unwrap(), "value%41");
    assert_eq!(sip("sip:I%20have%20spaces@example.net", Mode::Strict).user().unwrap(), "I have spaces");
}

#[test]
fn rfc4475_3_1_1_4_escaped_nulls_do_not_end_the_user() {
    let (one, two) =
        (sip("sip:%00@host5.example.com", Mode::Strict), sip("sip:%00%00@host5.example.com", Mode::Strict));
    assert_eq!((one.user().unwrap().len(), two.user().unwrap().len()), (1, 2));
    assert!(!one.is_equivalent(&two));
    assert_eq!(sip("sip:null-%00-null@example.com", Mode::Strict).user().unwrap(), "null-\0-null");
}

#[test]
fn rfc4475_3_1_2_11_header_components_are_read_not_applied() {
    let uri = sip("sip:user@example.com?Route=%3Csip:example.com%3E", Mode::Strict);
    assert_eq!(uri.headers().next().unwrap(), ("Route".into(), "<sip:example.com>".into()));
    assert_eq!(uri.without_headers().as_str(), "sip:user@example.com");
}

#[test]
fn rfc4475_3_1_2_brackets_and_white_space_are_refused() {
    for text in ["<sip:user@example.com>", "sip:user@example.com; lr", "sip:user@example.com "] {
        for mode in [Mode::Strict, Mode::Lenient] {
            assert!(Uri::parse(text, mode).is_err(), "{text:?}");
        }
    }
}

#[test]
fn rfc4475_3_3_unknown_schemes_are_kept() {
    for text in
        ["nobodyKnowsThisScheme:totallyopaquecontent", "soap.beep://192.0.2.103:3002", "name:John_Smith"]
    {
        let uri = Uri::parse(text, Mode::Strict).unwrap();
        assert!(matches!(uri, Uri::Other(_)));
        assert_eq!(uri.to_string(), text);
    }
}

#[test]
fn rfc5118_4_1_to_4_3_brackets_tell_the_port() {
    assert!(Uri::parse("sip:2001:db8::10", Mode::Lenient).is_err());
    let uri = sip("sip:[2001:db8::10:5070]", Mode::Strict);
    assert_eq!((uri.port(), uri.raw_host()), (None, "[2001:db8::10:5070]"));
    let uri = sip("sip:[2001:db8::10]:5070", Mode::Strict);
    assert_eq!((uri.port(), uri.host().clone()), (Some(5070), Host::V6("2001:db8::10".parse().unwrap())));
}

#[test]
fn rfc5118_4_10_the_third_colon_of_the_old_grammar_is_lenient() {
    let old = "sip:user@[2001:db8:::192.0.2.1]";
    assert!(SipUri::parse(old, Mode::Strict).is_err());
    assert!(sip(old, Mode::Lenient).is_equivalent(&sip("sip:user@[2001:db8::192.0.2.1]", Mode::Strict)));
    assert_eq!(sip(old, Mode::Lenient).to_string(), old);
}

#[test]
fn deployed_equipment_is_read_as_it_means() {
    let uri = sip("sip:#8972010116348137300@h", Mode::Lenient);
    assert_eq!(uri.user().unwrap(), "#8972010116348137300");
    let uri = sip("sip:a@h;app-imei=;x", Mode::Lenient);
    assert_eq!(uri.param("app-imei").unwrap().value.unwrap(), "");
    let uri = sip("sip:1234567890;cic=0001@h", Mode::Strict);
    assert_eq!(uri.user().unwrap(), "1234567890;cic=0001");
    assert_eq!(sip("sip:a@543dc521b9a2", Mode::Lenient).host().to_string(), "543dc521b9a2");
    assert_eq!(sip("sip:+49;phone-context=x@h;user=phone", Mode::Strict).param("phone-context"), None);
}

#[test]
fn rfc3261_19_1_1_a_repeated_parameter_is_refused_strictly_and_read_once() {
    let error = SipUri::parse("sip:h;a=1;b;A=2", Mode::Strict).unwrap_err();
    assert_eq!((error.offset(), error.rule(), error.section()), (12, "uri-parameter", "RFC 3261 §19.1.1"));
    assert_eq!(sip("sip:h;a=1;b;A=2", Mode::Lenient).param("A").unwrap().value.unwrap(), "1");
    assert_eq!(Uri::parse("tel:+1;x;X", Mode::Strict).unwrap_err().offset(), 9);
}
