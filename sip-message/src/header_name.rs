//! Header field names and their compact forms: the IANA table, and names that are not in it (RFC 3261 §7.3.1, §7.3.3).

use crate::scan::{up_to_colon, with_colon};
use crate::token::is_token;
use crate::{InvalidValue, Token};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// Declares the table: variant, name and, for some, the compact form.
macro_rules! header_names {
    ($($variant:ident = $name:literal $(/ $compact:literal)?,)+) => {
        /// The name of a header field. Names are equal without regard to case (RFC 3261 §7.3.1).
        ///
        /// All names that IANA registers are variants; any other is [`HeaderName::Other`].
        ///
        /// ```
        /// # use sip_message::HeaderName;
        /// assert_eq!("v".parse::<HeaderName>()?, HeaderName::Via);
        /// assert_eq!("cseq".parse::<HeaderName>()?.to_string(), "CSeq");
        /// assert_eq!("x-Trace".parse::<HeaderName>()?, "X-TRACE".parse()?);
        /// # Ok::<_, sip_message::InvalidValue>(())
        /// ```
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum HeaderName {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// A name that is not in the table.
            Other(Token),
        }

        /// The position of each name in the table.
        #[repr(u8)]
        enum Position { $($variant,)+ }

        const NAMES: &[&str] = &[$($name,)+];
        const COMPACT: &[(u8, u8)] = &[$($((Position::$variant as u8, $compact),)?)+];
        static VARIANTS: &[HeaderName] = &[$(HeaderName::$variant,)+];

        impl HeaderName {
            /// Where the name stands in the table.
            pub(crate) const fn position(&self) -> Option<u8> {
                match self {
                    $(Self::$variant => Some(Position::$variant as u8),)+
                    Self::Other(_) => None,
                }
            }
        }
    };
}

