//! Time and chance as values, so that protocol code needs neither a clock nor an entropy source.
//!
//! A state machine takes an [`Instant`] with every input, keeps its timers in [`FewTimers`] or a [`TimerTable`] and draws its
//! branches, tags and Call-IDs (RFC 3261 §8.1.1.7, §19.3, §8.1.1.4) from a [`TokenSource`] that the caller seeded.
//! What names itself by numbers that it counts up it finds in a [`NumberMap`].
//! The same seed and the same inputs give the same bytes, under tokio, in a browser and in a simulated world.
//!
//! ```
//! use sip_clock::{Instant, TimerTable, TokenSource};
//! use std::time::Duration;
//!
//! let mut timers = TimerTable::new();
//! timers.set("refresh", Instant::ZERO + Duration::from_millis(500));
//! assert_eq!(timers.next().unwrap().to_string(), "+500ms");
//! assert_eq!(timers.pop_expired(Instant::ZERO), None);
//!
//! let mut tokens = TokenSource::from_seed(1);
//! assert!(tokens.branch().starts_with("z9hG4bK"));
//! ```

mod few_timers;
mod instant;
mod number_map;
mod timer_table;
mod token_source;

pub use few_timers::FewTimers;
pub use instant::Instant;
pub use number_map::NumberMap;
pub use timer_table::TimerTable;
pub use token_source::TokenSource;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
