//! Typed header field values (RFC 3261 §20): one file for each field or close family.
//!
//! A new field takes one file, declared here, with a type that implements [`Header`], and its line in the table below.
//! Its name is in the table of [`HeaderName`] already.

mod accept;
mod accept_encoding;
mod accept_language;
mod alert_info;
mod alert_msg_error;
mod allow;
mod allow_events;
mod answer_mode;
mod asserted_identity;
mod authentication_info;
mod call_id;
mod call_info;
mod caller_preferences;
mod challenge;
mod consent;
mod contact;
mod content_disposition;
mod content_encoding;
mod content_id;
mod content_language;
mod content_length;
mod content_type;
mod credentials;
mod cseq;
mod date;
mod diversion;
mod encryption;
mod error_info;
mod etag;
mod event;
mod expires;
mod feature_caps;
mod flow_timer;
mod from_to;
mod geolocation;
mod header_type;
mod history_info;
mod identity;
mod in_reply_to;
mod info_package;
mod join;
mod max_breadth;
mod max_forwards;
mod mime_version;
mod option_tag;
mod organization;
mod p_access_network_info;
mod p_associated_uri;
mod p_charging;
mod p_dcs;
mod p_media;
mod p_service;
mod policy;
mod priority;
mod privacy;
mod product;
mod rack;
mod reason;
mod refer_to;
mod remote_party_id;
mod replaces;
mod reply_to;
mod resource_priority;
mod retry_after;
mod route;
mod security;
mod session_expires;
mod session_id;
mod shapes;
mod subject;
mod subscription_state;
mod target_dialog;
mod timestamp;
mod user_to_user;
mod via;
mod warning;

/// The table: each file and the types of header fields in it.
macro_rules! header_types {
    ($($file:ident: $($name:ident),+;)+) => {
        $(pub use $file::{$($name),+};)+

        pub(crate) static TYPES: &[HeaderType] = &[$($(HeaderType::of::<$name>()),+),+];
    };
}

header_types! {
    accept: Accept;
    accept_encoding: AcceptEncoding;
    accept_language: AcceptLanguage;
    alert_info: AlertInfo;
    alert_msg_error: AlertMsgError;
    allow: Allow;
    allow_events: AllowEvents;
    answer_mode: AnswerMode, PrivAnswerMode;
    asserted_identity: PAssertedIdentity, PPreferredIdentity;
    authentication_info: AuthenticationInfo;
    call_id: CallId;
    call_info: CallInfo;
    caller_preferences: AcceptContact, RejectContact, RequestDisposition;
    challenge: ProxyAuthenticate, WwwAuthenticate;
    consent: PermissionMissing, TriggerConsent;
    contact: Contact;
    content_disposition: ContentDisposition;
    content_encoding: ContentEncoding;
    content_id: ContentId;
    content_language: ContentLanguage;
    content_length: ContentLength;
    content_type: ContentType;
    credentials: Authorization, ProxyAuthorization;
    cseq: CSeq;
    date: Date;
    diversion: Diversion;
    encryption: Encryption, Hide, ResponseKey;
    error_info: ErrorInfo;
    etag: SipETag, SipIfMatch, SuppressIfMatch;
    event: Event;
    expires: Expiry, MinExpires;
    feature_caps: FeatureCaps;
    flow_timer: FlowTimer;
    from_to: From, To;
    geolocation: Geolocation, GeolocationError, GeolocationRouting;
    history_info: HistoryInfo;
    identity: Identity, IdentityInfo;
    in_reply_to: InReplyTo;
    info_package: InfoPackage, RecvInfo;
    join: Join;
    max_breadth: MaxBreadth;
    max_forwards: MaxForwards;
    mime_version: MimeVersion;
    option_tag: ProxyRequire, Require, Supported, Unsupported;
    organization: Organization;
    p_access_network_info: CellularNetworkInfo, PAccessNetworkInfo;
    p_associated_uri: PAssociatedUri, PCalledPartyId, PProfileKey, PServedUser, PUserDatabase, PVisitedNetworkId;
    p_charging: PChargeInfo, PChargingFunctionAddresses, PChargingVector;
    p_dcs: PDcsBillingInfo, PDcsLaes, PDcsOsps, PDcsRedirect, PDcsTracePartyId;
    p_media: PAnswerState, PEarlyMedia, PMediaAuthorization;
    p_service: PAssertedService, PPreferredService, PPrivateNetworkIndication, PRefusedUriList;
    policy: PolicyContact, PolicyId;
    priority: Priority;
    privacy: Privacy;
    product: Server, UserAgent;
    rack: RAck, RSeq;
    reason: Reason;
    refer_to: ReferEventsAt, ReferSub, ReferTo, ReferredBy;
    remote_party_id: RemotePartyId;
    replaces: Replaces;
    reply_to: ReplyTo;
    resource_priority: AcceptResourcePriority, ResourcePriority;
    retry_after: RetryTime;
    route: Path, RecordRoute, Route, ServiceRoute;
    security: SecurityClient, SecurityServer, SecurityVerify;
    session_expires: MinSe, SessionExpires;
    session_id: SessionId;
    subject: Subject;
    subscription_state: SubscriptionState;
    target_dialog: TargetDialog;
    timestamp: Timestamp;
    user_to_user: UserToUser;
    via: Via;
    warning: Warning;
}

