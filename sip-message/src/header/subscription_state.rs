//! Subscription-State: how a subscription stands (RFC 6665 §8.2.3).

super::params_header! {
    /// The state, and why and for how long (RFC 6665 §8.2.3).
    SubscriptionState {
        /// `active`, `pending`, `terminated` or an extension.
        state: String = crate::grammar::token
    }, LIST = false
}

impl SubscriptionState {
    /// Whether the state is this one, whatever the case.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        self.state.eq_ignore_ascii_case(state)
    }

    /// Seconds until the subscription ends.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.params.get("expires")?.parse().ok()
    }

    /// Why the subscription ended: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`,
    /// `invariant` or an extension.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.params.get("reason")
    }

    /// Seconds to wait before subscribing again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.params.get("retry-after")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn state_and_times() {
        let state = round_trip::<SubscriptionState>("active;expires=600");
        assert!(state.is("Active"));
        assert_eq!((state.expires(), state.reason()), (Some(600), None));
        let state = round_trip::<SubscriptionState>("terminated;reason=probation;retry-after=30");
        assert_eq!((state.reason(), state.retry_after()), (Some("probation"), Some(30)));
        assert_eq!(round_trip::<SubscriptionState>("pending;expires=soon").expires(), None);
        assert!(SubscriptionState::decode(";expires=1").is_err());
    }
}
