//! Where the header fields of operators' networks go (RFC 3313, 4964, 5503, 5806, 6050, 6794, and RFC 7315 as updated by
//! RFC 7976), and Event in a response to NOTIFY (RFC 6446).

use super::Table;
use crate::Method::{
    Ack, Bye, Cancel, Info, Invite, Message, Notify, Options, Prack, Publish, Refer, Register, Subscribe,
    Update,
};
use crate::{Diversion, Header, HeaderName, Method};

/// Every method, in the order that most of these RFCs print.
const METHODS: &[Method] = &[
    Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Prack, Info, Update, Message, Refer,
    Publish,
];

/// P-Media-Authorization.
pub(super) static MEDIA_AUTHORIZATION: Table = Table {
    section: "RFC 3313 §5.1",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Info, Prack, Update, Subscribe, Notify],
    rows: &[
        (HeaderName::PMediaAuthorization, "R", "o - - o - - - o o - -"),
        (HeaderName::PMediaAuthorization, "2xx", "- - - o - - - o o - -"),
        (HeaderName::PMediaAuthorization, "101-199", "- - - o - - - - - - -"),
    ],
};

/// The sentences that stand for the table of RFC 7315 §5.7. A 100, and the ACK of a failure, cannot be told from
/// others by their row.
pub(super) static THIRD_GENERATION: Table = Table {
    section: "RFC 7976 §3",
    methods: METHODS,
    rows: &[
        (HeaderName::PAssociatedUri, "2xx", "- - - - - o - - - - - - - -"),
        (HeaderName::PCalledPartyId, "R", "- - - o o - o - - - - o o o"),
        (HeaderName::PVisitedNetworkId, "R", "- - - o o o o - - - - o o o"),
        (HeaderName::PAccessNetworkInfo, "", "o o - o o o o o o o o o o o"),
        (HeaderName::PChargingVector, "", "o o - o o o o o o o o o o o"),
        (HeaderName::PChargingFunctionAddresses, "", "- o - o o o o o o o o o o o"),
    ],
};

/// Table 1: P-Answer-State. Its second half, for requests, has no cell but `-`.
pub(super) static ANSWER_STATE: Table = Table {
    section: "RFC 4964 §7.2",
    methods: METHODS,
    rows: &[(HeaderName::PAnswerState, "18x,2xx", "- - - o - - - - - - - - - -")],
};

/// P-DCS-Trace-Party-ID.
pub(super) static TRACE_PARTY: Table = Table {
    section: "RFC 5503 §5.1",
    methods: METHODS,
    rows: &[(HeaderName::PDcsTracePartyId, "R", "- - - o - - - - - - - - - -")],
};

/// P-DCS-OSPS.
pub(super) static OPERATOR_SERVICES: Table = Table {
    section: "RFC 5503 §6.1",
    methods: METHODS,
    rows: &[(HeaderName::PDcsOsps, "R", "- - - o - - - - - - o - - -")],
};

/// P-DCS-Billing-Info.
pub(super) static BILLING: Table = Table {
    section: "RFC 5503 §7.1",
    methods: METHODS,
    rows: &[(HeaderName::PDcsBillingInfo, "", "- - - o - - - - - - - - - -")],
};

/// P-DCS-LAES and P-DCS-Redirect.
pub(super) static SURVEILLANCE: Table = Table {
    section: "RFC 5503 §8.1",
    methods: METHODS,
    rows: &[
        (HeaderName::PDcsLaes, "", "- - - o - - - - - - - - - -"),
        (HeaderName::PDcsRedirect, "", "- - - o - - - - - - - - - -"),
    ],
};

/// Diversion.
pub(super) static DIVERSION: Table = Table {
    section: "RFC 5806 §4",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register],
    rows: &[(Diversion::NAME, "R", "- - - o - -"), (Diversion::NAME, "3xx", "- - - o - -")],
};

/// Table 1: P-Asserted-Service.
pub(super) static ASSERTED_SERVICE: Table = Table {
    section: "RFC 6050 §4.1",
    methods: METHODS,
    rows: &[(HeaderName::PAssertedService, "R", "- - - o o - o - - - - o o o")],
};

/// Table 2: P-Preferred-Service.
pub(super) static PREFERRED_SERVICE: Table = Table {
    section: "RFC 6050 §4.2",
    methods: METHODS,
    rows: &[(HeaderName::PPreferredService, "R", "- - - o o - o - - - - o o o")],
};

/// Tables 1 and 2: Policy-ID and Policy-Contact.
pub(super) static POLICY: Table = Table {
    section: "RFC 6794 §4.4.5",
    methods: METHODS,
    rows: &[
        (HeaderName::PolicyId, "R", "- - - c - - - - c - c - - -"),
        (HeaderName::PolicyContact, "R", "- - - c - - - - c - c - - -"),
        (HeaderName::PolicyContact, "488", "- - - c - - - - c - c - - -"),
    ],
};

/// Event in a response, with the rates that a subscriber asks for.
pub(super) static EVENT_RATES: Table = Table {
    section: "RFC 6446 §9.3",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Prack, Subscribe, Notify],
    rows: &[(HeaderName::Event, "2xx", "- - - - - - - - o")],
};
