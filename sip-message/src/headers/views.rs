//! The fields that every transaction needs, read in place: addresses and hops without a copy (RFC 3261 §8.1.1).

use super::essentials::call_id;
use super::{Elements, Field, Headers, TagPlace, salvaged};
use crate::header_name::NameId;
use crate::name_addr_ref::UsualAddr;
use crate::token::is_token;
use crate::via_ref::UsualHop;
use crate::{Contact, Header, HeaderError, HeaderName, Mode, NameAddrRef, Via, ViaRef};
use memchr::memchr2;
use std::borrow::Cow;

impl Headers {
    /// The address in a field that stands once, such as From, To or Refer-To.
    ///
    /// # Errors
    /// As [`typed`](Self::typed): repeated with another value, malformed, or no UTF-8.
    pub fn address(&self, name: &HeaderName) -> Result<Option<NameAddrRef<'_>>, HeaderError> {
        self.sole_view(name, |value| NameAddrRef::parse(name, value))
    }

    /// The tag of the address in a field that stands once, From or To, empty where it has none: what
    /// [`address`](Self::address) would say, and quicker.
    ///
    /// # Errors
    /// As [`address`](Self::address).
    pub fn tag(&self, name: &HeaderName) -> Result<Option<Cow<'_, str>>, HeaderError> {
        if let Ok(Some(field)) = self.single(name)
            && let Some(tag) = field.noted_tag()
        {
            return Ok(Some(Cow::Borrowed(tag)));
        }
        self.sole_view(name, |value| match UsualAddr::whole(value) {
            Some(usual) => Ok(Cow::Borrowed(usual.tag())),
            None => {
                let address = NameAddrRef::parse(name, value)?;
                Ok(Cow::Owned(address.tag().unwrap_or_default().to_owned()))
            }
        })
    }

    /// Whether the tag of the address in a field that stands once, From or To, is this one, as [`tag`](Self::tag) says.
    #[must_use]
    pub fn has_tag(&self, name: &HeaderName, tag: &str) -> bool {
        match self.single(name).map(|field| field.and_then(|field| field.noted_tag())) {
            Ok(Some(noted)) => noted == tag,
            Ok(None) | Err(_) => matches!(self.tag(name), Ok(Some(found)) if found == tag),
        }
    }

    /// Notes where the tags of From and To are, so that [`tag`](Self::tag) need not take the addresses apart: for
    /// messages whose tags are asked for again and again. Copies of the fields keep the note.
    pub fn note_tags(&mut self) {
        self.note_tag(&HeaderName::From);
        self.note_tag(&HeaderName::To);
    }

    /// The same for the first field called `name`, if its address has no parameter but the tag.
    pub(super) fn note_tag(&mut self, name: &HeaderName) {
        let id = name.id();
        let Some(line) = self.lines.position(id, |_| true) else { return };
        let field = self.lines.get(line).map(|line| self.field(*line));
        let value = field.and_then(|field| field.plain_text().ok()).unwrap_or_default();
        let Some(tag) = UsualAddr::whole(value).and_then(|usual| usual.sole_tag()) else { return };
        let place = TagPlace::at_the_end(value, tag);
        self.lines.note_tag(line, place);
    }

    /// The Call-ID (RFC 3261 §20.8).
    ///
    /// # Errors
    /// As [`typed`](Self::typed): repeated with another value, malformed, or no UTF-8.
    pub fn call_id(&self) -> Result<Option<&str>, HeaderError> {
        self.sole_view(&HeaderName::CallId, call_id)
    }

    /// Whether the Call-ID is this one, which is known to be one: what [`call_id`](Self::call_id) would say.
    #[must_use]
    pub fn has_call_id(&self, call_id: &str) -> bool {
        let is_same = matches!(self.single(&HeaderName::CallId), Ok(Some(field)) if field.value() == call_id.as_bytes());
        is_same || self.call_id() == Ok(Some(call_id))
    }

    /// The value of a field that stands once, as the mode of the message has it.
    fn sole_view<'a, T>(
        &'a self,
        name: &HeaderName,
        read: impl Fn(&'a str) -> Result<T, HeaderError>,
    ) -> Result<Option<T>, HeaderError> {
        let view = |field: Field<'a>| read(field.element_text(name, 0..field.value().len())?);
        match self.mode {
            Mode::Strict | Mode::Lenient => self.single(name)?.map(view).transpose(),
            Mode::Salvage => salvaged::first(self.named(name).map(view)),
        }
    }

    /// The addresses of all fields called `name`, lists taken apart: Route, Record-Route, Contact and the like.
    ///
    /// A bad element is an error in its place; `*` of Contact is one as well.
    pub fn addresses<'a>(
        &'a self,
        name: &'a HeaderName,
    ) -> impl Iterator<Item = Result<NameAddrRef<'a>, HeaderError>> {
        self.named(name).flat_map(move |field| {
            let elements = Elements::new(field.value(), Contact::LIST);
            elements.map(move |element| {
                let base = element.start;
                NameAddrRef::parse(name, field.element_text(name, element)?)
                    .map_err(|error| error.moved(base))
            })
        })
    }

    /// Whether a list of tokens, such as Supported, Require or Allow, has this one; option tags know no case (RFC 3261
    /// §7.3.1).
    #[must_use]
    pub fn has_token(&self, name: &HeaderName, token: &str) -> bool {
        self.tokens(name).any(|known| known.eq_ignore_ascii_case(token))
    }

    /// The tokens in all lists called `name`: what [`list`](Self::list) reads of Supported, Require, Allow and the like
    /// without its errors.
    pub fn tokens<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        let elements = self.named(name).flat_map(|field| {
            let value = field.value();
            // Where nothing can hide a comma, the list needs no more than its commas.
            let is_plain = memchr2(b'"', b'<', value).is_none();
            let (plain, other) = if is_plain { (value, &[][..]) } else { (&[][..], value) };
            let elements = Elements::new(other, true).filter_map(|element| other.get(element));
            plain.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).chain(elements)
        });
        elements.filter(|element| is_token(element)).filter_map(|token| std::str::from_utf8(token).ok())
    }

    /// Whether both have exactly one field called `name`, with the same bytes.
    #[must_use]
    pub fn shares(&self, other: &Self, name: &HeaderName) -> bool {
        sole_value(self, name).is_some_and(|value| sole_value(other, name) == Some(value))
    }

    /// The hops, the last one first (RFC 3261 §18.2).
    ///
    /// A bad element is an error in its place.
    pub fn vias(&self) -> impl Iterator<Item = Result<ViaRef<'_>, HeaderError>> {
        self.named(&VIA).flat_map(|field| {
            let elements = Elements::new(field.value(), Via::LIST);
            elements.map(move |element| {
                let base = element.start;
                ViaRef::parse(field.element_text(&VIA, element)?).map_err(|error| error.moved(base))
            })
        })
    }

    /// How many hops there are, whether or not they can be read.
    #[must_use]
    pub fn count_vias(&self) -> usize {
        self.named(&VIA).map(|field| Elements::new(field.value(), Via::LIST).count()).sum()
    }

    /// The hop that sent the message, or that is to get the response.
    ///
    /// # Errors
    /// [`HeaderError::Malformed`] or [`HeaderError::NotUtf8`].
    pub fn top_via(&self) -> Result<Option<ViaRef<'_>>, HeaderError> {
        if let Some((first, _)) = self.lines.first(NameId::VIA)
            && let Ok(value) = self.field(*first).plain_text()
            && let Some(only) = UsualHop::whole(value)
        {
            return Ok(Some(only.into()));
        }
        match self.mode {
            Mode::Strict | Mode::Lenient => self.vias().next().transpose(),
            Mode::Salvage => salvaged::first(self.vias()),
        }
    }
}

