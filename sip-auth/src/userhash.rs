//! Users recognised by their hashed names: RFC 7616 §3.4.4.

use crate::{Algorithm, digest};
use std::collections::BTreeMap;

/// The usernames of one realm by their hashes under each hash function.
pub(crate) struct HashedUsernames {
    names: BTreeMap<String, String>,
}

impl HashedUsernames {
    pub(crate) fn new<'a>(
        algorithms: &[Algorithm],
        realm: &str,
        usernames: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut names = BTreeMap::new();
        for username in usernames {
            for algorithm in algorithms {
                names.insert(digest::userhash(*algorithm, username, realm), username.to_owned());
            }
        }
        Self { names }
    }

    /// The username with this hash, letter case of the digits ignored.
    pub(crate) fn find(&self, hash: &str) -> Option<&str> {
        self.names.get(&hash.to_ascii_lowercase()).map(String::as_str)
    }
}
