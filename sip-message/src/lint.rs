//! What a well-framed message does against the RFCs all the same: RFC 3261 §8, §10 to §13 and §20, RFC 2543 §6, and the
//! rules of the extension RFCs.
//!
//! One module for each family of rules; [`families`] is the list of them. The tables of the RFCs that say which
//! header field goes into which message are data, below [`table`].

mod authentication;
mod contact;
mod content;
mod cseq;
mod dialog;
mod edition;
mod events;
mod families;
mod finding;
mod findings;
mod grammar;
mod identity;
mod max_forwards;
mod method_rules;
mod option_tags;
mod outbound;
mod presence;
mod reliable;
mod rule;
mod session_timer;
mod start_line;
mod subject;
mod table;
mod tags;
mod uris;
mod values;
mod via;

pub use edition::Edition;
pub use families::rules;
pub use finding::Finding;
pub use rule::{Rule, Severity};

use crate::Message;
use findings::Findings;
use subject::Subject;

/// Checks a message against RFC 3261 and its extensions. Findings come in the order of the message.
///
/// Their spans count from the first byte received, or of [`Message::to_bytes`] when the message was made here or
/// edited.
///
/// ```
/// use sip_message::{Message, Severity, lint};
///
/// let message = Message::parse("OPTIONS sip:carol@chicago.com SIP/2.0\r\n\
///     Via: SIP/2.0/WS a.invalid;branch=1\r\nMax-Forwards: 70\r\nSupported:\r\nAccept: application/sdp\r\n\
///     From: <sip:alice@atlanta.com>;tag=1928\r\nTo: <sip:carol@chicago.com>\r\n\
///     Call-ID: a84b4c76e66710\r\nCSeq: 63104 OPTIONS\r\nContent-Length: 0\r\n\r\n".into())?;
/// let findings = lint(&message);
/// assert_eq!(findings.len(), 1);
/// assert_eq!(findings[0].rule().id(), "via-branch-cookie");
/// assert_eq!((findings[0].section(), findings[0].severity()), ("RFC 3261 §8.1.1.7", Severity::Error));
/// assert_eq!(findings[0].remedy(), "begin the branch with z9hG4bK");
/// # Ok::<_, sip_message::ParseMessageError>(())
/// ```
#[must_use]
pub fn lint(message: &Message) -> Vec<Finding> {
    lint_as(message, Edition::Rfc3261)
}

/// [`lint`] by the rules of one edition of SIP: with [`Edition::Rfc2543`] Tables 4 and 5 of RFC 2543 say what goes
/// where, and what RFC 3261 added is not asked for.
#[must_use]
pub fn lint_as(message: &Message, edition: Edition) -> Vec<Finding> {
    if message.as_received().is_some() {
        return check(message, edition);
    }
    // Spans need bytes: those that the message goes out with.
    Message::parse(message.to_bytes()).map_or_else(|_| Vec::new(), |printed| check(&printed, edition))
}

fn check(message: &Message, edition: Edition) -> Vec<Finding> {
    let subject = Subject::new(message, edition);
    let mut findings = Findings::default();
    for family in families::ALL {
        (family.check)(&subject, &mut findings);
    }
    findings.into_sorted()
}
