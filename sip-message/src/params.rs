//! Header field parameters (RFC 3261 §7.3.1 and `generic-param` of §25.1).

mod grammar;

pub(crate) use grammar::{auth_params, only_params, params};

use crate::grammar::write_quoted;
use std::borrow::Cow;

/// The parameters of a header field value, in their order; names are compared without regard to case (RFC 3261
/// §7.3.1, §25.1).
///
/// ```
/// # use sip_message::{Contact, Header};
/// let contact = Contact::decode("<sip:a@b.example>;Q=0.5;+sip.instance=\"<urn:uuid:1>\";ob")?;
/// let params = contact.params().unwrap();
/// assert_eq!(params.get("q"), Some("0.5"));
/// assert_eq!(params.get("+sip.instance"), Some("<urn:uuid:1>"));
/// assert!(params.contains("ob") && params.get("ob").is_none());
/// # Ok::<_, sip_message::HeaderError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params {
    list: Vec<Param>,
    comment: Option<Box<str>>,
}

/// One parameter: a name, and a value that may be quoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Param {
    name: Cow<'static, str>,
    value: Option<(String, bool)>,
}

/// Names that need no text of their own.
const USUAL_NAMES: [&str; 8] = ["tag", "branch", "rport", "received", "lr", "expires", "q", "ob"];

impl Param {
    /// A parameter with the value and whether that is quoted.
    pub(crate) fn new(name: &str, value: Option<(String, bool)>) -> Self {
        let known = USUAL_NAMES.iter().find(|known| **known == name);
        Self { name: known.map_or_else(|| Cow::Owned(name.to_owned()), |known| Cow::Borrowed(*known)), value }
    }

    /// A parameter out of a message: its name, and its value with whether that is quoted.
    pub(crate) fn of_text((name, value): (&str, Option<(&str, bool)>)) -> Self {
        Self::new(name, value.map(|(value, quoted)| (value.to_owned(), quoted)))
    }

    fn encode(&self, out: &mut String) {
        out.push_str(&self.name);
        if let Some((value, quoted)) = &self.value {
            out.push('=');
            if *quoted { write_quoted(value, out) } else { out.push_str(value) }
        }
    }
}

impl Params {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new(), comment: None }
    }

    /// Gives the first parameter called `name` the value, as it stands; without one, appends it. `None` makes it a
    /// flag. A value that is no token or host belongs into [`set_quoted`](Self::set_quoted).
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.replace(Param::new(name, value.map(|value| (value.to_owned(), false))));
    }

    /// Like [`set`](Self::set), with the value between quotes and escaped as needed.
    pub fn set_quoted(&mut self, name: &str, value: &str) {
        self.replace(Param::new(name, Some((value.to_owned(), true))));
    }

    /// Removes every parameter called `name`; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|param| !param.name.eq_ignore_ascii_case(name));
        self.list.len() < before
    }

    /// The value of the first parameter called `name`, without quotes; `None` if there is no such parameter or it
    /// has no value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name)?.value.as_ref().map(|(value, _)| value.as_str())
    }

    /// Whether there is a parameter called `name`, with or without a value.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Names and values, without quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.list.iter().map(|param| (&*param.name, param.value.as_ref().map(|(value, _)| value.as_str())))
    }

    /// How many parameters there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The comment behind the parameters, without its parentheses; RFC 2543 has one in Contact (§6.13) and Via
    /// (§6.40).
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Appends `;name=value` for each parameter, and the comment.
    pub fn encode(&self, out: &mut String) {
        for param in &self.list {
            out.push(';');
            param.encode(out);
        }
        if let Some(comment) = &self.comment {
            out.push_str(" (");
            out.push_str(comment);
            out.push(')');
        }
    }

    /// Appends `name=value, name=value`, the form of challenges and credentials.
    pub(crate) fn encode_with_commas(&self, out: &mut String) {
        for (index, param) in self.list.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            param.encode(out);
        }
    }

    /// Appends the parameters behind `prefix`; behind an empty one the first has no semicolon.
    pub(crate) fn encode_behind(&self, prefix: &str, out: &mut String) {
        out.push_str(prefix);
        let start = out.len();
        self.encode(out);
        if prefix.is_empty() && out.len() > start {
            out.remove(start);
        }
    }

    /// The `q` parameter, a weight from 0 to 1 (RFC 3261 §25.1, `qvalue`).
    pub(crate) fn q(&self) -> Option<f32> {
        self.get("q")?.parse().ok().filter(|q| (0.0..=1.0).contains(q))
    }

    /// The same parameters behind `first`.
    pub(crate) fn behind(mut self, first: Param) -> Self {
        self.list.insert(0, first);
        self
    }

    /// The same parameters in front of a comment.
    pub(crate) fn commented(mut self, comment: Option<&str>) -> Self {
        self.comment = comment.map(Box::from);
        self
    }

    pub(crate) const fn from_list(list: Vec<Param>) -> Self {
        Self { list, comment: None }
    }

    fn find(&self, name: &str) -> Option<&Param> {
        self.list.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    fn replace(&mut self, param: Param) {
        match self.list.iter_mut().find(|old| old.name.eq_ignore_ascii_case(&param.name)) {
            Some(old) => *old = param,
            None => {
                // Most values have one parameter, and many live as long as a dialog.
                self.list.reserve_exact(1);
                self.list.push(param);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_replaces_in_place() {
        let mut params = Params::new();
        params.set("branch", Some("z9hG4bK1"));
        params.set("rport", None);
        params.set_quoted("text", "a \"b\"");
        params.set("RPORT", Some("5060"));
        let mut out = String::new();
        params.encode(&mut out);
        assert_eq!(out, r#";branch=z9hG4bK1;RPORT=5060;text="a \"b\"""#);
        assert_eq!(params.iter().last(), Some(("text", Some("a \"b\""))));
        assert!(params.remove("Branch") && !params.remove("branch"));
        assert_eq!(params.len(), 2);
    }
}
