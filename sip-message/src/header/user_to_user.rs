//! User-to-User: what the users' applications tell each other through a call (RFC 7433 §4.1).

super::params_header! {
    /// One piece of information, as it stands; `encoding` says how to read it (RFC 7433 §4.1).
    UserToUser {
        /// The data, `hex` digits for the most part.
        data: String = crate::grammar::token_or_quoted => crate::grammar::write_token_or_quoted
    }, LIST = true
}

impl UserToUser {
    /// The package that gives the data its meaning; `isdn-uui` where none is given (RFC 7434 §6).
    #[must_use]
    pub fn purpose(&self) -> &str {
        self.params.get("purpose").unwrap_or("isdn-uui")
    }

    /// The type of the data within the package.
    #[must_use]
    pub fn content(&self) -> Option<&str> {
        self.params.get("content")
    }

    /// How the data is written, e.g. `hex`.
    #[must_use]
    pub fn encoding(&self) -> Option<&str> {
        self.params.get("encoding")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn data_purpose_and_encoding() {
        let data = round_trip::<UserToUser>("56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar");
        assert_eq!((data.purpose(), data.content(), data.encoding()), ("foo", Some("bar"), Some("hex")));
        let data = round_trip::<UserToUser>("\"a, b\"");
        assert_eq!((data.data.as_str(), data.purpose()), ("a, b", "isdn-uui"));
        assert!(UserToUser::decode("").is_err());
        assert!(UserToUser::decode("\"open").is_err());
    }
}
