//! `sip uri` and `sip uri-eq`: URIs taken apart (RFC 3261 §19.1.1) and compared (§19.1.4).

use crate::excerpt::excerpt;
use crate::exit::Failure;
use crate::options;
use crate::output;
use serde::Serialize;
use sip_uri::{Host, ParseUriError, SipUri, TelUri, Uri, UriDeviation};
use std::fmt::Write as _;
use std::io::{self, BufRead as _};
use std::process::ExitCode;

/// Takes each URI apart; 1 if one cannot be read.
pub(crate) fn run(options: &options::Uri) -> Result<ExitCode, Failure> {
    let mut ok = true;
    for input in inputs(&options.uris)? {
        let parsed = input.parse::<Uri>();
        ok &= parsed.is_ok();
        let found = parsed.as_ref().map(Uri::deviations).unwrap_or_default();
        let object = Object::new(&input, &parsed).with(&found);
        if options.json {
            output::json(&object)?
        } else {
            output::text(&told(&object, parsed.as_ref().err(), &found))?
        }
    }
    Ok(ExitCode::from(u8::from(!ok)))
}

/// Compares two URIs; 0 if they are equivalent, 1 if not, 2 if one cannot be read.
pub(crate) fn compare(a: &str, b: &str) -> Result<ExitCode, Failure> {
    let parse =
        |text: &str| text.parse::<Uri>().map_err(|error| Failure::Uri { text: text.to_owned(), error });
    let equivalent = parse(a)?.is_equivalent(&parse(b)?);
    output::text(if equivalent { "equivalent\n" } else { "different\n" })?;
    Ok(ExitCode::from(u8::from(!equivalent)))
}

/// The URIs of the command line, with the lines of standard input in the place of `-`.
fn inputs(uris: &[String]) -> Result<Vec<String>, Failure> {
    let mut inputs = Vec::new();
    for uri in uris {
        if uri == "-" {
            let lines = io::stdin().lock().lines().collect::<io::Result<Vec<String>>>();
            inputs.extend(lines.map_err(|error| Failure::File { path: "-".into(), error })?);
        } else {
            inputs.push(uri.clone());
        }
    }
    Ok(inputs)
}

/// The JSON object of a URI.
#[derive(Serialize, Default)]
struct Object {
    input: String,
    ok: bool,
    scheme: Option<String>,
    user: Option<String>,
    password: Option<String>,
    host: Option<String>,
    host_kind: Option<&'static str>,
    port: Option<u16>,
    params: Vec<Pair>,
    headers: Vec<Pair>,
    printed: Option<String>,
    error: Option<String>,
    deviations: Vec<DeviationObject>,
}

/// A place where the URI was read although it does not follow the grammar.
#[derive(Serialize)]
struct DeviationObject {
    name: &'static str,
    section: &'static str,
    start: usize,
    end: usize,
    message: &'static str,
}

impl From<&UriDeviation> for DeviationObject {
    fn from(deviation: &UriDeviation) -> Self {
        let UriDeviation { kind, span } = deviation;
        let message = kind.description();
        Self { name: kind.name(), section: kind.section(), start: span.start, end: span.end, message }
    }
}

/// A parameter or header component, decoded.
#[derive(Serialize)]
struct Pair {
    name: String,
    value: Option<String>,
}

impl Object {
    fn new(input: &str, parsed: &Result<Uri, ParseUriError>) -> Self {
        let input = input.to_owned();
        match parsed {
            Err(error) => Self { input, error: Some(error.to_string()), ..Self::default() },
            Ok(uri) => {
                let scheme = Some(uri.scheme().to_owned());
                let whole =
                    Self { input, ok: true, scheme, printed: Some(uri.to_string()), ..Self::default() };
                match uri {
                    Uri::Sip(sip) => whole.sip(sip),
                    Uri::Tel(tel) => whole.tel(tel),
                    Uri::Other(_) => whole,
                }
            }
        }
    }

    fn with(self, found: &[UriDeviation]) -> Self {
        Self { deviations: found.iter().map(DeviationObject::from).collect(), ..self }
    }

    fn sip(self, uri: &SipUri) -> Self {
        let kind = match uri.host() {
            Host::Name(_) => "name",
            Host::V4(_) => "ipv4",
            Host::V6(_) => "ipv6",
        };
        Self {
            user: uri.user().map(|user| user.into_owned()),
            password: uri.password().map(|password| password.into_owned()),
            host: Some(uri.host().to_string()),
            host_kind: Some(kind),
            port: uri.port(),
            params: uri.params().map(Pair::from).collect(),
            headers: uri
                .headers()
                .map(|(name, value)| Pair { name: name.into_owned(), value: Some(value.into_owned()) })
                .collect(),
            ..self
        }
    }

    /// The number of a tel URI stands where the user of a SIP URI does (RFC 3261 §19.1.6).
    fn tel(self, uri: &TelUri) -> Self {
        Self { user: Some(uri.number().to_owned()), params: uri.params().map(Pair::from).collect(), ..self }
    }
}

impl From<sip_uri::UriParam<'_>> for Pair {
    fn from(param: sip_uri::UriParam<'_>) -> Self {
        Self { name: param.name.into_owned(), value: param.value.map(|value| value.into_owned()) }
    }
}

/// A URI in words.
fn told(object: &Object, error: Option<&ParseUriError>, found: &[UriDeviation]) -> String {
    if let Some(error) = error {
        let offset = error.offset();
        let shown = excerpt(object.input.as_bytes(), &(offset..offset));
        return format!("no URI: {error}\n{shown}  = {} [{}]\n\n", error.section(), error.rule());
    }
    let mut out = format!("{}\n", object.printed.as_deref().unwrap_or_default());
    let mut line = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {label:<10}{value}");
        }
    };
    line("scheme", object.scheme.clone());
    line("user", object.user.clone());
    line("password", object.password.clone());
    line("host", object.host.clone().zip(object.host_kind).map(|(host, kind)| format!("{host} ({kind})")));
    line("port", object.port.map(|port| port.to_string()));
    for param in &object.params {
        line("parameter", Some(param.told()));
    }
    for header in &object.headers {
        line("header", Some(header.told()));
    }
    for deviation in found {
        let shown = excerpt(object.input.as_bytes(), &deviation.span);
        let (kind, section) = (deviation.kind, deviation.kind.section());
        let _ = write!(out, "deviation: {kind}\n{shown}  = {section} [{}]\n", kind.name());
    }
    out.push('\n');
    out
}

impl Pair {
    fn told(&self) -> String {
        match &self.value {
            Some(value) => format!("{} = {value}", self.name),
            None => self.name.clone(),
        }
    }
}
