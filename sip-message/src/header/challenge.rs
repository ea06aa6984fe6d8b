//! WWW-Authenticate and Proxy-Authenticate (RFC 3261 §20.44, §20.27, RFC 7616 §3.3).

use crate::grammar::{Parsed, decode, lws, rule, token};
use crate::params::{Param, Params, auth_params};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{take_while, take_while1};
use nom::combinator::{all_consuming, recognize};
use nom::sequence::preceded;

/// A challenge: a scheme and its parameters (RFC 3261 §20.44, RFC 7616 §3.3).
///
/// ```
/// # use sip_message::{Challenge, Header, WwwAuthenticate};
/// let challenge = Challenge::new("Digest").with("realm", "a.example").with("algorithm", "SHA-256");
/// assert_eq!(WwwAuthenticate(challenge).encoded(), r#"Digest realm="a.example", algorithm=SHA-256"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Challenge {
    /// The scheme, e.g. `Digest`.
    pub scheme: String,
    /// `realm`, `nonce` and so on; each remembers whether it was quoted.
    pub params: Params,
}

impl Challenge {
    /// A challenge without parameters.
    #[must_use]
    pub fn new(scheme: &str) -> Self {
        Self { scheme: scheme.to_owned(), params: Params::new() }
    }

    /// Sets a parameter, quoted where RFC 7616 §3.3 quotes it: all but `stale`, `algorithm`, `charset`, `userhash`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        set_auth_param(&mut self.params, name, value, &["stale", "algorithm", "charset", "userhash"]);
        self
    }

    /// The value of a parameter, without quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }
}

/// Declares a header field that carries a challenge.
macro_rules! challenge_header {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub Challenge);

        impl Header for $name {
            const NAME: HeaderName = HeaderName::$name;
            const REPEATABLE: bool = true;

            /// `challenge = auth-scheme LWS auth-param *(COMMA auth-param)`
            fn decode(value: &str) -> Result<Self, HeaderError> {
                let (scheme, params) = decode(&Self::NAME, value, scheme_and_params)?;
                Ok(Self(Challenge { scheme, params }))
            }

            fn encode(&self, out: &mut String) {
                encode_auth(&self.0.scheme, &self.0.params, out);
            }
        }
    };
}

challenge_header! {
    /// A challenge of a user agent server or registrar, in a 401. Several stand in several fields (RFC 3261 §20.44).
    WwwAuthenticate
}

challenge_header! {
    /// A challenge of a proxy, in a 407. Several stand in several fields (RFC 3261 §20.27).
    ProxyAuthenticate
}

/// Sets `name`, between quotes unless it is one of `unquoted`.
pub(crate) fn set_auth_param(params: &mut Params, name: &str, value: &str, unquoted: &[&str]) {
    if unquoted.iter().any(|unquoted| unquoted.eq_ignore_ascii_case(name)) {
        params.set(name, Some(value));
    } else {
        params.set_quoted(name, value);
    }
}

/// `auth-scheme [LWS (auth-params / token68)]`
pub(crate) fn scheme_and_params(input: &str) -> Parsed<'_, (String, Params)> {
    let (rest, scheme) = rule("auth-scheme", token).parse(input)?;
    let content = alt((all_consuming(token68), rule("auth-param", auth_params)));
    let (rest, params) = preceded(lws, opt_rest(content)).parse(rest)?;
    Ok((rest, (scheme.to_owned(), params)))
}

/// `token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 7235 §2.1), as a parameter without a
/// value.
fn token68(input: &str) -> Parsed<'_, Params> {
    let characters = take_while1(|c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
    let padding = take_while(|c| c == '=');
    recognize((characters, padding)).map(|text| Params::from_list(vec![Param::new(text, None)])).parse(input)
}

/// Nothing, or all of `parser`: a fault inside is not mistaken for nothing.
fn opt_rest<'a>(
    mut parser: impl Parser<&'a str, Output = Params, Error = crate::grammar::Fault<'a>>,
) -> impl FnMut(&'a str) -> Parsed<'a, Params> {
    move |input| if input.is_empty() { Ok((input, Params::new())) } else { parser.parse(input) }
}

/// Appends what [`scheme_and_params`] reads.
pub(crate) fn encode_auth(scheme: &str, params: &Params, out: &mut String) {
    out.push_str(scheme);
    if !params.is_empty() {
        out.push(' ');
        params.encode_with_commas(out);
    }
}
