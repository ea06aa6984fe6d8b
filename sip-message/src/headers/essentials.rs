//! What a user agent needs of every message, read in one pass over the header fields (RFC 3261 §8.1.1, §12, §17).

use super::{Elements, Headers, Line};
use crate::grammar::{Class, is_lws};
use crate::header_name::NameId;
use crate::name_addr_ref::UsualAddr;
use crate::via_ref::UsualHop;
use crate::{
    CSeq, CallId, ContentLength, Header, HeaderError, HeaderName, MaxForwards, Mode, NameAddrRef, ViaRef,
};
use std::iter;

/// The header fields that transactions and dialogs go by, each checked and read in place.
///
/// ```
/// # use sip_message::Message;
/// let text = "BYE sip:b@c SIP/2.0\r\nv: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\n\
///     t: <sip:b@c>;tag=2\r\ni: 7\r\nCSeq: 2 BYE\r\nRoute: <sip:d;lr>, <sip:e;lr>\r\n\r\n";
/// let message = Message::parse(text.into())?;
/// let essentials = message.headers().essentials()?;
/// assert_eq!((essentials.call_id, essentials.cseq.number, essentials.routes.len()), ("7", 2, 2));
/// assert_eq!(essentials.via.branch(), Some("z9hG4bK1"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Essentials<'a> {
    /// The topmost Via (RFC 3261 §20.42).
    pub via: ViaRef<'a>,
    /// From (§20.20).
    pub from: NameAddrRef<'a>,
    /// To (§20.39).
    pub to: NameAddrRef<'a>,
    /// Call-ID (§20.8).
    pub call_id: &'a str,
    /// `CSeq` (§20.16).
    pub cseq: CSeq,
    /// The addresses of all Contact fields, a star left out (§20.10).
    pub contacts: Vec<NameAddrRef<'a>>,
    /// Whether a Contact field is a star: all contacts (§10.2.2).
    pub is_all_contacts: bool,
    /// Max-Forwards (§20.22).
    pub max_forwards: Option<MaxForwards>,
    /// The addresses of all Route fields (§20.34).
    pub routes: Vec<NameAddrRef<'a>>,
    /// The addresses of all Record-Route fields (§20.30).
    pub record_routes: Vec<NameAddrRef<'a>>,
    /// Content-Length (§20.14).
    pub content_length: Option<ContentLength>,
}

impl Headers {
    /// What transactions and dialogs go by, in one pass: the quickest way to have all of it.
    ///
    /// Of a message that was read in [`Mode::Salvage`] it is what can be read: lists without their bad elements, and
    /// no Max-Forwards or Content-Length where they are no numbers.
    ///
    /// # Errors
    /// The first field among them that is malformed or no UTF-8, or stands twice with different values where it may
    /// stand once; [`HeaderError::Missing`] without Via, From, To, Call-ID or `CSeq` (RFC 3261 §8.1.1).
    pub fn essentials(&self) -> Result<Essentials<'_>, HeaderError> {
        if self.mode == Mode::Salvage {
            return self.salvaged_essentials();
        }
        let mut found = Found::default();
        for line in self.lines.iter().filter(|line| is_essential(line.id)) {
            // Of the hops only the first one counts.
            if line.id != NameId::VIA || found.via.is_none() {
                let value = self.value_text(*line).map_err(|fault| *fault)?;
                found.add(line.id, value).map_err(|fault| *fault)?;
            }
        }
        found.read()
    }

    /// The value in `line`.
    fn value_text(&self, line: Line) -> Result<&str, Fault> {
        let field = self.field(line);
        field.plain_text().map_err(|error| {
            Box::new(HeaderError::NotUtf8 { name: field.name(), offset: error.valid_up_to() })
        })
    }
}

/// An error on its way out; a small one, since each field could have one and hardly any has.
type Fault = Box<HeaderError>;

/// How many addresses there is room for before a list has to grow.
const USUAL_ADDRESSES: usize = 2;

/// Whether fields of this name are read.
const fn is_essential(id: NameId) -> bool {
    matches!(
        id,
        NameId::VIA
            | NameId::FROM
            | NameId::TO
            | NameId::CALL_ID
            | NameId::CSEQ
            | NameId::MAX_FORWARDS
            | NameId::CONTENT_LENGTH
            | NameId::CONTACT
            | NameId::ROUTE
            | NameId::RECORD_ROUTE
    )
}

/// What was found so far: the text of what may stand once, and what may stand more often.
#[derive(Default)]
struct Found<'a> {
    via: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    call_id: Option<&'a str>,
    cseq: Option<&'a str>,
    max_forwards: Option<&'a str>,
    content_length: Option<&'a str>,
    contacts: Vec<NameAddrRef<'a>>,
    is_all_contacts: bool,
    routes: Vec<NameAddrRef<'a>>,
    record_routes: Vec<NameAddrRef<'a>>,
}

