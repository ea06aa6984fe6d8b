//! Methods (RFC 3261 §7.1 and the RFCs that add one).

use crate::{InvalidValue, Token};
use std::fmt;
use std::str::FromStr;

/// Declares the table of methods.
macro_rules! methods {
    ($($variant:ident = $text:literal $source:literal,)+) => {
        /// The method of a request. Methods are case-sensitive (RFC 3261 §7.1).
        ///
        /// ```
        /// # use sip_message::Method;
        /// assert_eq!("INVITE".parse::<Method>()?, Method::Invite);
        /// assert_eq!("Invite".parse::<Method>()?.as_str(), "Invite");
        /// # Ok::<_, sip_message::InvalidValue>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Method {
            $(#[doc = concat!("`", $text, "`, ", $source)] $variant,)+
            /// A method that is not in the table; a server answers 405 or 501.
            Other(Token),
        }

        impl Method {
            /// Every method of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The method as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(token) => token.as_str(),
                }
            }
        }

        impl FromStr for Method {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => other.parse().map(Self::Other),
                }
            }
        }
    };
}

methods! {
    Invite = "INVITE" "RFC 3261 §13",
    Ack = "ACK" "RFC 3261 §13",
    Bye = "BYE" "RFC 3261 §15",
    Cancel = "CANCEL" "RFC 3261 §9",
    Options = "OPTIONS" "RFC 3261 §11",
    Register = "REGISTER" "RFC 3261 §10",
    Message = "MESSAGE" "RFC 3428",
    Info = "INFO" "RFC 6086",
    Prack = "PRACK" "RFC 3262",
    Update = "UPDATE" "RFC 3311",
    Subscribe = "SUBSCRIBE" "RFC 6665",
    Notify = "NOTIFY" "RFC 6665",
    Publish = "PUBLISH" "RFC 3903",
    Refer = "REFER" "RFC 3515",
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_text() {
        for method in Method::ALL {
            assert_eq!(method.to_string().parse::<Method>().as_ref(), Ok(method));
        }
    }

    #[test]
    fn methods_are_case_sensitive_and_tokens() {
        assert_ne!("invite".parse::<Method>().unwrap(), Method::Invite);
        assert!("IN VITE".parse::<Method>().is_err());
        assert!("".parse::<Method>().is_err());
    }
}
