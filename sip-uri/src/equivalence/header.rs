//! Sameness of header components, RFC 3261 §19.1.4 last rule: present in both, and equal as header fields.
//!
//! Fields are compared by their own definition in RFC 3261 §20 and by §7.3.1 otherwise. The order among fields of
//! one name counts, the order of the names does not.

use super::component::{Case, Presence, same, same_params};
use super::sip::same_address;
use crate::escape::decode;
use crate::param::{RawParam, RawParams, is_escaped, raw_params};
use crate::{Mode, SipUri, Uri};
use std::collections::BTreeMap;

/// Whether both URIs have the same header components.
pub(super) fn same_headers(one: &SipUri, two: &SipUri) -> bool {
    if one.raw_headers() == two.raw_headers() {
        return true;
    }
    let (one, two) = (one.raw_header_list(), two.raw_header_list());
    // Most lists have the same order.
    let (mut ones, mut twos) = (one.clone(), two.clone());
    loop {
        match (ones.next(), twos.next()) {
            (None, None) => return true,
            (Some(one), Some(two)) if same_name(one, two) => {
                // What has one name keeps its order.
                if !same_field(one, two) {
                    return false;
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
            (Some(_), Some(_)) => break,
        }
    }
    if one.is_few() && two.is_few() { same_few(&one, &two) } else { same_many(one, two) }
}

/// As [`same_headers`] without memory, in time that grows with the square of the number of fields.
fn same_few(one: &RawParams<'_>, two: &RawParams<'_>) -> bool {
    let has_match = |(at, field): (usize, RawParam<'_>)| {
        let same_name = |other: &RawParam<'_>| same_name(field, *other);
        // The same one among those of its name.
        let earlier = one.clone().take(at).filter(same_name).count();
        two.clone().filter(same_name).nth(earlier).is_some_and(|other| same_field(field, other))
    };
    one.clone().count() == two.clone().count() && one.clone().enumerate().all(has_match)
}

/// As [`same_headers`] in `O(n log n)`.
fn same_many(one: RawParams<'_>, two: RawParams<'_>) -> bool {
    let (one, two) = (by_name(one), by_name(two));
    one.len() == two.len()
        && one.iter().zip(&two).all(|((name, one), (other, two))| {
            let same_values = one.iter().zip(two).all(|(one, two)| same_field(*one, *two));
            name == other && one.len() == two.len() && same_values
        })
}

/// The fields by long name in lower case.
fn by_name(fields: RawParams<'_>) -> BTreeMap<String, Vec<RawParam<'_>>> {
    let mut map = BTreeMap::<String, Vec<RawParam<'_>>>::new();
    for field in fields {
        map.entry(long_name(&field.key()).to_owned()).or_default().push(field);
    }
    map
}

fn same_name(one: RawParam<'_>, two: RawParam<'_>) -> bool {
    if is_escaped(one.name) || is_escaped(two.name) {
        long_name(&decode(one.name)).eq_ignore_ascii_case(long_name(&decode(two.name)))
    } else {
        long_name(one.name).eq_ignore_ascii_case(long_name(two.name))
    }
}

/// Whether the values of two fields of one name are equal; what is written alike always is.
fn same_field(one: RawParam<'_>, two: RawParam<'_>) -> bool {
    let (left, right) = (one.value.unwrap_or_default(), two.value.unwrap_or_default());
    left == right || same_value(long_name(&one.key()), &decode(left), &decode(right))
}

/// The long form of a compact name (RFC 3261 §7.3.3 and the IANA registry of header fields), or the name itself.
fn long_name(name: &str) -> &str {
    let [letter] = name.as_bytes() else { return name };
    match letter.to_ascii_lowercase() {
        b'a' => "accept-contact",
        b'b' => "referred-by",
        b'c' => "content-type",
        b'd' => "request-disposition",
        b'e' => "content-encoding",
        b'f' => "from",
        b'i' => "call-id",
        b'j' => "reject-contact",
        b'k' => "supported",
        b'l' => "content-length",
        b'm' => "contact",
        b'n' => "identity-info",
        b'o' => "event",
        b'r' => "refer-to",
        b's' => "subject",
        b't' => "to",
        b'u' => "allow-events",
        b'v' => "via",
        b'x' => "session-expires",
        b'y' => "identity",
        _ => name,
    }
}

/// Whether two values of the header field `name` are equal by its definition.
fn same_value(name: &str, one: &str, two: &str) -> bool {
    match name {
        "contact"
        | "from"
        | "p-asserted-identity"
        | "p-preferred-identity"
        | "record-route"
        | "refer-to"
        | "referred-by"
        | "reply-to"
        | "route"
        | "to" => same_name_addr(one, two),
        // rfc3261#20.8 Call-IDs byte by byte; methods, dates (§20.17), event packages and bodies have case too
        "allow" | "body" | "call-id" | "cseq" | "date" | "event" | "in-reply-to" | "join" | "rack"
        | "replaces" | "target-dialog" => one.trim() == two.trim(),
        _ => one == two || folded(one) == folded(two),
    }
}

/// Whether two `name-addr` or `addr-spec` values are equal (RFC 3261 §20.20): the URIs match and the parameters do;
/// the display name says nothing. Values that are no single address are compared as text.
fn same_name_addr(one: &str, two: &str) -> bool {
    match (name_addr(one), name_addr(two)) {
        (Some((one, one_params)), Some((two, two_params))) => {
            // rfc3261#20.20 a tag in one only makes a difference, an extension parameter does not
            let counts = Presence::Counts(&["expires", "q", "tag"]);
            same_nested(&one, &two)
                && same_params(raw_params(one_params, b';'), raw_params(two_params, b';'), counts)
        }
        _ => folded(one) == folded(two),
    }
}

/// A URI inside a header component; header components of its own are compared as text, so that nothing recurses.
fn same_nested(one: &Uri, two: &Uri) -> bool {
    match (one, two) {
        (Uri::Sip(one), Uri::Sip(two)) => {
            same_address(one, two) && same(one.raw_headers(), two.raw_headers(), Case::Sensitive)
        }
        (Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_), _) => one.is_equivalent(two),
    }
}

/// The URI and the parameters of a single address without quoted parameters.
fn name_addr(value: &str) -> Option<(Uri, &str)> {
    let value = value.trim();
    let (uri, params) = match after_display_name(value).strip_prefix('<') {
        Some(bracketed) => bracketed.split_once('>')?,
        // rfc3261#20.10 without brackets the parameters belong to the header field
        None => value.split_at_checked(value.find(';').unwrap_or(value.len()))?,
    };
    let params = params.trim();
    let is_params = (params.is_empty() || params.starts_with(';')) && !params.contains(['"', ',', '<']);
    let uri = Uri::parse(uri, Mode::Lenient).ok()?;
    is_params.then_some((uri, params))
}

/// What follows a quoted or unquoted display name; an `addr-spec` is returned whole.
fn after_display_name(value: &str) -> &str {
    let mut escaped = false;
    let mut quoted = false;
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => return value.get(at..).unwrap_or(value),
            _ => {}
        }
    }
    value
}