header_names! {
    Accept = "Accept",
    AcceptContact = "Accept-Contact" / b'a',
    AcceptEncoding = "Accept-Encoding",
    AcceptLanguage = "Accept-Language",
    AcceptResourcePriority = "Accept-Resource-Priority",
    AdditionalIdentity = "Additional-Identity",
    AlertInfo = "Alert-Info",
    AlertMsgError = "AlertMsg-Error",
    Allow = "Allow",
    AllowEvents = "Allow-Events" / b'u',
    AnswerMode = "Answer-Mode",
    AttestationInfo = "Attestation-Info",
    AuthenticationInfo = "Authentication-Info",
    Authorization = "Authorization",
    CallId = "Call-ID" / b'i',
    CallInfo = "Call-Info",
    CellularNetworkInfo = "Cellular-Network-Info",
    Contact = "Contact" / b'm',
    ContentDisposition = "Content-Disposition",
    ContentEncoding = "Content-Encoding" / b'e',
    ContentId = "Content-ID",
    ContentLanguage = "Content-Language",
    ContentLength = "Content-Length" / b'l',
    ContentType = "Content-Type" / b'c',
    CSeq = "CSeq",
    Date = "Date",
    DcInfo = "DC-Info",
    Encryption = "Encryption",
    ErrorInfo = "Error-Info",
    Event = "Event" / b'o',
    Expires = "Expires",
    FeatureCaps = "Feature-Caps",
    FlowTimer = "Flow-Timer",
    From = "From" / b'f',
    Geolocation = "Geolocation",
    GeolocationError = "Geolocation-Error",
    GeolocationRouting = "Geolocation-Routing",
    Hide = "Hide",
    HistoryInfo = "History-Info",
    Identity = "Identity" / b'y',
    IdentityInfo = "Identity-Info",
    InReplyTo = "In-Reply-To",
    InfoPackage = "Info-Package",
    Join = "Join",
    MaxBreadth = "Max-Breadth",
    MaxForwards = "Max-Forwards",
    MimeVersion = "MIME-Version",
    MinExpires = "Min-Expires",
    MinSe = "Min-SE",
    Organization = "Organization",
    OriginationId = "Origination-Id",
    PAccessNetworkInfo = "P-Access-Network-Info",
    PAnswerState = "P-Answer-State",
    PAssertedIdentity = "P-Asserted-Identity",
    PAssertedService = "P-Asserted-Service",
    PAssociatedUri = "P-Associated-URI",
    PCalledPartyId = "P-Called-Party-ID",
    PChargeInfo = "P-Charge-Info",
    PChargingFunctionAddresses = "P-Charging-Function-Addresses",
    PChargingVector = "P-Charging-Vector",
    PDcsBillingInfo = "P-DCS-Billing-Info",
    PDcsLaes = "P-DCS-LAES",
    PDcsOsps = "P-DCS-OSPS",
    PDcsRedirect = "P-DCS-Redirect",
    PDcsTracePartyId = "P-DCS-Trace-Party-ID",
    PEarlyMedia = "P-Early-Media",
    PMediaAuthorization = "P-Media-Authorization",
    PPreferredIdentity = "P-Preferred-Identity",
    PPreferredService = "P-Preferred-Service",
    PPrivateNetworkIndication = "P-Private-Network-Indication",
    PProfileKey = "P-Profile-Key",
    PRefusedUriList = "P-Refused-URI-List",
    PServedUser = "P-Served-User",
    PUserDatabase = "P-User-Database",
    PVisitedNetworkId = "P-Visited-Network-ID",
    Path = "Path",
    PermissionMissing = "Permission-Missing",
    PolicyContact = "Policy-Contact",
    PolicyId = "Policy-ID",
    Priority = "Priority",
    PriorityShare = "Priority-Share",
    PriorityVerstat = "Priority-Verstat",
    PrivAnswerMode = "Priv-Answer-Mode",
    Privacy = "Privacy",
    ProxyAuthenticate = "Proxy-Authenticate",
    ProxyAuthorization = "Proxy-Authorization",
    ProxyRequire = "Proxy-Require",
    RAck = "RAck",
    Reason = "Reason",
    ReasonPhrase = "Reason-Phrase",
    RecordRoute = "Record-Route",
    RecvInfo = "Recv-Info",
    ReferEventsAt = "Refer-Events-At",
    ReferSub = "Refer-Sub",
    ReferTo = "Refer-To" / b'r',
    ReferredBy = "Referred-By" / b'b',
    RejectContact = "Reject-Contact" / b'j',
    RelayedCharge = "Relayed-Charge",
    Replaces = "Replaces",
    ReplyTo = "Reply-To",
    RequestDisposition = "Request-Disposition" / b'd',
    Require = "Require",
    ResourcePriority = "Resource-Priority",
    ResourceShare = "Resource-Share",
    ResponseKey = "Response-Key",
    ResponseSource = "Response-Source",
    RestorationInfo = "Restoration-Info",
    RetryAfter = "Retry-After",
    Route = "Route",
    RSeq = "RSeq",
    SecurityClient = "Security-Client",
    SecurityServer = "Security-Server",
    SecurityVerify = "Security-Verify",
    Server = "Server",
    ServiceInteractInfo = "Service-Interact-Info",
    ServiceRoute = "Service-Route",
    SessionExpires = "Session-Expires" / b'x',
    SessionId = "Session-ID",
    SipETag = "SIP-ETag",
    SipIfMatch = "SIP-If-Match",
    Subject = "Subject" / b's',
    SubscriptionState = "Subscription-State",
    Supported = "Supported" / b'k',
    SuppressIfMatch = "Suppress-If-Match",
    TargetDialog = "Target-Dialog",
    Timestamp = "Timestamp",
    To = "To" / b't',
    TriggerConsent = "Trigger-Consent",
    Unsupported = "Unsupported",
    UserAgent = "User-Agent",
    UserToUser = "User-to-User",
    Via = "Via" / b'v',
    Warning = "Warning",
    WwwAuthenticate = "WWW-Authenticate",
}

/// A name as the index of a message holds it: a place in the table, or a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameId(u8);

impl NameId {
    /// A name that is not in the table.
    pub(crate) const OTHER: Self = Self(u8::MAX);
    /// A line that is no header field.
    pub(crate) const RAW: Self = Self(u8::MAX - 1);
    /// Content-Length, which framing needs.
    pub(crate) const CONTENT_LENGTH: Self = Self(Position::ContentLength as u8);
    // What else is read of every message.
    pub(crate) const VIA: Self = Self(Position::Via as u8);
    pub(crate) const FROM: Self = Self(Position::From as u8);
    pub(crate) const TO: Self = Self(Position::To as u8);
    pub(crate) const CALL_ID: Self = Self(Position::CallId as u8);
    pub(crate) const CSEQ: Self = Self(Position::CSeq as u8);
    pub(crate) const CONTACT: Self = Self(Position::Contact as u8);
    pub(crate) const MAX_FORWARDS: Self = Self(Position::MaxForwards as u8);
    pub(crate) const ROUTE: Self = Self(Position::Route as u8);
    pub(crate) const RECORD_ROUTE: Self = Self(Position::RecordRoute as u8);

