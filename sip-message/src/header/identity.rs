//! Identity: the signature over who calls whom (RFC 8224 §4), and Identity-Info, where its certificate was named before
//! (RFC 4474 §9).

use crate::grammar::{Parsed, decode, is_lws, quoted_string, rule, write_quoted};
use crate::params::params;
use crate::{Header, HeaderError, HeaderName, Params};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::combinator::map;

/// A signature and where its certificate is. Several stand in several fields (RFC 8224 §4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The signed token, full or with its header and payload left out; base64, not checked.
    pub signature: String,
    /// `info`, `alg`, `ppt` and others.
    pub params: Params,
}

impl Identity {
    /// Where the certificate is: the parameter `info`, without brackets.
    #[must_use]
    pub fn info(&self) -> Option<&str> {
        self.params.get("info").map(|uri| uri.trim_start_matches('<').trim_end_matches('>'))
    }

    /// The algorithm of the signature; `ES256` where none is given (RFC 8224 §4).
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.params.get("alg").unwrap_or("ES256")
    }

    /// The extension that the token follows.
    #[must_use]
    pub fn ppt(&self) -> Option<&str> {
        self.params.get("ppt")
    }
}

impl Header for Identity {
    const NAME: HeaderName = HeaderName::Identity;
    const REPEATABLE: bool = true;

    /// `signed-identity-digest SEMI ident-info *( SEMI ident-info-params )`; RFC 4474 has the digest between quotes
    /// and alone.
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = (signed_identity_digest, params).map(|(signature, params)| Self { signature, params });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        let is_bare = !self.signature.is_empty() && self.signature.chars().all(is_base64_char);
        if is_bare {
            out.push_str(&self.signature)
        } else {
            write_quoted(&self.signature, out)
        }
        self.params.encode(out);
    }
}

/// `signed-identity-digest = 1*(base64-char / ".")`, in RFC 4474 between quotes. Examples of both RFCs fold it, so white
/// space in it is passed over.
fn signed_identity_digest(input: &str) -> Parsed<'_, String> {
    let bare = take_while1(|character| is_base64_char(character) || is_lws(character));
    let digest = alt((quoted_string, map(bare, str::to_owned)));
    rule("signed-identity-digest", digest.map(|text| text.replace(is_lws, ""))).parse(input)
}

/// `base64-char` of RFC 8224 §4 and RFC 4648 §5, the padding and the dots between the pieces of a token.
fn is_base64_char(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/=-_.".contains(character)
}

super::name_addr_header! {
    /// Where the certificate of an [`Identity`] without parameters is (RFC 4474 §9).
    IdentityInfo, LIST = false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn signature_certificate_and_algorithm() {
        let text = "eyJ.e30.sv5Cn_-w==;info=<https://biloxi.example.org/a;b.cer>;alg=ES384;ppt=\"shaken\"";
        let identity = round_trip::<Identity>(text);
        assert_eq!(identity.signature, "eyJ.e30.sv5Cn_-w==");
        assert_eq!(identity.info(), Some("https://biloxi.example.org/a;b.cer"));
        assert_eq!((identity.algorithm(), identity.ppt()), ("ES384", Some("shaken")));
        assert_eq!(round_trip::<Identity>("..sv5;info=<x:y>").algorithm(), "ES256");
        assert_eq!(Identity::decode("eyJ. .sv 5;info=<x:y>").unwrap().signature, "eyJ..sv5");
        assert!(Identity::decode("").is_err());
        assert!(Identity::decode("a,b").is_err());
        assert!(Identity::decode(";info=<x:y>").is_err());
    }

    #[test]
    fn rfc4474_puts_quotes_around_the_signature() {
        let identity = Identity::decode("\"ZYNBbHC00V MZr2k/+=\"").unwrap();
        assert_eq!((identity.signature.as_str(), identity.info()), ("ZYNBbHC00VMZr2k/+=", None));
        assert_eq!(round_trip::<Identity>("\"a;b\";c").signature, "a;b");
        let info = round_trip::<IdentityInfo>("<https://atlanta.example.com/atlanta.cer>;alg=rsa-sha1");
        assert_eq!(info.0.params.get("alg"), Some("rsa-sha1"));
    }
}
