//! How long calls take.

use crate::pair::{Call, Pair, SETTLED, Transport};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Duration;

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
#[derive(Clone, Copy, Debug, PartialEq)]
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
    // As many transactions linger in the first batch as in the last.
    calls(&mut pair, 4 * effort.batch);
    let further_call = measured(effort, || time_per_message(&mut pair, |pair| calls(pair, effort.batch)));
    let mut picked = Picked(0x9e37_79b9_7f4a_7c15);
    // Picked before the clock runs: how an application finds its call is its own affair.
    let mut pick =
        |count| -> Vec<Call> { (0..count).filter_map(|_| up.get(picked.below(up.len())).copied()).collect() };
    press(&mut pair, &pick(4 * effort.batch));
    let inside = measured(effort, || {
        let batch = pick(effort.batch);
        time_per_message(&mut pair, |pair| press(pair, &batch))
    });
    PerMessage { calls: count, further_call, inside }
}

/// Presses a key in each of these calls.
fn press(pair: &mut Pair, batch: &[Call]) {
    for call in batch {
        pair.press(*call);
        pair.pass(BETWEEN_CALLS);
    }
}

/// The nanoseconds of `act` for each message that it makes go.
fn time_per_message(pair: &mut Pair, act: impl FnOnce(&mut Pair)) -> f64 {
    let before = pair.messages();
    let time = timed(|| act(pair));
    time / as_float(pair.messages() - before)
}

/// The nanoseconds to find out one byte in the memory of any of `count` calls, both ends of which keep a block each.
///
/// Which one is next depends on the byte before, as one thing that a message needs leads to the next.
#[must_use]
pub fn line_of_memory(count: usize, effort: Effort) -> f64 {
    let memory: Vec<Box<[u8]>> = (0..2 * count).map(|_| vec![0; BYTES_OF_AN_END].into()).collect();
    let mut picked = Picked(0x9e37_79b9_7f4a_7c15);
    let mut byte = 0;
    measured(effort, || {
        let time = timed(|| {
            for _ in 0..effort.batch {
                let block = memory.get(picked.below(memory.len()) ^ usize::from(byte));
                let place = picked.below(BYTES_OF_AN_END);
                byte = black_box(block.and_then(|block| block.get(place)).copied().unwrap_or_default());
            }
        });
        time / as_float(effort.batch)
    })
}

/// What one end of a call keeps, more or less.
const BYTES_OF_AN_END: usize = 2_304;

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

/// The nanoseconds that the processor spent on `act` for this thread: what other programs do meanwhile is not in it.
fn timed(act: impl FnOnce()) -> f64 {
    let start = on_processor();
    act();
    on_processor() - start
}

/// How many nanoseconds this thread has run, up to now.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn on_processor() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
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
