//! Unguessable identifiers from a seeded generator: branch, tag, Call-ID, nonce.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fmt;

/// Lower-case letters and digits: 32 of them, so that one character carries five bits and is a `token` and a
/// `word` (RFC 3261 §25.1) wherever it stands, also where a peer folds case.
const ALPHABET: [u8; 32] = *b"abcdefghijkmnpqrstuvwxyz23456789";

/// As many characters as most tokens have at most.
const AT_ONCE: usize = 20;

/// The source of every random value of a protocol crate, seeded by the caller.
///
/// It is a cryptographic generator (ChaCha), as RFC 3261 §19.3 asks of tags. Seed it from the operating system in
/// programs and with a constant in tests.
#[derive(Clone)]
pub struct TokenSource {
    seed: [u8; 32],
    /// Made with the first draw: it is large, and many owners draw nothing for all of their life.
    generator: Option<Box<ChaCha12Rng>>,
}

impl TokenSource {
    /// A source with 256 bits of entropy handed in.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, generator: None }
    }

    /// A reproducible source for tests and simulations; anyone who knows the number knows every token.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let generator = Some(Box::new(ChaCha12Rng::seed_from_u64(seed)));
        Self { seed: [0; 32], generator }
    }

    /// A `branch` parameter: the magic cookie of RFC 3261 §8.1.1.7 and 80 random bits.
    pub fn branch(&mut self) -> String {
        self.behind("z9hG4bK", 16)
    }

    /// A `tag` parameter with 50 random bits; RFC 3261 §19.3 asks for at least 32.
    pub fn tag(&mut self) -> String {
        self.token(10)
    }

    /// A Call-ID without a host part, 100 random bits (RFC 3261 §8.1.1.4).
    pub fn call_id(&mut self) -> String {
        self.token(20)
    }

    /// `length` characters of five random bits each, all of them legal in a `token`.
    pub fn token(&mut self, length: usize) -> String {
        self.behind("", length)
    }

    fn behind(&mut self, prefix: &str, length: usize) -> String {
        let mut token = String::with_capacity(prefix.len() + length);
        token.push_str(prefix);
        let generator = self.generator();
        let mut missing = length;
        while missing > 0 {
            push_characters(&mut token, generator, missing.min(AT_ONCE));
            missing = missing.saturating_sub(AT_ONCE);
        }
        token
    }

    /// A number in `0..bound`; 0 when `bound` is 0. The bias is below `bound / 2^64`.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.generator().next_u64() % bound }
    }

    /// A seed for another source, so that each owner has a stream of its own.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.generator().fill_bytes(&mut seed);
        seed
    }

    fn generator(&mut self) -> &mut ChaCha12Rng {
        let seed = self.seed;
        self.generator.get_or_insert_with(|| Box::new(ChaCha12Rng::from_seed(seed)))
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").finish_non_exhaustive()
    }
}

/// At most [`AT_ONCE`] characters, each from a word of its own: to draw many words at once costs far less than one by one.
fn push_characters(token: &mut String, generator: &mut ChaCha12Rng, count: usize) {
    let (mut words, mut characters) = ([[0; 4]; AT_ONCE], [0; AT_ONCE]);
    let words = words.get_mut(..count).unwrap_or_default();
    generator.fill_bytes(words.as_flattened_mut());
    for (character, word) in characters.iter_mut().zip(words.iter()) {
        let index = u32::from_le_bytes(*word) as usize % ALPHABET.len();
        *character = ALPHABET.get(index).copied().unwrap_or(b'a');
    }
    let drawn = characters.get(..count).and_then(|drawn| str::from_utf8(drawn).ok());
    token.push_str(drawn.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_same_seed_gives_the_same_tokens() {
        let mut one = TokenSource::from_seed(7);
        let mut two = TokenSource::from_seed(7);
        assert_eq!((one.tag(), one.call_id()), (two.tag(), two.call_id()));
        assert_ne!(TokenSource::from_seed(8).tag(), TokenSource::from_seed(7).tag());
    }

    #[test]
    fn tokens_differ_and_use_the_alphabet_only() {
        let mut tokens = TokenSource::new([3; 32]);
        let drawn: HashSet<String> = (0..1000).map(|_| tokens.tag()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().flat_map(|tag| tag.bytes()).all(|byte| ALPHABET.contains(&byte)));
    }

    #[test]
    fn each_character_is_a_word_of_the_generator() {
        let mut generator = ChaCha12Rng::from_seed([5; 32]);
        let mut tokens = TokenSource::new([5; 32]);
        for length in (0..70).chain([1, 16, 10, 20]) {
            let words = (0..length).map(|_| generator.next_u32() as usize % ALPHABET.len());
            let expected: String = words.map(|index| char::from(ALPHABET[index])).collect();
            assert_eq!(tokens.token(length), expected);
        }
    }

    #[test]
    fn below_stays_below() {
        let mut tokens = TokenSource::from_seed(1);
        assert!((0..100).all(|_| tokens.below(3) < 3));
        assert_eq!(tokens.below(0), 0);
    }
}
