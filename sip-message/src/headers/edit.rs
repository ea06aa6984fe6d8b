//! Editing header fields: what is not named keeps its bytes and its place (RFC 3261 §7.3.1).

use super::{Buffer, Elements, Field, Headers, Line, Origin, TagPlace, offset};
use crate::header_name::NameId;
use crate::token::is_token;
use crate::{Header, HeaderError, HeaderName, InvalidValue, NameAddr, Via};
use memchr::memchr3;
use std::ops::Range;

/// Bytes of written lines from which on the dead ones are looked for.
const COMPACT_FROM: usize = 16 * 1024;

/// Bytes that most messages of ours need.
const WRITTEN: usize = 512;

impl Headers {
    /// Replaces all fields of the name by one, in the place of the first, else at the end.
    pub fn set<H: Header>(&mut self, value: &H) {
        self.set_list(std::slice::from_ref(value));
    }

    /// Replaces all fields of the name by these values, in the place of the first, else at the end: one field with
    /// commas where the header is a list, several fields otherwise, none for no values.
    pub fn set_list<H: Header>(&mut self, values: &[H]) {
        let place = self.position(&H::NAME).unwrap_or(self.lines.len());
        self.remove(&H::NAME);
        let Some((first, rest)) = values.split_first().filter(|_| H::LIST) else {
            for value in values.iter().rev() {
                self.write(place, &H::NAME, |text| value.encode(text));
            }
            return;
        };
        self.write(place, &H::NAME, |text| {
            first.encode(text);
            for value in rest {
                text.push_str(", ");
                value.encode(text);
            }
        });
    }

    /// Adds a field behind the last one of the name, else at the end.
    pub fn push<H: Header>(&mut self, value: &H) {
        let place = self.behind(&H::NAME);
        self.write(place, &H::NAME, |text| value.encode(text));
    }

    /// Adds a field before the first one of the name, else at the top: how a hop adds its Via or Record-Route.
    pub fn push_front<H: Header>(&mut self, value: &H) {
        let place = self.position(&H::NAME).unwrap_or(0);
        self.write(place, &H::NAME, |text| value.encode(text));
    }

    /// Adds this hop with `branch` before the first one, else at the top, as [`push_front`](Self::push_front) does with
    /// [`Via::with_branch`].
    pub fn push_hop(&mut self, hop: &Via, branch: &str) {
        if hop.branch().is_some() || hop.params.comment().is_some() {
            return self.push_front(&hop.clone().with_branch(branch));
        }
        let place = self.position(&HeaderName::Via).unwrap_or(0);
        self.write(place, &HeaderName::Via, |text| {
            hop.encode(text);
            text.push_str(";branch=");
            text.push_str(branch);
        });
    }

    /// Gives the address in the field called `name`, From or To, this tag in place of any it has.
    ///
    /// # Errors
    /// As [`address`](Self::address); then nothing is changed, as where there is no such field.
    pub fn set_tag(&mut self, name: &HeaderName, tag: &str) -> Result<(), HeaderError> {
        let Some(address) = self.address(name)? else { return Ok(()) };
        let (text, is_sole) = match self.named(name).next().map(|field| field.plain_text()) {
            // What ends so has no parameters.
            Some(Ok(value)) if value.ends_with('>') && address.is_usual() => {
                ([value, ";tag=", tag].concat(), is_token(tag.as_bytes()))
            }
            _ => (address.to_name_addr().with_tag(tag).to_string(), false),
        };
        let place = self.position(name).unwrap_or(self.lines.len());
        self.remove(name);
        self.insert(place, name.id(), name.as_str(), &text);
        if is_sole {
            self.lines.note_tag(place, TagPlace::at_the_end(&text, tag));
        } else {
            self.note_tag(name);
        }
        Ok(())
    }

    /// Puts a value in the place of the first element of the name; does nothing where there is none.
    pub fn replace_front<H: Header>(&mut self, value: &H) {
        if let Some(front) = self.front::<H>() {
            self.cut::<H>(&front);
            self.write(front.place, &H::NAME, |text| value.encode(text));
        }
    }

    /// Removes the first element of the name and returns it; what follows it in its field stays.
    ///
    /// # Errors
    /// Those of [`Header::decode`]; then nothing is removed.
    pub fn pop_front<H: Header>(&mut self) -> Result<Option<H>, HeaderError> {
        let Some(front) = self.front::<H>() else { return Ok(None) };
        let Some(field) = self.lines().nth(front.place) else { return Ok(None) };
        let value = field.decode::<H>(front.element.clone())?;
        self.cut::<H>(&front);
        Ok(Some(value))
    }