static VIA: HeaderName = HeaderName::Via;

/// The value of a field that stands once and no more.
fn sole_value<'a>(headers: &'a Headers, name: &HeaderName) -> Option<&'a [u8]> {
    let mut fields = headers.named(name);
    fields.next().filter(|_| fields.next().is_none()).map(|field| field.value())
}

#[cfg(test)]
mod tests {
    use crate::{HeaderName, Message};

    #[test]
    fn a_token_of_any_field_of_the_name_is_found_without_regard_to_case() {
        let text = "BYE sip:a@b SIP/2.0\r\nSupported: timer,\r\n 100REL\r\nk: path\r\n\r\n";
        let message = Message::parse(text.into()).unwrap();
        let has = |token| message.headers().has_token(&HeaderName::Supported, token);
        assert!(has("timer") && has("100rel") && has("path"));
        assert!(!has("time") && !has("timer,") && !has("gruu"));
        assert!(!message.headers().has_token(&HeaderName::Require, "timer"));
    }

    #[test]
    fn a_tag_and_a_call_id_are_compared_as_they_are_read() {
        for value in ["<sip:a@b>;tag=1", "sip:a@b;TAG=1", "<sip:a@b>;tag=11", "<sip:a@b>", "(bad)"] {
            let text = format!("SIP/2.0 200 OK\r\nTo: {value}\r\nCall-ID: 7\r\n\r\n");
            let message = Message::parse(text.into()).unwrap();
            let mut noted = message.headers().clone();
            noted.note_tags();
            for headers in [message.headers(), &noted] {
                let read = headers.tag(&HeaderName::To).ok().flatten();
                for tag in ["1", ""] {
                    assert_eq!(
                        headers.has_tag(&HeaderName::To, tag),
                        read.as_deref() == Some(tag),
                        "{value}"
                    );
                }
                assert!(!headers.has_tag(&HeaderName::From, "") && headers.has_call_id("7"));
                assert!(!headers.has_call_id("77") && !headers.has_call_id(""));
            }
        }
        let twice = "SIP/2.0 200 OK\r\nCall-ID: 7\r\nCall-ID: 8\r\n\r\n";
        assert!(!Message::parse(twice.into()).unwrap().headers().has_call_id("7"));
    }