impl<'a> Found<'a> {
    fn add(&mut self, id: NameId, value: &'a str) -> Result<(), Fault> {
        match id {
            NameId::VIA => {
                self.via = Some(value).filter(|value| has_element(value));
                Ok(())
            }
            NameId::FROM => once(&mut self.from, value, id),
            NameId::TO => once(&mut self.to, value, id),
            NameId::CALL_ID => once(&mut self.call_id, value, id),
            NameId::CSEQ => once(&mut self.cseq, value, id),
            NameId::MAX_FORWARDS => once(&mut self.max_forwards, value, id),
            NameId::CONTENT_LENGTH => once(&mut self.content_length, value, id),
            NameId::CONTACT if value == "*" => {
                self.is_all_contacts = true;
                Ok(())
            }
            NameId::CONTACT => addresses(&HeaderName::Contact, value, &mut self.contacts),
            NameId::ROUTE => addresses(&HeaderName::Route, value, &mut self.routes),
            NameId::RECORD_ROUTE => addresses(&HeaderName::RecordRoute, value, &mut self.record_routes),
            _ => Ok(()),
        }
    }

    #[inline(always)]
    fn read(&mut self) -> Result<Essentials<'a>, HeaderError> {
        if let (Some(via), Some(from), Some(to)) = (self.via, self.from, self.to)
            && let Some(via) = UsualHop::whole(via)
            && let Some(from) = UsualAddr::whole(from)
            && let Some(to) = UsualAddr::whole(to)
        {
            return self.with(via, from, to);
        }
        self.read_any_form()
    }

    #[inline(never)]
    fn read_any_form(&mut self) -> Result<Essentials<'a>, HeaderError> {
        let via = first_hop(self.via.ok_or(HeaderError::Missing { name: HeaderName::Via })?)?;
        let from = address(&HeaderName::From, self.from)?;
        let to = address(&HeaderName::To, self.to)?;
        self.with(via, from, to)
    }

    // What is read is large. Nothing fails once the first part of it is written, so that each is written in its place.
    #[inline(always)]
    fn with(
        &mut self,
        via: impl Into<ViaRef<'a>>,
        from: impl Into<NameAddrRef<'a>>,
        to: impl Into<NameAddrRef<'a>>,
    ) -> Result<Essentials<'a>, HeaderError> {
        let missing = |name: HeaderName| move || HeaderError::Missing { name };
        let call_id = call_id(self.call_id.ok_or_else(missing(HeaderName::CallId))?)?;
        let cseq = CSeq::decode(self.cseq.ok_or_else(missing(HeaderName::CSeq))?)?;
        let max_forwards = self.max_forwards.map(MaxForwards::decode).transpose()?;
        let content_length = self.content_length.map(ContentLength::decode).transpose()?;
        Ok(Essentials {
            via: via.into(),
            from: from.into(),
            to: to.into(),
            call_id,
            cseq,
            contacts: std::mem::take(&mut self.contacts),
            is_all_contacts: self.is_all_contacts,
            max_forwards,
            routes: std::mem::take(&mut self.routes),
            record_routes: std::mem::take(&mut self.record_routes),
            content_length,
        })
    }
}

/// Keeps the value of a field that may stand once; the same value again leaves no doubt.
fn once<'a>(slot: &mut Option<&'a str>, value: &'a str, id: NameId) -> Result<(), Fault> {
    match *slot {
        // rfc3261#7.3.1 only a field whose value is a list may be repeated
        Some(first) if first != value => {
            Err(Box::new(HeaderError::Repeated { name: id.known().cloned().unwrap_or(HeaderName::Via) }))
        }
        Some(_) => Ok(()),
        None => {
            *slot = Some(value);
            Ok(())
        }
    }
}

fn address<'a>(name: &HeaderName, value: Option<&'a str>) -> Result<NameAddrRef<'a>, HeaderError> {
    let value = value.ok_or_else(|| HeaderError::Missing { name: name.clone() })?;
    NameAddrRef::parse(name, value)
}

pub(super) fn call_id(value: &str) -> Result<&str, HeaderError> {
    // What has a blank or a line end in it is left to the grammar, which says where.
    if value.is_empty() || !Class::VISIBLE.behind(value.as_bytes()).is_empty() {
        CallId::decode(value)?;
        return Ok(value.trim_matches(is_lws));
    }
    Ok(value)
}

/// Whether there is anything but separators in a list.
fn has_element(list: &str) -> bool {
    list.bytes().any(|byte| byte != b',' && !byte.is_ascii_whitespace())
}

/// The first hop of a Via value that has one.
fn first_hop(value: &str) -> Result<ViaRef<'_>, HeaderError> {
    let element = Elements::new(value.as_bytes(), true).next().unwrap_or_default();
    let base = element.start;
    ViaRef::parse(value.get(element).unwrap_or_default()).map_err(|error| error.moved(base))
}

