//! What a link does to the messages on it, for each direction: the faults that RFC 3261 §17 was written against.

use std::time::Duration;

/// How long a message takes on a link where nothing goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Latency {
    /// From the first to the second end.
    pub there: Duration,
    /// From the second to the first end.
    pub back: Duration,
}

impl Latency {
    /// The same in both directions.
    #[must_use]
    pub const fn both(latency: Duration) -> Self {
        Self { there: latency, back: latency }
    }

    /// One for each direction: from the first end of the link to the second, and back.
    #[must_use]
    pub const fn each(there: Duration, back: Duration) -> Self {
        Self { there, back }
    }
}

/// What happens to the messages of one direction of a link.
///
/// On a link of datagrams each message is on its own. On a stream (RFC 7118, TCP) messages arrive in their order and
/// once: a lost one is sent again by the stream, so that it and all behind it come later.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Conditions {
    /// The least time a message takes.
    pub latency: Duration,
    /// Up to so much is added, by chance.
    pub jitter: Duration,
    /// How many of 1000 messages are lost.
    pub loss: u16,
    /// How many of 1000 messages arrive twice.
    pub duplication: u16,
    /// How many of 1000 messages are held up for several latencies, so that later ones overtake them.
    pub reordering: u16,
}

impl Conditions {
    /// Nothing but latency.
    #[must_use]
    pub const fn new(latency: Duration) -> Self {
        Self { latency, jitter: Duration::ZERO, loss: 0, duplication: 0, reordering: 0 }
    }

    /// With up to `jitter` more for each message.
    #[must_use]
    pub const fn with_jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// With `loss` of 1000 messages lost.
    #[must_use]
    pub const fn with_loss(mut self, loss: u16) -> Self {
        self.loss = loss;
        self
    }

    /// With `duplication` of 1000 messages arriving twice.
    #[must_use]
    pub const fn with_duplication(mut self, duplication: u16) -> Self {
        self.duplication = duplication;
        self
    }

    /// With `reordering` of 1000 messages held up.
    #[must_use]
    pub const fn with_reordering(mut self, reordering: u16) -> Self {
        self.reordering = reordering;
        self
    }
}

/// The conditions of both directions of a link.
///
/// ```
/// use sip_testbed::sim::{Conditions, Weather};
/// use std::time::Duration;
///
/// let fine = Conditions::new(Duration::from_millis(10));
/// let uplink_drops_a_third = Weather::each(fine.with_loss(333), fine);
/// assert_eq!(uplink_drops_a_third.back, fine);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Weather {
    /// From the first to the second end.
    pub there: Conditions,
    /// From the second to the first end.
    pub back: Conditions,
}

impl Weather {
    /// The same in both directions.
    #[must_use]
    pub const fn both(conditions: Conditions) -> Self {
        Self { there: conditions, back: conditions }
    }

    /// One for each direction: from the first end of the link to the second, and back.
    #[must_use]
    pub const fn each(there: Conditions, back: Conditions) -> Self {
        Self { there, back }
    }
}

impl From<Latency> for Weather {
    fn from(Latency { there, back }: Latency) -> Self {
        Self::each(Conditions::new(there), Conditions::new(back))
    }
}

/// A direction of a link, from the view of who connected it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a link has two ends")]
pub enum Direction {
    /// From the first to the second end.
    There,
    /// From the second to the first end.
    Back,
}

/// How a link ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cut {
    /// What is on its way arrives, then both ends hear of the end: a connection that was closed.
    Clean,
    /// What is on its way is lost, both ends hear of the end one latency later: a connection that was reset.
    Reset,
    /// Everything is lost and nobody hears anything: a cable that was pulled.
    Silent,
}
