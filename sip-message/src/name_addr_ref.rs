//! Addresses read in place: `name-addr` and `addr-spec` with parameters (RFC 3261 §20.10, §25.1).

use crate::grammar::{Class, decode, quoted_string, unfold};
use crate::name_addr::name_addr;
use crate::params_ref::UsualParams;
use crate::{HeaderError, HeaderName, NameAddr, ParamsRef};
use memchr::{memchr, memchr2};
use sip_uri::{Mode, SipUriRef, Uri};

/// An address in a message: what [`NameAddr`] is, without allocation where the message has it in its usual form (RFC
/// 3261 §20.10, §25.1).
///
/// ```
/// use sip_message::{HeaderName, Message};
///
/// let message = Message::parse("BYE sip:b@c SIP/2.0\r\nf: \"Bob\" <sip:bob@b.example>;tag=a7\r\n\r\n".into())?;
/// let from = message.headers().address(&HeaderName::From)?.unwrap();
/// assert_eq!((from.display_name(), from.tag()), (Some("Bob"), Some("a7")));
/// assert_eq!((from.uri(), from.sip_uri().unwrap().raw_user()), ("sip:bob@b.example", Some("bob")));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NameAddrRef<'a> {
    display_name: Option<Text<'a>>,
    uri: UriForm<'a>,
    params: ParamsRef<'a>,
}

#[derive(Clone, Debug)]
enum Text<'a> {
    Plain(&'a str),
    Owned(String),
}

#[derive(Clone, Debug)]
enum UriForm<'a> {
    /// A SIP or SIPS URI, taken apart.
    Plain(SipUriRef<'a>),
    Owned(Box<Uri>),
}

impl<'a> NameAddrRef<'a> {
    /// Reads a value of the field `name`. The usual form is read in place; any other one by the grammar that
    /// [`NameAddr`] is read with, so that both always agree.
    pub(crate) fn parse(name: &HeaderName, value: &'a str) -> Result<Self, HeaderError> {
        if let Some(usual) = UsualAddr::whole(value) {
            return Ok(usual.into());
        }
        match Self::plain(value) {
            Some(plain) => Ok(plain),
            None => decode(name, &unfold(value), name_addr).map(Self::owned),
        }
    }

