//! Locks that no panic closes.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what no panic can leave half done, whether or not some thread has panicked.
pub fn lock_unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
