//! Where the lines of a header section stand (RFC 3261 §7.3).

use super::{Line, TagPlace};
use crate::header_name::NameId;
use smallvec::SmallVec;
use std::ops::Deref;

/// Lines in one block with the message, if they are no more than most messages have.
pub(crate) type Lines = SmallVec<[Line; 20]>;

/// The lines in their order.
#[derive(Default)]
pub(super) struct Index {
    lines: Lines,
    names: Names,
}

impl Index {
    /// Puts all lines in at once.
    pub(super) fn fill<T>(&mut self, put: impl FnOnce(&mut Lines) -> T) -> T {
        let outcome = put(&mut self.lines);
        self.names = Names::of(&self.lines);
        outcome
    }

    /// The first line with this name, and whether it is the only one for certain.
    pub(super) fn first(&self, id: NameId) -> Option<(&Line, bool)> {
        if !self.names.may_have(id) {
            return None;
        }
        let first = self.iter().find(|line| line.id == id)?;
        Some((first, !self.names.may_repeat(id)))
    }

    /// The lines with this name.
    pub(super) fn named(&self, id: NameId) -> impl Iterator<Item = &Line> {
        let lines: &[Line] = if self.names.may_have(id) { self } else { &[] };
        lines.iter().filter(move |line| line.id == id)
    }

    /// Where the first line with this name is among all.
    pub(super) fn position(&self, id: NameId, is_meant: impl Fn(&Line) -> bool) -> Option<usize> {
        self.names.may_have(id).then(|| self.iter().position(|line| line.id == id && is_meant(line)))?
    }

    /// Where the last line with this name is among all.
    pub(super) fn last_position(&self, id: NameId, is_meant: impl Fn(&Line) -> bool) -> Option<usize> {
        self.names.may_have(id).then(|| self.iter().rposition(|line| line.id == id && is_meant(line)))?
    }

    /// Puts a line at a place that is not beyond the end.
    pub(super) fn insert(&mut self, place: usize, line: Line) {
        self.names.note(line.id);
        self.lines.insert(place, line);
    }

    pub(super) fn push(&mut self, line: Line) {
        self.names.note(line.id);
        self.lines.push(line);
    }

    pub(super) fn remove(&mut self, place: usize) {
        self.lines.remove(place);
    }

    /// Notes where the tag is in the line at this place.
    pub(super) fn note_tag(&mut self, place: usize, tag: TagPlace) {
        if let Some(line) = self.lines.get_mut(place) {
            line.tag = tag;
        }
    }

    /// Moves lines, which keep their names.
    pub(super) fn for_each_mut(&mut self, act: impl FnMut(&mut Line)) {
        self.lines.iter_mut().for_each(act);
    }
}

/// As one piece.
impl Clone for Index {
    fn clone(&self) -> Self {
        Self { lines: Lines::from_slice(&self.lines), names: self.names }
    }
}

impl Deref for Index {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        &self.lines
    }
}

/// Which names there are, as far as one bit for each tells: several names have the same bit, and what was removed keeps
/// its own.
#[derive(Clone, Copy, Default)]
struct Names {
    once: u64,
    again: u64,
}

impl Names {
    fn of(lines: &[Line]) -> Self {
        let mut names = Self::default();
        lines.iter().for_each(|line| names.note(line.id));
        names
    }

    const fn note(&mut self, id: NameId) {
        let bit = Self::bit(id);
        self.again |= self.once & bit;
        self.once |= bit;
    }

    const fn may_have(self, id: NameId) -> bool {
        self.once & Self::bit(id) != 0
    }

    const fn may_repeat(self, id: NameId) -> bool {
        self.again & Self::bit(id) != 0
    }

    const fn bit(id: NameId) -> u64 {
        1 << (id.to_byte() % 64)
    }
}
