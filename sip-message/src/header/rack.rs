//! RAck and RSeq: reliable provisional responses and what acknowledges them (RFC 3262 §7).

use crate::grammar::{decode, method, number, some_lws};
use crate::{CSeq, Header, HeaderError, HeaderName};

super::number_header! {
    /// The number of a reliable provisional response, from 1 (RFC 3262 §7.1).
    RSeq(u32)
}

/// Which response a PRACK acknowledges (RFC 3262 §7.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RAck {
    /// The [`RSeq`] of the response.
    pub rseq: u32,
    /// The CSeq of the response.
    pub cseq: CSeq,
}

impl Header for RAck {
    const NAME: HeaderName = HeaderName::RAck;

    /// `response-num LWS CSeq-num LWS Method`
    fn decode(value: &str) -> Result<Self, HeaderError> {
        let parser = (number, some_lws, number, some_lws, method);
        decode(&Self::NAME, value, parser)
            .map(|(rseq, _, number, _, method)| Self { rseq, cseq: CSeq::new(number, method) })
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.rseq.to_string());
        out.push(' ');
        self.cseq.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Method;
    use crate::header::round_trip;

    #[test]
    fn names_response_and_request() {
        let rack = round_trip::<RAck>("776656 1 INVITE");
        assert_eq!((rack.rseq, rack.cseq), (776_656, CSeq::new(1, Method::Invite)));
        assert!(RAck::decode("1 INVITE").is_err());
        assert!(RAck::decode("776656 1INVITE").is_err());
        assert!(RAck::decode("4294967296 1 INVITE").is_err());
    }

    #[test]
    fn rseq_is_a_number() {
        assert_eq!(round_trip::<RSeq>("988789").0, 988_789);
        assert!(RSeq::decode("x").is_err());
    }
}
