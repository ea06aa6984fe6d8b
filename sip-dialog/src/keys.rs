//! Key presses that wait to be sent, one after the other: in INFO, or as RTP events by the application; AC-22.

use crate::{Dtmf, DtmfMode, Tone};
use sip_clock::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// The keys of one dialog that are still to be pressed.
// Each message asks for its timers: see `Usage`.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    waiting: VecDeque<(Tone, DtmfMode)>,
    /// When the last one is over.
    busy_until: Option<Instant>,
    /// The INFO that has no final response yet.
    unanswered: Option<u32>,
    is_paused: bool,
}

impl Keys {
    pub(crate) fn push(&mut self, tones: &[Tone], mode: DtmfMode) {
        self.waiting.extend(tones.iter().map(|tone| (*tone, mode)));
    }

    /// Holds the keys back, or lets them go on.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.is_paused = paused;
    }

    /// Forgets those that wait; how many keys they were.
    pub(crate) fn clear(&mut self) -> usize {
        let unsent = self.waiting.drain(..).filter(|(tone, _)| matches!(tone, Tone::Key(_))).count();
        self.busy_until = None;
        unsent
    }

    /// The next key to press, if its time has come.
    pub(crate) fn next(&mut self, now: Instant) -> Option<(Dtmf, DtmfMode)> {
        loop {
            if self.busy_until.is_some_and(|at| at > now) || self.unanswered.is_some() {
                return None;
            }
            self.busy_until = None;
            if self.is_paused {
                return None;
            }
            match self.waiting.pop_front()? {
                (Tone::Pause(pause), _) => self.busy_until = Some(now + pause),
                (Tone::Key(key), mode) => {
                    self.busy_until = Some(now + key.duration.unwrap_or_default() + GAP);
                    return Some((key, mode));
                }
            }
        }
    }

    /// The key goes out in the INFO with this number.
    pub(crate) fn is_in(&mut self, number: u32) {
        self.unanswered = Some(number);
    }

    /// The INFO goes out again with another number (RFC 3261 §22.2).
    pub(crate) fn renumber(&mut self, from: u32, to: u32) {
        if self.unanswered == Some(from) {
            self.unanswered = Some(to);
        }
    }

    /// Whether the INFO with this number, which has its final response now, was a key.
    pub(crate) fn concludes(&mut self, number: u32) -> bool {
        self.unanswered.take_if(|known| *known == number).is_some()
    }

    /// When the next key may be pressed, if one waits for that.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.busy_until.filter(|_| self.unanswered.is_none() && !self.waiting.is_empty())
    }
}

/// The silence between two keys, at least (RFC 4733 §2.5.1.5 speaks of what receivers tell apart).
const GAP: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    #[test]
    fn ac22_a_comma_waits_two_seconds() {
        let mut keys = Keys::default();
        keys.push(&Dtmf::sequence("1,2").unwrap(), DtmfMode::Rtp);
        let pressed = |keys: &mut Keys, millis| keys.next(at(millis)).map(|(dtmf, _)| dtmf.key);
        assert_eq!(pressed(&mut keys, 0), Some('1'));
        assert_eq!((pressed(&mut keys, 100), keys.next_timeout()), (None, Some(at(210))));
        assert_eq!((pressed(&mut keys, 210), keys.next_timeout()), (None, Some(at(2210))));
        assert_eq!(pressed(&mut keys, 2210), Some('2'));
        assert_eq!(keys.next_timeout(), None, "no key waits for the end of the last one");
        assert_eq!((pressed(&mut keys, 2500), keys.next_timeout()), (None, None));
    }

    #[test]
    fn ac22_a_key_waits_for_the_answer_to_the_one_before() {
        let mut keys = Keys::default();
        keys.push(&Dtmf::sequence("12").unwrap(), DtmfMode::Info);
        assert!(keys.next(at(0)).is_some());
        keys.is_in(7);
        keys.renumber(7, 8);
        assert_eq!((keys.next(at(900)), keys.next_timeout()), (None, None));
        assert!(!keys.concludes(7) && keys.concludes(8));
        assert!(keys.next(at(900)).is_some());
    }

    #[test]
    fn ac22_keys_can_be_held_back_and_forgotten() {
        let mut keys = Keys::default();
        keys.push(&Dtmf::sequence("1,2").unwrap(), DtmfMode::Info);
        keys.pause(true);
        assert_eq!((keys.next(at(0)), keys.next_timeout()), (None, None));
        keys.pause(false);
        assert!(keys.next(at(0)).is_some());
        assert_eq!(keys.clear(), 1);
        assert_eq!((keys.next(at(9000)), keys.next_timeout()), (None, None));
    }
}