    /// Where the first element of the name is.
    fn front<H: Header>(&self) -> Option<Front> {
        let id = H::NAME.id();
        let mut lines = self.lines().enumerate().filter(|(_, field)| field.is_called(id, &H::NAME));
        lines.find_map(|(place, field)| {
            let mut elements = Elements::new(field.value(), H::LIST);
            Some(Front { place, element: elements.next()?, next: elements.next().map(|next| next.start) })
        })
    }

    /// Removes it; what follows it in its field stays.
    fn cut<H: Header>(&mut self, front: &Front) {
        let rest = self.lines().nth(front.place).and_then(|field| {
            let rest = field.value().get(front.next?..)?;
            Some((field.name_text().to_owned(), rest.to_vec()))
        });
        self.delete(front.place);
        let Some((name, rest)) = rest else { return };
        match String::from_utf8(rest) {
            Ok(rest) => self.insert(front.place, H::NAME.id(), &name, &rest),
            Err(rest) => self.insert_odd(front.place, H::NAME.id(), &name, rest.as_bytes()),
        }
    }

    /// Removes all fields called `name`; returns how many there were.
    pub fn remove(&mut self, name: &HeaderName) -> usize {
        let mut removed = 0;
        while let Some(place) = self.position(name) {
            self.delete(place);
            removed += 1;
        }
        removed
    }

    /// Adds a field with a value of any kind behind the last one of the name, else at the end.
    ///
    /// # Errors
    /// [`InvalidValue::LineBreak`] when the value holds CR, LF or NUL.
    pub fn push_text(&mut self, name: &HeaderName, value: &str) -> Result<(), InvalidValue> {
        InvalidValue::check_line(value)?;
        self.insert(self.behind(name), name.id(), name.as_str(), value.trim());
        Ok(())
    }

    /// Adds a field with an address, such as From or Contact, behind the last one of the name, else at the end: what
    /// [`push`](Self::push) does with a value that holds the address.
    pub fn push_address(&mut self, name: &HeaderName, address: &NameAddr) {
        let place = self.behind(name);
        self.write(place, name, |text| address.encode(text));
    }

    /// Replaces all fields of the name by one with a value of any kind, in the place of the first, else at the end; an
    /// empty value only removes them.
    ///
    /// # Errors
    /// [`InvalidValue::LineBreak`] when the value holds CR, LF or NUL.
    pub fn set_text(&mut self, name: &HeaderName, value: &str) -> Result<(), InvalidValue> {
        InvalidValue::check_line(value)?;
        let place = self.position(name).unwrap_or(self.lines.len());
        self.remove(name);
        if !value.trim().is_empty() {
            self.insert(place, name.id(), name.as_str(), value.trim());
        }
        Ok(())
    }

    /// Appends all fields called `name` of another message, byte for byte.
    pub fn copy_from(&mut self, other: &Self, name: &HeaderName) {
        for field in other.named(name) {
            self.append_verbatim(field);
        }
    }

    pub(super) fn append_verbatim(&mut self, field: Field<'_>) {
        self.make_room();
        let line = match field.line_text() {
            Ok(text) => {
                let base = offset(self.written.len());
                self.written.push_str(text);
                field.moved_to(base, offset(self.written.len()))
            }
            Err(_) => self.copied_odd(field),
        };
        self.lines.push(line);
        self.edited = true;
    }

    /// Keeps a line that is no text.
    #[cold]
    fn copied_odd(&mut self, field: Field<'_>) -> Line {
        let base = offset(self.odd.len());
        self.odd = [&self.odd, field.line()].concat().into();
        Line { origin: Origin::Odd, ..field.moved_to(base, offset(self.odd.len())) }
    }

    /// Behind the last field called `name`, else the end.
    pub(super) fn behind(&self, name: &HeaderName) -> usize {
        let id = name.id();
        let last = self.lines.last_position(id, |line| self.field(*line).is_called(id, name));
        last.map_or(self.lines.len(), |last| last + 1)
    }

    /// Puts a field with the value that `encode` writes at `place`, which is not beyond the end.
    fn write(&mut self, place: usize, name: &HeaderName, encode: impl FnOnce(&mut String)) {
        self.insert_written(place, name.id(), name.as_str(), encode);
    }

    /// Where the first field called `name` stands.
    fn position(&self, name: &HeaderName) -> Option<usize> {
        let id = name.id();
        self.lines.position(id, |line| self.field(*line).is_called(id, name))
    }

