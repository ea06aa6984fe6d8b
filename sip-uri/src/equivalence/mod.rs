//! Sameness of URIs: RFC 3261 §19.1.4 with RFC 5954 §4.2, and RFC 3966 §4.
//!
//! It is reflexive and symmetric, and by the RFC's own example not transitive.

mod component;
mod header;
mod rfc2543;
mod sip;
mod tel;

use crate::{SipUri, TelUri, Uri};

impl Uri {
    /// Whether both mean the same by the rules of their scheme. Those of schemes without rules here are the same when
    /// their texts are, but for the case of the scheme (RFC 3986 §6.2.2.1).
    ///
    /// ```
    /// # use sip_uri::Uri;
    /// let one: Uri = "sip:%61lice@atlanta.com;transport=TCP".parse()?;
    /// assert!(one.is_equivalent(&"sip:alice@AtLanTa.CoM;Transport=tcp".parse()?));
    /// assert!(!one.is_equivalent(&"sip:ALICE@atlanta.com;transport=tcp".parse()?));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sip(one), Self::Sip(two)) => one.is_equivalent(two),
            (Self::Tel(one), Self::Tel(two)) => one.is_equivalent(two),
            (Self::Other(one), Self::Other(two)) => {
                one.scheme().eq_ignore_ascii_case(two.scheme()) && one.rest() == two.rest()
            }
            (Self::Sip(_) | Self::Tel(_) | Self::Other(_), _) => false,
        }
    }
}

impl SipUri {
    /// Whether both are equivalent by RFC 3261 §19.1.4 with the addresses of RFC 5954 §4.2.
    ///
    /// A parameter that only one of them has is ignored, unless it is `user`, `ttl`, `method`, `maddr` or
    /// `transport`; that is why equivalence is not transitive. Header components are compared by the rules of their
    /// header fields.
    ///
    /// ```
    /// # use sip_uri::SipUri;
    /// let carol: SipUri = "sip:carol@chicago.com".parse()?;
    /// let on: SipUri = "sip:carol@chicago.com;security=on".parse()?;
    /// let off: SipUri = "sip:carol@chicago.com;security=off".parse()?;
    /// assert!(on.is_equivalent(&carol) && carol.is_equivalent(&off) && !on.is_equivalent(&off));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self == other || (sip::same_address(self, other) && header::same_headers(self, other))
    }

    /// Whether both are equal by RFC 2543 §2: letters have no case anywhere, all parameters count, and what is absent
    /// has its default (port 5060, UDP, `user=ip`, `ttl=1`, `method=INVITE`). This one is transitive.
    ///
    /// ```
    /// # use sip_uri::SipUri;
    /// let one: SipUri = "sip:j.doe@example.com".parse()?;
    /// let two: SipUri = "SIP:J.Doe@Example.com:5060".parse()?;
    /// assert!(one.is_rfc2543_equivalent(&two) && !one.is_equivalent(&two));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn is_rfc2543_equivalent(&self, other: &Self) -> bool {
        rfc2543::same_url(self, other)
    }
}

impl TelUri {
    /// Whether both are equivalent by RFC 3966 §4: the same digits, both global or both local, and the same
    /// parameters in any order.
    ///
    /// ```
    /// # use sip_uri::TelUri;
    /// let one: TelUri = "tel:+358-555-1234567;postd=pp22".parse()?;
    /// assert!(one.is_equivalent(&"tel:+358(555)1234567;POSTD=PP22".parse()?));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        tel::same(self, other)
    }
}
