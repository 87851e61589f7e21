//! Bounded caches that hold no value before it is durable and none that is outdated.
//!
//! Only the writer changes cached values, after its commit. A reader that finds no value reads the
//! database and inserts what it found. The insert is refused if the writer has changed any key of
//! the same shard since the reader began.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;

/// Number of change counters. A change of one key refuses the readers' inserts of its whole shard.
const SHARDS: usize = 64;

/// A map that evicts the least recently used entries once the total weight exceeds a limit.
#[derive(Debug)]
pub(super) struct WeightedLru<K: Hash + Eq, V> {
    entries: LruCache<K, (V, usize)>,
    weight: usize,
    weight_max: usize,
}

impl<K: Hash + Eq, V> WeightedLru<K, V> {
    pub(super) fn new(weight_max: usize) -> Self {
        Self { entries: LruCache::unbounded(), weight: 0, weight_max }
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(value, _)| value)
    }

    pub(super) fn insert(&mut self, key: K, value: V, weight: usize) {
        self.weight += weight;
        if let Some((_, replaced)) = self.entries.put(key, (value, weight)) {
            self.weight -= replaced;
        }
        self.evict_excess();
    }

    /// Adds `by` to the weight of an entry.
    pub(super) fn grow_entry(&mut self, key: &K, by: usize) {
        if let Some((_, weight)) = self.entries.get_mut(key) {
            *weight += by;
            self.weight += by;
            self.evict_excess();
        }
    }

    fn remove_where(&mut self, gone: impl Fn(&K) -> bool)
    where
        K: Clone,
    {
        let keys = self.entries.iter().map(|(key, _)| key).filter(|key| gone(key));
        for key in keys.cloned().collect::<Vec<_>>() {
            if let Some((_, weight)) = self.entries.pop(&key) {
                self.weight -= weight;
            }
        }
    }

    /// Evicts entries until the limit is met. The most recently used entry stays, however heavy.
    fn evict_excess(&mut self) {
        while self.weight > self.weight_max && self.entries.len() > 1 {
            let Some((_, (_, weight))) = self.entries.pop_lru() else { return };
            self.weight -= weight;
        }
    }
}

/// A cache that readers and the writer share.
#[derive(Debug)]
pub(super) struct SharedCache<K: Hash + Eq, V> {
    shared: Mutex<CacheState<K, V>>,
    hasher: RandomState,
}

#[derive(Debug)]
struct CacheState<K: Hash + Eq, V> {
    entries_by_use: WeightedLru<K, V>,
    changes: [u64; SHARDS],
}

/// The change counter of a shard when a reader began.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShardVersion {
    shard: usize,
    changes: u64,
}

impl<K: Hash + Eq + Clone, V: Clone> SharedCache<K, V> {
    pub(super) fn new(weight_max: usize) -> Self {
        let shared =
            CacheState { entries_by_use: WeightedLru::new(weight_max), changes: [0; SHARDS] };
        Self { shared: Mutex::new(shared), hasher: RandomState::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.lock_state().entries_by_use.get_mut(key).cloned()
    }

    /// Returns the version of a key's shard. A reader takes it before it reads the database.
    pub(super) fn shard_version(&self, key: &K) -> ShardVersion {
        let shard = self.shard_index(key);
        ShardVersion { shard, changes: self.lock_state().changes[shard] }
    }

    /// Inserts what a reader has found, unless the shard has changed since its version was taken.
    pub(super) fn insert_if_unchanged(
        &self,
        seen_version: ShardVersion,
        key: K,
        value: V,
        weight: usize,
    ) {
        let mut held = self.lock_state();
        if held.changes[seen_version.shard] == seen_version.changes {
            held.entries_by_use.insert(key, value, weight);
        }
    }

    /// Inserts a value that the writer has committed.
    pub(super) fn insert_committed(&self, key: K, value: V, weight: usize) {
        let shard = self.shard_index(&key);
        let mut held = self.lock_state();
        held.changes[shard] += 1;
        held.entries_by_use.insert(key, value, weight);
    }

    /// Applies a change that the writer has committed, if the key is cached.
    pub(super) fn update_committed(&self, key: &K, grows_by: usize, change: impl FnOnce(&mut V)) {
        let shard = self.shard_index(key);
        let mut held = self.lock_state();
        held.changes[shard] += 1;
        if let Some(value) = held.entries_by_use.get_mut(key) {
            change(value);
            held.entries_by_use.grow_entry(key, grows_by);
        }
    }

    /// Removes the entries that the writer has deleted.
    pub(super) fn remove_where(&self, gone: impl Fn(&K) -> bool) {
        let mut held = self.lock_state();
        for changes in &mut held.changes {
            *changes += 1;
        }
        held.entries_by_use.remove_where(gone);
    }

    fn shard_index(&self, key: &K) -> usize {
        let hash = self.hasher.hash_one(key) % (SHARDS as u64);
        usize::try_from(hash).unwrap_or(0)
    }

    fn lock_state(&self) -> MutexGuard<'_, CacheState<K, V>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let cache = SharedCache::new(10);
        cache.insert_committed("a", 1, 5);
        cache.insert_committed("b", 2, 5);
        assert_eq!(cache.get(&"a"), Some(1));
        cache.insert_committed("c", 3, 5);
        assert_eq!((cache.get(&"a"), cache.get(&"b"), cache.get(&"c")), (Some(1), None, Some(3)));
    }

    #[test]
    fn an_entry_that_grows_pushes_others_out() {
        let cache = SharedCache::new(10);
        cache.insert_committed("a", 1, 5);
        cache.insert_committed("b", 2, 5);
        cache.update_committed(&"b", 1, |value| *value = 3);
        assert_eq!((cache.get(&"a"), cache.get(&"b")), (None, Some(3)));
    }

    #[test]
    fn a_reader_that_was_overtaken_is_not_believed() {
        let cache = SharedCache::new(10);
        let seen_version = cache.shard_version(&"a");
        cache.update_committed(&"a", 0, |value| *value = 2);
        cache.insert_if_unchanged(seen_version, "a", 1, 1);
        assert_eq!(cache.get(&"a"), None);
        cache.insert_if_unchanged(cache.shard_version(&"a"), "a", 2, 1);
        assert_eq!(cache.get(&"a"), Some(2));
    }

    #[test]
    fn what_is_removed_is_not_offered_back() {
        let cache = SharedCache::new(10);
        cache.insert_committed("a", 1, 1);
        let seen_version = cache.shard_version(&"a");
        cache.remove_where(|key| *key == "a");
        cache.insert_if_unchanged(seen_version, "a", 1, 1);
        assert_eq!(cache.get(&"a"), None);
    }
}
