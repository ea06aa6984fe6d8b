//! Temporary GRUUs: URIs that show neither whom they lead to nor which of them lead to one user agent (RFC 5627 §3.1.2, §5.4).
//!
//! There is a new one with each REGISTER, and all of a registration stay valid. To keep none of them, each is a number of the
//! registration, sealed under a key of this server as appendix A.2 has it: `tgruu.`, 80 random bits, the number hidden by
//! them, and a keyed hash of both. What the number means, and whether it still means anything, the location service knows.

use sha2::{Digest, Sha512_256};
use sip_clock::TokenSource;
use sip_uri::SipUri;

/// Makes temporary GRUUs and recognises them.
pub(crate) struct Mint {
    key: [u8; 32],
    next: u64,
    tokens: TokenSource,
}

impl Mint {
    /// The seed has to be random; GRUUs of another one are void.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let mut tokens = TokenSource::new(seed);
        Self { key: tokens.seed(), next: 0, tokens }
    }

    /// A number that no registration has had.
    pub(crate) const fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A new temporary GRUU with this number, in the domain of `aor`.
    // rfc5627#5.1: equal to no other one, and no two of them show whether they belong together
    pub(crate) fn make(&mut self, aor: &SipUri, number: u64) -> SipUri {
        let chance = self.tokens.token(CHANCE);
        let hidden = format!("{:016x}", number ^ self.veil(&chance));
        let user = format!("{PREFIX}{chance}{hidden}{}", self.seal(&chance, &hidden));
        SipUri::new(aor.host().clone()).with_scheme(aor.scheme()).with_user(&user).with_param("gr", None)
    }

    /// The number in a GRUU that was made here; `None` for what was not.
    pub(crate) fn read(&self, uri: &SipUri) -> Option<u64> {
        let user = uri.user()?;
        let (chance, rest) = user.strip_prefix(PREFIX)?.split_at_checked(CHANCE)?;
        let (hidden, seal) = rest.split_at_checked(16)?;
        if seal != self.seal(chance, hidden) {
            return None;
        }
        Some(u64::from_str_radix(hidden, 16).ok()? ^ self.veil(chance))
    }

    /// What hides the number.
    fn veil(&self, chance: &str) -> u64 {
        self.hash(b"number", &[chance]).first_chunk().copied().map_or(0, u64::from_be_bytes)
    }

    /// Who does not have the key cannot make this up: 80 bits.
    fn seal(&self, chance: &str, hidden: &str) -> String {
        let hash = self.hash(b"sealed", &[chance, hidden]);
        hash.iter().take(10).map(|octet| format!("{octet:02x}")).collect()
    }

    // SHA-512/256 shows half of its state, so a key in front makes a MAC that cannot be extended
    fn hash(&self, purpose: &[u8; 6], texts: &[&str]) -> [u8; 32] {
        let keyed = Sha512_256::new().chain_update(self.key).chain_update(purpose);
        texts.iter().fold(keyed, |hash, text| hash.chain_update(text)).finalize().into()
    }
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mint").field("next", &self.next).finish_non_exhaustive()
    }
}

/// What the user part begins with, as in the examples of RFC 5627.
const PREFIX: &str = "tgruu.";
/// Characters of five random bits each.
const CHANCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn aor() -> SipUri {
        "sips:alice@example.test".parse().unwrap()
    }

    // rfc5627#5.1, type=test
    #[test]
    fn each_is_new_and_only_its_maker_knows_what_it_means() {
        let mut mint = Mint::new([7; 32]);
        let (one, other) = (mint.number(), mint.number());
        let made: Vec<SipUri> = [one, one, other].map(|number| mint.make(&aor(), number)).to_vec();
        assert_eq!(made.iter().map(|gruu| mint.read(gruu)).collect::<Vec<_>>(), [one, one, other].map(Some));
        let text = made[0].to_string();
        assert!(text.starts_with("sips:tgruu.") && text.ends_with("@example.test;gr"), "{text}");
        assert!(!text.contains("alice"));
        // not even the hidden numbers of one registration have anything in common
        let part = |gruu: &SipUri, from: usize| gruu.user().unwrap()[from..from + 8].to_owned();
        for from in [6, 22, 30, 38, 50] {
            assert_ne!(part(&made[0], from), part(&made[1], from));
        }
        assert!(made.iter().all(|gruu| Mint::new([8; 32]).read(gruu).is_none()));
    }

    #[test]
    fn one_that_was_changed_is_void() {
        let mut mint = Mint::new([7; 32]);
        let gruu = mint.make(&aor(), 5);
        let user = gruu.user().unwrap().into_owned();
        for at in 0..user.len() {
            let mut bytes = user.clone().into_bytes();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            let changed = aor().with_user(std::str::from_utf8(&bytes).unwrap());
            assert_eq!(mint.read(&changed), None, "{changed}");
        }
        for user in ["tgruu.", "alice", "tgruu.ä", &user[..40], &format!("{user}0"), &user.to_uppercase()] {
            assert_eq!(mint.read(&aor().with_user(user)), None);
        }
        assert_eq!(mint.read(&SipUri::new("example.test".parse().unwrap())), None);
    }
}