    /// The name for people, without quotes and backslashes.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_ref().map(|name| match name {
            Text::Plain(name) => name,
            Text::Owned(name) => name.as_str(),
        })
    }

    /// The text of the address.
    #[must_use]
    pub fn uri(&self) -> &str {
        match &self.uri {
            UriForm::Plain(uri) => uri.as_str(),
            UriForm::Owned(uri) => uri.as_str(),
        }
    }

    /// The address, if it is a SIP or SIPS URI.
    #[must_use]
    pub fn sip_uri(&self) -> Option<SipUriRef<'_>> {
        match &self.uri {
            UriForm::Plain(uri) => Some(*uri),
            UriForm::Owned(uri) => SipUriRef::parse(uri.as_sip()?.as_str(), Mode::Lenient).ok(),
        }
    }

    /// The parameters behind the address.
    #[must_use]
    pub const fn params(&self) -> &ParamsRef<'a> {
        &self.params
    }

    /// The `tag` parameter; `None` also for an empty one.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// Whether it was read in place.
    pub(crate) const fn is_usual(&self) -> bool {
        matches!(self.uri, UriForm::Plain(_))
    }

    /// The same address with texts of its own.
    #[must_use]
    pub fn to_name_addr(&self) -> NameAddr {
        let uri = match &self.uri {
            UriForm::Plain(uri) => Uri::Sip((*uri).into()),
            UriForm::Owned(uri) => (**uri).clone(),
        };
        let display_name = self.display_name().map(str::to_owned);
        NameAddr { display_name, uri, params: self.params.to_params().into_owned() }
    }

    /// The same as [`to_name_addr`](Self::to_name_addr), without a copy of what is owned already.
    pub(crate) fn into_name_addr(self) -> NameAddr {
        match self {
            Self { display_name, uri: UriForm::Owned(uri), params } => NameAddr {
                display_name: display_name.map(|name| match name {
                    Text::Plain(name) => name.to_owned(),
                    Text::Owned(name) => name,
                }),
                uri: *uri,
                params: params.to_params().into_owned(),
            },
            Self { uri: UriForm::Plain(_), .. } => self.to_name_addr(),
        }
    }

    /// `["display name" / *(token SP)] "<" SIP-URI ">" params` or `SIP-URI params`, if that is all there is to it.
    pub(crate) fn plain(value: &'a str) -> Option<Self> {
        let (display_name, rest) = plain_display_name(value)?;
        if let Some(inside) = rest.strip_prefix('<') {
            let (addr, behind) = Self::bracketed(display_name, inside)?;
            return behind.is_empty().then_some(addr);
        }
        let (uri, params) = rest.split_at_checked(memchr(b';', rest.as_bytes()).unwrap_or(rest.len()))?;
        let uri = UriForm::Plain(SipUriRef::parse(uri, Mode::Lenient).ok()?);
        Some(Self { display_name: None, uri, params: ParamsRef::plain(params)? })
    }

    /// The first address of a list, if it stands in brackets and has its usual form, and what stands behind it:
    /// nothing, or a comma and more.
    pub(crate) fn plain_element(value: &'a str) -> Option<(Self, &'a str)> {
        let (display_name, rest) = plain_display_name(value)?;
        Self::bracketed(display_name, rest.strip_prefix('<')?)
    }

    /// `SIP-URI ">" params`, and what stands behind it.
    fn bracketed(display_name: Option<Text<'a>>, inside: &'a str) -> Option<(Self, &'a str)> {
        let (uri, behind) = split_once(b'>', inside)?;
        let uri = UriForm::Plain(SipUriRef::parse(uri, Mode::Lenient).ok()?);
        let (params, behind) = UsualParams::prefix(behind)?;
        Some((Self { display_name, uri, params: params.into() }, behind))
    }

    fn owned(addr: NameAddr) -> Self {
        Self {
            display_name: addr.display_name.map(Text::Owned),
            uri: UriForm::Owned(Box::new(addr.uri)),
            params: ParamsRef::owned(addr.params),
        }
    }
}

/// An address in its most usual form: in brackets, no backslash in the name, a URI that is read in one pass. It is what
/// [`NameAddrRef`] is before it has anything to drop, so that compilers write it but once: where it is to stay.
#[derive(Clone, Copy)]
pub(crate) struct UsualAddr<'a> {
    display_name: Option<&'a str>,
    uri: SipUriRef<'a>,
    params: UsualParams<'a>,
}

impl<'a> UsualAddr<'a> {
    /// The first address of a list, and what stands behind it: nothing, or a comma and more.
    #[inline(always)]
    pub(crate) fn prefix(value: &'a str) -> Option<(Self, &'a str)> {
        let (display_name, inside) = usual_display_name(value)?;
        let (uri, behind) = SipUriRef::usual_prefix(inside)?;
        let (params, behind) = UsualParams::prefix(behind.strip_prefix('>')?)?;
        Some((Self { display_name, uri, params }, behind))
    }

    /// The only address.
    #[inline(always)]
    pub(crate) fn whole(value: &'a str) -> Option<Self> {
        Self::prefix(value).filter(|(_, behind)| behind.is_empty()).map(|(addr, _)| addr)
    }

    /// The same if the address has no other parameter; then it ends with the tag, or without one.
    pub(crate) fn sole_tag(&self) -> Option<&'a str> {
        self.params.sole("tag")
    }

    /// The `tag` parameter, empty where there is none.
    pub(crate) fn tag(&self) -> &'a str {
        self.params.get("tag").unwrap_or_default()
    }
}

impl<'a> From<UsualAddr<'a>> for NameAddrRef<'a> {
    #[inline(always)]
    fn from(addr: UsualAddr<'a>) -> Self {
        let UsualAddr { display_name, uri, params } = addr;
        Self { display_name: display_name.map(Text::Plain), uri: UriForm::Plain(uri), params: params.into() }
    }
}

