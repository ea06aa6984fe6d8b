//! How often one request may be answered with credentials: RFC 3261 §22.1 forbids to repeat rejected ones.

use crate::{AuthError, Origin};

/// What one request has been through. Make one per request and hand it to each
/// [`AuthClient::handle_challenge`](crate::AuthClient::handle_challenge) for that request and its repetitions;
/// 401 and 407 share it.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    answered: u8,
    excused: Vec<(Origin, String)>,
    declined: Vec<(Origin, String)>,
}

impl Attempts {
    /// How often the request may be sent again.
    pub const MAXIMUM: u8 = 3;

    /// How many challenges have been answered.
    #[must_use]
    pub const fn answered(&self) -> u8 {
        self.answered
    }

    /// Nobody has credentials for this realm: for this request they are not asked for again.
    pub fn decline(&mut self, origin: Origin, realm: &str) {
        self.declined.push((origin, realm.to_owned()));
    }

    pub(crate) fn was_declined(&self, origin: Origin, realm: &str) -> bool {
        self.declined.iter().any(|(known, name)| *known == origin && name == realm)
    }

    /// Takes one of the attempts.
    pub(crate) fn spend(&mut self) -> Result<(), AuthError> {
        if self.answered >= Self::MAXIMUM {
            return Err(AuthError::TooManyAttempts);
        }
        self.answered += 1;
        Ok(())
    }

    /// Whether a new nonce without `stale` may count as an expired one: once per realm, for the many servers that
    /// do not send `stale`.
    pub(crate) fn excuse(&mut self, origin: Origin, realm: &str) -> bool {
        if self.excused.iter().any(|(known, name)| *known == origin && name == realm) {
            return false;
        }
        self.excused.push((origin, realm.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_attempts_and_one_excuse_per_realm() {
        let mut attempts = Attempts::default();
        assert!((0..3).all(|_| attempts.spend().is_ok()));
        assert_eq!(attempts.spend(), Err(AuthError::TooManyAttempts));
        assert!(attempts.excuse(Origin::Server, "a"));
        assert!(attempts.excuse(Origin::Proxy, "a"));
        assert!(!attempts.excuse(Origin::Server, "a"));
    }
}
