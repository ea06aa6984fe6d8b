//! Seeds: the messages of the RFCs that the tests of sip-message read, and what stands in them.

use crate::targets::header::choices;
use bytes::Bytes;
use sip_message::{HeaderName, Message, Mode};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Where the messages are.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sip-message/tests/vectors");

/// Where the inputs are that broke a law once, in a folder for each target.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");

/// URIs that no message has.
const URIS: [&str; 8] = [
    "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
    "sip:alice;day=tuesday@atlanta.com",
    "sip:%61lice@atlanta.com;Transport=UDP\nsip:alice@AtLanTa.CoM;transport=udp",
    "sip:carol@chicago.com;newparam=5\nsip:carol@chicago.com;security=on",
    "sip:[2001:db8::1]:5060;maddr=192.0.2.1;ttl=3;lr",
    "tel:+1-201-555-0123;ext=5;phone-context=example.com",
];

const NUMBERS: [&str; 6] = [
    "tel:+358-555-1234567;POSTD=PP22;isub=1411",
    "tel:7042;phone-context=example.com;a=%41",
    "tel:*123#;phone-context=+49",
    "tel:0w1p2;phone-context=+1",
    "sip:+1-212-555-1212;isub=a%3a;ext=5@gateway.com;user=phone",
    "sip:7042%23;phone-context=a.example@h;user=phone",
];

const CHALLENGES: [&str; 2] = [
    "Digest realm=\"a.example\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256, opaque=\"o\", userhash=true",
    "Digest realm=\"b\\\"c\", nonce=\"\", stale=TRUE\nDigest realm=\"b\", nonce=\"x\", algorithm=MD5-sess, qop=auth-int",
];

/// The seeds of the target called `name`, each once, in a fixed order.
#[must_use]
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let messages = messages(Path::new(VECTORS));
    let parsed =
        || messages.iter().filter_map(|bytes| Message::parse_with(bytes.clone(), Mode::Salvage).ok());
    let seeds: BTreeSet<Vec<u8>> = match name {
        "uri" => parsed().flat_map(|m| uris(&m)).chain(URIS.map(|uri| uri.as_bytes().to_vec())).collect(),
        "tel" => parsed().flat_map(|m| uris(&m)).chain(NUMBERS.map(|uri| uri.as_bytes().to_vec())).collect(),
        "template" => {
            parsed().flat_map(|m| uris(&m)).chain(URIS.map(|uri| uri.as_bytes().to_vec())).collect()
        }
        "sipfrag" => parsed().flat_map(|message| fragments(&message)).collect(),
        "stream" => streams(&messages).into_iter().collect(),
        "header" => parsed().flat_map(|message| values(&message)).collect(),
        "multipart" => parsed().filter_map(|message| body(&message)).collect(),
        "digest" => parsed()
            .flat_map(|m| challenges(&m))
            .chain(CHALLENGES.map(|text| text.as_bytes().to_vec()))
            .collect(),
        "transactions" | "user_agent" => scripts(),
        _ => messages.iter().map(|bytes| bytes.to_vec()).collect(),
    };
    seeds.into_iter().chain(regressions(name)).collect()
}

/// Inputs that broke a law once.
fn regressions(name: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(Path::new(REGRESSIONS).join(name)).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
}

/// All messages below `folder`, by path; an unreadable folder has none.
fn messages(folder: &Path) -> Vec<Bytes> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.collect();
    paths.sort();
    let mut messages = Vec::new();
    for path in paths {
        if path.is_dir() {
            messages.extend(self::messages(&path));
        } else if path.extension().is_some_and(|extension| extension == "sip" || extension == "dat") {
            messages.extend(fs::read(&path).map(Bytes::from));
        }
    }
    messages
}

/// Bytes that are read as what to do, short ones and long ones.
fn scripts() -> BTreeSet<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(1);
    (1..60).map(|length| std::iter::repeat_with(|| random.u8(..)).take(length * 12).collect()).collect()
}

fn uris(message: &Message) -> Vec<Vec<u8>> {
    let request = message.as_request().map(|request| request.request_uri().as_bytes().to_vec());
    let fields = message.headers().iter().filter_map(|field| {
        let value = field.value();
        let start = value.iter().position(|byte| *byte == b'<')? + 1;
        let length = value.get(start..)?.iter().position(|byte| *byte == b'>')?;
        value.get(start..start + length).map(<[u8]>::to_vec)
    });
    request.into_iter().chain(fields).collect()
}

/// Each message alone, and all of them one behind the other in pieces of several sizes.
fn streams(messages: &[Bytes]) -> Vec<Vec<u8>> {
    let stream = |size: u8, messages: &[Bytes]| [&[size], messages.concat().as_slice()].concat();
    let alone = messages.iter().map(|message| stream(7, std::slice::from_ref(message)));
    alone.chain(messages.chunks(3).map(|some| stream(200, some))).collect()
}

fn values(message: &Message) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for field in message.headers().iter() {
        let Ok(text) = field.text() else { continue };
        for choice in choices(&field.name()).filter_map(|choice| u8::try_from(choice).ok()) {
            seeds.push([&[choice], text.as_bytes()].concat());
        }
    }
    seeds
}

fn body(message: &Message) -> Option<Vec<u8>> {
    let content_type = message.headers().raw(&HeaderName::ContentType)?;
    Some([content_type, b"\n", message.body()].concat())
}

/// The start line, the header section, and a part of it.
fn fragments(message: &Message) -> Vec<Vec<u8>> {
    let bytes = message.to_bytes();
    let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").map_or(bytes.len(), |end| end + 2);
    [0..line, 0..head, line..head]
        .into_iter()
        .filter_map(|range| bytes.get(range))
        .map(<[u8]>::to_vec)
        .collect()
}

fn challenges(message: &Message) -> Vec<Vec<u8>> {
    let names = [
        HeaderName::WwwAuthenticate,
        HeaderName::ProxyAuthenticate,
        HeaderName::Authorization,
        HeaderName::ProxyAuthorization,
    ];
    names.iter().filter_map(|name| message.headers().raw(name)).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::ALL;

    #[test]
    fn every_target_has_seeds() {
        for target in ALL {
            assert!(seeds(target.name).len() > 8, "{}", target.name);
        }
    }
}
