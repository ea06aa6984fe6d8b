//! Telephone numbers as SIP and SIPS URIs and back, RFC 3261 §19.1.6.

use crate::escape::{Units, encode_units};
use crate::grammar::class::Class;
use crate::{Host, Mode, Scheme, SipUri, TelUri};

impl TelUri {
    /// The SIP or SIPS URI of this number at `host`: the whole number with its parameters becomes the user.
    ///
    /// Equivalent tel URIs with the same visual separators become the same URI: the user is in lower case, and its
    /// parameters stand in the order of RFC 3261 §19.1.6: `isub`, `postd`, then all others by name. What a user
    /// cannot hold is escaped.
    ///
    /// ```
    /// # use sip_uri::{Scheme, TelUri};
    /// let uri: TelUri = "tel:+358-555-1234567;POSTD=PP22;isub=1411".parse()?;
    /// let sip = uri.to_sip(Scheme::Sips, "foo.com".parse()?);
    /// assert_eq!(sip.as_str(), "sips:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone");
    /// assert!(sip.to_tel().unwrap().is_equivalent(&uri));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn to_sip(&self, scheme: Scheme, host: Host) -> SipUri {
        // rfc3261#19.1.6 lower case, in a fixed order
        let mut params: Vec<_> = self.raw_param_list().map(|param| (param.key(), param)).collect();
        params.sort_by(|(one, _), (two, _)| (rank(one), one).cmp(&(rank(two), two)));
        let mut user = encode_units(Units::of(self.number()), Class::USER);
        for (_, param) in params {
            user.push(';');
            user.push_str(&encode_units(Units::of(param.name), Class::PNAME));
            if let Some(value) = param.value {
                user.push('=');
                user.push_str(&encode_units(Units::of(value), Class::USER));
            }
        }
        lower(&mut user);
        SipUri::new(host).with_scheme(scheme).with_raw_user(&user).with_param("user", Some("phone"))
    }
}

impl SipUri {
    /// The telephone number that the user is, when `;user=phone` says that it is one and it can be read as one (by RFC
    /// 3966, else RFC 2806). Scheme, password, host, parameters and header components are not part of it.
    #[must_use]
    pub fn to_tel(&self) -> Option<TelUri> {
        if self.is_phone() { self.telephone_subscriber() } else { None }
    }

    /// As [`SipUri::to_tel`] also without `;user=phone`, for name spaces without other users that look like numbers
    /// (RFC 3261 §19.1.1).
    #[must_use]
    pub fn telephone_subscriber(&self) -> Option<TelUri> {
        let mut text = "tel:".to_owned();
        for unit in Units::of(self.raw_user()?) {
            // A number has no escapes, but a user must escape some of its characters.
            let is_number = matches!(unit.byte, b'#' | b'[' | b']' | b':' | b'@');
            match unit.escaped && !is_number && !Class::TEL_PNAME.contains(Mode::Strict, unit.byte) {
                true => text.push_str(&format!("%{:02X}", unit.byte)),
                false => text.push(char::from(unit.byte)),
            }
        }
        let uri = [Mode::Strict, Mode::Rfc2543].into_iter().find_map(|mode| TelUri::parse(&text, mode).ok());
        // Senders leave out the context where the domain says enough.
        uri.or_else(|| TelUri::parse(&text, Mode::Lenient).ok().filter(TelUri::has_digits_only))
    }
}

/// rfc3261#19.1.6 isdn-subaddress and post-dial occur first
fn rank(name: &str) -> u8 {
    match name {
        "isub" => 0,
        "postd" => 1,
        _ => 2,
    }
}

/// In lower case but for the digits of escapes, which the encoder writes in upper case.
fn lower(user: &mut String) {
    let mut digits = 0;
    let lowered = user.chars().map(|c| {
        let kept = digits > 0;
        digits = if c == '%' { 2 } else { i32::max(0, digits - 1) };
        if kept { c } else { c.to_ascii_lowercase() }
    });
    *user = lowered.collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sip_of(text: &str) -> String {
        let tel: TelUri = text.parse().unwrap();
        tel.to_sip(Scheme::Sip, "foo.com".parse().unwrap()).to_string()
    }

    #[test]
    fn the_examples_of_the_section() {
        for text in ["tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22"] {
            assert_eq!(sip_of(text), "sip:+358-555-1234567;postd=pp22@foo.com;user=phone");
        }
        for text in ["tel:+358-555-1234567;postd=pp22;isub=1411", "tel:+358-555-1234567;isub=1411;postd=pp22"]
        {
            assert_eq!(sip_of(text), "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone");
        }
        for text in
            ["tel:+358-555-1234567;tsp=a.b;phone-context=5", "tel:+358-555-1234567;phone-context=5;tsp=a.b"]
        {
            assert_eq!(sip_of(text), "sip:+358-555-1234567;phone-context=5;tsp=a.b@foo.com;user=phone");
        }
    }

    #[test]
    fn what_a_user_cannot_hold_is_escaped_and_comes_back() {
        let tel: TelUri = "tel:*#06#;phone-context=Example.com;x=[a]:%3bB".parse().unwrap();
        let sip = tel.to_sip(Scheme::Sip, "h".parse().unwrap());
        assert_eq!(sip.as_str(), "sip:*%2306%23;phone-context=example.com;x=%5Ba%5D%3A%3Bb@h;user=phone");
        assert_eq!(SipUri::parse(sip.as_str(), Mode::Strict), Ok(sip.clone()));
        let back = sip.to_tel().unwrap();
        assert_eq!(back.as_str(), "tel:*#06#;phone-context=example.com;x=[a]:%3Bb");
        assert!(back.is_equivalent(&tel));
        let tel: TelUri = "tel:+1;isub=a@b".parse().unwrap();
        let sip = tel.to_sip(Scheme::Sip, "h".parse().unwrap());
        assert_eq!((sip.raw_user(), sip.to_tel()), (Some("+1;isub=a%40b"), Some(tel)));
    }

    #[test]
    fn only_phone_users_are_numbers() {
        let tel = |text: &str| text.parse::<SipUri>().unwrap().to_tel().map(|tel| tel.to_string());
        assert_eq!(tel("sips:+1-2:1234@h;user=PHONE?x=y").as_deref(), Some("tel:+1-2"));
        assert_eq!(tel("sip:1212@h;user=phone").as_deref(), Some("tel:1212"));
        assert_eq!(tel("sip:0w1;phone-context=5@h;user=phone").as_deref(), Some("tel:0w1;phone-context=5"));
        for text in ["sip:+1@h", "sip:h;user=phone", "sip:alice@h;user=phone", "sip:+1@h;user=ip"] {
            assert_eq!(tel(text), None, "{text}");
        }
        let uri: SipUri = "sip:+1@h".parse().unwrap();
        assert_eq!(uri.telephone_subscriber().unwrap().as_str(), "tel:+1");
    }
}
