//! Machines and their revisions.

use std::{ops::Bound, sync::Arc};

use model::{
    ExecutionId, MachineVersions, ResourceName, Revision, RevisionId, StateMachine, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{MachineCreation, StateMachineStore},
};

use super::{MemoryState, MemoryStore, executions::ListCursor};

impl StateMachineStore for MemoryStore {
    async fn create_machine(&self, machine: StateMachine) -> Result<MachineCreation, Fault> {
        let mut state = self.lock_state();
        if let Some(existing) = state.machines.get(&machine.name) {
            return Ok(MachineCreation::Exists(Arc::clone(existing)));
        }
        let versions = Arc::new(MachineVersions::of_new_machine(machine.created_at));
        state.put_machine(StateMachine { versions, ..machine });
        Ok(MachineCreation::Done)
    }

    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        let mut state = self.lock_state();
        if let Some(existing) = state.machines.get(&machine.name) {
            let versions = Arc::clone(&existing.versions);
            state.put_machine(StateMachine { versions, ..machine });
        }
        Ok(())
    }

    async fn replace_versions(
        &self,
        name: &ResourceName,
        versions: MachineVersions,
    ) -> Result<bool, Fault> {
        let mut state = self.lock_state();
        let Some(machine) = state.machines.get_mut(name) else { return Ok(false) };
        let follows = versions.changes == machine.versions.changes + 1;
        if follows {
            Arc::make_mut(machine).versions = Arc::new(versions);
        }
        Ok(follows)
    }

    async fn load_machine(&self, name: &ResourceName) -> Result<Option<Arc<StateMachine>>, Fault> {
        Ok(self.lock_state().machines.get(name).cloned())
    }

    async fn load_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        Ok(self.lock_state().revisions.get(id).map(|(_, revision)| Arc::clone(revision)))
    }

    async fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.lock_state();
        let machines = state.machines.range::<ResourceName, _>((after, Bound::Unbounded));
        Ok(machines.take(limit as usize).map(|(_, machine)| Arc::clone(machine)).collect())
    }

    async fn delete_machine(&self, name: &ResourceName) -> Result<(), Fault> {
        self.lock_state().delete_machine(name);
        Ok(())
    }

    async fn list_deleting_machines(&self, _: u32) -> Result<Vec<ResourceName>, Fault> {
        Ok(Vec::new())
    }

    async fn sweep_deleting_machine(&self, _: &ResourceName, _: Timestamp) -> Result<bool, Fault> {
        Ok(true)
    }
}

impl MemoryState {
    fn put_machine(&mut self, machine: StateMachine) {
        let (name, revision) = (machine.name.clone(), machine.revision.clone());
        let kept = || (name.clone(), Arc::new(revision.clone()));
        self.revisions.entry(revision.id.clone()).or_insert_with(kept);
        self.machines.insert(name, Arc::new(machine));
    }

    fn delete_machine(&mut self, name: &ResourceName) {
        self.machines.remove(name);
        self.revisions.retain(|_, (machine, _)| machine != name);
        let listed =
            self.lists.range(ListCursor::first_of_machine(name.as_str())..).map(|(_, id)| id);
        let own: Vec<ExecutionId> =
            listed.take_while(|id| id.machine_name() == name.as_str()).cloned().collect();
        for id in own {
            self.remove_execution(&id);
        }
    }
}
