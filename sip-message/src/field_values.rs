//! The values of a field by the type of its name (RFC 3261 §20), for who shows or checks messages: the table of all
//! types in one place.

use crate::headers::Elements;
use crate::{Diversion, Field, Header, HeaderError, HeaderName, RemotePartyId};

impl Field<'_> {
    /// The values of the field, each as we would write it, or why it cannot be read; `None` for a name without a type.
    ///
    /// ```
    /// # use sip_message::Message;
    /// let message = Message::parse("SIP/2.0 200 OK\r\nv: SIP / 2.0 / WS a ; branch=1, b\r\nX-Y: z\r\n\r\n".into())?;
    /// let fields: Vec<_> = message.headers().iter().map(|field| field.values()).collect();
    /// let via = fields[0].as_ref().unwrap();
    /// assert_eq!(via[0].as_deref(), Ok("SIP/2.0/WS a;branch=1"));
    /// assert!(via[1].is_err() && fields[1].is_none());
    /// # Ok::<_, sip_message::ParseMessageError>(())
    /// ```
    #[must_use]
    pub fn values(&self) -> Option<Vec<Result<String, HeaderError>>> {
        by_type(self)
    }

    fn values_as<H: Header>(&self) -> Vec<Result<String, HeaderError>> {
        let elements = Elements::new(self.value(), H::LIST);
        elements.map(|element| self.decode::<H>(element).map(|value| value.encoded())).collect()
    }
}

/// Declares which names have a type, which is called like the name, and which have none.
macro_rules! typed {
    ([$($typed:ident),+ $(,)?], [$($untyped:ident),+ $(,)?]) => {
        /// The values of `field` by the type of its name.
        fn by_type(field: &Field<'_>) -> Option<Vec<Result<String, HeaderError>>> {
            match field.name() {
                $(HeaderName::$typed => Some(field.values_as::<crate::$typed>()),)+
                name @ HeaderName::Other(_) => unregistered(&name, field),
                $(HeaderName::$untyped)|+ => None,
            }
        }
    };
}

typed!(
    [
        Accept,
        AcceptContact,
        AcceptEncoding,
        AcceptLanguage,
        AcceptResourcePriority,
        AlertInfo,
        AlertMsgError,
        Allow,
        AllowEvents,
        AnswerMode,
        AuthenticationInfo,
        Authorization,
        CSeq,
        CallId,
        CallInfo,
        CellularNetworkInfo,
        Contact,
        ContentDisposition,
        ContentEncoding,
        ContentId,
        ContentLanguage,
        ContentLength,
        ContentType,
        Date,
        Encryption,
        ErrorInfo,
        Event,
        Expires,
        FeatureCaps,
        FlowTimer,
        From,
        Geolocation,
        GeolocationError,
        GeolocationRouting,
        Hide,
        HistoryInfo,
        Identity,
        IdentityInfo,
        InReplyTo,
        InfoPackage,
        Join,
        MaxBreadth,
        MaxForwards,
        MimeVersion,
        MinExpires,
        MinSe,
        Organization,
        PAccessNetworkInfo,
        PAnswerState,
        PAssertedIdentity,
        PAssertedService,
        PAssociatedUri,
        PCalledPartyId,
        PChargeInfo,
        PChargingFunctionAddresses,
        PChargingVector,
        PDcsBillingInfo,
        PDcsLaes,
        PDcsOsps,
        PDcsRedirect,
        PDcsTracePartyId,
        PEarlyMedia,
        PMediaAuthorization,
        PPreferredIdentity,
        PPreferredService,
        PPrivateNetworkIndication,
        PProfileKey,
        PRefusedUriList,
        PServedUser,
        PUserDatabase,
        PVisitedNetworkId,
        Path,
        PermissionMissing,
        PolicyContact,
        PolicyId,
        Priority,
        PrivAnswerMode,
        Privacy,
        ProxyAuthenticate,
        ProxyAuthorization,
        ProxyRequire,
        RAck,
        RSeq,
        Reason,
        RecordRoute,
        RecvInfo,
        ReferEventsAt,
        ReferSub,
        ReferTo,
        ReferredBy,
        RejectContact,
        Replaces,
        ReplyTo,
        RequestDisposition,
        Require,
        ResourcePriority,
        ResponseKey,
        RetryAfter,
        Route,
        SecurityClient,
        SecurityServer,
        SecurityVerify,
        Server,
        ServiceRoute,
        SessionExpires,
        SessionId,
        SipETag,
        SipIfMatch,
        Subject,
        SubscriptionState,
        Supported,
        SuppressIfMatch,
        TargetDialog,
        Timestamp,
        To,
        TriggerConsent,
        Unsupported,
        UserAgent,
        UserToUser,
        Via,
        Warning,
        WwwAuthenticate,
    ],
    [
        AdditionalIdentity,
        AttestationInfo,
        DcInfo,
        OriginationId,
        PriorityShare,
        PriorityVerstat,
        ReasonPhrase,
        RelayedCharge,
        ResourceShare,
        ResponseSource,
        RestorationInfo,
        ServiceInteractInfo,
    ]
);

/// The values of a field whose name has a type, but no registration.
fn unregistered(name: &HeaderName, field: &Field<'_>) -> Option<Vec<Result<String, HeaderError>>> {
    match () {
        () if *name == Diversion::NAME => Some(field.values_as::<Diversion>()),
        () if *name == RemotePartyId::NAME => Some(field.values_as::<RemotePartyId>()),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{HeaderName, Headers};

    #[test]
    fn only_names_of_3gpp_have_no_type() {
        let untyped = HeaderName::all().iter().filter(|name| {
            let mut headers = Headers::new();
            headers.push_text(name, "x").unwrap();
            headers.iter().all(|field| field.values().is_none())
        });
        // The registry refers to 3GPP TS 24.229 for all of them but the reserved Reason-Phrase.
        assert_eq!(untyped.count(), 12);
    }

    #[test]
    fn unregistered_names_have_types_too() {
        let mut headers = Headers::new();
        for name in ["diversion", "remote-party-id", "x-other"] {
            headers.push_text(&name.parse().unwrap(), "<tel:+1> , <tel:+2>").unwrap();
        }
        let counts: Vec<_> =
            headers.iter().map(|field| field.values().map_or(0, |values| values.len())).collect();
        assert_eq!(counts, [2, 2, 0]);
    }
}
