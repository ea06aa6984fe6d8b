//! The lint: one good and one bad message for every rule, the RFC's own examples, and where findings point
//! (RFC 3261 §8, §20, and the extension RFCs).

use insta::{assert_snapshot, glob};
use sip_message::{
    DeviationKind, Edition, Finding, Framing, Message, Method, Mode, ParseOptions, Severity, lint, lint_as,
    rules,
};
use std::collections::BTreeSet;

/// A rule, a start line, the lines of a message that keeps the rule, and those of one that breaks it.
///
/// The lines replace the fields of the same name in a plain message; a lone name removes the field, and a line that
/// begins with `+` stands beside the other one. Behind `""` comes the body.
type Pair = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const INVITE: &str = "INVITE sip:bob@biloxi.example SIP/2.0";
const REGISTER: &str = "REGISTER sip:biloxi.example SIP/2.0";
const NOTIFY: &str = "NOTIFY sip:bob@biloxi.example SIP/2.0";
const OK: &str = "SIP/2.0 200 OK";
const RINGING: &str = "SIP/2.0 180 Ringing";

const PAIRS: &[Pair] = &[
    ("header-missing", INVITE, &[], &["Max-Forwards"]),
    ("header-missing", INVITE, &[], &["Contact"]),
    ("header-missing", "REFER sip:b@c.example SIP/2.0", &["Refer-To: <sip:c@d.example>"], &[]),
    (
        "header-missing",
        "SIP/2.0 423 Interval Too Brief",
        &["CSeq: 1 REGISTER", "Min-Expires: 60"],
        &["CSeq: 1 REGISTER"],
    ),
    ("header-expected", INVITE, &["Supported: timer"], &["Supported"]),
    ("header-not-applicable", "BYE sip:b@c.example SIP/2.0", &["Contact"], &["Contact: <sip:a@b.example>"]),
    ("header-not-applicable", NOTIFY, &["Replaces"], &["Replaces: 1;to-tag=2;from-tag=3"]),
    (
        "header-not-applicable",
        "CANCEL sip:b@c.example SIP/2.0",
        &["Contact"],
        &["Contact", "P-Charging-Vector: icid-value=1"],
    ),
    (
        "header-not-applicable",
        "BYE sip:b@c.example SIP/2.0",
        &["Contact"],
        &["Contact", "Diversion: <sip:a@b.example>;reason=no-answer"],
    ),
    ("header-misplaced", OK, &["Max-Forwards"], &["Max-Forwards: 70"]),
    ("via-branch-missing", INVITE, &[], &["Via: SIP/2.0/WS a.invalid"]),
    (
        "via-branch-cookie",
        INVITE,
        &["v: SIP/2.0/WS a.invalid;branch=Z9HG4BKx"],
        &["Via: SIP/2.0/WS a.invalid;branch=1"],
    ),
    ("via-protocol", INVITE, &[], &["Via: SIP/3.0/WS a.invalid;branch=z9hG4bK1"]),
    ("via-transport-unknown", INVITE, &[], &["Via: SIP/2.0/PIGEON a.invalid;branch=z9hG4bK1"]),
    (
        "via-ttl-range",
        INVITE,
        &["Via: SIP/2.0/UDP a;branch=z9hG4bK1;ttl=16"],
        &["Via: SIP/2.0/UDP a;branch=z9hG4bK1;ttl=256"],
    ),
    (
        "via-rport-empty",
        OK,
        &["Via: SIP/2.0/UDP a;branch=z9hG4bK1;rport=5"],
        &["Via: SIP/2.0/UDP a;branch=z9hG4bK1;rport"],
    ),
    ("max-forwards-range", INVITE, &["Max-Forwards: 0"], &["Max-Forwards: 256"]),
    ("max-forwards-unusual", INVITE, &["Max-Forwards: 70"], &["Max-Forwards: 71"]),
    ("from-tag-missing", INVITE, &[], &["From: <sip:alice@atlanta.example>"]),
    ("to-tag-missing-in-response", "SIP/2.0 486 Busy Here", &[], &["To: <sip:bob@biloxi.example>"]),
    ("to-tag-missing-in-dialog", NOTIFY, &["To: <sip:b@c.example>;tag=1"], &["To: <sip:b@c.example>"]),
    ("tag-empty", INVITE, &[], &["From: <sip:alice@atlanta.example>;tag="]),
    ("cseq-method", INVITE, &[], &["CSeq: 1 BYE"]),
    ("cseq-range", INVITE, &["CSeq: 2147483647 INVITE"], &["CSeq: 2147483648 INVITE"]),
    ("request-uri-method", INVITE, &[], &["INVITE sip:b@c.example;method=BYE SIP/2.0"]),
    ("register-uri-user", REGISTER, &[], &["REGISTER sip:bob@biloxi.example SIP/2.0"]),
    ("from-to-uri-parts", INVITE, &[], &["To: <sip:bob@biloxi.example:5060>"]),
    ("record-route-lr", OK, &["Record-Route: <sip:p.example;lr>"], &["Record-Route: <sip:p.example>"]),
    ("route-lr", INVITE, &["Route: <sip:p.example;lr>"], &["Route: <sip:p.example>"]),
    (
        "contact-star-method",
        REGISTER,
        &["Contact: *", "Expires: 0"],
        &["OPTIONS sip:b@c.example SIP/2.0", "Contact: *"],
    ),
    (
        "contact-star-alone",
        REGISTER,
        &["Contact: *", "Expires: 0"],
        &["Contact: *, <sip:a@b.example>", "Expires: 0"],
    ),
    ("contact-star-expires", REGISTER, &["Contact: *", "Expires: 0"], &["Contact: *", "Expires: 60"]),
    ("contact-single", INVITE, &[], &["Contact: <sip:a@b.example>, <sip:c@d.example>"]),
    ("contact-scheme", INVITE, &[], &["Contact: <tel:+12015550123>"]),
    ("contact-sips", INVITE, &[], &["Route: <sips:p.example;lr>"]),
    ("contact-uri-parts", INVITE, &[], &["Contact: <sip:a@b.example?Subject=x>"]),
    (
        "contact-q-range",
        REGISTER,
        &["Contact: <sip:a@b.example>;q=0.5"],
        &["Contact: <sip:a@b.example>;q=1.5"],
    ),
    (
        "contact-expires-malformed",
        REGISTER,
        &["Contact: <sip:a@b.example>;expires=60"],
        &["Contact: <sip:a@b.example>;expires=soon"],
    ),
    (
        "register-binding-expires",
        OK,
        &["CSeq: 1 REGISTER", "Contact: <sip:a@b.example>;expires=60"],
        &["CSeq: 1 REGISTER"],
    ),
    (
        "content-length-stream",
        INVITE,
        &["Via: SIP/2.0/WS a;branch=z9hG4bK1", "Content-Length"],
        &["Via: SIP/2.0/TCP a;branch=z9hG4bK1", "Content-Length"],
    ),
    (
        "content-type-missing",
        INVITE,
        &["Content-Type: text/plain", "Content-Length: 2", "", "hi"],
        &["Content-Length: 2", "", "hi"],
    ),
    (
        "multipart-boundary",
        INVITE,
        &["Content-Type: multipart/mixed;boundary=x", "Content-Length", "", "--x\r\n\r\na\r\n--x--\r\n"],
        &["Content-Type: multipart/mixed", "Content-Length", "", "--x\r\n\r\na\r\n--x--\r\n"],
    ),
    ("cancel-single-via", "CANCEL sip:b@c.example SIP/2.0", &[], &["+Via: SIP/2.0/UDP b;branch=z9hG4bK2"]),
    ("publish-empty", "PUBLISH sip:b@c.example SIP/2.0", &["SIP-If-Match: 1"], &[]),
    (
        "refer-to-single",
        "REFER sip:b@c.example SIP/2.0",
        &["Refer-To: <sip:d@e>"],
        &["Refer-To: <sip:d@e>", "+Refer-To: <sip:f@g>"],
    ),
    ("option-tag-unregistered", INVITE, &["Supported: 100rel, gruu"], &["Supported: 100rell"]),
    (
        "challenge-incomplete",
        "SIP/2.0 401 Unauthorized",
        &["WWW-Authenticate: Digest realm=\"a\", nonce=\"b\""],
        &["WWW-Authenticate: Digest realm=\"a\""],
    ),
    (
        "credentials-incomplete",
        INVITE,
        &["Authorization: Digest username=\"a\",realm=\"b\",nonce=\"c\",uri=\"sip:d\",response=\"e\""],
        &[
            "Authorization: Digest username=\"a\",realm=\"b\",nonce=\"c\",uri=\"sip:d\",response=\"e\",qop=auth",
        ],
    ),
    ("extension-value", INVITE, &["Resource-Priority: ets.0"], &["Resource-Priority: high"]),
    (
        "extension-value",
        "BYE sip:b@c.example SIP/2.0",
        &["Reason: Q.850;cause=16"],
        &["Reason: Q.850;cause=busy"],
    ),
    (
        "history-info-index",
        INVITE,
        &["History-Info: <sip:a@b.example>;index=1"],
        &["History-Info: <sip:a@b.example?x=index>;foo=1"],
    ),
    ("rseq-missing", RINGING, &["Require: 100rel", "RSeq: 7"], &["Require: 100rel"]),
    ("rseq-range", RINGING, &["Require: 100rel", "RSeq: 7"], &["Require: 100rel", "RSeq: 0"]),
    ("trying-reliable", "SIP/2.0 100 Trying", &[], &["Require: 100rel"]),
    ("rseq-without-require", RINGING, &["Require: 100rel", "RSeq: 7"], &["RSeq: 7"]),
    ("rack-malformed", "PRACK sip:b@c.example SIP/2.0", &["RAck: 7 1 INVITE"], &["RAck: 7 INVITE"]),
    (
        "subscription-state-unknown",
        NOTIFY,
        &["Subscription-State: active;expires=5"],
        &["Subscription-State: sleeping"],
    ),
    (
        "subscription-state-expires",
        NOTIFY,
        &["Subscription-State: terminated"],
        &["Subscription-State: active"],
    ),
    ("subscribe-expires", "SUBSCRIBE sip:b@c.example SIP/2.0", &["Expires: 60"], &["Event: presence"]),
    ("event-unregistered", NOTIFY, &["Event: presence.winfo;id=1"], &["Event: prescence"]),
    ("session-expires-minimum", INVITE, &["Session-Expires: 90"], &["Session-Expires: 89"]),
    ("min-se-minimum", INVITE, &["Min-SE: 90"], &["Min-SE: 10"]),
    (
        "session-expires-below-min-se",
        INVITE,
        &["Session-Expires: 200", "Min-SE: 200"],
        &["x: 100", "Min-SE: 200"],
    ),
    ("session-refresher", OK, &["Session-Expires: 90;refresher=uas"], &["Session-Expires: 90"]),
    (
        "session-timer-supported",
        INVITE,
        &["Session-Expires: 90", "Supported: timer"],
        &["Session-Expires: 90", "Supported: gruu"],
    ),
    (
        "session-timer-require",
        OK,
        &["Session-Expires: 90;refresher=uac", "Require: timer"],
        &["Session-Expires: 90;refresher=uac"],
    ),
    ("dialog-reference-tags", INVITE, &["Replaces: 1;to-tag=2;from-tag=3"], &["Replaces: 1;to-tag=2"]),
    (
        "dialog-reference-single",
        INVITE,
        &["Join: 1;to-tag=2;from-tag=3"],
        &["Join: 1;to-tag=2;from-tag=3", "Replaces: 1;to-tag=2;from-tag=3"],
    ),
    (
        "asserted-identity-values",
        INVITE,
        &["P-Asserted-Identity: <sip:a@b.example>, <tel:+12015550123>"],
        &["P-Asserted-Identity: <sip:a@b.example>, <sip:c@d.example>"],
    ),
    ("privacy-unregistered", INVITE, &["Privacy: id;critical"], &["Privacy: secret"]),
    ("privacy-none-alone", INVITE, &["Privacy: none"], &["Privacy: none;id"]),
    (
        "identity-date",
        INVITE,
        &["Identity: x.y.z;info=<https://a.example/c>", "Date: Sat, 13 Nov 2010 23:29:00 GMT"],
        &["Identity: x.y.z;info=<https://a.example/c>"],
    ),
    (
        "security-client-require",
        INVITE,
        &["Security-Client: tls", "Require: sec-agree", "Proxy-Require: sec-agree"],
        &["Security-Client: tls"],
    ),
    (
        "instance-urn",
        REGISTER,
        &["Contact: <sip:a@b.example>;+sip.instance=\"<urn:uuid:1>\""],
        &["Contact: <sip:a@b.example>;+sip.instance=\"1\""],
    ),
    (
        "reg-id-instance",
        REGISTER,
        &["Contact: <sip:a@b.example>;reg-id=1;+sip.instance=\"<urn:uuid:1>\""],
        &["Contact: <sip:a@b.example>;reg-id=1"],
    ),
    (
        "reg-id-range",
        REGISTER,
        &["Contact: <sip:a@b.example>;reg-id=1"],
        &["Contact: <sip:a@b.example>;reg-id=0"],
    ),
    (
        "reg-id-supported",
        REGISTER,
        &["Contact: <sip:a@b.example>;reg-id=1", "Supported: outbound"],
        &["Contact: <sip:a@b.example>;reg-id=1"],
    ),
];

