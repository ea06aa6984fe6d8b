//! RFC 3261 §20 and the extensions: a value that was read is written, and read again, as the same value.

use sip_message::*;
use std::fmt::Debug;

/// The first byte chooses the header field, the rest is its value.
pub(super) fn check(data: &[u8]) {
    let Some((choice, value)) = data.split_first() else { return };
    let Ok(value) = std::str::from_utf8(value) else { return };
    // Folds are undone before a value is decoded, and NUL is refused before that.
    if value.contains(['\r', '\n', '\0']) {
        return;
    }
    let checks = CHECKS.len();
    if let Some((_, check)) = CHECKS.get(usize::from(*choice) % checks) {
        check(value);
    }
}

/// Where the checks of a header field are, for seeds.
pub(crate) fn choices(name: &HeaderName) -> impl Iterator<Item = usize> {
    CHECKS.iter().enumerate().filter(move |(_, (known, _))| known == name).map(|(at, _)| at)
}

fn law<H: Header + PartialEq + Debug>(value: &str) {
    let Ok(decoded) = H::decode(value) else { return };
    let written = decoded.encoded();
    assert!(!written.contains(['\r', '\n', '\0']), "{written:?}");
    match H::decode(&written) {
        Ok(again) => assert_eq!(again, decoded, "{}: {value:?} is written as {written:?}", H::NAME),
        Err(error) => panic!("{}: {value:?} is written as {written:?}: {error}", H::NAME),
    }
}

macro_rules! checks {
    ($($header:ident)+) => {
        const CHECKS: &[(HeaderName, fn(&str))] = &[$((<$header as Header>::NAME, law::<$header>)),+];
    };
}

checks! {
    Accept AcceptContact AcceptEncoding AcceptLanguage AcceptResourcePriority AlertInfo AlertMsgError Allow AllowEvents
    AnswerMode AuthenticationInfo Authorization CSeq CallId CallInfo CellularNetworkInfo Contact
    ContentDisposition ContentEncoding ContentId ContentLanguage ContentLength ContentType Date Diversion
    Encryption ErrorInfo Event Expires Expiry FeatureCaps FlowTimer From Geolocation GeolocationError
    GeolocationRouting Hide HistoryInfo Identity IdentityInfo InReplyTo InfoPackage Join MaxBreadth
    MaxForwards MimeVersion MinExpires MinSe Organization PAccessNetworkInfo PAnswerState
    PAssertedIdentity PAssertedService PAssociatedUri PCalledPartyId PChargeInfo
    PChargingFunctionAddresses PChargingVector PDcsBillingInfo PDcsLaes PDcsOsps PDcsRedirect
    PDcsTracePartyId PEarlyMedia PMediaAuthorization PPreferredIdentity PPreferredService
    PPrivateNetworkIndication PProfileKey PRefusedUriList PServedUser PUserDatabase PVisitedNetworkId Path
    PermissionMissing PolicyContact PolicyId Priority PrivAnswerMode Privacy ProxyAuthenticate
    ProxyAuthorization ProxyRequire RAck RSeq Reason RecordRoute RecvInfo ReferEventsAt ReferSub ReferTo
    ReferredBy RejectContact RemotePartyId Replaces ReplyTo RequestDisposition Require ResourcePriority
    ResponseKey RetryAfter RetryTime Route SecurityClient SecurityServer SecurityVerify Server ServiceRoute
    SessionExpires SessionId SipETag SipIfMatch Subject SubscriptionState Supported SuppressIfMatch
    TargetDialog Timestamp To TriggerConsent Unsupported UserAgent UserToUser Via Warning WwwAuthenticate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_with_a_type_is_checked() {
        for name in HeaderName::all() {
            let mut headers = Headers::new();
            headers.push_text(name, "x").unwrap();
            let is_typed = headers.iter().any(|field| field.values().is_some());
            assert_eq!(choices(name).next().is_some(), is_typed, "{name}");
        }
        assert!(CHECKS.len() <= 256, "one byte chooses the check");
    }
}
