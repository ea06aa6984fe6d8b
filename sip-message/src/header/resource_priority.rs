//! Resource-Priority and Accept-Resource-Priority: which calls come first when resources are scarce (RFC 4412 §3.1, §3.2).

use crate::grammar::{Fault, Parsed, decode, token};
use crate::{Header, HeaderError, HeaderName};
use nom::Err;

/// Declares a list of priorities in namespaces.
macro_rules! resource_priority_header {
    ($(#[$doc:meta])* $name:ident, MAY_BE_EMPTY = $empty:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name {
            /// The namespace, e.g. `dsn`.
            pub namespace: String,
            /// The priority in it, e.g. `flash`.
            pub priority: String,
        }

        impl Header for $name {
            const NAME: HeaderName = HeaderName::$name;
            const LIST: bool = true;
            const MAY_BE_EMPTY: bool = $empty;

            /// `r-value = namespace "." r-priority`
            fn decode(value: &str) -> Result<Self, HeaderError> {
                let (namespace, priority) = decode(&Self::NAME, value, r_value)?;
                Ok(Self { namespace: namespace.to_owned(), priority: priority.to_owned() })
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.namespace);
                out.push('.');
                out.push_str(&self.priority);
            }
        }
    };
}

resource_priority_header! {
    /// One priority that a request asks for (RFC 4412 §3.1).
    ResourcePriority, MAY_BE_EMPTY = false
}

resource_priority_header! {
    /// One priority that a server knows (RFC 4412 §3.2).
    AcceptResourcePriority, MAY_BE_EMPTY = true
}

/// `r-value = namespace "." r-priority`, both without dots.
fn r_value(input: &str) -> Parsed<'_, (&str, &str)> {
    let (rest, text) = token(input)?;
    match text.split_once('.') {
        Some((namespace, priority))
            if !namespace.is_empty() && !priority.is_empty() && !priority.contains('.') =>
        {
            Ok((rest, (namespace, priority)))
        }
        Some(_) | None => Err(Err::Error(Fault::new(input, "r-value"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::round_trip;

    #[test]
    fn a_priority_has_a_namespace() {
        let value = round_trip::<ResourcePriority>("dsn.flash");
        assert_eq!((value.namespace.as_str(), value.priority.as_str()), ("dsn", "flash"));
        assert_eq!(round_trip::<AcceptResourcePriority>("wps.3").priority, "3");
        for text in ["", "dsn", "dsn.", ".flash", "a.b.c"] {
            assert!(ResourcePriority::decode(text).is_err(), "{text}");
        }
    }
}
