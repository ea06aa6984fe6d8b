//! Diversion: who diverted a call, and why (RFC 5806 §4).

super::name_addr_header! {
    /// One diversion; the latest stands first.
    Diversion,
    NAME = crate::HeaderName::Other(crate::Token::from_static("Diversion")),
    LIST = true
}

impl Diversion {
    /// Why: `user-busy`, `no-answer`, `unconditional` and so on.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.0.params.get("reason")
    }

    /// How many diversions this one stands for; 1 where it does not say.
    #[must_use]
    pub fn counter(&self) -> u32 {
        self.0.params.get("counter").and_then(|digits| digits.parse().ok()).unwrap_or(1)
    }

    /// What the diverting user wants hidden: `full`, `name`, `uri` or `off`.
    #[must_use]
    pub fn privacy(&self) -> Option<&str> {
        self.0.params.get("privacy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;
    use crate::{Header, Headers};

    #[test]
    fn reason_counter_and_privacy() {
        let text = "\"J\" <sip:+19195551002@a.example>;reason=no-answer;privacy=off;counter=3";
        let diversion = round_trip::<Diversion>(text);
        assert_eq!((diversion.reason(), diversion.privacy()), (Some("no-answer"), Some("off")));
        assert_eq!(diversion.counter(), 3);
        assert_eq!(round_trip::<Diversion>("<tel:+1>").counter(), 1);
        assert!(Diversion::decode("").is_err());
    }

    #[test]
    fn is_found_by_its_name() {
        let mut headers = Headers::new();
        headers.push_text(&"diversion".parse().unwrap(), "<tel:+1>, <tel:+2>").unwrap();
        assert_eq!(headers.list::<Diversion>().count(), 2);
    }
}