    /// In one byte.
    pub(crate) const fn to_byte(self) -> u8 {
        self.0
    }

    /// What [`Self::to_byte`] made.
    pub(crate) const fn of_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// The place of `name`, compact or long, in the table; `OTHER` if it has none.
    pub(crate) fn find(name: &[u8]) -> Self {
        let place = match name {
            [letter] => COMPACT_SLOTS.get(usize::from(*letter | 0x20)),
            _ => probe(name),
        };
        place.map_or(Self::OTHER, |place| Self(*place))
    }

    /// The place of the name that `line` begins with, and where its colon stands, if the name is spelt as in the table
    /// and has at most 15 bytes, which nearly every line of a message begins with.
    pub(crate) fn usual(line: &[u8]) -> Option<(Self, usize)> {
        let (words, length) = up_to_colon(line)?;
        let mut slot = words_hash(words);
        loop {
            let place = *WORDS_SLOTS.get(slot)?;
            if *WORDS.get(usize::from(place))? == words {
                return Some((Self(place), length));
            }
            slot = (slot + 1) % SLOT_COUNT;
        }
    }

    /// The name in the table.
    pub(crate) fn known(self) -> Option<&'static HeaderName> {
        VARIANTS.get(usize::from(self.0))
    }
}

impl HeaderName {
    /// Every name of the table, in alphabetical order.
    #[must_use]
    pub fn all() -> &'static [Self] {
        VARIANTS
    }

    /// The name in its usual spelling, or as received if it is not in the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(token) => token.as_str(),
            known => {
                known.position().and_then(|place| NAMES.get(usize::from(place))).map_or("", |name| *name)
            }
        }
    }

    /// The one-letter form (RFC 3261 §7.3.3).
    #[must_use]
    pub fn compact(&self) -> Option<&'static str> {
        let position = self.position()?;
        let (_, letter) = COMPACT.iter().find(|(place, _)| *place == position)?;
        LETTERS.get(usize::from(letter.checked_sub(b'a')?)..)?.get(..1)
    }

    /// The name that `bytes` spell, long or compact, in any case.
    ///
    /// # Errors
    /// [`InvalidValue`] when `bytes` are no token (RFC 3261 §25.1, `header-name`).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidValue> {
        if let Some(known) = NameId::find(bytes).known() {
            return Ok(known.clone());
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| InvalidValue::NotToken { offset: error.valid_up_to() })?;
        text.parse().map(Self::Other)
    }

    /// The id under which an index holds this name; `Other("via")` finds Via.
    pub(crate) fn id(&self) -> NameId {
        match self {
            Self::Other(token) => NameId::find(token.as_str().as_bytes()),
            known => known.position().map_or(NameId::OTHER, NameId),
        }
    }
}

impl FromStr for HeaderName {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::from_bytes(text.as_bytes())
    }
}

// rfc3261#7.3.1 names are compared without regard to case
impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        let id = self.id();
        id == other.id() && (id != NameId::OTHER || self.as_str().eq_ignore_ascii_case(other.as_str()))
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let id = self.id();
        state.write_u8(id.0);
        if id == NameId::OTHER {
            self.as_str().bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// Four times as many slots as names, so that a probe ends after one or two steps.
const SLOT_COUNT: usize = 512;
const EMPTY: u8 = u8::MAX;

/// Places by hash of the name, open addressing; built by the compiler.
static SLOTS: [u8; SLOT_COUNT] = build_slots();
/// Places by compact letter, [`EMPTY`] where there is none.
static COMPACT_SLOTS: [u8; 256] = build_compact_slots();

/// Each name with its colon as two words; zeros where it is too long for that.
static WORDS: [[u64; 2]; NAMES.len()] = build_words();
/// Places by hash of the words.
static WORDS_SLOTS: [u8; SLOT_COUNT] = build_words_slots();

/// Finds a name of two or more bytes.
fn probe(name: &[u8]) -> Option<&'static u8> {
    let mut slot = hash(name);
    loop {
        let place = SLOTS.get(slot).filter(|place| **place != EMPTY)?;
        let candidate = NAMES.get(usize::from(*place))?.as_bytes();
        // Most senders spell the name as the table does, and that is the quicker comparison.
        if candidate == name || candidate.eq_ignore_ascii_case(name) {
            return Some(place);
        }
        slot = (slot + 1) % SLOT_COUNT;
    }
}

