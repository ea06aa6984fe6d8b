//! How long calls take.

use crate::pair::{Call, Pair, SETTLED, Transport};
use std::time::{Duration, Instant};

/// How carefully is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many batches are measured; the fastest counts, for what disturbs a batch only makes it longer.
    pub rounds: usize,
    /// Calls, or key presses, in a batch.
    pub batch: usize,
    /// How many calls are up when cost per message is looked at: few and many.
    pub sizes: [usize; 2],
}

impl Effort {
    /// For figures that are published.
    pub const FULL: Self = Self { rounds: 35, batch: 1_000, sizes: [100, 100_000] };
    /// To see that everything works.
    pub const SMOKE: Self = Self { rounds: 2, batch: 100, sizes: [100, 1_000] };
}

/// The virtual time between two calls: a hundred calls a second, of which some 3 200 linger in their transactions.
const BETWEEN_CALLS: Duration = Duration::from_millis(10);

/// The virtual time between two calls while many are set up.
const BETWEEN_SET_UPS: Duration = Duration::from_millis(1);

/// The nanoseconds of a complete call, both ends, while those before it time out.
#[must_use]
pub fn complete_call(transport: Transport, effort: Effort) -> f64 {
    let mut pair = Pair::new(transport);
    calls(&mut pair, 4 * effort.batch);
    measured(effort, || timed(|| calls(&mut pair, effort.batch)) / as_float(effort.batch))
}

/// Makes calls one after the other.
pub fn calls(pair: &mut Pair, count: usize) {
    for _ in 0..count {
        let call = pair.set_up();
        pair.hang_up(call);
        pair.pass(BETWEEN_CALLS);
    }
}

/// What a message costs while calls are up.
#[derive(Clone, Copy, Debug)]
pub struct PerMessage {
    /// How many are up.
    pub calls: usize,
    /// Nanoseconds for each message of a further call, INVITE to the 200 of its BYE.
    pub further_call: f64,
    /// Nanoseconds for each message, INFO and 200, inside a call that is up, any of them.
    pub inside: f64,
}

/// What a message costs while `count` calls are up.
#[must_use]
pub fn per_message(transport: Transport, count: usize, effort: Effort) -> PerMessage {
    let mut pair = Pair::new(transport);
    let up = set_up(&mut pair, count);
    let per_message = |pair: &mut Pair, act: &mut dyn FnMut(&mut Pair)| {
        measured(effort, || {
            let before = pair.messages();
            let time = timed(|| act(pair));
            time / as_float(pair.messages() - before)
        })
    };
    // As many transactions linger in the first batch as in the last.
    calls(&mut pair, 4 * effort.batch);
    let further_call = per_message(&mut pair, &mut |pair| calls(pair, effort.batch));
    let mut picked = Picked(0x9e37_79b9_7f4a_7c15);
    let mut press = |pair: &mut Pair, count: usize| {
        for _ in 0..count {
            if let Some(call) = up.get(picked.below(up.len())) {
                pair.press(*call);
            }
            pair.pass(BETWEEN_CALLS);
        }
    };
    press(&mut pair, 4 * effort.batch);
    let inside = per_message(&mut pair, &mut |pair| press(pair, effort.batch));
    PerMessage { calls: count, further_call, inside }
}

/// Brings `count` calls up and waits until their transactions are gone.
#[must_use]
pub fn set_up(pair: &mut Pair, count: usize) -> Vec<Call> {
    let mut up = Vec::with_capacity(count);
    for _ in 0..count {
        up.push(pair.set_up());
        pair.pass(BETWEEN_SET_UPS);
    }
    pair.pass(SETTLED);
    up
}

fn measured(effort: Effort, mut batch: impl FnMut() -> f64) -> f64 {
    (0..effort.rounds).map(|_| batch()).fold(f64::INFINITY, f64::min)
}

/// The nanoseconds that the processor spent on `act`; those of the clock where the system does not tell.
fn timed(act: impl FnOnce()) -> f64 {
    let (start, start_on_processor) = (now(), on_processor());
    act();
    match start_on_processor.zip(on_processor()) {
        Some((start, end)) => end - start,
        None => now().duration_since(start).as_secs_f64() * 1e9,
    }
}

/// How many nanoseconds this thread has run, as Linux counts them: what other programs do meanwhile is not in it.
fn on_processor() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the real clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn as_float(count: usize) -> f64 {
    count as f64
}

/// Numbers that look random and are the same in each run (Marsaglia's xorshift).
struct Picked(u64);

impl Picked {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 1).unwrap_or(0).checked_rem(bound).unwrap_or(0)
    }
}