    fn delete(&mut self, place: usize) {
        self.lines.remove(place);
        self.edited = true;
        if !self.odd.is_empty() && self.lines.iter().all(|line| line.origin != Origin::Odd) {
            self.odd = Box::default();
        }
        self.compact();
    }

    /// Writes the line `name: value` and puts it at `place`, which is not beyond the end; `id` is that of `name`.
    pub(super) fn insert(&mut self, place: usize, id: NameId, name: &str, value: &str) {
        self.insert_written(place, id, name, |text| text.push_str(value));
    }

    /// The same with a value that is no text.
    #[cold]
    fn insert_odd(&mut self, place: usize, id: NameId, name: &str, value: &[u8]) {
        let line = [name.as_bytes(), b": ", value, b"\r\n"].concat();
        let name_end = offset(name.len());
        let value_start = name_end.saturating_add(2);
        let value_end = value_start.saturating_add(offset(value.len()));
        let whole = Line {
            id,
            origin: Origin::Odd,
            name_end,
            value_start,
            value_end,
            end: offset(line.len()),
            ..Line::NOWHERE
        };
        let line = self.copied_odd(Field::new(Buffer::Bytes(&line), whole));
        self.lines.insert(place, line);
        self.edited = true;
    }

    /// The same with the value that `encode` appends.
    fn insert_written(&mut self, place: usize, id: NameId, name: &str, encode: impl FnOnce(&mut String)) {
        self.make_room();
        let start = self.written.len();
        self.written.push_str(name);
        let name_end = self.written.len();
        self.written.push_str(": ");
        let value_start = self.written.len();
        encode(&mut self.written);
        let value = self.written.as_bytes().get(value_start..).unwrap_or_default();
        if memchr3(b'\r', b'\n', 0, value).is_some() {
            let value = self.written.split_off(value_start);
            self.written.extend(
                value.chars().map(|char| if matches!(char, '\r' | '\n' | '\0') { ' ' } else { char }),
            );
        }
        let value_end = self.written.len();
        self.written.push_str("\r\n");
        let line = Line {
            id,
            is_folded: false,
            tag: TagPlace::UNKNOWN,
            origin: Origin::Written,
            start: offset(start),
            name_end: offset(name_end),
            value_start: offset(value_start),
            value_end: offset(value_end),
            end: offset(self.written.len()),
        };
        self.lines.insert(place, line);
        self.edited = true;
    }

    /// Room for most messages of ours, so that they do not grow in small steps.
    pub(super) fn make_room(&mut self) {
        if self.written.capacity() == 0 {
            self.written.reserve(WRITTEN);
        }
    }

    /// Drops written lines that no field uses any more, once they are most of the buffer.
    fn compact(&mut self) {
        let is_written = |line: &&Line| line.origin == Origin::Written;
        let size = |line: &Line| line.end.saturating_sub(line.start) as usize;
        if self.written.len() < COMPACT_FROM
            || self.lines.iter().filter(is_written).map(size).sum::<usize>() * 2 > self.written.len()
        {
            return;
        }
        let old = std::mem::take(&mut self.written);
        let written = &mut self.written;
        self.lines.for_each_mut(|line| {
            if line.origin == Origin::Written {
                let base = offset(written.len());
                let field = Field::new(Buffer::Text(&old), *line);
                written.push_str(field.line_text().unwrap_or_default());
                *line = field.moved_to(base, offset(written.len()));
            }
        });
    }
}

/// CR, LF and NUL end lines or strings; in a value that we write they become a space.
pub(crate) const fn harmless(byte: u8) -> u8 {
    if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { byte }
}

