//! Keys that take turns: of what waits, each key gives one, then all others do.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// What waits in line.
pub(super) trait WaitingLine: Default {
    /// What waits.
    type Item;

    /// Adds one at the end.
    fn put(&mut self, item: Self::Item);

    /// Takes the next one.
    fn take(&mut self) -> Option<Self::Item>;

    /// Whether none waits.
    fn is_empty(&self) -> bool;
}

/// First in, first out.
impl<T> WaitingLine for VecDeque<T> {
    type Item = T;

    fn put(&mut self, item: T) {
        self.push_back(item);
    }

    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }
}

/// A line for each key. The lines take turns.
///
/// Invariant: `order` holds each key of `lines` once, and no line is empty.
#[derive(Debug)]
pub(super) struct TurnsOf<K, L> {
    lines: HashMap<K, L>,
    order: VecDeque<K>,
}

impl<K, L> Default for TurnsOf<K, L> {
    fn default() -> Self {
        Self { lines: HashMap::new(), order: VecDeque::new() }
    }
}

/// What waits comes with its key.
impl<K: Clone + Eq + Hash, L: WaitingLine> WaitingLine for TurnsOf<K, L> {
    type Item = (K, L::Item);

    fn put(&mut self, (key, item): Self::Item) {
        if let Some(line) = self.lines.get_mut(&key) {
            line.put(item);
            return;
        }
        let mut line = L::default();
        line.put(item);
        self.lines.insert(key.clone(), line);
        self.order.push_back(key);
    }

    fn take(&mut self) -> Option<Self::Item> {
        let key = self.order.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let item = line.take()?;
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.order.push_back(key.clone());
        }
        Some((key, item))
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_gives_one_in_turn_and_its_own_in_order() {
        let mut turns = TurnsOf::<&str, VecDeque<u32>>::default();
        for item in [("a", 1), ("a", 2), ("a", 3), ("b", 1)] {
            turns.put(item);
        }
        assert_eq!(turns.take(), Some(("a", 1)));
        turns.put(("c", 1));
        let rest: Vec<_> = std::iter::from_fn(|| turns.take()).collect();
        assert_eq!(rest, [("b", 1), ("a", 2), ("c", 1), ("a", 3)]);
        assert!(turns.is_empty() && turns.lines.is_empty());
    }
}