/// Appends the addresses of the list `value`: those in their usual form in one pass, the others by their commas.
fn addresses<'a>(name: &HeaderName, value: &'a str, list: &mut Vec<NameAddrRef<'a>>) -> Result<(), Fault> {
    if list.capacity() == 0 {
        // Growing from nothing takes longer than asking for what most lists need at most.
        *list = Vec::with_capacity(USUAL_ADDRESSES);
    }
    let mut rest = value;
    loop {
        let behind = if let Some((addr, behind)) = UsualAddr::prefix(rest) {
            // As `push`, but the place is made before what is to stand in it.
            list.extend(iter::once_with(|| addr.into()));
            behind
        } else if let Some((addr, behind)) = NameAddrRef::plain_element(rest) {
            list.push(addr);
            behind
        } else {
            break;
        };
        match behind.strip_prefix(',') {
            Some(more) => rest = more.trim_start_matches(' '),
            None => return Ok(()),
        }
    }
    let base = value.len() - rest.len();
    for element in Elements::new(rest.as_bytes(), true) {
        let start = base + element.start;
        let addr = NameAddrRef::parse(name, rest.get(element).unwrap_or_default());
        list.push(addr.map_err(|error| error.moved(start))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{HeaderError, HeaderName, Message};

    const REST: &str = "f: <sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: 7@x\r\nCSeq: 2 BYE\r\n";

    fn message(fields: &str) -> Message {
        Message::parse(format!("BYE sip:a@b SIP/2.0\r\n{fields}\r\n").into()).unwrap()
    }

    /// The addresses of a list as the essentials have them, and as the fields one by one do.
    fn routes(value: &str) -> [Vec<String>; 2] {
        let message = message(&format!("v: SIP/2.0/WS a\r\n{REST}Route: {value}\r\n"));
        let headers = message.headers();
        let one_by_one = headers.addresses(&HeaderName::Route).map(|route| route.unwrap());
        let one_by_one = one_by_one.map(|route| route.to_name_addr().to_string()).collect();
        let routes = headers.essentials().unwrap().routes;
        [routes.iter().map(|route| route.to_name_addr().to_string()).collect(), one_by_one]
    }

    #[test]
    fn lists_are_what_they_are_one_by_one() {
        for (value, count) in [
            ("<sip:a;lr>,<sip:b;lr>, \"x, y\" <sip:c>;d=\"e,f\"", 3),
            ("<sip:a>, ,sip:b@c;x=1, sip:d@e ,", 3),
            ("sip:a@b,sip:c@d", 2),
            ("<sip:a,b@c>, < sip:d >\r\n ,<sip:e>", 3),
            ("", 0),
        ] {
            let [routes, one_by_one] = routes(value);
            assert_eq!((&routes, routes.len()), (&one_by_one, count), "{value}");
        }
    }

    #[test]
    fn a_bad_element_is_told_with_its_place() {
        let message = message(&format!("v: SIP/2.0/WS a\r\n{REST}Route: <sip:a>, (bad)\r\n"));
        let told = message.headers().addresses(&HeaderName::Route).nth(1).unwrap().unwrap_err();
        assert_eq!(message.headers().essentials().unwrap_err(), told);
    }

    #[test]
    fn single_fields_are_there_once() {
        let error = |fields: &str| message(fields).headers().essentials().unwrap_err();
        assert_eq!(error(REST), HeaderError::Missing { name: HeaderName::Via });
        assert_eq!(error("v: SIP/2.0/WS a\r\ni: 7\r\n"), HeaderError::Missing { name: HeaderName::From });
        let twice = format!("v: SIP/2.0/WS a\r\n{REST}i: 7@x\r\ni: 8\r\n");
        assert_eq!(error(&twice), HeaderError::Repeated { name: HeaderName::CallId });
        let spaced = format!("v: SIP/2.0/WS a\r\n{}", REST.replace("7@x", "7 x"));
        assert!(matches!(error(&spaced), HeaderError::Malformed { name: HeaderName::CallId, .. }));
    }

    #[test]
    fn the_first_hop_and_the_star() {
        let message =
            message(&format!("v: ,\r\nv: SIP / 2.0 / WS a;b=\"c,d\" , SIP/2.0/WS e\r\nm: *\r\n{REST}"));
        let essentials = message.headers().essentials().unwrap();
        assert_eq!(essentials.via.host().to_string(), "a");
        assert!(essentials.is_all_contacts && essentials.contacts.is_empty());
    }

    #[test]
    fn edited_headers_and_bytes_that_are_no_text() {
        let mut message = Message::parse(
            [format!("BYE sip:a@b SIP/2.0\r\nv: SIP/2.0/WS a\r\n{REST}").as_bytes(), b"s: \xff\r\n\r\n"]
                .concat()
                .into(),
        )
        .unwrap();
        assert_eq!(message.headers().essentials().unwrap().call_id, "7@x");
        message.headers_mut().set(&crate::CallId("8".to_owned()));
        assert_eq!(message.headers().essentials().unwrap().call_id, "8");
    }
}
