//! What of a project is not served as its files have it now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use console::RefusedEdit;

/// Told by whoever deploys, and shown to whoever looks.
#[derive(Clone, Default)]
pub(crate) struct RefusedEdits(Arc<Mutex<RefusedParts>>);

#[derive(Default)]
struct RefusedParts {
    /// What could not be read.
    unread: Vec<RefusedEdit>,
    /// Why a state machine was not deployed, by its name.
    machines: BTreeMap<String, String>,
}

impl RefusedEdits {
    /// Tells what cannot be read now.
    pub(super) fn set_unread(&self, errors: Vec<RefusedEdit>) {
        self.lock().unread = errors;
    }

    /// Tells that a state machine was not deployed, or that it was.
    pub(super) fn set_machine(&self, name: &str, reason: Option<String>) {
        let machines = &mut self.lock().machines;
        match reason {
            Some(reason) => machines.insert(name.to_owned(), reason),
            None => machines.remove(name),
        };
    }

    /// Forgets the state machines that are no longer in the files.
    pub(super) fn retain_machines(&self, is_there: impl Fn(&str) -> bool) {
        self.lock().machines.retain(|name, _| is_there(name));
    }

    /// Lists them, what could not be read first.
    pub(crate) fn list(&self) -> Vec<RefusedEdit> {
        let parts = self.lock();
        let is_unread =
            |name: &str| parts.unread.iter().any(|edit| edit.machine.as_deref() == Some(name));
        // What was wrong with it before says nothing of what cannot be read now.
        let machines =
            parts.machines.iter().filter(|(name, _)| !is_unread(name)).map(|(name, reason)| {
                RefusedEdit { machine: Some(name.clone()), reason: reason.clone() }
            });
        parts.unread.iter().cloned().chain(machines).collect()
    }

    fn lock(&self) -> MutexGuard<'_, RefusedParts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