#[test]
fn every_rule_has_a_message_that_keeps_it_and_one_that_breaks_it() {
    let mut wrong = Vec::new();
    for (rule, start_line, good, bad) in PAIRS {
        let broken = |lines: &[&str]| {
            let text = text(start_line, lines);
            let found = lint(&Message::parse(text.clone().into()).unwrap());
            (found.iter().any(|finding| finding.rule().id() == *rule), text)
        };
        let (good, bad) = (broken(good), broken(bad));
        if good.0 {
            wrong.push(format!("{rule} is found in the good message\n{}", good.1));
        }
        if !bad.0 {
            wrong.push(format!("{rule} is not found in the bad message\n{}", bad.1));
        }
    }
    assert_eq!(wrong.join("\n"), "");
    let pairs = PAIRS.iter().map(|(rule, ..)| *rule);
    let shown: BTreeSet<&str> = pairs.chain(DEVIATIONS.iter().map(|(kind, ..)| kind.id())).collect();
    for rule in rules() {
        assert!(shown.contains(rule.id()), "{} has no pair of messages", rule.id());
        assert!(rule.id().bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte)));
    }
}

/// A message that follows the grammar, a piece of it, and what stands there in one that does not.
const DEVIATIONS: &[(DeviationKind, &str, &str)] = &[
    (DeviationKind::LineEndNotCrlf, "70\r\n", "70\n"),
    (DeviationKind::EmptyLineMissing, "Length: 2\r\n\r\nhi", "Length: 0\r\n"),
    (DeviationKind::Truncated, "Length: 2\r\n\r\nhi", "Len"),
    (DeviationKind::StartLineSpace, "INVITE sip", "INVITE  sip"),
    (DeviationKind::StartLineNotUtf8, "sip:bob", "sip:b\u{fffd}b"),
    (DeviationKind::VersionMissing, " SIP/2.0\r\nVia", "\r\nVia"),
    (DeviationKind::VersionUnknown, " SIP/2.0\r\nVia", " SIP/7.0\r\nVia"),
    (DeviationKind::RequestUriSpace, "sip:bob@biloxi.example SIP", "sip:bob@ biloxi.example SIP"),
    (DeviationKind::RequestUriBrackets, "sip:bob@biloxi.example SIP", "<sip:bob@biloxi.example> SIP"),
    (DeviationKind::RequestUriHeaders, "biloxi.example SIP", "biloxi.example?Subject=x SIP"),
    (DeviationKind::RequestUriMalformed, "sip:bob@biloxi.example SIP", "bob@biloxi.example SIP"),
    (DeviationKind::ReasonSpaceMissing, "INVITE sip:bob@biloxi.example SIP/2.0", "SIP/2.0 200"),
    (DeviationKind::ReasonCharacters, "INVITE sip:bob@biloxi.example SIP/2.0", "SIP/2.0 200 [OK]"),
    (DeviationKind::BytesBehindBody, "Length: 2", "Length: 1"),
    (DeviationKind::ContentLengthTooLarge, "Length: 2", "Length: 3"),
    (DeviationKind::ContentLengthTooSmall, "Length: 2", "Length: 1"),
    (DeviationKind::ContentLengthMalformed, "Length: 2", "Length: two"),
    (DeviationKind::ContentLengthRepeated, "Length: 2", "Length: 2\r\nl: 2"),
    (DeviationKind::ContentLengthConflict, "Length: 2", "Length: 2\r\nl: 1"),
    (DeviationKind::NotAField, "Max-Forwards: 70", "Max-Forwards: 70\r\nno field"),
    (DeviationKind::NotUtf8, "Subject: Hi", "Subject: \u{fffd}"),
    (DeviationKind::ControlCharacter, "Subject: Hi", "Subject: \u{7}"),
    (DeviationKind::FieldRepeated, "Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 71"),
    (DeviationKind::FieldMalformed, "Call-ID: 1@a", "Call-ID: 1@a\r\nDate: today"),
    (DeviationKind::FieldEmpty, "Require: timer", "Require:"),
    (DeviationKind::ElementEmpty, "Require: timer", "Require: timer,,100rel"),
    (DeviationKind::DisplayNameNotToken, "\"Alice\"", "Alice!?"),
    (DeviationKind::AddressWithoutBrackets, "<sip:p.example;lr>", "sip:p.example"),
    (DeviationKind::UriSpace, "<sip:p.example;lr>", "<sip:p.example; lr>"),
    (DeviationKind::UriHashInUser, "sip:alice@a", "sip:#1@a"),
    (DeviationKind::UriUser, "sip:alice@a", "sip:al|ce@a"),
    (DeviationKind::UriPassword, "sip:alice@a", "sip:alice:[]@a"),
    (DeviationKind::UriHost, "<sip:p.example;lr>", "<sip:p_1.example;lr>"),
    (DeviationKind::UriPort, "<sip:p.example;lr>", "<sip:p.example:;lr>"),
    (DeviationKind::UriParam, "<sip:p.example;lr>", "<sip:p.example;lr;lr>"),
    (DeviationKind::UriHeader, "sip:r@a.invalid", "sip:r@a.invalid?x"),
    (DeviationKind::UriOther, "<tel:+1>", "<tel:+1;x_y>"),
    (DeviationKind::ParamEmpty, ";tag=1", ";;tag=1"),
    (DeviationKind::ParamValueEmpty, ";tag=1", ";tag=1;x="),
    (DeviationKind::ParamCharacters, ";tag=1", ";tag=1;x=a@b"),
    (DeviationKind::ParamValue, ";tag=1", ";tag=\"1\""),
    (DeviationKind::Comment, ";branch=z9hG4bK1", ";branch=z9hG4bK1 (Acme)"),
    (DeviationKind::DateForSeconds, "Expires: 60", "Expires: Thu, 01 Dec 1994 16:00:00 GMT"),
    (DeviationKind::ReceivedBrackets, ";branch=z9hG4bK1", ";branch=z9hG4bK1;received=[::1]"),
    (DeviationKind::Separator, "realm=\"r\", nonce", "realm=\"r\" nonce"),
    (DeviationKind::Product, "User-Agent: a/1 (b)", "User-Agent: a/1 (b"),
    (DeviationKind::CallIdCharacters, "Call-ID: 1@a", "Call-ID: 1@a@b"),
    (DeviationKind::AuthParamQuoting, "realm=\"r\"", "realm=r"),
];

