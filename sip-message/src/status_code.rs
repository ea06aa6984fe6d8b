//! Status codes, their classes and default reason phrases (RFC 3261 §7.2, §21 and the IANA registry).

use std::fmt;

/// A status code, 100 to 699 (RFC 3261 §7.2).
///
/// ```
/// # use sip_message::{StatusClass, StatusCode};
/// assert_eq!(StatusCode::RINGING.to_string(), "180 Ringing");
/// assert_eq!(StatusCode::new(499).map(StatusCode::class), Some(StatusClass::RequestFailure));
/// assert_eq!(StatusCode::new(700), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// The class of a status code, its first digit (RFC 3261 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 closes the list")]
pub enum StatusClass {
    /// 1xx: the request goes on.
    Provisional,
    /// 2xx: done.
    Success,
    /// 3xx: try elsewhere.
    Redirection,
    /// 4xx: this server cannot serve this request.
    RequestFailure,
    /// 5xx: this server failed.
    ServerFailure,
    /// 6xx: no server will do it.
    GlobalFailure,
}

impl StatusCode {
    /// The code, if it is in 100..=699.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 699 { Some(Self(code)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    // rfc3261#8.1.3.2/1-2: what is done with a response depends on its class, but for codes that are known
    /// The class; an unknown code is treated as the x00 of its class (RFC 3261 §8.1.3.2).
    #[must_use]
    pub const fn class(self) -> StatusClass {
        match self.0 {
            ..200 => StatusClass::Provisional,
            200..300 => StatusClass::Success,
            300..400 => StatusClass::Redirection,
            400..500 => StatusClass::RequestFailure,
            500..600 => StatusClass::ServerFailure,
            600.. => StatusClass::GlobalFailure,
        }
    }

    /// Whether the code is 1xx.
    #[must_use]
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// Whether the code is 2xx.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.class(), StatusClass::Success)
    }

    /// Whether the code ends the transaction: 2xx to 6xx.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.default_reason())
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Declares the registered codes.
macro_rules! status_codes {
    ($($name:ident = $code:literal $reason:literal,)+) => {
        impl StatusCode {
            $(#[doc = concat!("`", $code, " ", $reason, "`")] pub const $name: Self = Self($code);)+

            /// The registered reason phrase; for an unknown code the one of its class.
            #[must_use]
            pub const fn default_reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)+
                    _ => match self.class() {
                        StatusClass::Provisional => "Progress",
                        StatusClass::Success => "Success",
                        StatusClass::Redirection => "Redirection",
                        StatusClass::RequestFailure => "Request Failure",
                        StatusClass::ServerFailure => "Server Failure",
                        StatusClass::GlobalFailure => "Global Failure",
                    },
                }
            }
        }
    };
}