    #[test]
    fn hops_are_counted_in_all_fields() {
        for (vias, count) in
            [("", 0), ("Via: SIP/2.0/WS a\r\n", 1), ("v: SIP/2.0/WS a, bad\r\nVia: x\r\n", 3)]
        {
            let message = Message::parse(format!("SIP/2.0 200 OK\r\n{vias}\r\n").into()).unwrap();
            assert_eq!(message.headers().count_vias(), count, "{vias}");
        }
    }

    #[test]
    fn a_tag_is_that_of_the_address() {
        for value in [
            "<sip:a@b>;tag=1",
            "sip:a@b;x;TAG=2",
            "<sip:a@b>",
            "A <sip:a@b>;tag=",
            "< sip:a@b > ; tag = 3",
            "(bad)",
            "<tel:1>;tag=4",
        ] {
            let message =
                Message::parse(format!("BYE sip:a@b SIP/2.0\r\nt: {value}\r\n\r\n").into()).unwrap();
            let headers = message.headers();
            let address = headers.address(&HeaderName::To);
            let expected =
                address.map(|address| address.map(|address| address.tag().unwrap_or_default().to_owned()));
            let mut noted = headers.clone();
            noted.note_tags();
            for headers in [headers, &noted] {
                assert_eq!(
                    headers.tag(&HeaderName::To).map(|tag| tag.map(String::from)),
                    expected,
                    "{value}"
                );
                assert_eq!(headers.tag(&HeaderName::From), Ok(None));
            }
            assert_eq!(&noted, headers);
        }
    }

    #[test]
    fn fields_are_shared_when_both_have_one_with_the_same_bytes() {
        let fields = |text: &str| {
            Message::parse(format!("BYE sip:a@b SIP/2.0\r\n{text}\r\n").into()).unwrap().headers().clone()
        };
        let one = fields("From: <sip:a@b>;tag=1\r\nCall-ID: 1\r\nCall-ID: 1\r\n");
        let other = fields("Call-ID: 1\r\nf: <sip:a@b>;tag=1\r\n");
        assert!(one.shares(&other, &HeaderName::From));
        assert!(!one.shares(&other, &HeaderName::CallId), "one stands twice");
        assert!(!one.shares(&other, &HeaderName::To), "nobody has one");
        assert!(!one.shares(&fields("From: <sip:a@b>;tag=2\r\n"), &HeaderName::From));
    }

    #[test]
    fn views_are_what_the_typed_values_are() {
        let text = "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/WS a, nonsense,\r\n SIP/2.0/WS b;branch=1\r\n\
            Route: <sip:a,b@c>, \"x\" <sip:d;lr>\r\nFrom: <sip:a@b>;tag=1\r\nTo: a\r\nTo: b\r\n\r\n";
        let message = Message::parse(text.into()).unwrap();
        let headers = message.headers();
        let hops: Vec<_> = headers.vias().map(|via| via.map(|via| via.host().to_string())).collect();
        assert_eq!(hops.iter().filter(|hop| hop.is_ok()).count(), 2);
        assert_eq!(
            hops[1],
            Err(headers.list::<crate::Via>().nth(1).unwrap().unwrap_err()).map(|(): ()| String::new())
        );
        let routes: Vec<_> =
            headers.addresses(&HeaderName::Route).map(|route| route.unwrap().uri().to_owned()).collect();
        assert_eq!(routes, ["sip:a,b@c", "sip:d;lr"]);
        assert_eq!(headers.address(&HeaderName::From).unwrap().unwrap().tag(), Some("1"));
        assert_eq!(headers.call_id(), Ok(None));
        assert!(headers.address(&HeaderName::To).is_err());
        assert!(headers.address(&HeaderName::Contact).unwrap().is_none());
    }
}