const GRAMMATICAL: &str = "INVITE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\n\
    Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@a.example>;tag=1\r\nTo: <tel:+1>\r\nCall-ID: 1@a\r\n\
    CSeq: 1 INVITE\r\nContact: <sip:alice@a.invalid>\r\nReply-To: <sip:r@a.invalid>\r\nRoute: <sip:p.example;lr>\r\n\
    Require: timer\r\nExpires: 60\r\nSubject: Hi\r\nUser-Agent: a/1 (b)\r\nContent-Type: text/plain\r\n\
    Authorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:b\", response=\"e\"\r\n\
    Content-Length: 2\r\n\r\nhi";

#[test]
fn every_deviation_is_a_finding_with_its_place_and_a_remedy() {
    let found = |bytes: Vec<u8>, kind: &DeviationKind| {
        let options = ParseOptions::from(Mode::Salvage);
        let options = match kind {
            DeviationKind::ContentLengthTooSmall => options.with_framing(Framing::WebSocket),
            _ => options,
        };
        let message = Message::parse_with(bytes.into(), options).unwrap();
        lint(&message).into_iter().find(|finding| finding.rule().id() == kind.id())
    };
    for (kind, right, wrong) in DEVIATIONS {
        assert_eq!(found(GRAMMATICAL.into(), kind), None, "{kind:?}");
        assert!(GRAMMATICAL.contains(right), "{kind:?}");
        // No UTF-8 can be written in a text; U+FFFD stands for it.
        let bad = GRAMMATICAL.replacen(right, wrong, 1).into_bytes();
        let replacement = "\u{fffd}".as_bytes();
        let at = bad.windows(3).position(|bytes| bytes == replacement);
        let bad = at.map_or(bad.clone(), |at| [&bad[..at], b"\xff", &bad[at + 3..]].concat());
        let finding = found(bad.clone(), kind).unwrap_or_else(|| panic!("{kind:?} is not found"));
        assert!(finding.span().end <= bad.len() && !finding.remedy().is_empty(), "{kind:?}");
        assert_eq!(finding.section(), kind.section());
    }
    assert_eq!(DEVIATIONS.len(), DeviationKind::ALL.len());
}

