//! What holds for every text and every value.

use proptest::prelude::*;
use sip_uri::{Host, Mode, Scheme, SipUri, SipUriRef, TelUri, Uri, UriContext};

/// Texts that are nearly URIs: pieces of the grammar in any order.
fn near_uri() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@"),
        Just(":"),
        Just(";"),
        Just("?"),
        Just("&"),
        Just("="),
        Just("%"),
        Just("%40"),
        Just("%3B"),
        Just("a"),
        Just("lr"),
        Just("transport=ws"),
        Just("example.com"),
        Just("192.0.2.1"),
        Just("[2001:db8::1]"),
        Just("5060"),
        Just("["),
        Just("."),
        Just("-"),
        Just("é"),
        Just("+1"),
        Just("#"),
        Just(" "),
        Just("\0"),
        Just("to=sip:b"),
    ];
    let scheme = prop_oneof![Just("sip:"), Just("SIPS:"), Just("tel:"), Just("im:"), Just("")];
    (scheme, proptest::collection::vec(piece, 0..12))
        .prop_map(|(scheme, pieces)| format!("{scheme}{}", pieces.concat()))
}

/// SIP URIs as the builder makes them, from any text.
fn built() -> impl Strategy<Value = SipUri> {
    let host = prop_oneof![Just("example.com"), Just("192.0.2.1"), Just("[2001:db8::1]"), Just("a-b.c.")];
    let params = proptest::collection::vec((any::<String>(), any::<Option<String>>()), 0..4);
    let headers = proptest::collection::vec((any::<String>(), any::<String>()), 0..3);
    (host, any::<Option<u16>>(), any::<String>(), any::<String>(), params, headers).prop_map(
        |(host, port, user, password, params, headers)| {
            let mut uri =
                SipUri::new(host.parse::<Host>().unwrap()).with_user(&user).with_password(&password);
            uri = port.into_iter().fold(uri, SipUri::with_port);
            uri = params.iter().fold(uri, |uri, (name, value)| uri.with_param(name, value.as_deref()));
            headers.iter().fold(uri, |uri, (name, value)| uri.with_header(name, value))
        },
    )
}

/// Everything that can be read out of a URI, decoded.
fn components(uri: &SipUri) -> String {
    let params: Vec<_> = uri.params().collect();
    let headers: Vec<_> = uri.headers().collect();
    let (user, password, host, port) = (uri.user(), uri.password(), uri.host(), uri.port());
    format!("{:?}", (uri.scheme(), user, password, host, port, params, headers))
}

