//! Building tel URIs, in the order of parameters that RFC 3966 §3 asks for.

use crate::escape::encode;
use crate::grammar::class::Class;
use crate::param::RawParam;
use crate::{Mode, ParseUriError, TelUri};

/// Values are given unescaped. Parameters are put in the order of RFC 3966 §3: `isub` or `ext` first, then
/// `phone-context`, then all others by name.
impl TelUri {
    /// A global number, with its plus sign.
    ///
    /// ```
    /// # use sip_uri::TelUri;
    /// let uri = TelUri::global("+1-201-555-0123")?.with_param("tsp", Some("a.b"))?.with_param("ext", Some("7"))?;
    /// assert_eq!(uri.as_str(), "tel:+1-201-555-0123;ext=7;tsp=a.b");
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    ///
    /// # Errors
    /// [`ParseUriError::Number`] when it is no `global-number-digits`.
    pub fn global(number: &str) -> Result<Self, ParseUriError> {
        let text = format!("tel:{number}");
        if number.starts_with('+') && !number.contains(';') {
            return Self::parse(&text, Mode::Strict);
        }
        Err(ParseUriError::Number("tel:".len()))
    }

    /// A local number, with the context that it is valid in: a domain name or the leading digits of global numbers.
    ///
    /// ```
    /// # use sip_uri::TelUri;
    /// assert_eq!(TelUri::local("7042", "example.com")?.as_str(), "tel:7042;phone-context=example.com");
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    ///
    /// # Errors
    /// [`ParseUriError::Number`] when it is no `local-number-digits`, [`ParseUriError::Param`] for a bad context.
    pub fn local(number: &str, context: &str) -> Result<Self, ParseUriError> {
        if number.starts_with('+') || number.contains(';') {
            return Err(ParseUriError::Number("tel:".len()));
        }
        if context.contains(';') {
            return Err(ParseUriError::Param("tel:".len() + number.len() + 1));
        }
        Self::parse(&format!("tel:{number};phone-context={context}"), Mode::Strict)
    }

    /// With this parameter, in the place of those of that name.
    ///
    /// # Errors
    /// [`ParseUriError::Param`] when the name is no `pname` (letters, digits and hyphens), or when `ext`, `isub` or
    /// `phone-context` would have a value that they cannot have. Offsets are those in the text that would be.
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Result<Self, ParseUriError> {
        let mut text = name.to_owned();
        if let Some(value) = value {
            text.push('=');
            text.push_str(&encode(value, Class::PVALUE));
        }
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| Class::TEL_PNAME.contains(Mode::Strict, byte));
        let whole = format!("{};{text}", self.as_str());
        if !is_name {
            return Err(ParseUriError::Param(self.as_str().len() + 1));
        }
        // Alone behind a number, so that only what is new here is judged.
        let alone = format!("tel:+1;{text}");
        let added = Self::parse(&alone, Mode::Strict);
        let offset = |error: ParseUriError| whole.len() - (alone.len() - error.offset().min(alone.len()));
        let added = added.map_err(|error| ParseUriError::Param(offset(error)))?;
        let kept = self.raw_param_list().filter(|param| !param.is_named(name));
        Ok(self.with_list(kept.chain(added.raw_param_list()).collect()))
    }

    /// Without the parameters of this name.
    ///
    /// # Errors
    /// [`ParseUriError::PhoneContext`] when a local number would lose its context.
    pub fn without_param(&self, name: &str) -> Result<Self, ParseUriError> {
        let kept = self.raw_param_list().filter(|param| !param.is_named(name));
        if !self.is_global() && name.eq_ignore_ascii_case("phone-context") {
            return Err(ParseUriError::PhoneContext(self.as_str().len()));
        }
        Ok(self.with_list(kept.collect()))
    }

    /// The same number as RFC 3966 §3 and §4 would have it written: in lower case, the parameters in order. Visual
    /// separators stay.
    ///
    /// ```
    /// # use sip_uri::TelUri;
    /// let uri: TelUri = "TEL:+358-555-1234567;TSP=A.b;ISUB=1411".parse()?;
    /// assert_eq!(uri.canonical().as_str(), "tel:+358-555-1234567;isub=1411;tsp=a.b");
    /// assert!(uri.canonical().is_equivalent(&uri));
    /// # Ok::<(), sip_uri::ParseUriError>(())
    /// ```
    #[must_use]
    pub fn canonical(&self) -> Self {
        let ordered = self.with_list(self.raw_param_list().collect());
        ordered.as_str().to_ascii_lowercase().parse().unwrap_or(ordered)
    }

    /// The number with these parameters, in order.
    fn with_list(&self, mut list: Vec<RawParam<'_>>) -> Self {
        list.sort_by_cached_key(|param| {
            let key = param.key();
            (rank(&key), key)
        });
        let mut text = format!("tel:{}", self.number());
        for param in list {
            text.push(';');
            text.push_str(param.text);
        }
        Self::assemble(text, self.number().len())
    }
}

/// rfc3966#3 the subaddress or extension first, then the context, then all others.
fn rank(name: &str) -> u8 {
    match name {
        "isub" => 0,
        "ext" => 1,
        "phone-context" => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_strict_and_in_order() {
        let uri = TelUri::local("70*42#", "+1-914").unwrap();
        let uri = uri.with_param("z", None).unwrap().with_param("isub", Some("1 2")).unwrap();
        let uri = uri.with_param("A", Some("x;y")).unwrap().with_param("Z", Some("2")).unwrap();
        assert_eq!(uri.as_str(), "tel:70*42#;isub=1%202;phone-context=+1-914;A=x%3By;Z=2");
        assert_eq!(TelUri::parse(uri.as_str(), Mode::Strict), Ok(uri.clone()));
        assert_eq!(uri.without_param("a").unwrap().number(), "70*42#");
        assert_eq!(uri.without_param("Phone-Context"), Err(ParseUriError::PhoneContext(54)));
    }

    #[test]
    fn what_is_illegal_is_refused() {
        for number in ["", "+", "1", "+1a", "+1;x", "+1 2"] {
            assert_eq!(TelUri::global(number).unwrap_err().rule(), "telephone-subscriber", "{number}");
        }
        assert!(TelUri::local("+1", "a").is_err() && TelUri::local("1;x", "a").is_err());
        assert!(TelUri::local("1", "a b").is_err() && TelUri::local("1", "a;x").is_err());
        let uri = TelUri::global("+1").unwrap();
        for (name, value) in [("", None), ("a b", None), ("ext", Some("x")), ("ext", None), ("x", Some(""))] {
            assert_eq!(uri.with_param(name, value).unwrap_err().rule(), "uri-parameter", "{name}");
        }
    }
}