#[test]
fn the_table_of_all_rules() {
    let rows = rules().map(|rule| {
        format!(
            "{} | {} | {} | {} | {}\n",
            rule.id(),
            rule.severity(),
            rule.section(),
            rule.summary(),
            rule.remedy()
        )
    });
    assert_snapshot!(rows.collect::<String>());
}

const NOT_SHOWN: &str = "the RFC says that it does not show the body that Content-Length counts";

/// Where the RFC's own example is wrong: file, rule, and why.
const WRONG_EXAMPLES: &[(&str, &str, &str)] = &[
    ("rfc3261/11.2-m005-200.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/17.1.1.3-m022-INVITE.sip", "header-missing", "an excerpt: only what ACK copies is printed"),
    (
        "rfc3261/23.3-m028-INVITE.sip",
        "field-malformed",
        "Content-Disposition lacks the semicolon before handling",
    ),
    ("rfc3261/23.4.2-m029-INVITE.sip", "bytes-behind-body", "the S/MIME body is printed with ellipses"),
    (
        "rfc3261/23.4.3-m030-INVITE.sip",
        "content-length-too-large",
        "the S/MIME body is printed with ellipses",
    ),
    (
        "rfc3261/24.1-F2-200.sip",
        "register-binding-expires",
        "Expires: 7200 stands in for ;expires= of §10.3 step 8",
    ),
    ("rfc3261/24.2-F1-INVITE.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/24.2-F10-200.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/24.2-F11-200.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/24.2-F3-INVITE.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/24.2-F5-INVITE.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/24.2-F9-200.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/4-F9-200.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3261/4-m001-INVITE.sip", "content-length-too-large", NOT_SHOWN),
    ("rfc3665/2.1-F3-REGISTER.sip", "separator", "a comma is forgotten"),
    ("rfc3665/2.2-F1-REGISTER.sip", "auth-param-quoting", "qop is quoted in credentials"),
    ("rfc3665/2.2-F1-REGISTER.sip", "credentials-incomplete", "qop without cnonce and nc"),
    ("rfc3665/2.5-F1-REGISTER.sip", "header-missing", "Max-Forwards was forgotten"),
    (
        "rfc3665/3.8-F10-200.sip",
        "to-tag-missing-in-response",
        "the 200 to CANCEL has no To tag (RFC 3261 §9.2)",
    ),
    (
        "rfc3665/3.8-F12-200.sip",
        "to-tag-missing-in-response",
        "the 200 to CANCEL has no To tag (RFC 3261 §9.2)",
    ),
    (
        "rfc3665/3.8-F14-200.sip",
        "to-tag-missing-in-response",
        "the 200 to CANCEL has no To tag (RFC 3261 §9.2)",
    ),
];

