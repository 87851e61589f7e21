//! Tells when this process comes close to the memory that it may have, so that it takes on less.
//!
//! Spec: proc(5), `/proc/[pid]/statm`: the second number is the resident set size, in pages.

use std::{fs, io, sync::Arc, time::Duration};

use tokio::{sync::watch, time::interval};
use tracing::{error, info};

/// How often the memory is looked at. What is computed at once may take some hundred megabytes in
/// that time.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// How much of its memory the process has taken. Clones share the answer.
#[derive(Clone, Debug)]
pub struct MemoryPressure {
    level: Arc<watch::Sender<MemoryLevel>>,
}

/// How close the process is to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryLevel {
    /// There is enough.
    Ample,
    /// What has begun should end before much else begins.
    Short,
    /// Nothing should begin.
    Critical,
}

impl MemoryPressure {
    /// Memory without a limit, of which there always is enough.
    pub fn unlimited() -> Self {
        Self { level: Arc::new(watch::Sender::new(MemoryLevel::Ample)) }
    }

    /// Watches the memory of this process until it ends.
    ///
    /// Errors: this system does not tell how much memory a process takes.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn watch(limit_bytes: u64) -> io::Result<Self> {
        let first = MemoryLevel::Ample.after_look(limit_bytes, resident_bytes()?);
        let level = Arc::new(watch::Sender::new(first));
        let pressure = Self { level: Arc::clone(&level) };
        tokio::spawn(async move {
            let mut looks = interval(LOOK_INTERVAL);
            loop {
                looks.tick().await;
                let Ok(resident) = resident_bytes() else { return };
                let before = *level.borrow();
                let now = before.after_look(limit_bytes, resident);
                if now != before {
                    let (resident, limit) = (resident >> 20, limit_bytes >> 20);
                    if now == MemoryLevel::Critical {
                        error!(
                            resident,
                            limit,
                            "more work is refused: of the limit of memory, in \
                             mebibytes, seven eighths are taken"
                        );
                    } else {
                        info!(level = ?now, resident, limit, "memory, in mebibytes");
                    }
                    level.send_replace(now);
                }
            }
        });
        Ok(pressure)
    }

    /// How close the process is to its limit now.
    pub fn level(&self) -> MemoryLevel {
        *self.level.borrow()
    }
}

impl MemoryLevel {
    /// Memory is short from six eighths of the limit on, and critical from seven. A level lasts until
    /// half an eighth less is taken, lest it change at every other look.
    fn after_look(self, limit_bytes: u64, resident: u64) -> Self {
        let sixteenths = resident.saturating_mul(16) / limit_bytes;
        let is_at = |level: Self, from: u64| sixteenths >= from - u64::from(self >= level);
        if is_at(Self::Critical, 14) {
            Self::Critical
        } else if is_at(Self::Short, 12) {
            Self::Short
        } else {
            Self::Ample
        }
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
    fn a_level_begins_at_an_eighth_and_lasts_until_half_an_eighth_less_is_taken() {
        use MemoryLevel::{Ample, Critical, Short};
        let looks = [0, 1199, 1200, 1100, 1099, 1200, 1400, 1300, 1299, 1100, 1099, 5000];
        let mut level = Ample;
        let levels = looks.map(|resident| {
            level = level.after_look(1600, resident);
            level
        });
        let expected = [
            Ample, Ample, Short, Short, Ample, Short, Critical, Critical, Short, Short, Ample,
            Critical,
        ];
        assert_eq!(levels, expected);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_process_above_its_limit_is_told_from_the_start() {
        let level = |limit| MemoryPressure::watch(limit).expect("Linux tells").level();
        assert_eq!(level(1), MemoryLevel::Critical);
        assert_eq!(level(u64::MAX), MemoryLevel::Ample);
        assert_eq!(MemoryPressure::unlimited().level(), MemoryLevel::Ample);
    }
}
