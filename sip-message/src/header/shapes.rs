//! The shapes that header field values come in: one token, text, one number, an address, a value with parameters
//! (RFC 3261 §7.3.1, §25.1). A header of a shape is its name and its documentation.

/// Implements [`Header`](crate::Header) for a newtype around one token, list or not.
macro_rules! token_header {
    ($(#[$doc:meta])* $name:ident, LIST = $list:literal $(, MAY_BE_EMPTY = $empty:literal)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub String);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;
            const LIST: bool = $list;
            $(const MAY_BE_EMPTY: bool = $empty;)?

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                crate::grammar::decode(&Self::NAME, value, crate::grammar::token).map(|text| Self(text.to_owned()))
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0);
            }
        }
    };
}

/// Implements [`Header`](crate::Header) for a newtype around free text.
macro_rules! text_header {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub String);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                Ok(Self(value.trim_matches(crate::grammar::is_lws).to_owned()))
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0);
            }
        }
    };
}

/// Implements [`Header`](crate::Header) for a newtype around one number.
macro_rules! number_header {
    ($(#[$doc:meta])* $name:ident($number:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                // Nothing but digits is the usual form; the grammar reads the rest.
                let plain = crate::grammar::digits(value.as_bytes());
                match plain.and_then(|number| <$number>::try_from(number).ok()) {
                    Some(number) => Ok(Self(number)),
                    None => crate::grammar::decode(&Self::NAME, value, crate::grammar::number).map(Self),
                }
            }

            fn encode(&self, out: &mut String) {
                out.push_str(&self.0.to_string());
            }
        }
    };
}

/// Implements [`Header`](crate::Header) for a newtype around a [`NameAddr`](crate::NameAddr).
macro_rules! name_addr_header {
    ($(#[$doc:meta])* $name:ident, LIST = $list:literal $(, MAY_BE_EMPTY = $empty:literal)?) => {
        crate::header::name_addr_header! {
            $(#[$doc])* $name, NAME = crate::HeaderName::$name, LIST = $list $(, MAY_BE_EMPTY = $empty)?
        }
    };
    (
        $(#[$doc:meta])* $name:ident, NAME = $header:expr, LIST = $list:literal $(, MAY_BE_EMPTY = $empty:literal)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub crate::NameAddr);

        impl crate::Header for $name {
            const NAME: crate::HeaderName = $header;
            const LIST: bool = $list;
            $(const MAY_BE_EMPTY: bool = $empty;)?

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                crate::NameAddrRef::parse(&Self::NAME, value).map(|addr| Self(addr.into_name_addr()))
            }

            fn encode(&self, out: &mut String) {
                self.0.encode(out);
            }
        }
    };
}

/// Implements [`Header`](crate::Header) for a record of one value and the parameters behind it. `$read` is the grammar
/// rule of the value, `$write` prints it; without, it prints itself.
macro_rules! params_header {
    (
        $(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty = $read:path },
        LIST = $list:literal $(, MAY_BE_EMPTY = $empty:literal)?
    ) => {
        crate::header::params_header! {
            $(#[$doc])*
            $name { $(#[$field_doc])* $field: $type = $read => crate::grammar::write_plain },
            LIST = $list $(, MAY_BE_EMPTY = $empty)?
        }
    };
    (
        $(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty = $read:path => $write:path },
        LIST = $list:literal $(, MAY_BE_EMPTY = $empty:literal)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: $type,
            /// The parameters behind it, in their order.
            pub params: crate::Params,
        }

        impl $name {
            /// The value without parameters.
            #[must_use]
            pub fn new($field: impl Into<$type>) -> Self {
                Self { $field: $field.into(), params: crate::Params::new() }
            }
        }

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;
            const LIST: bool = $list;
            $(const MAY_BE_EMPTY: bool = $empty;)?

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                let parser = ($read, crate::params::params);
                let (value, params) = crate::grammar::decode(&Self::NAME, value, parser)?;
                Ok(Self { params, ..Self::new(value) })
            }

            fn encode(&self, out: &mut String) {
                $write(&self.$field, out);
                self.params.encode(out);
            }
        }
    };
}

/// Implements [`Header`](crate::Header) for a record of parameters alone: behind a star, or as a list that begins
/// without a semicolon.
macro_rules! only_params_header {
    ($(#[$doc:meta])* $name:ident, PREFIX = $prefix:literal, LIST = $list:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name {
            /// The parameters, in their order.
            pub params: crate::Params,
        }

        impl crate::Header for $name {
            const NAME: crate::HeaderName = crate::HeaderName::$name;
            const LIST: bool = $list;

            fn decode(value: &str) -> Result<Self, crate::HeaderError> {
                let parser = crate::params::only_params($prefix);
                crate::grammar::decode(&Self::NAME, value, parser).map(|params| Self { params })
            }

            fn encode(&self, out: &mut String) {
                self.params.encode_behind($prefix, out);
            }
        }
    };
}

pub(super) use {
    name_addr_header, number_header, only_params_header, params_header, text_header, token_header,
};