#[test]
fn the_examples_of_the_rfcs_have_no_error_save_where_they_are_wrong() {
    let mut found = BTreeSet::new();
    for folder in ["rfc3261", "rfc3665"] {
        for entry in std::fs::read_dir(format!("tests/vectors/{folder}")).unwrap() {
            let entry = entry.unwrap();
            let message = Message::parse(std::fs::read(entry.path()).unwrap().into()).unwrap();
            let file = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            for finding in lint(&message).iter().filter(|finding| finding.severity() == Severity::Error) {
                found.insert((file.clone(), finding.rule().id()));
            }
        }
    }
    let wrong = WRONG_EXAMPLES.iter().map(|(file, rule, _)| ((*file).to_owned(), *rule));
    assert_eq!(found, wrong.collect());
}

#[test]
fn any_of_the_torture_messages_can_be_linted() {
    glob!("../vectors", "rfc4475/*.dat", |path| {
        let bytes = std::fs::read(path).unwrap();
        let Ok(message) = Message::parse(bytes.clone().into()) else { return };
        for edition in [Edition::Rfc3261, Edition::Rfc2543] {
            assert!(lint_as(&message, edition).iter().all(|finding| finding.span().end <= bytes.len()));
        }
    });
}

#[test]
fn findings_point_at_the_bytes_received() {
    let received = format!("\r\n\r\n{}", text(INVITE, &["Max-Forwards: 300"]));
    let findings = lint(&Message::parse(received.clone().into()).unwrap());
    assert_eq!(shown(&received, find(&findings, "max-forwards-range")), "300");
}

