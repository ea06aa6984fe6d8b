//! From and To of one message as they stand in another (RFC 3261 §12.2.1.1).

use super::{Field, Headers, TagPlace};
use crate::token::is_token;
use crate::{HeaderError, HeaderName};

impl Headers {
    /// Adds a field called `name`, From or To, with the address that is in the field `of` of another message, and with
    /// this tag: without any where it is empty and the address has none.
    ///
    /// ```
    /// use sip_message::{HeaderName, Headers};
    ///
    /// let (mut invite, mut bye) = (Headers::new(), Headers::new());
    /// invite.push_text(&HeaderName::To, "<sip:bob@biloxi.com>")?;
    /// bye.push_party(&HeaderName::From, (&invite, &HeaderName::To), "b1")?;
    /// assert_eq!(bye.raw(&HeaderName::From), Some(&b"<sip:bob@biloxi.com>;tag=b1"[..]));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`address`](Self::address), and [`HeaderError::Missing`] where the other message has no such field; then nothing is
    /// added.
    pub fn push_party(
        &mut self,
        name: &HeaderName,
        (other, of): (&Self, &HeaderName),
        tag: &str,
    ) -> Result<(), HeaderError> {
        if let Ok(Some(field)) = other.single(of)
            && let Some(text) = with_tag(&field, tag)
        {
            let place = self.behind(name);
            self.insert(place, name.id(), name.as_str(), &text);
            self.lines.note_tag(place, TagPlace::at_the_end(&text, tag));
            return Ok(());
        }
        let address = other.address(of)?.ok_or_else(|| HeaderError::Missing { name: of.clone() })?;
        let address = address.to_name_addr();
        let is_same = address.tag().unwrap_or_default() == tag;
        self.push_address(name, &if is_same { address } else { address.with_tag(tag) });
        self.note_tag(name);
        Ok(())
    }
}

/// The value with its tag, where somebody has looked at it and it is no other one.
fn with_tag(field: &Field<'_>, tag: &str) -> Option<String> {
    let noted = field.noted_tag()?;
    let value = field.plain_text().ok()?;
    match (noted.is_empty(), is_token(tag.as_bytes())) {
        _ if noted == tag => Some(value.to_owned()),
        (true, true) => Some([value, ";tag=", tag].concat()),
        (true, false) | (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The field as it stands in another message.
    fn pushed(value: &str, is_noted: bool, tag: &str) -> (String, Option<String>) {
        let (mut first, mut second) = (Headers::new(), Headers::new());
        first.push_text(&HeaderName::To, value).unwrap();
        if is_noted {
            first.note_tags();
        }
        second.push_party(&HeaderName::From, (&first, &HeaderName::To), tag).unwrap();
        let noted = second.single(&HeaderName::From).unwrap().unwrap();
        (second.to_string(), noted.noted_tag().map(str::to_owned))
    }

    #[test]
    fn an_address_is_the_same_in_another_message_whether_or_not_its_tag_is_noted() {
        for (value, tag, line) in [
            ("<sip:a@b>", "t", "From: <sip:a@b>;tag=t\r\n"),
            ("<sip:a@b>", "", "From: <sip:a@b>\r\n"),
            ("<sip:a@b>;tag=t", "t", "From: <sip:a@b>;tag=t\r\n"),
            ("<sip:a@b>;tag=t", "u", "From: <sip:a@b>;tag=u\r\n"),
            ("\"A B\" <sip:a@b>;tag=t", "t", "From: \"A B\" <sip:a@b>;tag=t\r\n"),
        ] {
            for is_noted in [false, true] {
                assert_eq!(pushed(value, is_noted, tag), (line.to_owned(), Some(tag.to_owned())), "{value}");
            }
        }
        assert_eq!(pushed("<sip:a@b>;x=1", true, "t").0, "From: <sip:a@b>;x=1;tag=t\r\n");
        assert_eq!(pushed("sip:a@b;tag=t", true, "t").0, "From: <sip:a@b>;tag=t\r\n");
    }

    #[test]
    fn what_is_missing_or_malformed_is_not_added() {
        let (mut first, mut second) = (Headers::new(), Headers::new());
        let missing = HeaderError::Missing { name: HeaderName::To };
        assert_eq!(second.push_party(&HeaderName::From, (&first, &HeaderName::To), "t"), Err(missing));
        first.push_text(&HeaderName::To, "nonsense <").unwrap();
        assert!(second.push_party(&HeaderName::From, (&first, &HeaderName::To), "t").is_err());
        assert!(second.is_empty());
    }
}