/// Where the first element of a name stands: the line, the element in its value, and where the next one begins.
struct Front {
    place: usize,
    element: Range<usize>,
    next: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Challenge, Message, ProxyRequire, Route, Subject, Supported, Via, WwwAuthenticate};

    fn headers(text: &str) -> Headers {
        Message::parse(format!("SIP/2.0 200 OK\r\n{text}\r\n").into()).unwrap().headers().clone()
    }

    #[test]
    fn an_address_is_written_as_the_field_with_it_would_be() {
        let address = NameAddr::new("sip:a@b.example".parse().unwrap()).with_tag("1");
        let (mut one, mut other) = (Headers::new(), Headers::new());
        one.push(&crate::From(address.clone()));
        one.push(&crate::Contact::Addr(address.clone()));
        other.push_address(&HeaderName::From, &address);
        other.push_address(&HeaderName::Contact, &address);
        assert_eq!(one, other);
    }

    #[test]
    fn a_hop_with_its_branch_is_what_the_whole_value_would_be() {
        let mut via = Via::new("WS", &"a.invalid".parse().unwrap(), Some(5));
        for _ in 0..2 {
            let (mut one, mut other) =
                (headers("X: 1\r\nv: SIP/2.0/WS b\r\n"), headers("X: 1\r\nv: SIP/2.0/WS b\r\n"));
            one.push_hop(&via, "z9hG4bK1");
            other.push_front(&via.clone().with_branch("z9hG4bK1"));
            assert_eq!(one, other);
            via = via.with_branch("old");
        }
    }

    #[test]
    fn a_tag_is_set_as_the_typed_value_would_set_it() {
        for value in [
            "<sip:a@b>",
            "\"A\" <sip:a@b;lr>",
            "<sip:a@b>;x=y",
            "<sip:a@b>;tag=1",
            "sip:a@b;tag=1",
            "<tel:+1>",
        ] {
            let mut fields = headers(&format!("f: <sip:c@d>;tag=1\r\nt: {value}\r\nX: 1\r\n"));
            let mut typed = fields.clone();
            fields.set_tag(&HeaderName::To, "2").unwrap();
            let crate::To(to) = typed.required().unwrap();
            typed.set(&crate::To(to.with_tag("2")));
            assert_eq!(fields, typed, "{value}");
        }
        assert_eq!(headers("X: 1\r\n").set_tag(&HeaderName::To, "2"), Ok(()));
        assert!(headers("To: (bad)\r\n").set_tag(&HeaderName::To, "2").is_err());
    }

    #[test]
    fn text_replaces_all_fields_in_the_place_of_the_first() {
        let mut headers = Headers::new();
        for (name, value) in
            [(HeaderName::Supported, "a"), (HeaderName::Subject, "s"), (HeaderName::Supported, "b")]
        {
            headers.push_text(&name, value).unwrap();
        }
        headers.set_text(&HeaderName::Supported, "c, d").unwrap();
        assert_eq!(headers.to_string(), "Supported: c, d\r\nSubject: s\r\n");
        assert!(headers.set_text(&HeaderName::Supported, "e\r\nf").is_err());
        headers.set_text(&HeaderName::Supported, " ").unwrap();
        assert_eq!(headers.to_string(), "Subject: s\r\n");
    }

    #[test]
    fn replaces_in_the_place_of_the_first() {
        let mut headers = headers("k: a\r\nX: 1\r\nSupported : b\r\nY:2\r\n");
        headers.set(&Supported("c".into()));
        assert_eq!(headers.to_string(), "Supported: c\r\nX: 1\r\nY:2\r\n");
        headers.set_list::<Supported>(&[]);
        headers.set(&ProxyRequire("d".into()));
        assert_eq!(headers.to_string(), "X: 1\r\nY:2\r\nProxy-Require: d\r\n");
    }

    #[test]
    fn values_that_are_no_list_get_fields_of_their_own() {
        let mut headers = Headers::new();
        headers.set_list(&["a", "b"].map(|scheme| WwwAuthenticate(Challenge::new(scheme))));
        assert_eq!(headers.to_string(), "WWW-Authenticate: a\r\nWWW-Authenticate: b\r\n");
    }

    #[test]
    fn the_first_element_is_replaced_and_the_others_stay() {
        let mut headers = headers("X: 1\r\nv: SIP/2.0/WS a, SIP/2.0/WS b\r\nVia: SIP/2.0/WS c\r\n");
        headers.replace_front(&Via::decode("SIP/2.0/WS first").unwrap());
        headers.replace_front(&Subject("top".into()));
        let vias: Vec<_> = headers.list::<Via>().map(|via| via.unwrap().host.to_string()).collect();
        assert_eq!((vias, headers.len()), (["first", "b", "c"].map(str::to_owned).to_vec(), 4));
    }

    #[test]
    fn pushes_behind_the_last_and_before_the_first() {
        let mut headers = headers("v: SIP/2.0/WS a\r\nX: 1\r\nVia: SIP/2.0/WS b\r\nY: 2\r\n");
        let via = |host: &str| Via::new("WS", &host.parse().unwrap(), None);
        headers.push(&via("last"));
        headers.push_front(&via("first"));
        headers.push_front(&Subject("top".into()));
        assert_eq!(
            headers.to_string(),
            "Subject: top\r\nVia: SIP/2.0/WS first\r\nv: SIP/2.0/WS a\r\nX: 1\r\nVia: SIP/2.0/WS b\r\n\
             Via: SIP/2.0/WS last\r\nY: 2\r\n"
        );
    }

    #[test]
    fn pops_one_element_and_leaves_the_rest_of_its_line() {
        let mut headers =
            headers("Route:\r\nROUTE: <sip:a;lr>,\r\n  <sip:b;lr> ;x, <sip:c>\r\nRoute: <sip:d>\r\n");
        assert_eq!(headers.pop_front::<Route>().unwrap().unwrap().0.uri.to_string(), "sip:a;lr");
        assert_eq!(headers.to_string(), "Route:\r\nROUTE: <sip:b;lr> ;x, <sip:c>\r\nRoute: <sip:d>\r\n");
        for expected in ["sip:b;lr", "sip:c", "sip:d"] {
            assert_eq!(headers.pop_front::<Route>().unwrap().unwrap().0.uri.to_string(), expected);
        }
        assert_eq!(headers.pop_front::<Route>(), Ok(None));
    }

    #[test]
    fn a_bad_first_element_is_not_removed() {
        let mut headers = headers("Via: nonsense, SIP/2.0/WS b\r\n");
        assert!(headers.pop_front::<Via>().is_err());
        assert_eq!(headers.list::<Via>().count(), 2);
    }

    #[test]
    fn nothing_forges_a_line() {
        let mut headers = Headers::new();
        headers.push(&Subject("a\r\nVia: b\0".into()));
        assert_eq!(headers.to_string(), "Subject: a  Via: b \r\n");
        let refused = headers.push_text(&HeaderName::Subject, "a\r\nb");
        assert_eq!(refused, Err(InvalidValue::LineBreak { offset: 1 }));
        headers.push_text(&"X-Y".parse().unwrap(), " ok ").unwrap();
        assert_eq!(headers.raw(&"x-y".parse().unwrap()), Some(&b"ok"[..]));
    }

    #[test]
    fn copies_are_verbatim() {
        let from = headers("v:SIP/2.0/WS\r\n  a \r\ns: x\r\nVIA : b\r\n");
        let mut to = Headers::new();
        to.copy_from(&from, &HeaderName::Via);
        assert_eq!(to.to_string(), "v:SIP/2.0/WS\r\n  a \r\nVIA : b\r\n");
        assert_eq!(to.raw(&HeaderName::Via), Some(&b"SIP/2.0/WS\r\n  a"[..]));
    }

    #[test]
    fn lines_that_are_no_text_are_written_as_they_are() {
        let source =
            [&b"BYE sip:a@b SIP/2.0\r\ns : \xffx \r\nt: <sip:b@c>\r\nv: SIP/2.0/WS a,\xfe\r\n\r\n"[..]]
                .concat();
        let Message::Request(odd) = Message::parse(source.into()).unwrap() else { panic!() };
        let mut headers = Headers::new();
        headers.push(&Subject("new".into()));
        headers.copy_from(odd.headers(), &HeaderName::Subject);
        headers.copy_from(odd.headers(), &HeaderName::To);
        let printed = |headers: &Headers| {
            let mut bytes = Vec::new();
            headers.print(&mut bytes);
            bytes
        };
        assert_eq!(printed(&headers), b"Subject: new\r\ns : \xffx \r\nt: <sip:b@c>\r\n");
        assert_eq!(
            headers.list::<Subject>().nth(1).unwrap().unwrap_err(),
            HeaderError::NotUtf8 { name: HeaderName::Subject, offset: 0 }
        );
        assert_eq!(headers.tag(&HeaderName::To), Ok(Some("".into())));

        let again = crate::RequestPattern::of(&odd).request(crate::Method::Bye);
        assert_eq!(printed(again.headers()), printed(odd.headers()));

        let mut hops = odd.headers().clone();
        assert_eq!(hops.pop_front::<Via>().unwrap().unwrap().host.to_string(), "a");
        assert_eq!(printed(&hops), b"s : \xffx \r\nt: <sip:b@c>\r\nv: \xfe\r\n");
        hops.remove(&HeaderName::Via);
        assert!(hops.odd.is_empty(), "nothing is kept for lines that are gone");
    }

    #[test]
    fn repeated_edits_do_not_grow_without_bound() {
        let mut headers = headers("Y: 2\r\n");
        headers.push_text(&HeaderName::Server, "kept").unwrap();
        for round in 0..10_000 {
            headers.set(&Subject(format!("round {round}")));
        }
        assert!(headers.written.len() < 2 * COMPACT_FROM);
        assert_eq!(headers.to_string(), "Y: 2\r\nServer: kept\r\nSubject: round 9999\r\n");
    }
}