#[test]
fn a_malformed_value_is_shown_from_where_it_cannot_be_read() {
    let text = text(INVITE, &["To: <sip:bob@biloxi.example>;tag:1"]);
    let findings = lint(&Message::parse(text.clone().into()).unwrap());
    let finding = find(&findings, "field-malformed");
    assert_eq!(shown(&text, finding), ":1");
    assert_eq!(finding.message(), "To cannot be read from here on");
    assert!(finding.remedy().starts_with("the grammar wants the end of the value or a separator here"));
}

#[test]
fn a_value_that_another_rule_speaks_of_is_not_called_malformed_as_well() {
    let findings = lint(&Message::parse(text(INVITE, &["Max-Forwards: 300"]).into()).unwrap());
    assert!(findings.iter().all(|finding| finding.rule().id() != "field-malformed"));
}

#[test]
fn over_websocket_nobody_misses_content_length() {
    let missed = |via: &str| {
        let message = Message::parse(text(INVITE, &[via, "Content-Length"]).into()).unwrap();
        lint(&message).iter().any(|finding| finding.message().ends_with("no Content-Length"))
    };
    assert!(missed("Via: SIP/2.0/UDP a.example;branch=z9hG4bK1"));
    assert!(!missed("Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1"));
}

#[test]
fn an_edited_message_is_held_to_what_it_prints() {
    let Message::Request(request) = Message::parse(text(INVITE, &[]).into()).unwrap() else {
        panic!("a request")
    };
    let bye = request.same_target(Method::Bye).with(&sip_message::MaxForwards(255));
    let printed = String::from_utf8(bye.to_bytes().to_vec()).unwrap();
    let findings = lint(&bye.into());
    assert_eq!(shown(&printed, find(&findings, "max-forwards-unusual")), "255");
    assert_eq!(findings.iter().filter(|finding| finding.rule().id() == "header-missing").count(), 5);
}

