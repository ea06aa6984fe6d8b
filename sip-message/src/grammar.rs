//! The shared rules of RFC 3261 §25.1 that header values are made of, as nom parsers over unfolded text.
//!
//! They are lenient where deployed equipment is: white space may stand around every separator, and text that is not
//! ASCII may stand in words and quoted strings. nom does not leave this crate.

mod class;
mod fault;
mod lexical;
mod number;

pub(crate) use class::Class;
pub(crate) use fault::{Fault, Parsed, decode, rule};
pub(crate) use lexical::{
    callid, comment, comment_length, is_lws, lws, method, quoted_string, separator, some_lws, token,
    token_or_quoted, unfold, unseparated, write_plain, write_quoted, write_token_or_quoted,
};
pub(crate) use number::{digits, number};
