//! What happens next: the fake clock's queue.

use std::collections::BTreeMap;

use headwater_protocol::Millis;

/// Happenings by their time; those of one moment in the order in which they were planned.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    queue: BTreeMap<(Millis, u64), T>,
    planned: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self {
            queue: BTreeMap::new(),
            planned: 0,
        }
    }

    pub(crate) fn plan(&mut self, at: Millis, what: T) {
        self.planned += 1;
        self.queue.insert((at, self.planned), what);
    }

    /// The next happening at or before `until`.
    pub(crate) fn next(&mut self, until: Millis) -> Option<(Millis, T)> {
        let due = self.queue.first_entry().filter(|next| next.key().0 <= until)?;
        let ((at, _), what) = due.remove_entry();
        Some((at, what))
    }
}