#[test]
fn rfc_2543_asks_for_less() {
    let old = text(
        "INVITE sip:bob@biloxi.example SIP/2.0",
        &[
            "Via: SIP/2.0/UDP a",
            "From: <sip:a@b>",
            "Max-Forwards",
            "Contact",
            "Supported",
            "Allow",
            "User-Agent: x",
        ],
    );
    let message = Message::parse(old.into()).unwrap();
    assert_eq!(lint_as(&message, Edition::Rfc2543), []);
    assert!(lint(&message).len() > 4);
    for field in
        ["Expires: Thu, 01 Dec 1994 16:00:00 GMT", "Retry-After: Mon, 21 Jul 1997 18:48:34 GMT (away)"]
    {
        let dated = text("REGISTER sip:a.example SIP/2.0", &[field]);
        let dated = Message::parse(dated.into()).unwrap();
        let told = |edition| {
            let findings = lint_as(&dated, edition);
            findings.iter().filter(|finding| finding.rule().id() == "date-for-seconds").count()
        };
        assert_eq!((told(Edition::Rfc3261), told(Edition::Rfc2543)), (1, 0), "{field}");
    }
    let hidden = Message::parse(text(OK, &["Hide: route"]).into()).unwrap();
    assert!(lint_as(&hidden, Edition::Rfc2543).iter().any(|finding| finding.section() == "RFC 2543 §6"));
}

