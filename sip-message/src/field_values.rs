//! The values of a field by the type of its name (RFC 3261 §20), for who shows or checks messages.

use crate::header::HeaderType;
use crate::headers::Elements;
use crate::{Field, HeaderError};

impl Field<'_> {
    /// The values of the field, each as we would write it, or why it cannot be read; `None` for a name without a type.
    ///
    /// ```
    /// # use sip_message::Message;
    /// let message = Message::parse("SIP/2.0 200 OK\r\nv: SIP / 2.0 / WS a ; branch=1, b\r\nX-Y: z\r\n\r\n".into())?;
    /// let fields: Vec<_> = message.headers().iter().map(|field| field.values()).collect();
    /// let via = fields[0].as_ref().unwrap();
    /// assert_eq!(via[0].as_deref(), Ok("SIP/2.0/WS a;branch=1"));
    /// assert!(via[1].is_err() && fields[1].is_none());
    /// # Ok::<_, sip_message::ParseMessageError>(())
    /// ```
    #[must_use]
    pub fn values(&self) -> Option<Vec<Result<String, HeaderError>>> {
        let header_type = HeaderType::named(&self.name())?;
        let elements = Elements::new(self.value(), header_type.is_list);
        let values: Vec<_> =
            elements.map(|element| self.decode_by(&header_type.name, element, header_type.rewrite)).collect();
        if values.is_empty() && !header_type.may_be_empty {
            return Some(vec![Err(HeaderError::Malformed {
                name: header_type.name.clone(),
                rule: "value",
                offset: 0,
            })]);
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use crate::Headers;

    #[test]
    fn unregistered_names_have_types_too() {
        let mut headers = Headers::new();
        for name in ["diversion", "remote-party-id", "x-other"] {
            headers.push_text(&name.parse().unwrap(), "<tel:+1> , <tel:+2>").unwrap();
        }
        let counts: Vec<_> =
            headers.iter().map(|field| field.values().map_or(0, |values| values.len())).collect();
        assert_eq!(counts, [2, 2, 0]);
    }

    #[test]
    fn a_field_that_needs_a_value_has_one() {
        let mut headers = Headers::new();
        for name in ["Supported", "Allow", "Contact", "Via", "Subject"] {
            headers.push_text(&name.parse().unwrap(), "").unwrap();
        }
        let good: Vec<_> = headers.iter().map(|f| f.values().unwrap().iter().all(Result::is_ok)).collect();
        assert_eq!(good, [true, true, false, false, true]);
    }
}
