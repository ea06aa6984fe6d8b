//! Findings of the lint as records; the rule is found again by its name (RFC 3261 §20).

use crate::{Finding, Severity, rules};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    rule: Cow<'a, str>,
    section: Cow<'a, str>,
    severity: Cow<'a, str>,
    start: usize,
    end: usize,
    message: Cow<'a, str>,
    remedy: Cow<'a, str>,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let span = self.span();
        Record {
            rule: self.rule().id().into(),
            section: self.section().into(),
            severity: self.severity().as_str().into(),
            start: span.start,
            end: span.end,
            message: self.message().into(),
            remedy: self.remedy().into(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        let rule = rules()
            .find(|rule| rule.id() == record.rule)
            .ok_or_else(|| D::Error::custom(format_args!("no rule is called {}", record.rule)))?;
        if record.severity != rule.severity().as_str() {
            return Err(D::Error::custom(format_args!("{} has severity {}", rule.id(), rule.severity())));
        }
        if record.start > record.end {
            return Err(D::Error::custom("the span ends before it starts"));
        }
        let finding = Self::new(rule, record.start..record.end).by(record.section.into_owned());
        Ok(finding.saying(record.message.into_owned()).remedied_by(record.remedy.into_owned()))
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        [Self::Note, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| D::Error::custom("note, warning or error expected"))
    }
}