fn find<'f>(findings: &'f [Finding], rule: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.rule().id() == rule).unwrap()
}

fn shown<'t>(text: &'t str, finding: &Finding) -> &'t str {
    &text[finding.span()]
}

/// The plain message with this start line, with other lines and perhaps another start line.
fn text(start_line: &str, lines: &[&str]) -> String {
    let start_line = lines.first().filter(|line| line.ends_with(" SIP/2.0")).copied().unwrap_or(start_line);
    let method = start_line.split(' ').next().unwrap().replace("SIP/2.0", "INVITE");
    let mut fields: Vec<String> = [
        "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK776",
        "Max-Forwards: 70",
        "From: <sip:alice@atlanta.example>;tag=1928",
        if start_line.starts_with("SIP/2.0") {
            "To: <sip:bob@biloxi.example>;tag=3"
        } else {
            "To: <sip:bob@biloxi.example>"
        },
        "Call-ID: a84b4c76e66710",
        &format!("CSeq: 1 {method}"),
        "Contact: <sip:alice@a.invalid;transport=ws>",
        "Supported: timer",
        "Content-Length: 0",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut rest = lines.iter().skip(usize::from(lines.first() == Some(&start_line)));
    for line in rest.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(line) = line.strip_prefix('+') {
            fields.push(line.to_owned());
            continue;
        }
        let (name, _) = line.split_once(':').unwrap_or((line, ""));
        fields.retain(|field| !field.starts_with(&format!("{name}:")));
        if line.contains(':') {
            fields.push((*line).to_owned());
        }
    }
    let body: Vec<&str> = rest.copied().collect();
    format!("{start_line}\r\n{}\r\n\r\n{}", fields.join("\r\n"), body.concat())
}
