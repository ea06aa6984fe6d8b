//! Session-Expires and Min-SE: how long a session lives without being refreshed (RFC 4028 §4, §5).

super::params_header! {
    /// The session interval, and who refreshes (RFC 4028 §4).
    ///
    /// ```
    /// # use sip_message::{Header, Refresher, SessionExpires};
    /// let value = SessionExpires::decode("4000;refresher=uac")?;
    /// assert_eq!((value.seconds, value.refresher()), (4000, Some(Refresher::Uac)));
    /// assert_eq!(SessionExpires::new(1800_u32).with_refresher(Refresher::Uas).encoded(), "1800;refresher=uas");
    /// # Ok::<_, sip_message::HeaderError>(())
    /// ```
    SessionExpires {
        /// Seconds.
        seconds: u32 = crate::grammar::number::<u32>
    }, LIST = false
}

super::params_header! {
    /// The shortest session interval that is accepted; 90 where none is given (RFC 4028 §5).
    MinSe {
        /// Seconds.
        seconds: u32 = crate::grammar::number::<u32>
    }, LIST = false
}

/// Who sends the refreshes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4028 §4 closes the list")]
pub enum Refresher {
    /// The client of the transaction that said so.
    Uac,
    /// Its server.
    Uas,
}

impl SessionExpires {
    /// Who refreshes; `None` also for a word that is neither.
    #[must_use]
    pub fn refresher(&self) -> Option<Refresher> {
        let word = self.params.get("refresher")?;
        let known = [Refresher::Uac, Refresher::Uas];
        known.into_iter().find(|refresher| refresher.as_str().eq_ignore_ascii_case(word))
    }

    /// The same interval with the refresher named.
    #[must_use]
    pub fn with_refresher(mut self, refresher: Refresher) -> Self {
        self.params.set("refresher", Some(refresher.as_str()));
        self
    }
}

impl Refresher {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn interval_and_refresher() {
        assert_eq!(round_trip::<SessionExpires>("90;refresher=uas").refresher(), Some(Refresher::Uas));
        assert_eq!(round_trip::<SessionExpires>("90;refresher=me").refresher(), None);
        assert_eq!(SessionExpires::decode("90;Refresher=UAC").unwrap().refresher(), Some(Refresher::Uac));
        assert_eq!(round_trip::<MinSe>("90;x=1").seconds, 90);
        assert!(SessionExpires::decode("-1").is_err());
        assert!(MinSe::decode("4294967296").is_err());
    }
}
