//! Where the lines of a header section stand (RFC 3261 §7.3): owned while it is written, shared once it is sealed.

use super::Line;
use std::ops::Deref;
use std::sync::Arc;

/// The lines in their order.
///
/// A message that goes out is kept by its transaction and by who sent it, and nobody changes it any more: all of them
/// have one index.
#[derive(Clone, Default)]
pub(super) struct Index {
    /// Empty while the lines are shared.
    own: Vec<Line>,
    shared: Option<Arc<[Line]>>,
}

impl Index {
    pub(super) const fn own(lines: Vec<Line>) -> Self {
        Self { own: lines, shared: None }
    }

    pub(super) fn shared(lines: impl Iterator<Item = Line>) -> Self {
        Self { own: Vec::new(), shared: Some(lines.collect()) }
    }

    /// The lines to change; shared ones are copied first.
    pub(super) fn to_mut(&mut self) -> &mut Vec<Line> {
        if let Some(lines) = self.shared.take() {
            self.own = lines.to_vec();
        }
        &mut self.own
    }
}

impl Deref for Index {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        self.shared.as_deref().unwrap_or(&self.own)
    }
}
