//! Location conveyance: Geolocation, Geolocation-Routing and Geolocation-Error (RFC 6442 §4).

super::name_addr_header! {
    /// One location, or a reference to one: `cid:` for a body of the same message (RFC 6442 §4).
    Geolocation, LIST = true
}

super::params_header! {
    /// Whether proxies may route by the location (RFC 6442 §4).
    GeolocationRouting {
        /// `yes`, `no` or an extension, which counts as `no`.
        value: String = crate::grammar::token
    }, LIST = false
}

super::params_header! {
    /// What is wrong with a location (RFC 6442 §4).
    GeolocationError {
        /// The code, up to three digits.
        code: u16 = crate::grammar::number::<u16>
    }, LIST = false
}

impl GeolocationRouting {
    /// Whether proxies may look at the location to route the request.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        // rfc6442#4.2 anything but "yes" forbids it
        self.value.eq_ignore_ascii_case("yes")
    }
}

impl GeolocationError {
    /// The text for people, in the parameter `code`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.params.get("code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn locations_are_uris() {
        let location = round_trip::<Geolocation>("<cid:target123@atlanta.example.com>");
        assert_eq!(location.0.uri.as_str(), "cid:target123@atlanta.example.com");
        assert!(Geolocation::decode("<>").is_err());
    }

    #[test]
    fn routing_is_allowed_by_yes_alone() {
        assert!(round_trip::<GeolocationRouting>("yes").is_allowed());
        assert!(!round_trip::<GeolocationRouting>("no").is_allowed());
        assert!(!round_trip::<GeolocationRouting>("maybe;x=1").is_allowed());
        assert!(GeolocationRouting::decode("").is_err());
    }

    #[test]
    fn errors_have_a_code_and_a_text() {
        let error = round_trip::<GeolocationError>("201;code=\"Permission To Use Location Information\"");
        assert_eq!((error.code, error.text()), (201, Some("Permission To Use Location Information")));
        assert!(GeolocationError::decode("x").is_err());
    }
}
