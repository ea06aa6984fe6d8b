//! Security agreement: Security-Client, Security-Server, Security-Verify (RFC 3329 §2.2).

/// Declares a list of security mechanisms.
macro_rules! security_header {
    ($(#[$doc:meta])* $name:ident) => {
        super::params_header! {
            $(#[$doc])*
            $name {
                /// `digest`, `tls`, `ipsec-ike`, `ipsec-man`, `ipsec-3gpp` or another token.
                mechanism: String = crate::grammar::token
            }, LIST = true
        }

        impl $name {
            /// The preference from 0 to 1; the highest wins.
            #[must_use]
            pub fn q(&self) -> Option<f32> {
                self.params.q()
            }
        }
    };
}

security_header! {
    /// One mechanism that the client supports (RFC 3329 §2.2).
    SecurityClient
}

security_header! {
    /// One mechanism that the server supports (RFC 3329 §2.2).
    SecurityServer
}

security_header! {
    /// One mechanism of the server's list, as the client saw it (RFC 3329 §2.2).
    SecurityVerify
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn mechanisms_have_preferences_and_parameters() {
        let server = round_trip::<SecurityServer>("ipsec-ike;q=0.1");
        assert_eq!((server.mechanism.as_str(), server.q()), ("ipsec-ike", Some(0.1)));
        let verify =
            round_trip::<SecurityVerify>("digest;d-alg=MD5;d-ver=\"0000000000000000000000000000abcd\"");
        assert_eq!((verify.params.get("d-alg"), verify.q()), (Some("MD5"), None));
        assert_eq!(round_trip::<SecurityClient>("tls").mechanism, "tls");
        assert!(SecurityClient::decode(";q=0.1").is_err());
    }
}
