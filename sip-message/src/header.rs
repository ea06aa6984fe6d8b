//! Typed header field values (RFC 3261 §20): one file for each field or close family.
//!
//! A new field takes one file with a type that implements [`Header`], its name in the lists below, and its line in the
//! table of types in `field_values.rs`. Its name is in the table of [`HeaderName`] already.

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

pub use accept::Accept;
pub use accept_encoding::AcceptEncoding;
pub use accept_language::AcceptLanguage;
pub use alert_info::AlertInfo;
pub use alert_msg_error::AlertMsgError;
pub use allow::Allow;
pub use allow_events::AllowEvents;
pub use answer_mode::{AnswerMode, PrivAnswerMode};
pub use asserted_identity::{PAssertedIdentity, PPreferredIdentity};
pub use authentication_info::AuthenticationInfo;
pub use call_id::CallId;
pub use call_info::CallInfo;
pub use caller_preferences::{AcceptContact, RejectContact, RequestDisposition};
pub use challenge::{Challenge, ProxyAuthenticate, WwwAuthenticate};
pub use consent::{PermissionMissing, TriggerConsent};
pub use contact::Contact;
pub use content_disposition::ContentDisposition;
pub use content_encoding::ContentEncoding;
pub use content_id::ContentId;
pub use content_language::ContentLanguage;
pub use content_length::ContentLength;
pub use content_type::ContentType;
pub use credentials::{Authorization, Credentials, ProxyAuthorization};
pub use cseq::CSeq;
pub use date::Date;
pub use diversion::Diversion;
pub use encryption::{Encryption, Hide, ResponseKey};
pub use error_info::ErrorInfo;
pub use etag::{SipETag, SipIfMatch, SuppressIfMatch};
pub use event::Event;
pub use expires::{Expires, MinExpires};
pub use feature_caps::FeatureCaps;
pub use flow_timer::FlowTimer;
pub use from_to::{From, To};
pub use geolocation::{Geolocation, GeolocationError, GeolocationRouting};
pub use history_info::HistoryInfo;
pub use identity::{Identity, IdentityInfo};
pub use in_reply_to::InReplyTo;
pub use info_package::{InfoPackage, RecvInfo};
pub use join::Join;
pub use max_breadth::MaxBreadth;
pub use max_forwards::MaxForwards;
pub use mime_version::MimeVersion;
pub use option_tag::{ProxyRequire, Require, Supported, Unsupported};
pub use organization::Organization;
pub use p_access_network_info::{CellularNetworkInfo, PAccessNetworkInfo};
pub use p_associated_uri::{
    PAssociatedUri, PCalledPartyId, PProfileKey, PServedUser, PUserDatabase, PVisitedNetworkId,
};
pub use p_charging::{PChargeInfo, PChargingFunctionAddresses, PChargingVector};
pub use p_dcs::{PDcsBillingInfo, PDcsLaes, PDcsOsps, PDcsRedirect, PDcsTracePartyId};
pub use p_media::{PAnswerState, PEarlyMedia, PMediaAuthorization};
pub use p_service::{PAssertedService, PPreferredService, PPrivateNetworkIndication, PRefusedUriList};
pub use policy::{PolicyContact, PolicyId};
pub use priority::Priority;
pub use privacy::Privacy;
pub use product::{Server, UserAgent};
pub use rack::{RAck, RSeq};
pub use reason::Reason;
pub use refer_to::{ReferEventsAt, ReferSub, ReferTo, ReferredBy};
pub use remote_party_id::RemotePartyId;
pub use replaces::Replaces;
pub use reply_to::ReplyTo;
pub use resource_priority::{AcceptResourcePriority, ResourcePriority};
pub use retry_after::RetryAfter;
pub use route::{Path, RecordRoute, Route, ServiceRoute};
pub use security::{SecurityClient, SecurityServer, SecurityVerify};
pub use session_expires::{MinSe, Refresher, SessionExpires};
pub use session_id::SessionId;
pub use subject::Subject;
pub use subscription_state::SubscriptionState;
pub use target_dialog::TargetDialog;
pub use timestamp::Timestamp;
pub use user_to_user::UserToUser;
pub use via::Via;
pub use warning::Warning;

use crate::{HeaderError, HeaderName};

/// A header field value as a type: one value, or one element of a comma-separated list.
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
        let mut out = String::new();
        self.encode(&mut out);
        out
    }
}

use shapes::{name_addr_header, number_header, only_params_header, params_header, text_header, token_header};

/// Decodes `text`, and checks that the value prints the same text again.
#[cfg(test)]
fn round_trip<H: Header>(text: &str) -> H {
    let value = H::decode(text).unwrap();
    assert_eq!(value.encoded(), text);
    value
}