pub use challenge::Challenge;
pub use credentials::Credentials;
pub use expires::Expires;
pub use retry_after::RetryAfter;
pub use session_expires::Refresher;

pub(crate) use header_type::HeaderType;
pub(crate) use via::has_cookie;

use crate::{HeaderError, HeaderName};

/// A header field value as a type: one value, or one element of a comma-separated list (RFC 3261 §7.3, §20).
///
/// ```
/// use sip_message::{Header, HeaderError, HeaderName, Headers, Token};
///
/// struct Trace(String);
///
/// impl Header for Trace {
///     const NAME: HeaderName = HeaderName::Other(Token::from_static("X-Trace"));
///     fn decode(value: &str) -> Result<Self, HeaderError> {
///         Ok(Self(value.to_owned()))
///     }
///     fn encode(&self, out: &mut String) {
///         out.push_str(&self.0);
///     }
/// }
///
/// let mut headers = Headers::new();
/// headers.push(&Trace("17".into()));
/// assert_eq!(headers.required::<Trace>()?.0, "17");
/// # Ok::<_, HeaderError>(())
/// ```
pub trait Header: Sized {
    /// The name of the field.
    const NAME: HeaderName;
    /// Whether one field may carry several values between commas (RFC 3261 §7.3.1).
    const LIST: bool = false;
    /// Whether several fields of the name may stand in a message.
    const REPEATABLE: bool = Self::LIST;
    /// Whether a list may have no elements, as in `Supported:`.
    const MAY_BE_EMPTY: bool = false;

    /// Reads one value; folds are undone already.
    ///
    /// # Errors
    /// [`HeaderError::Malformed`] with the ABNF rule that was not met and where.
    fn decode(value: &str) -> Result<Self, HeaderError>;

    /// Appends the value as it stands on the wire, without name and line end. CR, LF and NUL do not reach the wire:
    /// [`Headers`](crate::Headers) writes a space instead.
    fn encode(&self, out: &mut String);

    /// The value as it stands on the wire.
    fn encoded(&self) -> String {
        let mut out = String::with_capacity(MOST_VALUES);
        self.encode(&mut out);
        out
    }
}

/// Room for most values, so that writing one takes one allocation.
const MOST_VALUES: usize = 64;

use shapes::{name_addr_header, number_header, only_params_header, params_header, text_header, token_header};

/// Decodes `text`, and checks that the value prints the same text again.
#[cfg(test)]
fn round_trip<H: Header>(text: &str) -> H {
    let value = H::decode(text).unwrap();
    assert_eq!(value.encoded(), text);
    value
}
