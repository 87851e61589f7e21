//! Tells when this process comes close to the memory that it may have, so that it takes on less.
//!
//! Spec: proc(5), `/proc/[pid]/statm`: the second number is the resident set size, in pages.

use std::{fs, io, sync::Arc, time::Duration};

use tokio::{sync::watch, time::interval};
use tracing::warn;

/// How often the memory is looked at. What is computed at once may take some hundred megabytes in
/// that time.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Whether memory is short. Clones share the answer.
#[derive(Clone, Debug)]
pub struct MemoryPressure {
    is_short: Arc<watch::Sender<bool>>,
}

/// The memory at which it begins to be short, and at which that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thresholds {
    short_from: u64,
    ample_below: u64,
}

impl MemoryPressure {
    /// Memory without a limit, which never is short.
    pub fn unlimited() -> Self {
        Self { is_short: Arc::new(watch::Sender::new(false)) }
    }

    /// Watches the memory of this process until it ends.
    ///
    /// Errors: this system does not tell how much memory a process takes.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn watch(limit_bytes: u64) -> io::Result<Self> {
        let thresholds = Thresholds::of(limit_bytes);
        let is_short = Arc::new(watch::Sender::new(thresholds.is_short(false, resident_bytes()?)));
        let pressure = Self { is_short: Arc::clone(&is_short) };
        tokio::spawn(async move {
            let mut looks = interval(LOOK_INTERVAL);
            loop {
                looks.tick().await;
                let Ok(resident) = resident_bytes() else { return };
                let was_short = *is_short.borrow();
                let is_short_now = thresholds.is_short(was_short, resident);
                if was_short != is_short_now {
                    let (resident, limit) = (resident >> 20, limit_bytes >> 20);
                    warn!(is_short = is_short_now, resident, limit, "memory in mebibytes");
                    is_short.send_replace(is_short_now);
                }
            }
        });
        Ok(pressure)
    }

    /// Whether memory is short now.
    pub fn is_short(&self) -> bool {
        *self.is_short.borrow()
    }
}

impl Thresholds {
    /// Three quarters of the limit: what has begun needs the rest. Short memory stays so until an
    /// eighth is free, lest it be short at every other look.
    const fn of(limit_bytes: u64) -> Self {
        Self { short_from: limit_bytes / 4 * 3, ample_below: limit_bytes / 8 * 5 }
    }

    const fn is_short(self, was_short: bool, resident: u64) -> bool {
        resident >= if was_short { self.ample_below } else { self.short_from }
    }
}

fn resident_bytes() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/statm")?;
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or_else(|| io::Error::other("/proc/self/statm has no second number"))?;
    Ok(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_short_from_three_quarters_until_an_eighth_is_free_again() {
        let thresholds = Thresholds::of(800);
        let looks = [0, 599, 600, 501, 500, 499, 599, 600];
        let mut is_short = false;
        let answers = looks.map(|resident| {
            is_short = thresholds.is_short(is_short, resident);
            is_short
        });
        assert_eq!(answers, [false, false, true, true, true, false, false, true]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_process_above_its_limit_is_told_from_the_start() {
        assert!(MemoryPressure::watch(1).expect("Linux tells").is_short());
        assert!(!MemoryPressure::watch(u64::MAX).expect("Linux tells").is_short());
        assert!(!MemoryPressure::unlimited().is_short());
    }
}
