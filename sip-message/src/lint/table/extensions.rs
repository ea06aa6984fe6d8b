//! Where the header fields of the extension RFCs go, by the table that each prints (RFC 3323 to RFC 5009).

use super::Table;
use crate::HeaderName;
use crate::Method::{
    Ack, Bye, Cancel, Info, Invite, Message, Notify, Options, Prack, Publish, Refer, Register, Subscribe,
    Update,
};

/// Privacy.
pub(super) static PRIVACY: Table = Table {
    section: "RFC 3323 §4.2",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Prack, Info, Update, Message],
    rows: &[(HeaderName::Privacy, "", "o o o o o o o o o o o o")],
};

/// P-Asserted-Identity.
pub(super) static ASSERTED: Table = Table {
    section: "RFC 3325 §9.1",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Refer, Info, Update, Prack],
    rows: &[(HeaderName::PAssertedIdentity, "", "- o - o o - o o o - - -")],
};

/// P-Preferred-Identity.
pub(super) static PREFERRED: Table = Table {
    section: "RFC 3325 §9.2",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Refer, Info, Update, Prack],
    rows: &[(HeaderName::PPreferredIdentity, "", "- o - o o - o o o - - -")],
};

/// Path.
pub(super) static PATH: Table = Table {
    section: "RFC 3327 §4.2",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register],
    rows: &[(HeaderName::Path, "R", "- - - - - o"), (HeaderName::Path, "2xx", "- - - - - o")],
};

/// Security-Client, Security-Server and Security-Verify.
pub(super) static SECURITY: Table = Table {
    section: "RFC 3329 §2.6",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Prack, Info, Update, Message],
    rows: &[
        (HeaderName::SecurityClient, "R", "- o - o o o o o - o o o"),
        (HeaderName::SecurityServer, "421,494", "- o - o o o o o - o o o"),
        (HeaderName::SecurityVerify, "R", "- o - o o o o o - o o o"),
    ],
};

/// Service-Route.
pub(super) static SERVICE_ROUTE: Table = Table {
    section: "RFC 3608 §5",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Prack],
    rows: &[(HeaderName::ServiceRoute, "2xx", "- - - - - o -")],
};

/// Accept-Contact, Reject-Contact and Request-Disposition.
pub(super) static CALLER_PREFERENCES: Table = Table {
    section: "RFC 3841 §9",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Prack, Update, Subscribe, Notify, Info, Message, Refer,
    ],
    rows: &[
        (HeaderName::AcceptContact, "R", "o o o o o - o o o o o o o"),
        (HeaderName::RejectContact, "R", "o o o o o - o o o o o o o"),
        (HeaderName::RequestDisposition, "R", "o o o o o o o o o o o o o"),
    ],
};

/// Replaces.
pub(super) static REPLACES: Table = Table {
    section: "RFC 3891 §6.1",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Message, Subscribe, Notify, Refer, Info, Update, Prack,
        Publish,
    ],
    rows: &[(HeaderName::Replaces, "R", "- - - o - - - - - - - - - -")],
};

/// Referred-By.
pub(super) static REFERRED_BY: Table = Table {
    section: "RFC 3892 §3",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register],
    rows: &[(HeaderName::ReferredBy, "R", "- o - o o o")],
};

/// Join.
pub(super) static JOIN: Table = Table {
    section: "RFC 3911 §7.1",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Message, Subscribe, Notify, Refer, Info, Update, Prack,
        Publish,
    ],
    rows: &[(HeaderName::Join, "R", "- - - o - - - - - - - - - -")],
};

/// Table 1: Session-Expires and Min-SE.
pub(super) static SESSION_TIMER: Table = Table {
    section: "RFC 4028 §4",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Prack, Update, Subscribe, Notify],
    rows: &[
        (HeaderName::SessionExpires, "R", "- - - o - - - o - -"),
        (HeaderName::SessionExpires, "2xx", "- - - o - - - o - -"),
        (HeaderName::MinSe, "R", "- - - o - - - o - -"),
        (HeaderName::MinSe, "422", "- - - m - - - m - -"),
    ],
};

/// Resource-Priority and Accept-Resource-Priority.
pub(super) static RESOURCE_PRIORITY: Table = Table {
    section: "RFC 4412 §3.3",
    methods: &[
        Invite, Ack, Cancel, Bye, Register, Options, Prack, Subscribe, Notify, Update, Message, Refer, Info,
        Publish,
    ],
    rows: &[
        (HeaderName::ResourcePriority, "R", "o o o o o o o o o o o o o o"),
        (HeaderName::AcceptResourcePriority, "200", "o - o o o o o o o o o o o o"),
        (HeaderName::AcceptResourcePriority, "417", "o - o o o o o o o o o o o o"),
    ],
};

/// Identity.
pub(super) static IDENTITY: Table = Table {
    section: "RFC 4474 §9",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Subscribe, Notify, Refer, Info, Update, Prack],
    rows: &[(HeaderName::Identity, "R", "o o - o o o o o o o o o")],
};

/// Refer-Sub.
pub(super) static REFER_SUB: Table = Table {
    section: "RFC 4488 §4",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Message, Subscribe, Notify, Refer, Info, Update, Prack,
        Publish,
    ],
    rows: &[(HeaderName::ReferSub, "R,2xx", "- - - - - - - - - o - - - -")],
};

/// Figures 3 and 4: Target-Dialog.
pub(super) static TARGET_DIALOG: Table = Table {
    section: "RFC 4538 §7",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Publish, Prack, Update, Subscribe, Notify, Info,
        Message, Refer,
    ],
    rows: &[(HeaderName::TargetDialog, "R", "- - - o - - - - - o - - - o")],
};

/// Table 1: P-Early-Media.
pub(super) static EARLY_MEDIA: Table = Table {
    section: "RFC 5009 §8",
    methods: &[Ack, Bye, Cancel, Invite, Options, Register, Prack, Update],
    rows: &[
        (HeaderName::PEarlyMedia, "R", "- - - o - - o o"),
        (HeaderName::PEarlyMedia, "18x", "- - - o - - - -"),
        (HeaderName::PEarlyMedia, "2xx", "- - - - - - o o"),
    ],
};

/// History-Info.
pub(super) static HISTORY_INFO: Table = Table {
    section: "RFC 4244 §4.1",
    methods: &[
        Ack, Bye, Cancel, Invite, Options, Register, Message, Subscribe, Notify, Refer, Info, Update, Prack,
        Publish,
    ],
    rows: &[(HeaderName::HistoryInfo, "", "- - - o o o o o o o - - - o")],
};