/// What stands before and behind the first `byte`, which is ASCII.
fn split_once(byte: u8, text: &str) -> Option<(&str, &str)> {
    let at = memchr(byte, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The display name in front of `<`, if it has its usual form, and the rest with that bracket.
fn plain_display_name(value: &str) -> Option<(Option<Text<'_>>, &str)> {
    if !value.starts_with('"') {
        if let Some((name, inside)) = usual_display_name(value) {
            return Some((name.map(Text::Plain), value.get(value.len() - inside.len() - 1..)?));
        }
        let (words, _) = Class::WORDS.split(value)?;
        return (!words.contains(' ')).then_some((None, value));
    }
    let (name, rest) = quoted_name(value)?;
    let rest = rest.trim_start_matches(' ');
    rest.starts_with('<').then_some((name, rest))
}

/// The display name in front of `<`, if it has no backslash, and what stands behind that bracket.
#[inline(always)]
fn usual_display_name(value: &str) -> Option<(Option<&str>, &str)> {
    if let Some(inside) = value.strip_prefix('<') {
        return Some((None, inside));
    }
    if let Some(quoted) = value.strip_prefix('"') {
        let (name, behind) = Class::QUOTED.split(quoted)?;
        let behind = behind.strip_prefix('"')?;
        let inside =
            behind.strip_prefix(" <").or_else(|| behind.trim_start_matches(' ').strip_prefix('<'))?;
        return Some((Some(name).filter(|name| !name.is_empty()), inside));
    }
    let (words, behind) = Class::WORDS.split(value)?;
    let name = words.trim_end_matches(' ');
    let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    Some((Some(name), behind.strip_prefix('<').filter(|_| is_name)?))
}

/// The name between the quotes that `value` begins with, if there is one, and the rest.
fn quoted_name(value: &str) -> Option<(Option<Text<'_>>, &str)> {
    let (name, rest) = Class::QUOTED.split(value.get(1..)?)?;
    if let Some(rest) = rest.strip_prefix('"') {
        return Some((Some(Text::Plain(name)).filter(|_| !name.is_empty()), rest));
    }
    let (rest, name) = quoted_string(value).ok()?;
    let is_one_line = memchr2(b'\r', b'\n', name.as_bytes()).is_none();
    is_one_line.then_some((Some(Text::Owned(name)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_owned_addresses_agree() {
        for text in [
            "<sip:a@b>;tag=1",
            "Bob  Smith <sip:a@b;lr>",
            "\"B, \u{e9}\"<sips:a@b>",
            "sip:a@b:5060;tag=2;x=\"y\"",
            "\"\" <sip:a@b>",
            "\"a\\\"b\" <sip:a@b>",
            "\"a\\\"b\" <sip:a@b>;tag=1",
            "\"a\\\r\n b\" <sip:a@b>",
            "\"a\\\" <sip:a@b>",
            "\"a\\\\\"<sip:a@b>",
            "sip:a@b ; tag=7",
            "< sip:a@b >",
            "<tel:+1>;x",
            "sip:a@b?x=y",
            "! <sip:a@b>",
            ": <sip:a@b>",
            "<sip:a@b>; tag=",
            "\"open <sip:a@b>",
            "<sip:a@b",
            "",
            "*",
            "a b",
            "sip:a@b>c",
            "\"a\" sip:b@c;tag=x",
            "Bob sip:b@c",
            "<sip:a@b> x",
            " <sip:a@b> ",
            "<sip:a\r\n @b>",
            "\"a\r\n b\" <sip:a@b>",
        ] {
            let view = NameAddrRef::parse(&HeaderName::To, text);
            let owned = decode(&HeaderName::To, &unfold(text), name_addr);
            if let Some(usual) = UsualAddr::whole(text) {
                assert_eq!(Ok(NameAddrRef::from(usual).to_name_addr()), owned, "{text}");
            }
            assert_eq!(view.clone().map(|view| view.to_name_addr()), owned.clone(), "{text}");
            if let (Ok(view), Ok(owned)) = (view, owned) {
                assert_eq!(
                    (view.display_name(), view.uri()),
                    (owned.display_name.as_deref(), owned.uri.as_str())
                );
                assert_eq!(view.tag(), owned.tag());
                assert_eq!(view.sip_uri().is_some(), owned.uri.as_sip().is_some());
            }
        }
    }
}