status_codes! {
    TRYING = 100 "Trying",
    RINGING = 180 "Ringing",
    CALL_IS_BEING_FORWARDED = 181 "Call Is Being Forwarded",
    QUEUED = 182 "Queued",
    SESSION_PROGRESS = 183 "Session Progress",
    EARLY_DIALOG_TERMINATED = 199 "Early Dialog Terminated",
    OK = 200 "OK",
    ACCEPTED = 202 "Accepted",
    NO_NOTIFICATION = 204 "No Notification",
    MULTIPLE_CHOICES = 300 "Multiple Choices",
    MOVED_PERMANENTLY = 301 "Moved Permanently",
    MOVED_TEMPORARILY = 302 "Moved Temporarily",
    USE_PROXY = 305 "Use Proxy",
    ALTERNATIVE_SERVICE = 380 "Alternative Service",
    BAD_REQUEST = 400 "Bad Request",
    UNAUTHORIZED = 401 "Unauthorized",
    PAYMENT_REQUIRED = 402 "Payment Required",
    FORBIDDEN = 403 "Forbidden",
    NOT_FOUND = 404 "Not Found",
    METHOD_NOT_ALLOWED = 405 "Method Not Allowed",
    NOT_ACCEPTABLE = 406 "Not Acceptable",
    PROXY_AUTHENTICATION_REQUIRED = 407 "Proxy Authentication Required",
    REQUEST_TIMEOUT = 408 "Request Timeout",
    GONE = 410 "Gone",
    CONDITIONAL_REQUEST_FAILED = 412 "Conditional Request Failed",
    REQUEST_ENTITY_TOO_LARGE = 413 "Request Entity Too Large",
    REQUEST_URI_TOO_LONG = 414 "Request-URI Too Long",
    UNSUPPORTED_MEDIA_TYPE = 415 "Unsupported Media Type",
    UNSUPPORTED_URI_SCHEME = 416 "Unsupported URI Scheme",
    UNKNOWN_RESOURCE_PRIORITY = 417 "Unknown Resource-Priority",
    BAD_EXTENSION = 420 "Bad Extension",
    EXTENSION_REQUIRED = 421 "Extension Required",
    SESSION_INTERVAL_TOO_SMALL = 422 "Session Interval Too Small",
    INTERVAL_TOO_BRIEF = 423 "Interval Too Brief",
    BAD_LOCATION_INFORMATION = 424 "Bad Location Information",
    BAD_ALERT_MESSAGE = 425 "Bad Alert Message",
    USE_IDENTITY_HEADER = 428 "Use Identity Header",
    PROVIDE_REFERRER_IDENTITY = 429 "Provide Referrer Identity",
    FLOW_FAILED = 430 "Flow Failed",
    ANONYMITY_DISALLOWED = 433 "Anonymity Disallowed",
    BAD_IDENTITY_INFO = 436 "Bad Identity Info",
    UNSUPPORTED_CREDENTIAL = 437 "Unsupported Credential",
    INVALID_IDENTITY_HEADER = 438 "Invalid Identity Header",
    FIRST_HOP_LACKS_OUTBOUND_SUPPORT = 439 "First Hop Lacks Outbound Support",
    MAX_BREADTH_EXCEEDED = 440 "Max-Breadth Exceeded",
    BAD_INFO_PACKAGE = 469 "Bad Info Package",
    CONSENT_NEEDED = 470 "Consent Needed",
    TEMPORARILY_UNAVAILABLE = 480 "Temporarily Unavailable",
    CALL_TRANSACTION_DOES_NOT_EXIST = 481 "Call/Transaction Does Not Exist",
    LOOP_DETECTED = 482 "Loop Detected",
    TOO_MANY_HOPS = 483 "Too Many Hops",
    ADDRESS_INCOMPLETE = 484 "Address Incomplete",
    AMBIGUOUS = 485 "Ambiguous",
    BUSY_HERE = 486 "Busy Here",
    REQUEST_TERMINATED = 487 "Request Terminated",
    NOT_ACCEPTABLE_HERE = 488 "Not Acceptable Here",
    BAD_EVENT = 489 "Bad Event",
    REQUEST_PENDING = 491 "Request Pending",
    UNDECIPHERABLE = 493 "Undecipherable",
    SECURITY_AGREEMENT_REQUIRED = 494 "Security Agreement Required",
    SERVER_INTERNAL_ERROR = 500 "Server Internal Error",
    NOT_IMPLEMENTED = 501 "Not Implemented",
    BAD_GATEWAY = 502 "Bad Gateway",
    SERVICE_UNAVAILABLE = 503 "Service Unavailable",
    SERVER_TIMEOUT = 504 "Server Time-out",
    VERSION_NOT_SUPPORTED = 505 "Version Not Supported",
    MESSAGE_TOO_LARGE = 513 "Message Too Large",
    PUSH_NOTIFICATION_SERVICE_NOT_SUPPORTED = 555 "Push Notification Service Not Supported",
    PRECONDITION_FAILURE = 580 "Precondition Failure",
    BUSY_EVERYWHERE = 600 "Busy Everywhere",
    DECLINE = 603 "Decline",
    DOES_NOT_EXIST_ANYWHERE = 604 "Does Not Exist Anywhere",
    NOT_ACCEPTABLE_ANYWHERE = 606 "Not Acceptable",
    UNWANTED = 607 "Unwanted",
    REJECTED = 608 "Rejected",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_registry() {
        let table = include_str!("../tests/vectors/iana-response-codes.tsv");
        for row in table.lines().skip(2) {
            let mut columns = row.split('\t');
            let code = columns.next().and_then(|code| code.parse().ok()).and_then(StatusCode::new).unwrap();
            let reason = columns.next().unwrap().trim_end_matches(" (Deprecated)");
            assert_eq!(code.default_reason(), reason);
        }
    }

    #[test]
    fn class_is_the_first_digit() {
        assert!(StatusCode::TRYING.is_provisional() && !StatusCode::TRYING.is_final());
        assert!(StatusCode::OK.is_success() && StatusCode::OK.is_final());
        assert!(!StatusCode::MULTIPLE_CHOICES.is_success());
        assert_eq!(StatusCode::new(699).unwrap().class(), StatusClass::GlobalFailure);
        assert_eq!(StatusCode::new(599).unwrap().default_reason(), "Server Failure");
        assert_eq!(StatusCode::new(99), None);
    }
}
