//! Inputs that resemble the seeds, from a generator with a seed of its own: the same every time.

/// Pieces that grammars of SIP turn on.
const PIECES: [&str; 44] = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    "\r\n ",
    ",",
    ";",
    ":",
    "@",
    "<",
    ">",
    "\"",
    "\\",
    "\\\"",
    "%",
    "%00",
    "%41",
    "%ff",
    "[",
    "]",
    "[::1]",
    "=",
    "?",
    "&",
    "/",
    "*",
    "(",
    ")",
    "\0",
    "\u{e9}",
    "0",
    "65536",
    "4294967296",
    "99999999999999999999",
    "-1",
    "sip:",
    "sips:",
    "tel:+1",
    "SIP/2.0",
    "Content-Length: 5\r\n",
    "\r\n\r\n",
    "--",
    "z9hG4bK",
];

/// Changes inputs at random.
#[derive(Debug)]
pub struct Mutator {
    random: fastrand::Rng,
}

impl Mutator {
    /// The mutator whose changes `seed` decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed) }
    }

    /// One of the seeds, changed in one to four places.
    #[must_use]
    pub fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.chosen(seeds).to_vec();
        for _ in 0..self.random.usize(1..=4) {
            self.change(&mut input, seeds);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let range = self.range(input.len());
        match self.random.u8(0..6) {
            0 => input.splice(range.start..range.start, self.piece().bytes()).for_each(drop),
            1 => input.splice(range, self.piece().bytes()).for_each(drop),
            2 => input.drain(range).for_each(drop),
            3 => {
                let copy: Vec<u8> = input.get(range.clone()).unwrap_or_default().to_vec();
                input.splice(range.start..range.start, copy).for_each(drop);
            }
            4 => {
                let other = self.chosen(seeds);
                let theirs = other.get(self.range(other.len())).unwrap_or_default().to_vec();
                input.splice(range, theirs).for_each(drop);
            }
            _ => {
                let byte = self.random.u8(..);
                if let Some(place) = input.get_mut(range.start) {
                    *place = byte;
                }
            }
        }
    }

    fn chosen<'a>(&mut self, seeds: &'a [Vec<u8>]) -> &'a [u8] {
        if seeds.is_empty() {
            return &[];
        }
        seeds.get(self.random.usize(..seeds.len())).map(Vec::as_slice).unwrap_or_default()
    }

    fn piece(&mut self) -> &'static str {
        PIECES.get(self.random.usize(..PIECES.len())).copied().unwrap_or_default()
    }

    /// A range of at most 64 bytes within `length`.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.random.usize(..=length);
        start..self.random.usize(start..=length.min(start + 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let seeds = [b"INVITE sip:a@b SIP/2.0\r\n\r\n".to_vec()];
        let inputs = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..50).map(|_| mutator.mutated(&seeds)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
    }
}
