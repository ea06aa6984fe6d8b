//! Deviations of URIs as records, their kinds by name (RFC 3261 §19.1.1).

use crate::{UriDeviation, UriDeviationKind};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

impl Serialize for UriDeviationKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for UriDeviationKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        let kind = Self::ALL.iter().find(|kind| kind.name() == name);
        kind.copied().ok_or_else(|| D::Error::custom(format_args!("no deviation is called {name}")))
    }
}

/// What a deviation is written as; section and message say what the name stands for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    name: UriDeviationKind,
    #[serde(default)]
    section: Cow<'a, str>,
    start: usize,
    end: usize,
    #[serde(default)]
    message: Cow<'a, str>,
}

impl Serialize for UriDeviation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { kind, span } = self;
        Record {
            name: *kind,
            section: kind.section().into(),
            start: span.start,
            end: span.end,
            message: kind.description().into(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UriDeviation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        if record.start > record.end {
            return Err(D::Error::custom("the span ends before it starts"));
        }
        Ok(Self { kind: record.name, span: record.start..record.end })
    }
}
