//! One link of the simulated network: two lanes, each with its conditions and with what it owes to order.

use super::weather::{Conditions, Direction, Weather};
use bytes::Bytes;
use sip_clock::{Instant, TokenSource};
use std::collections::VecDeque;
use std::time::Duration;

/// Two nodes by their index, and the lanes between them.
#[derive(Debug)]
pub(super) struct Link {
    ends: (usize, usize),
    is_stream: bool,
    there: Lane,
    back: Lane,
}

/// One direction of a link.
#[derive(Debug, Default)]
struct Lane {
    conditions: Conditions,
    state: LaneState,
    /// When the latest message of a stream arrives; none may overtake it.
    latest: Instant,
    /// What a stream keeps while it is interrupted.
    held: VecDeque<Bytes>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum LaneState {
    #[default]
    Open,
    /// Nothing passes for now.
    Partitioned,
    /// Nothing will ever pass again.
    Dead,
}

/// What becomes of a message that is put on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Passage {
    Once(Instant),
    Twice(Instant, Instant),
    /// It waits until the partition is over.
    Held,
    Lost,
}

impl Link {
    pub(super) fn new(ends: (usize, usize), is_stream: bool, weather: Weather) -> Self {
        let lane = |conditions| Lane { conditions, ..Lane::default() };
        Self { ends, is_stream, there: lane(weather.there), back: lane(weather.back) }
    }

    /// The first and the second end.
    pub(super) const fn ends(&self) -> (usize, usize) {
        self.ends
    }

    /// The node at the other end.
    pub(super) const fn peer_of(&self, node: usize) -> usize {
        if node == self.ends.0 { self.ends.1 } else { self.ends.0 }
    }

    pub(super) fn set_weather(&mut self, weather: Weather) {
        self.there.conditions = weather.there;
        self.back.conditions = weather.back;
    }

    pub(super) fn partition(&mut self, direction: Direction) {
        let lane = self.lane(direction);
        if lane.state == LaneState::Open {
            lane.state = LaneState::Partitioned;
        }
    }

    /// Ends all partitions; returns what a stream has kept, with the node that sent it.
    pub(super) fn heal(&mut self) -> Vec<(usize, Bytes)> {
        let (one, other) = self.ends;
        let mut kept = Vec::new();
        for (from, lane) in [(one, &mut self.there), (other, &mut self.back)] {
            if lane.state == LaneState::Partitioned {
                lane.state = LaneState::Open;
            }
            kept.extend(lane.held.drain(..).map(|bytes| (from, bytes)));
        }
        kept
    }

    /// From now on everything is lost.
    pub(super) fn kill(&mut self) {
        for lane in [&mut self.there, &mut self.back] {
            lane.state = LaneState::Dead;
            lane.held.clear();
        }
    }

    /// What becomes of a message from the node `from`; chance decides as the conditions say.
    pub(super) fn send(
        &mut self,
        from: usize,
        bytes: &Bytes,
        chance: &mut TokenSource,
        now: Instant,
    ) -> Passage {
        let is_stream = self.is_stream;
        let lane = self.lane_from(from);
        match lane.state {
            LaneState::Open if is_stream => Passage::Once(lane.arrival_on_stream(chance, now)),
            LaneState::Open => lane.passage_of_datagram(chance, now),
            LaneState::Partitioned if is_stream => {
                lane.held.push_back(bytes.clone());
                Passage::Held
            }
            LaneState::Partitioned | LaneState::Dead => Passage::Lost,
        }
    }

    /// When the two ends hear that the link was cut; with `clean` after all that is on its way.
    pub(super) fn closing_times(&self, clean: bool, now: Instant) -> (Instant, Instant) {
        let time = |lane: &Lane| {
            let heard = now + lane.conditions.latency;
            if clean { heard.max(lane.latest) } else { heard }
        };
        (time(&self.back), time(&self.there))
    }

    fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::There => &mut self.there,
            Direction::Back => &mut self.back,
        }
    }

    fn lane_from(&mut self, node: usize) -> &mut Lane {
        if node == self.ends.0 { &mut self.there } else { &mut self.back }
    }
}

impl Lane {
    /// A stream repeats what is lost, and keeps the order.
    fn arrival_on_stream(&mut self, chance: &mut TokenSource, now: Instant) -> Instant {
        let mut delay = self.delay(chance);
        let mut repetitions = 0;
        while repetitions < MOST_REPETITIONS && happens(self.conditions.loss, chance) {
            delay += STREAM_REPEATS_AFTER;
            repetitions += 1;
        }
        self.latest = self.latest.max(now + delay);
        self.latest
    }

    fn passage_of_datagram(&mut self, chance: &mut TokenSource, now: Instant) -> Passage {
        if happens(self.conditions.loss, chance) {
            return Passage::Lost;
        }
        let arrival = now + self.delay(chance) + self.hold_up(chance);
        let passage = if happens(self.conditions.duplication, chance) {
            Passage::Twice(arrival, now + self.delay(chance) + self.hold_up(chance))
        } else {
            Passage::Once(arrival)
        };
        self.latest = self.latest.max(match passage {
            Passage::Once(at) => at,
            Passage::Twice(first, second) => first.max(second),
            Passage::Held | Passage::Lost => now,
        });
        passage
    }

    fn delay(&self, chance: &mut TokenSource) -> Duration {
        self.conditions.latency + up_to(self.conditions.jitter, chance)
    }

    fn hold_up(&self, chance: &mut TokenSource) -> Duration {
        if happens(self.conditions.reordering, chance) {
            up_to(self.conditions.latency * HELD_UP_LATENCIES, chance)
        } else {
            Duration::ZERO
        }
    }
}

/// Draws only where there is something to draw, so that a link without faults takes no chance.
fn happens(per_mille: u16, chance: &mut TokenSource) -> bool {
    per_mille > 0 && chance.below(1000) < u64::from(per_mille)
}

fn up_to(longest: Duration, chance: &mut TokenSource) -> Duration {
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(if micros == 0 { 0 } else { chance.below(micros) })
}

/// The least retransmission timeout of common TCP stacks.
const STREAM_REPEATS_AFTER: Duration = Duration::from_millis(200);
/// A stream that loses everything is delayed, not stopped; that is what a partition is for.
const MOST_REPETITIONS: u32 = 8;
/// A message that is held up comes up to so many latencies later.
const HELD_UP_LATENCIES: u32 = 8;
