//! Payloads of recent records. Records refer to payloads that other records hold, and records never
//! change, so an entry is never stale.

use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use model::{Payload, PayloadAddress};

/// Most bytes of cached payload texts.
const BYTES_MAX: usize = 8 << 20;

/// A bounded cache by partition key and address.
#[derive(Debug)]
pub(crate) struct PayloadCache {
    entries: Mutex<CachedPayloads>,
}

#[derive(Debug)]
struct CachedPayloads {
    by_address: LruCache<(String, PayloadAddress), Payload>,
    bytes: usize,
}

impl PayloadCache {
    pub(crate) fn new() -> Self {
        let entries = CachedPayloads { by_address: LruCache::unbounded(), bytes: 0 };
        Self { entries: Mutex::new(entries) }
    }

    pub(crate) fn find(&self, pk: &str, address: &PayloadAddress) -> Option<Payload> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.by_address.get(&(pk.to_owned(), address.clone())).cloned()
    }

    pub(crate) fn insert(&self, pk: &str, address: PayloadAddress, payload: Payload) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.bytes += payload.json_text().len();
        if let Some(before) = entries.by_address.put((pk.to_owned(), address), payload) {
            entries.bytes -= before.json_text().len();
        }
        while entries.bytes > BYTES_MAX {
            let Some((_, oldest)) = entries.by_address.pop_lru() else { return };
            entries.bytes -= oldest.json_text().len();
        }
    }
}