/// A hash of the length and of the first, middle and last byte without their case.
const fn hash(name: &[u8]) -> usize {
    let (_, tail) = name.split_at(name.len() / 2);
    let (Some(first), Some(middle), Some(last)) = (name.first(), tail.first(), name.last()) else {
        return 0;
    };
    let mixed = name.len() * 67
        + (*first | 0x20) as usize * 131
        + (*middle | 0x20) as usize * 29
        + (*last | 0x20) as usize * 7;
    mixed % SLOT_COUNT
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn build_slots() -> [u8; SLOT_COUNT] {
    let mut slots = [EMPTY; SLOT_COUNT];
    let mut place = 0;
    while place < NAMES.len() {
        assert!(is_token(NAMES[place].as_bytes()), "a header name is a token");
        let mut slot = hash(NAMES[place].as_bytes());
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOT_COUNT;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the enum Position is a u8")]
        {
            slots[slot] = place as u8;
        }
        place += 1;
    }
    slots
}

/// A hash of a name as two words.
const fn words_hash(words: [u64; 2]) -> usize {
    let [low, high] = words;
    // The high bits of the product depend on all bits; an odd number without a pattern mixes them well.
    (((low ^ high.rotate_left(21)).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 55) as usize
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn build_words() -> [[u64; 2]; NAMES.len()] {
    let mut words = [[0; 2]; NAMES.len()];
    let mut place = 0;
    while place < NAMES.len() {
        if let Some(name) = with_colon(NAMES[place].as_bytes()) {
            words[place] = name;
        }
        place += 1;
    }
    words
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn build_words_slots() -> [u8; SLOT_COUNT] {
    let mut slots = [EMPTY; SLOT_COUNT];
    let mut place = 0;
    while place < NAMES.len() {
        if let Some(words) = with_colon(NAMES[place].as_bytes()) {
            let mut slot = words_hash(words);
            while slots[slot] != EMPTY {
                slot = (slot + 1) % SLOT_COUNT;
            }
            slots[slot] = place as u8;
        }
        place += 1;
    }
    slots
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, which reports a bad index")]
const fn build_compact_slots() -> [u8; 256] {
    let mut slots = [EMPTY; 256];
    let mut index = 0;
    while index < COMPACT.len() {
        let (place, letter) = COMPACT[index];
        assert!(slots[letter as usize] == EMPTY, "a compact form stands for one name");
        slots[letter as usize] = place;
        index += 1;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Name and compact form of each row of the registry; a remark in parentheses is no part of the name.
    fn registry() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let table = include_str!("../tests/vectors/iana-header-fields.tsv");
        table.lines().skip(2).map(|row| {
            let mut columns = row.split('\t');
            let name = columns.next().unwrap().split(' ').next().unwrap();
            (name, columns.nth(1).filter(|compact| !compact.is_empty()))
        })
    }

    #[test]
    fn the_table_is_the_registry() {
        for (name, compact) in registry() {
            let parsed: HeaderName = name.to_ascii_uppercase().parse().unwrap();
            assert_eq!(parsed.as_str(), name);
            assert!(parsed.position().is_some(), "{name} is not in the table");
            assert_eq!(parsed.compact(), compact, "{name}");
            if let Some(compact) = compact {
                assert_eq!(compact.to_ascii_uppercase().parse::<HeaderName>().unwrap(), parsed);
            }
        }
        assert_eq!(registry().count(), HeaderName::all().len());
        assert!(NAMES.is_sorted_by_key(|name| name.to_ascii_lowercase()));
    }

    #[test]
    fn unknown_names_keep_their_spelling_and_compare_without_case() {
        let name: HeaderName = "x-TRACE".parse().unwrap();
        assert_eq!((name.as_str(), name.compact()), ("x-TRACE", None));
        assert_eq!(name, "X-trace".parse().unwrap());
        assert!(HashSet::from([name]).contains(&"X-Trace".parse().unwrap()));
    }

    #[test]
    fn a_token_that_spells_a_known_name_is_that_name() {
        const VIA: HeaderName = HeaderName::Other(Token::from_static("via"));
        assert_eq!(VIA, HeaderName::Via);
    }

    #[test]
    fn refuses_what_is_no_token() {
        assert!(HeaderName::from_bytes(b"").is_err());
        assert!(HeaderName::from_bytes(b"a b").is_err());
        assert!(HeaderName::from_bytes(b"\xff").is_err());
        assert!(HeaderName::from_bytes(b"X:\r\n").is_err());
    }
}
