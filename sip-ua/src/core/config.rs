//! What a user agent is told about itself before it starts.

#[cfg(feature = "call")]
use super::TakeoverPolicy;
use super::{InteropProfile, UnsolicitedNotify};
use sip_auth::Account;
#[cfg(feature = "call")]
use sip_dialog::{EarlyMedia, IdentityPolicy, ReliableProvisional, Side};
use sip_message::NameAddr;
#[cfg(feature = "registration")]
use sip_outbound::InstanceId;
use sip_transaction::{ServerLimits, TimerSettings};
use sip_uri::{Host, SipUri};
use std::time::Duration;

/// Which GRUU a user agent shows its peers (RFC 5627 §4.4), where its registrar hands out any.
#[cfg(feature = "registration")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GruuUse {
    /// The public one, which names the address-of-record.
    #[default]
    Public,
    /// A temporary one, which names nobody (RFC 5627 §3.1.2).
    Temporary,
    /// None.
    Never,
}

/// Everything [`Core`](super::Core) needs to know; only the address-of-record and the seed have no default.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address-of-record: who this user agent is (RFC 3261 §6).
    pub aor: SipUri,
    /// The name that peers may show beside the address-of-record.
    pub display_name: Option<String>,
    /// Credentials for digest challenges (RFC 3261 §22).
    pub accounts: Vec<Account>,
    /// Whether the application is asked for credentials that are not among the accounts, or were refused, by
    /// [`Event::CredentialsNeeded`](super::Event::CredentialsNeeded).
    pub asks_for_credentials: bool,
    /// How long a request waits for them: two minutes; one inside a dialog no longer than 64·T1.
    pub credentials_within: Duration,
    /// Where REGISTER goes; the domain of the address-of-record when `None` (RFC 3261 §10.2).
    pub registrar: Option<SipUri>,
    /// The name of this installation, stored by the application: with it the registration is one flow of RFC 5626, and
    /// replaces that of the last run. `None` for a plain registration.
    #[cfg(feature = "registration")]
    pub instance: Option<InstanceId>,
    /// How many flows are registered at once, each over a connection of its own (RFC 5626 §4.2): with an instance-id, the
    /// reg-ids 1 to this one.
    #[cfg(feature = "registration")]
    pub flows: u32,
    /// Which of the URIs that a registrar hands out stands in the Contact of calls (RFC 5627 §4.4).
    #[cfg(feature = "registration")]
    pub gruu: GruuUse,
    /// The proxies that requests outside of dialogs pass, the nearest first: an outbound proxy is one with `;lr`. What a
    /// registrar says of it in Service-Route (RFC 3608) comes first, but for REGISTER.
    // rfc3261#8.1.1.1/2
    pub route_set: Vec<NameAddr>,
    /// Requested lifetime of a binding in seconds.
    pub expires: u32,
    /// Host and port of `Via` and `Contact`; a random name under `.invalid` when `None` (RFC 7118 §5).
    pub local_address: Option<(Host, Option<u16>)>,
    /// What becomes of notifications that nobody asked for.
    pub unsolicited_notify: UnsolicitedNotify,
    /// What servers want otherwise than the RFCs have it.
    pub interop: InteropProfile,
    /// Value of the `User-Agent` and `Server` header fields; with a line break in it, they are left out.
    pub product: String,
    /// T1, T2, T4 and D (RFC 3261 §17, table 4).
    pub timers: TimerSettings,
    /// How much peers may begin at once; beyond it they get 503 with Retry-After (RFC 3261 §21.5.4).
    pub limits: ServerLimits,
    /// Whether a call, MESSAGE or OPTIONS that is answered 3xx is sent on to the contacts of the response (RFC 3261
    /// §8.1.3.4), at most nine of them; else the application is told of the 3xx. From SIPS to SIP nothing is sent on.
    pub follows_redirections: bool,
    /// Whose early media a caller is given (RFC 3261 §13.3.1.1).
    #[cfg(feature = "call")]
    pub early_media: EarlyMedia,
    /// When a callee sends its provisional responses reliably (RFC 3262).
    #[cfg(feature = "call")]
    pub reliable: ReliableProvisional,
    /// The session interval in seconds that calls ask for (RFC 4028); `None` for none. What peers ask for is honoured.
    #[cfg(feature = "call")]
    pub session_interval: Option<u32>,
    /// The shortest session interval in seconds that is accepted, at least 90; shorter ones get 422.
    #[cfg(feature = "call")]
    pub min_session_interval: u32,
    /// Which end is to refresh the sessions of calls; `None` to leave it to the callee.
    #[cfg(feature = "call")]
    pub refresher: Option<Side>,
    /// The INFO packages that calls receive (RFC 6086); others are refused with 469.
    #[cfg(feature = "call")]
    pub recv_info: Vec<String>,
    /// Whether the application is shown every re-INVITE and UPDATE of its calls whole, mere refreshes among them.
    #[cfg(feature = "call")]
    pub shows_requests: bool,
    /// Whose word about the peers of calls counts (RFC 3325).
    #[cfg(feature = "call")]
    pub identity: IdentityPolicy,
    /// Whether incoming calls may replace or join others (RFC 3891, RFC 3911).
    #[cfg(feature = "call")]
    pub takeover: TakeoverPolicy,
    /// How long an incoming call may ring before it is answered 480.
    pub answer_within: Duration,
    /// How long calls outlive a lost connection, and how long they try to go on over the next one (AC-6); zero for not
    /// at all.
    pub patience: Duration,
    /// Whether the application chooses the offer with which a call goes on, by [`Core::recover`](super::Core::recover);
    /// else nothing is changed.
    #[cfg(feature = "call")]
    pub asks_for_recovery_offer: bool,
    /// Entropy for tags, branches, Call-IDs and nonces: 32 bytes from the operating system, a constant in tests.
    pub seed: [u8; 32],
}

impl Config {
    /// The defaults: 600 s registrations, 180 s of ringing, 300 s of patience, names under `.invalid`.
    #[must_use]
    pub fn new(aor: SipUri, seed: [u8; 32]) -> Self {
        Self {
            aor,
            display_name: None,
            accounts: Vec::new(),
            asks_for_credentials: false,
            credentials_within: Duration::from_secs(120),
            registrar: None,
            route_set: Vec::new(),
            #[cfg(feature = "registration")]
            instance: None,
            #[cfg(feature = "registration")]
            flows: 1,
            #[cfg(feature = "registration")]
            gruu: GruuUse::default(),
            expires: 600,
            local_address: None,
            unsolicited_notify: UnsolicitedNotify::default(),
            interop: InteropProfile::default(),
            product: concat!("sip-ua/", env!("CARGO_PKG_VERSION")).to_owned(),
            timers: TimerSettings::default(),
            limits: ServerLimits::default(),
            follows_redirections: true,
            #[cfg(feature = "call")]
            early_media: EarlyMedia::default(),
            #[cfg(feature = "call")]
            reliable: ReliableProvisional::default(),
            #[cfg(feature = "call")]
            session_interval: None,
            #[cfg(feature = "call")]
            min_session_interval: 90,
            #[cfg(feature = "call")]
            refresher: None,
            #[cfg(feature = "call")]
            recv_info: Vec::new(),
            #[cfg(feature = "call")]
            shows_requests: false,
            #[cfg(feature = "call")]
            identity: IdentityPolicy::default(),
            #[cfg(feature = "call")]
            takeover: TakeoverPolicy::default(),
            answer_within: Duration::from_secs(180),
            patience: Duration::from_secs(300),
            #[cfg(feature = "call")]
            asks_for_recovery_offer: false,
            seed,
        }
    }
}
