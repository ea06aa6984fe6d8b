//! Header field parameters read in place (RFC 3261 §7.3.1, `generic-param` of §25.1).

use crate::Params;
use crate::grammar::Class;
use crate::params::Param;
use std::borrow::Cow;

/// The parameters of a value in a message: what [`Params`] are, without allocation where the message has them in
/// their usual form (RFC 3261 §7.3.1, §25.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamsRef<'a>(Form<'a>);

/// How the parameters are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form<'a> {
    /// `*(";" token ["=" (token / host / quoted-string)])` without white space and backslashes, checked.
    Plain(&'a str),
    /// Anything else that can be read.
    Owned(Params),
}

impl<'a> ParamsRef<'a> {
    /// The parameters in `text`, if it has them in their usual form.
    pub(crate) fn plain(text: &'a str) -> Option<Self> {
        UsualParams::prefix(text).filter(|(_, behind)| behind.is_empty()).map(|(params, _)| params.into())
    }

    pub(crate) const fn owned(params: Params) -> Self {
        Self(Form::Owned(params))
    }

    /// The value of the first parameter called `name`, without quotes; `None` if there is no such parameter or it
    /// has no value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Form::Plain(text) => Plain(text).value_of(name),
            Form::Owned(params) => params.get(name),
        }
    }

    /// Whether there is a parameter called `name`, with or without a value.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    /// Names and values, without quotes, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let (plain, owned) = match &self.0 {
            Form::Plain(text) => (Some(Plain(text)), None),
            Form::Owned(params) => (None, Some(params.iter())),
        };
        plain.into_iter().flatten().chain(owned.into_iter().flatten())
    }

    /// The same parameters with texts of their own.
    #[must_use]
    pub fn to_params(&self) -> Cow<'_, Params> {
        match &self.0 {
            Form::Plain(text) => {
                let mut list = Vec::with_capacity(Plain(text).count());
                list.extend(Plain(text).written().map(Param::of_text));
                Cow::Owned(Params::from_list(list))
            }
            Form::Owned(params) => Cow::Borrowed(params),
        }
    }
}

/// Parameters in their usual form, checked; [`ParamsRef`] before it has anything to drop.
#[derive(Clone, Copy)]
pub(crate) struct UsualParams<'a>(&'a str);

impl<'a> UsualParams<'a> {
    /// The parameters in front of `text`, if they have their usual form, and what stands behind them: nothing, or a
    /// comma and more.
    #[inline(always)]
    pub(crate) fn prefix(text: &'a str) -> Option<(Self, &'a str)> {
        let mut rest = text.as_bytes();
        while let [b';', tail @ ..] = rest {
            rest = plain_param(tail)?;
        }
        let (params, behind) = text.split_at_checked(text.len() - rest.len())?;
        matches!(rest, [] | [b',', ..]).then_some((Self(params), behind))
    }

    /// The value of the parameter called `name` if that is the only one and not quoted; empty where there is no
    /// parameter at all.
    pub(crate) fn sole(&self, name: &str) -> Option<&'a str> {
        let Some(param) = self.0.strip_prefix(';') else { return Some("") };
        let (found, value) = param.split_at_checked(name.len())?;
        let value = value.strip_prefix('=').filter(|_| found.eq_ignore_ascii_case(name))?;
        (!value.contains([';', '"'])).then_some(value)
    }

    /// As [`ParamsRef::get`].
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        Plain(self.0).value_of(name)
    }
}

impl<'a> From<UsualParams<'a>> for ParamsRef<'a> {
    fn from(params: UsualParams<'a>) -> Self {
        Self(Form::Plain(params.0))
    }
}

/// One parameter behind its semicolon; what follows it.
fn plain_param(bytes: &[u8]) -> Option<&[u8]> {
    match some(Class::TOKEN, bytes)? {
        [b'=', b'"', quoted @ ..] => Class::QUOTED.behind(quoted).strip_prefix(b"\""),
        [b'=', value @ ..] => some(Class::VALUE, value),
        behind => Some(behind),
    }
}

/// What follows the bytes in front that belong to `class`; there must be one.
fn some(class: Class, bytes: &[u8]) -> Option<&[u8]> {
    let behind = class.behind(bytes);
    (behind.len() < bytes.len()).then_some(behind)
}

/// The parameters of a checked text.
struct Plain<'a>(&'a str);

impl<'a> Plain<'a> {
    /// The value of the first parameter called `name`; nothing else is looked into.
    fn value_of(self, name: &str) -> Option<&'a str> {
        let mut rest = self.0;
        while let Some(param) = rest.strip_prefix(';') {
            let behind = plain_param(param.as_bytes())?;
            let (written, following) = param.split_at_checked(param.len() - behind.len())?;
            rest = following;
            let Some((found, value)) = written.split_at_checked(name.len()) else { continue };
            if !found.eq_ignore_ascii_case(name) || !matches!(value.as_bytes(), [] | [b'=', ..]) {
                continue;
            }
            let value = value.strip_prefix('=')?;
            return Some(
                value.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(value),
            );
        }
        None
    }

    /// Names, and values with whether they stand between quotes.
    fn written(mut self) -> impl Iterator<Item = (&'a str, Option<(&'a str, bool)>)> {
        std::iter::from_fn(move || self.next_written())
    }

    fn next_written(&mut self) -> Option<(&'a str, Option<(&'a str, bool)>)> {
        let text = self.0.strip_prefix(';')?;
        let end = text.bytes().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        let Some(value) = rest.strip_prefix('=') else {
            self.0 = rest;
            return Some((name, None));
        };
        let (value, rest) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').map(|(value, rest)| ((value, true), rest))?,
            None => {
                let end = value.bytes().position(|byte| byte == b';').unwrap_or(value.len());
                value.split_at_checked(end).map(|(value, rest)| ((value, false), rest))?
            }
        };
        self.0 = rest;
        Some((name, Some(value)))
    }
}

impl<'a> Iterator for Plain<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_written().map(|(name, value)| (name, value.map(|(value, _)| value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_parameters_read_as_the_owned_ones() {
        for text in
            ["", ";tag=1", ";a;b=\"x;y\";c=[::1]:5", ";q=\"\";d", ";A=1;a=2", ";aa=1;b;a=\"3\"", ";ab=1"]
        {
            let view = ParamsRef::plain(text).unwrap();
            let params = view.to_params();
            assert!(view.iter().eq(params.iter()), "{text}");
            for name in ["a", "b", "q", "tag"] {
                assert_eq!(view.get(name), params.get(name), "{name} of {text}");
            }
            assert_eq!(view.contains("D"), params.contains("d"));
        }
    }

    #[test]
    fn other_forms_are_left_to_the_grammar() {
        for text in [" ;a", ";", ";;a", ";a=", ";a=\"\\x\"", ";a=\"x", ";a=b c", ";a=\u{e9}", "x"] {
            assert_eq!(ParamsRef::plain(text), None, "{text}");
        }
    }
}
