//! How much is done.

/// The size of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// User agents, each with a connection of its own.
    pub agents: usize,
    /// How often all of them refresh their registration.
    pub refreshes: usize,
    /// Calls in a round.
    pub calls: usize,
    /// Rounds of calls.
    pub rounds: usize,
}

impl Size {
    /// For figures that are published.
    pub const FULL: Self = Self { agents: 10_000, refreshes: 5, calls: 5_000, rounds: 5 };
    /// To see that everything works.
    pub const SMOKE: Self = Self { agents: 50, refreshes: 1, calls: 50, rounds: 1 };

    /// The same for user agents of a stack that takes much longer for so many: a thousand tell as much of each.
    #[must_use]
    pub fn for_peer(self) -> Self {
        Self { agents: self.agents.min(1_000), calls: self.calls.min(1_000), ..self }
    }

    /// The words that say the same on a command line.
    #[must_use]
    pub fn words(self) -> [String; 4] {
        [self.agents, self.refreshes, self.calls, self.rounds].map(|number| number.to_string())
    }

    /// The size that such words say.
    #[must_use]
    pub fn read(words: &[String]) -> Option<Self> {
        let number = |index: usize| words.get(index)?.parse().ok();
        Some(Self { agents: number(0)?, refreshes: number(1)?, calls: number(2)?, rounds: number(3)? })
    }
}

/// Operations under way at one time.
pub const IN_FLIGHT: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_it_is_told() {
        assert_eq!(Size::read(&Size::FULL.words()), Some(Size::FULL));
        assert_eq!(Size::read(&["1".to_owned()]), None);
    }
}
