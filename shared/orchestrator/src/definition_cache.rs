//! Definitions, parsed once per process.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use asl::{Definition, Diagnostic};
use lru::LruCache;
use model::{ExecutionId, Revision, RevisionId};

use crate::{Fault, ports::StateMachineStore};

/// How many definitions a process keeps parsed.
const CACHED_MAX: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

/// The parsed definitions that a process has used last. A revision never changes, so nothing is
/// ever stale.
#[derive(Debug)]
pub struct DefinitionCache {
    cache: Mutex<LruCache<RevisionId, Arc<Definition>>>,
}

impl Default for DefinitionCache {
    fn default() -> Self {
        Self { cache: Mutex::new(LruCache::new(CACHED_MAX)) }
    }
}

impl DefinitionCache {
    /// The definition of a revision.
    pub async fn load_definition(
        &self,
        machines: &impl StateMachineStore,
        execution: &ExecutionId,
        revision: &RevisionId,
    ) -> Result<Arc<Definition>, Fault> {
        if let Some(definition) = self.get(revision) {
            return Ok(definition);
        }
        let broken = |reason: String| Fault::Broken { execution: execution.to_string(), reason };
        let stored = machines.load_revision(revision).await?.ok_or_else(|| {
            broken(format!("its definition, revision {}, is gone", revision.as_str()))
        })?;
        self.parse_revision(&stored).map_err(|diagnostics| {
            broken(format!("its definition no longer parses: {diagnostics:?}"))
        })
    }

    /// The definition of a revision that is at hand.
    pub fn parse_revision(&self, revision: &Revision) -> Result<Arc<Definition>, Vec<Diagnostic>> {
        if let Some(definition) = self.get(&revision.id) {
            return Ok(definition);
        }
        let definition = asl::parse_definition(&revision.definition)?;
        Ok(self.insert(revision.id.clone(), Arc::new(definition)))
    }

    /// Keeps a definition that was parsed for other reasons.
    pub fn insert(&self, revision: RevisionId, definition: Arc<Definition>) -> Arc<Definition> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(revision, Arc::clone(&definition));
        definition
    }

    fn get(&self, revision: &RevisionId) -> Option<Arc<Definition>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(revision).cloned()
    }
}
