//! Warning: more about the status of a response (RFC 3261 §20.43).

use crate::grammar::{decode, is_lws, number, quoted_string, rule, some_lws, write_quoted};
use crate::{Header, HeaderError, HeaderName};
use nom::Parser;
use nom::bytes::complete::{take_while_m_n, take_while1};

/// One warning (RFC 3261 §20.43).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    /// The code, three digits, 3xx for SIP.
    pub code: u16,
    /// Who warns: a host with an optional port, or a pseudonym.
    pub agent: String,
    /// The text for people.
    pub text: String,
}

impl Header for Warning {
    const NAME: HeaderName = HeaderName::Warning;
    const LIST: bool = true;

    /// `warning-value = warn-code SP warn-agent SP warn-text`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let code = rule("warn-code", take_while_m_n(3, 3, |digit: char| digit.is_ascii_digit()));
        let agent = rule("warn-agent", take_while1(|character| !is_lws(character)));
        let parser = (code.and_then(number), some_lws, agent, some_lws, quoted_string);
        let parser = parser.map(|(code, _, agent, _, text): (_, _, &str, _, _)| Self {
            code,
            agent: agent.to_owned(),
            text,
        });
        decode(&Self::NAME, value, parser)
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.code.to_string());
        out.push(' ');
        out.push_str(&self.agent);
        out.push(' ');
        write_quoted(&self.text, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let text = "307 isi.edu:5060 \"Session parameter 'foo' not understood\"";
        let warning = Warning::decode(text).unwrap();
        assert_eq!((warning.code, warning.agent.as_str()), (307, "isi.edu:5060"));
        assert_eq!(warning.encoded(), text);
        for text in ["37 a \"b\"", "3077 a \"b\"", "307a \"b\"", "307 a"] {
            assert!(Warning::decode(text).is_err(), "{text}");
        }
    }
}
