//! Typed values of header fields in a mode of the caller's own (RFC 3261 §20, §25.1).

use crate::{Header, HeaderError, Headers, Mode, deviations};

impl Headers {
    /// The value of a field as a parser in `mode` takes it, whatever mode the message was read in.
    ///
    /// [`Mode::Strict`] takes a value that follows its grammar, [`Mode::Lenient`] also one under deviations, and
    /// [`Mode::Salvage`] the first one that can be read, even where fields disagree that may stand once. What deviates
    /// is in [`Message::deviations`](crate::Message::deviations).
    ///
    /// ```
    /// # use sip_message::{DeviationKind, HeaderError, HeaderName, Message, Mode, To};
    /// let message = Message::parse("SIP/2.0 200 OK\r\nTo: <sip:#1@a>\r\nTo: <sip:b@c>\r\n\r\n".into())?;
    /// let headers = message.headers();
    /// let kind = DeviationKind::UriHashInUser;
    /// let deviates = HeaderError::Deviates { name: HeaderName::To, kind, offset: 5 };
    /// assert_eq!(headers.typed_in::<To>(Mode::Strict), Err(deviates));
    /// assert_eq!(headers.typed_in::<To>(Mode::Lenient), Err(HeaderError::Repeated { name: HeaderName::To }));
    /// assert_eq!(headers.typed_in::<To>(Mode::Salvage)?.unwrap().0.uri.as_str(), "sip:#1@a");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`typed`](Self::typed), and [`HeaderError::Deviates`] in [`Mode::Strict`].
    pub fn typed_in<H: Header>(&self, mode: Mode) -> Result<Option<H>, HeaderError> {
        match mode {
            Mode::Strict => {
                self.strictly::<H>()?;
                self.sole()
            }
            Mode::Lenient => self.sole(),
            Mode::Salvage => self.first_readable(),
        }
    }

    /// The first deviation in the fields of the name.
    fn strictly<H: Header>(&self) -> Result<(), HeaderError> {
        for field in self.iter().filter(|field| field.name() == H::NAME) {
            let refused =
                deviations::in_field(&field).into_iter().find(|found| !found.kind.is_read_in(Mode::Strict));
            if let Some(deviation) = refused {
                let offset = deviation.span.start.saturating_sub(field.value_span().start);
                return Err(HeaderError::Deviates { name: H::NAME, kind: deviation.kind, offset });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Contact, DeviationKind, HeaderError, MaxForwards, Message, Mode, Route};

    fn read(text: &str, mode: Mode) -> Message {
        Message::parse_with(format!("SIP/2.0 200 OK\r\n{text}\r\n").into(), mode).unwrap()
    }

    #[test]
    fn typed_values_obey_the_mode_that_the_message_was_read_in() {
        let twice = "Max-Forwards: x\r\nMax-Forwards: 5\r\nMax-Forwards: 6\r\n";
        let lenient = read(twice, Mode::Lenient);
        assert!(matches!(lenient.headers().typed::<MaxForwards>(), Err(HeaderError::Repeated { .. })));
        let salvaged = read(twice, Mode::Salvage);
        assert_eq!(salvaged.headers().mode(), Mode::Salvage);
        assert_eq!(salvaged.headers().required::<MaxForwards>().unwrap().0, 5);
        assert_eq!(salvaged.headers().typed::<Route>(), Ok(None));
        assert!(Message::parse_with(lenient.to_bytes(), Mode::Strict).is_err());
        let none = read("Max-Forwards: x\r\n", Mode::Salvage);
        assert!(matches!(none.headers().typed::<MaxForwards>(), Err(HeaderError::Malformed { .. })));
    }

    #[test]
    fn a_mode_of_the_callers_own_wins() {
        let message = read("Contact: <sip:a@b>,,<sip:c@d>\r\nRoute: <sip:a;lr>\r\n", Mode::Salvage);
        let strict = message.headers().typed_in::<Contact>(Mode::Strict).unwrap_err();
        let HeaderError::Deviates { kind, offset, .. } = strict else { panic!("{strict}") };
        assert_eq!((kind, offset), (DeviationKind::ElementEmpty, 10));
        assert!(message.headers().typed_in::<Contact>(Mode::Lenient).unwrap().is_some());
        assert!(message.headers().typed_in::<Route>(Mode::Strict).unwrap().is_some());
    }
}