/// A value by RFC 3261 §7.3.1: case folded outside of quoted strings, white space reduced (§7.3.1) and dropped around
/// separators.
fn folded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut escaped = false;
    let mut quoted = false;
    for c in value.chars() {
        match c {
            _ if escaped => {
                out.push(c);
                escaped = false;
            }
            ' ' | '\t' | '\r' | '\n' if !quoted => {
                if !out.is_empty() && !out.ends_with([' ', ',', ';', '=']) {
                    out.push(' ');
                }
            }
            ',' | ';' | '=' if !quoted => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push(c);
            }
            _ => {
                quoted ^= c == '"';
                escaped = quoted && c == '\\';
                out.push(if quoted { c } else { c.to_ascii_lowercase() });
            }
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equivalent(one: &str, two: &str) -> bool {
        let (one, two): (SipUri, SipUri) = (one.parse().unwrap(), two.parse().unwrap());
        assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one), "{one} {two}");
        one.is_equivalent(&two)
    }

    fn same_component(one: &str, two: &str) -> bool {
        equivalent(&format!("sip:a@b?{one}"), &format!("sip:a@b?{two}"))
    }

    #[test]
    fn header_components_count_in_both_directions() {
        assert!(!equivalent("sip:a@b", "sip:a@b?Subject=x"));
        assert!(!same_component("Subject=x&Priority=urgent", "Subject=x"));
        assert!(!same_component("Subject=x", "Subject=y"));
        assert!(same_component("Subject=x&Priority=urgent", "priority=URGENT&s=x"));
    }

    #[test]
    fn fields_of_one_name_keep_their_order() {
        assert!(!same_component("Require=a&Require=b", "Require=b&Require=a"));
        assert!(same_component("Require=a&Subject=s&Require=b", "Subject=s&Require=a&Require=b"));
    }

    #[test]
    fn compact_names_equal_long_ones() {
        assert!(same_component("t=sip:bob%40biloxi.com", "To=sip:bob%40biloxi.com"));
        assert!(same_component("i=abc", "call-id=abc"));
    }

    #[test]
    fn case_counts_where_the_field_says_so() {
        assert!(!same_component("Call-ID=abc", "Call-ID=ABC"));
        assert!(!same_component("body=abc", "body=ABC"));
        assert!(!same_component("Allow=INVITE", "Allow=invite"));
        assert!(same_component("Supported=PATH", "k=path"));
        assert!(!same_component("Subject=%22Hi%22", "Subject=%22hi%22"));
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        assert!(same_component("To=sip:b", "To=%3Csip:b%3E"));
        assert!(same_component("To=sip:b%40C", "To=%22B%20%3C%22%20%3Csip:b%40c%3E"));
        assert!(same_component("To=sip:b;x", "To=sip:b"));
        assert!(!same_component("To=sip:b%3Btag=1", "To=sip:b"));
        assert!(!same_component("To=sip:b%40c", "To=sip:B%40c"));
        assert!(!same_component("To=nothing", "To=sip:b"));
    }

    #[test]
    fn white_space_is_reduced() {
        assert!(same_component("Require=a%20,%20%20b", "Require=a,b"));
        assert!(!same_component("Subject=a%20b", "Subject=ab"));
    }

    #[test]
    fn nesting_does_not_recurse() {
        let deep = format!("sip:a?to={}sip:a", "sip:a?to=".repeat(50_000));
        assert!(equivalent(&deep, &deep.replacen("to", "TO", 1)));
        assert!(!equivalent(&deep, &format!("{deep}x")));
    }
}
