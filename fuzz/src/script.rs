//! Bytes read as choices: what a peer, an application and the clock do, one after the other.

/// Choices that are left; each takes a byte, and where there is none it is 0.
#[derive(Debug)]
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `bound`, which is not above 256; 0 where that is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()).checked_rem(bound).unwrap_or(0)
    }

    /// Whether a chance of one in `times` came true.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 1
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let index = self.below(from.len().min(256));
        from.get(index)
    }

    /// `text` with some of its bytes changed, taken out or doubled.
    pub(crate) fn damaged(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            let at = (self.below(256) << 8 | self.below(256)).checked_rem(text.len()).unwrap_or(0);
            let end = text.len().min(at + self.below(16));
            match self.below(4) {
                0 => text.truncate(at),
                1 => drop(text.drain(at..end)),
                2 => {
                    let again: Vec<u8> = text.get(at..end).unwrap_or_default().to_vec();
                    text.splice(at..at, again);
                }
                _ => {
                    let byte = self.byte();
                    text.splice(at..end.min(at + 1), [byte]);
                }
            }
        }
        text
    }
}
