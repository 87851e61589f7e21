//! How much time a step has left.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

/// The time of a step. Whoever runs the step says how much of it is left.
pub struct StepTime<'c> {
    remaining: &'c (dyn Fn() -> u64 + Sync),
    was_over: AtomicBool,
}

impl<'c> StepTime<'c> {
    /// Creates the time of a step. `remaining` gives the milliseconds that are left, zero once the
    /// step shall be given up.
    pub const fn new(remaining: &'c (dyn Fn() -> u64 + Sync)) -> Self {
        Self { remaining, was_over: AtomicBool::new(false) }
    }

    /// Returns how many milliseconds are left. A step that is told zero is given up.
    pub fn remaining_milliseconds(&self) -> u64 {
        let left = (self.remaining)();
        if left == 0 {
            self.was_over.store(true, Ordering::Relaxed);
        }
        left
    }

    /// Returns whether the step was told that its time is over, so that its result says only that.
    pub fn was_over(&self) -> bool {
        self.was_over.load(Ordering::Relaxed)
    }
}

impl StepTime<'static> {
    /// Returns the time of a step that may take as long as it likes.
    pub const fn unlimited() -> &'static Self {
        static UNLIMITED: StepTime<'static> = StepTime::new(&|| u64::MAX);
        &UNLIMITED
    }
}

impl fmt::Debug for StepTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepTime").field("was_over", &self.was_over()).finish_non_exhaustive()
    }
}
