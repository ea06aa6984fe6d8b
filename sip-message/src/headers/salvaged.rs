//! What [`Mode::Salvage`](crate::Mode::Salvage) reads of fields that are no better than they are (RFC 3261 §20).

use super::{Essentials, Headers};
use crate::{Contact, Header, HeaderError, HeaderName, NameAddrRef};

impl Headers {
    /// The essentials, as far as they can be read: a bad element of a list, and a bad field that need not be there,
    /// are passed over.
    #[cold]
    #[inline(never)]
    pub(super) fn salvaged_essentials(&self) -> Result<Essentials<'_>, HeaderError> {
        let missing = |name: HeaderName| move || HeaderError::Missing { name };
        Ok(Essentials {
            via: self.top_via()?.ok_or_else(missing(HeaderName::Via))?,
            from: self.address(&HeaderName::From)?.ok_or_else(missing(HeaderName::From))?,
            to: self.address(&HeaderName::To)?.ok_or_else(missing(HeaderName::To))?,
            call_id: self.call_id()?.ok_or_else(missing(HeaderName::CallId))?,
            cseq: self.required()?,
            contacts: self.readable_addresses(&HeaderName::Contact),
            is_all_contacts: self.list::<Contact>().any(|contact| contact == Ok(Contact::Star)),
            max_forwards: self.readable(),
            routes: self.readable_addresses(&HeaderName::Route),
            record_routes: self.readable_addresses(&HeaderName::RecordRoute),
            content_length: self.readable(),
        })
    }

    fn readable<H: Header>(&self) -> Option<H> {
        self.first_readable().ok().flatten()
    }

    fn readable_addresses(&self, name: &'static HeaderName) -> Vec<NameAddrRef<'_>> {
        self.addresses(name).flatten().collect()
    }
}

/// The first value that can be read, or why the first one cannot.
pub(super) fn first<T>(
    values: impl Iterator<Item = Result<T, HeaderError>>,
) -> Result<Option<T>, HeaderError> {
    let mut fault = None;
    for value in values {
        match value {
            Ok(value) => return Ok(Some(value)),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    fault.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use crate::{CallId, From, HeaderError, HeaderName, Message, Mode, Via};

    const DOUBTFUL: &str = "INVITE sip:a@b SIP/2.0\r\nVia: (bad), SIP/2.0/WS a\r\nf: (bad)\r\nFrom: <sip:a@b>;tag=1\r\n\
        t: <sip:c@d>\r\nTo: <sip:e@f>\r\ni: 1 2\r\nCall-ID: 3\r\ni: 4\r\nCSeq: 5 INVITE\r\nMax-Forwards: 300\r\n\
        m: (bad), <sip:m@n>\r\nRoute: <sip:r;lr>, <sip:>\r\n\r\n";

    #[test]
    fn views_take_what_the_mode_takes() {
        let message = Message::parse_with(DOUBTFUL.into(), Mode::Salvage).unwrap();
        let headers = message.headers();
        assert_eq!(headers.address(&HeaderName::From).unwrap().unwrap().tag(), Some("1"));
        assert_eq!(headers.address(&HeaderName::To).unwrap().unwrap().uri(), "sip:c@d");
        assert_eq!(headers.call_id(), Ok(Some("3")));
        assert_eq!(headers.top_via().unwrap().unwrap().host().to_string(), "a");
        assert_eq!(headers.required::<From>().unwrap().0.tag(), Some("1"));
        assert_eq!(headers.required::<CallId>().unwrap().0, "3");
        assert_eq!(headers.required::<Via>().unwrap().host.to_string(), "a");

        let lenient = Message::parse(DOUBTFUL.into()).unwrap();
        let headers = lenient.headers();
        let repeated = |name: &HeaderName| Err(HeaderError::Repeated { name: name.clone() });
        assert_eq!(headers.address(&HeaderName::To).map(|_| ()), repeated(&HeaderName::To));
        assert_eq!(headers.call_id().map(|_| ()), repeated(&HeaderName::CallId));
        assert!(headers.top_via().is_err() && headers.essentials().is_err());
    }

    #[test]
    fn essentials_are_what_can_be_read() {
        let message = Message::parse_with(DOUBTFUL.into(), Mode::Salvage).unwrap();
        let essentials = message.headers().essentials().unwrap();
        let uris =
            |list: &[crate::NameAddrRef<'_>]| list.iter().map(|one| one.uri().to_owned()).collect::<Vec<_>>();
        assert_eq!(
            (essentials.via.transport(), essentials.from.tag(), essentials.call_id),
            ("WS", Some("1"), "3")
        );
        assert_eq!(
            (essentials.to.uri(), essentials.cseq.number, essentials.max_forwards),
            ("sip:c@d", 5, None)
        );
        assert_eq!(
            (uris(&essentials.contacts), uris(&essentials.routes)),
            (vec!["sip:m@n".to_owned()], vec!["sip:r;lr".to_owned()])
        );
        let without = DOUBTFUL.replace("Call-ID: 3\r\ni: 4\r\n", "");
        let message = Message::parse_with(without.into(), Mode::Salvage).unwrap();
        assert!(matches!(
            message.headers().essentials(),
            Err(HeaderError::Malformed { name: HeaderName::CallId, .. })
        ));
    }
}
