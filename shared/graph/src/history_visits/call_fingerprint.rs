//! By what a call that is made again is recognised.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::read_event::ReadEvent;

/// Hashes of what a call was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CallFingerprint {
    pub(super) resource: u64,
    arguments: u64,
}

impl CallFingerprint {
    /// The fingerprint of an event that schedules a call.
    pub(super) fn of_event(event: &ReadEvent<'_>) -> Self {
        let resource = event.text("resource");
        let arguments = event.text("parameters").or_else(|| event.text("input"));
        Self { resource: hash_text(resource), arguments: hash_text(arguments) }
    }
}

/// The same text has the same hash in every process.
fn hash_text(text: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
