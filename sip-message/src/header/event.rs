//! Event: what a subscription is about (RFC 6665 §8.2.1).

use crate::StatusCode;

super::params_header! {
    /// An event package with its templates, and parameters (RFC 6665 §8.2.1).
    Event {
        /// The event type, e.g. `presence.winfo`, compared byte by byte.
        event_type: String = crate::grammar::token
    }, LIST = false
}

impl Event {
    /// The package: the event type up to its first dot.
    #[must_use]
    pub fn package(&self) -> &str {
        self.event_type.split('.').next().unwrap_or_default()
    }

    /// The templates applied to the package, the innermost first.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.event_type.split('.').skip(1)
    }

    /// What tells this subscription from others in its dialog.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.params.get("id")
    }

    /// What a NOTIFY of this event deserves where there is no subscription for it: 200 for what servers tell unasked, such
    /// as `message-summary` (RFC 3842) or `check-sync`; 481 for `refer`, which only a REFER can begin (RFC 6665 §4.1.3,
    /// RFC 3515 §2.4.4).
    #[must_use]
    pub fn answer_to_unsolicited(&self) -> StatusCode {
        if self.package() == "refer" { StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST } else { StatusCode::OK }
    }

    /// Whether both name the same subscription: event type and `id` are equal, other parameters do not count.
    #[must_use]
    pub fn is_same_subscription(&self, other: &Self) -> bool {
        // rfc6665#8.2.1 event types and ids are compared byte by byte; an absent id matches an absent one only
        self.event_type == other.event_type && self.id() == other.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn package_templates_and_id() {
        let event = round_trip::<Event>("presence.winfo;id=3;x=1");
        assert_eq!((event.package(), event.id()), ("presence", Some("3")));
        assert_eq!(event.templates().collect::<Vec<_>>(), ["winfo"]);
        assert!(Event::decode("").is_err());
        assert!(Event::decode("a b").is_err());
    }

    #[test]
    fn subscriptions_differ_by_event_type_and_id() {
        let event = |text| Event::decode(text).unwrap();
        assert!(event("refer;id=3").is_same_subscription(&event("refer;x=1;id=3")));
        assert!(!event("refer;id=3").is_same_subscription(&event("refer")));
        assert!(!event("refer").is_same_subscription(&event("Refer")));
    }
}
