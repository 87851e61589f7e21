//! Definitions, parsed once per process.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use asl::{Definition, Diagnostic};
use lru::LruCache;
use model::{ExecutionId, Revision, RevisionId};

use crate::{Fault, ports::StateMachineStore};

/// The most definitions that a process keeps parsed.
const CACHED_MAX: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

/// The parsed definitions that a process has used most recently. A revision never changes, so no
/// entry is ever stale.
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
    /// Returns the definition of a revision. Loads and parses it if it is not cached.
    ///
    /// Errors: the revision does not exist or does not parse ([`Fault::Broken`]).
    pub async fn load_definition(
        &self,
        machines: &impl StateMachineStore,
        execution: &ExecutionId,
        revision: &RevisionId,
    ) -> Result<Arc<Definition>, Fault> {
        if let Some(definition) = self.get(revision) {
            return Ok(definition);
        }
        let stored = machines.load_revision(revision).await?.ok_or_else(|| {
            let reason = format!("its definition, revision {}, is gone", revision.as_str());
            Fault::Broken { execution: execution.to_string(), reason }
        })?;
        self.read_revision(&stored, execution)
    }

    /// Returns the definition of a revision that was valid when it was stored. `of` is what runs it.
    ///
    /// Errors: it does not parse ([`Fault::Broken`]).
    pub(crate) fn read_revision(
        &self,
        revision: &Revision,
        of: &impl fmt::Display,
    ) -> Result<Arc<Definition>, Fault> {
        self.parse_revision(revision).map_err(|diagnostics| Fault::Broken {
            execution: of.to_string(),
            reason: format!("its definition no longer parses: {diagnostics:?}"),
        })
    }

    /// Returns the definition of a revision that has been loaded. Parses it if it is not cached.
    pub fn parse_revision(&self, revision: &Revision) -> Result<Arc<Definition>, Vec<Diagnostic>> {
        if let Some(definition) = self.get(&revision.id) {
            return Ok(definition);
        }
        let definition = asl::parse_definition(&revision.definition)?;
        Ok(self.insert(revision.id.clone(), Arc::new(definition)))
    }

    /// Caches a definition that the caller has parsed, and returns it.
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
