//! Nonces that carry their own time and a keyed hash, after RFC 7616 §3.3: the server keeps nothing for them until
//! they are used.

use crate::algorithm::to_hex;
use sha2::{Digest, Sha512_256};
use sip_clock::Instant;

/// Makes and recognises nonces: `time serial mac`, 8 + 8 + 16 octets in hexadecimal.
pub(crate) struct NonceMint {
    key: [u8; 32],
    next_serial: u64,
}

/// What a nonce of ours says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NonceStamp {
    pub(crate) made: Instant,
    /// Counts up from 0, so that two nonces of one microsecond differ.
    pub(crate) serial: u64,
}

impl NonceMint {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key, next_serial: 0 }
    }

    pub(crate) fn make(&mut self, now: Instant) -> String {
        let stamp = NonceStamp { made: now, serial: self.next_serial };
        self.next_serial += 1;
        self.text(stamp)
    }

    /// `None` for a nonce that this mint did not make.
    pub(crate) fn read(&self, nonce: &str) -> Option<NonceStamp> {
        let number = |range| u64::from_str_radix(nonce.get(range)?, 16).ok();
        let stamp = NonceStamp { made: Instant::from_micros(number(0..16)?), serial: number(16..32)? };
        is_equal(&self.text(stamp), nonce).then_some(stamp)
    }

    fn text(&self, stamp: NonceStamp) -> String {
        let (made, serial) = (stamp.made.as_micros().to_be_bytes(), stamp.serial.to_be_bytes());
        // SHA-512/256 shows half of its state, so a key in front makes a MAC that cannot be extended
        let mac = Sha512_256::new().chain_update(self.key).chain_update(made).chain_update(serial).finalize();
        let mac = mac.first_chunk::<16>().copied().unwrap_or_default();
        [made.as_slice(), serial.as_slice(), mac.as_slice()].map(to_hex).concat()
    }
}

/// Compares in a time that does not tell where the texts differ.
pub(crate) fn is_equal(one: &str, other: &str) -> bool {
    let difference = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_tells_its_time_and_serial() {
        let mut mint = NonceMint::new([7; 32]);
        let now = Instant::from_micros(1_500_000);
        let nonces = [mint.make(now), mint.make(now)];
        assert_eq!(mint.read(&nonces[0]), Some(NonceStamp { made: now, serial: 0 }));
        assert_eq!(mint.read(&nonces[1]), Some(NonceStamp { made: now, serial: 1 }));
        assert_eq!(nonces[0].len(), 64);
    }

    #[test]
    fn a_nonce_with_a_changed_character_or_another_key_is_not_ours() {
        let mut mint = NonceMint::new([7; 32]);
        let nonce = mint.make(Instant::ZERO);
        for at in 0..nonce.len() {
            let mut bytes = nonce.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(mint.read(std::str::from_utf8(&bytes).unwrap()), None);
        }
        assert_eq!(NonceMint::new([8; 32]).read(&nonce), None);
        assert_eq!(mint.read(""), None);
        assert_eq!(mint.read("+000000000000000"), None);
        assert_eq!(mint.read(&"\u{e4}".repeat(40)), None);
        assert_eq!(mint.read(&nonce.to_uppercase()), None);
    }
}