fn reparsed(uri: &SipUri) -> SipUri {
    uri.as_str().parse().unwrap_or_else(|error| panic!("{uri}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_uri_or_an_error_inside_it(text in prop_oneof![any::<String>(), near_uri()]) {
        for mode in [Mode::Strict, Mode::Lenient, Mode::Rfc2543] {
            match Uri::parse(&text, mode) {
                Ok(uri) => prop_assert_eq!(uri.to_string(), text.as_str()),
                Err(error) => prop_assert!(text.is_char_boundary(error.offset())),
            }
        }
    }

    #[test]
    fn lenient_accepts_what_strict_accepts_and_reads_it_alike(text in near_uri()) {
        if let Ok(strict) = Uri::parse(&text, Mode::Strict) {
            let lenient = Uri::parse(&text, Mode::Lenient).unwrap();
            prop_assert_eq!(&strict, &lenient);
            if let (Some(strict), Some(lenient)) = (strict.as_sip(), lenient.as_sip()) {
                prop_assert_eq!(components(strict), components(lenient));
            }
        }
    }

    #[test]
    fn equivalence_is_reflexive_and_symmetric(one in near_uri(), two in near_uri()) {
        if let (Ok(one), Ok(two)) = (one.parse::<Uri>(), two.parse::<Uri>()) {
            prop_assert!(one.is_equivalent(&one));
            prop_assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one));
        }
    }

    #[test]
    fn what_is_built_is_strict_and_reads_back(uri in built()) {
        let parsed = SipUri::parse(uri.as_str(), Mode::Strict).unwrap();
        prop_assert_eq!(components(&parsed), components(&uri));
        prop_assert!(parsed.is_equivalent(&uri));
    }

    #[test]
    fn values_read_back_as_given(user in "\\PC+", password in any::<String>(), value in "\\PC+") {
        let uri = SipUri::new("h".parse().unwrap()).with_user(&user).with_password(&password);
        let uri = uri.with_param("x", Some(&value)).with_header("y", &value);
        prop_assert_eq!(uri.user().unwrap(), user);
        prop_assert_eq!(uri.password().unwrap(), password);
        prop_assert_eq!(uri.param("X").unwrap().value.unwrap(), value.as_str());
        prop_assert_eq!(uri.headers().next().unwrap().1, value);
    }

    #[test]
    fn a_change_of_any_uri_reads_back(text in near_uri(), value in any::<String>()) {
        if let Ok(uri) = text.parse::<SipUri>() {
            for changed in [
                uri.clone().with_scheme(Scheme::Sips),
                uri.clone().with_user(&value),
                uri.clone().without_user(),
                uri.clone().with_password(&value),
                uri.clone().without_password(),
                uri.clone().with_host("example.net".parse().unwrap()),
                uri.clone().with_port(5070),
                uri.clone().without_port(),
                uri.clone().with_param(&value, Some(&value)),
                uri.clone().without_param("lr"),
                uri.clone().with_header(&value, &value),
                uri.clone().without_headers(),
            ] {
                prop_assert_eq!(components(&reparsed(&changed)), components(&changed));
            }
        }
    }

    #[test]
    fn deviations_are_what_strict_refuses(text in near_uri()) {
        if let Ok(uri) = Uri::parse(&text, Mode::Lenient) {
            let deviations = uri.deviations();
            prop_assert_eq!(deviations.is_empty(), Uri::parse(&text, Mode::Strict).is_ok(), "{:?}", deviations);
            prop_assert!(deviations.iter().all(|deviation| text.get(deviation.span.clone()).is_some()));
            prop_assert!(deviations.is_sorted_by_key(|deviation| deviation.span.start));
        }
    }

    #[test]
    fn a_context_leaves_what_it_allows(text in near_uri()) {
        if let Ok(uri) = text.parse::<SipUri>() {
            prop_assert_eq!(&uri.in_context(UriContext::External), &uri);
            for context in UriContext::ALL {
                let clean = uri.in_context(context);
                prop_assert_eq!(clean.ignored_in(context).count(), 0);
                prop_assert_eq!(&clean.in_context(context), &clean);
                prop_assert_eq!(components(&reparsed(&clean)), components(&clean));
            }
        }
    }

    #[test]
    fn equivalence_by_rfc_2543_is_reflexive_and_symmetric(one in near_uri(), two in near_uri()) {
        if let (Ok(one), Ok(two)) = (one.parse::<SipUri>(), two.parse::<SipUri>()) {
            prop_assert!(one.is_rfc2543_equivalent(&one));
            prop_assert_eq!(one.is_rfc2543_equivalent(&two), two.is_rfc2543_equivalent(&one));
        }
    }

    #[test]
    fn the_order_of_parameters_and_headers_is_not_significant(
        list in proptest::collection::btree_map("[a-z]{3}", "[a-zA-Z%:]{1,4}", 1..14),
    ) {
        let element = |(name, value): (&String, &String)| format!("{name}={value}");
        let forward: Vec<_> = list.iter().map(element).collect();
        let backward: Vec<_> = list.iter().rev().map(element).collect();
        let uri = |list: &[String]| format!("sip:h;{}?{}", list.join(";"), list.join("&")).parse::<SipUri>().unwrap();
        prop_assert!(uri(&forward).is_equivalent(&uri(&backward)));
        prop_assert!(!uri(&forward).is_equivalent(&uri(&backward[1..])));
    }

    #[test]
    fn numbers_come_back_from_sip_uris(
        number in "[+]?[0-9][0-9.-]{0,6}",
        params in proptest::collection::btree_map("[a-zA-Z][a-z-]{0,5}", "[a-zA-Z0-9+:&]{1,5}", 0..5),
    ) {
        let tel = if number.starts_with('+') { TelUri::global(&number) } else { TelUri::local(&number, "Example.com") };
        let mut tel = tel.unwrap();
        for (name, value) in &params {
            tel = tel.with_param(name, Some(value)).unwrap_or(tel);
        }
        prop_assert_eq!(TelUri::parse(tel.as_str(), Mode::Strict), Ok(tel.clone()));
        prop_assert!(tel.canonical().is_equivalent(&tel));
        let sip = tel.to_sip(Scheme::Sip, "foo.com".parse().unwrap());
        prop_assert_eq!(SipUri::parse(sip.as_str(), Mode::Strict), Ok(sip.clone()));
        prop_assert!(sip.to_tel().unwrap().is_equivalent(&tel));
        prop_assert_eq!(tel.canonical().to_sip(Scheme::Sip, "foo.com".parse().unwrap()), sip);
    }

    #[test]
    fn views_read_what_uris_read(text in near_uri()) {
        for mode in [Mode::Strict, Mode::Lenient, Mode::Rfc2543] {
            let view = SipUriRef::parse(&text, mode).map(SipUri::from);
            prop_assert_eq!(view, SipUri::parse(&text, mode));
        }
    }
}
