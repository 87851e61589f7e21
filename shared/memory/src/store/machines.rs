//! Machines and their revisions.

use std::{ops::Bound, sync::Arc};

use model::{ExecutionId, Name, Revision, RevisionId, StateMachine};
use orchestrator::{
    Fault,
    ports::{CreatedMachine, Machines},
};

use super::{
    MemoryStore, State,
    executions::{Place, machine_of},
};

impl Machines for MemoryStore {
    async fn create_machine(&self, machine: StateMachine) -> Result<CreatedMachine, Fault> {
        let mut state = self.state();
        if let Some(existing) = state.machines.get(&machine.name) {
            return Ok(CreatedMachine::Exists(Arc::clone(existing)));
        }
        state.put(machine);
        Ok(CreatedMachine::Done)
    }

    async fn put_machine(&self, machine: StateMachine) -> Result<(), Fault> {
        self.state().put(machine);
        Ok(())
    }

    async fn machine(&self, name: &Name) -> Result<Option<Arc<StateMachine>>, Fault> {
        Ok(self.state().machines.get(name).cloned())
    }

    async fn revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        Ok(self.state().revisions.get(id).map(|(_, revision)| Arc::clone(revision)))
    }

    async fn machines(
        &self,
        limit: u32,
        after: Option<&Name>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state();
        let machines = state.machines.range::<Name, _>((after, Bound::Unbounded));
        Ok(machines.take(limit as usize).map(|(_, machine)| Arc::clone(machine)).collect())
    }

    async fn delete_machine(&self, name: &Name) -> Result<(), Fault> {
        self.state().delete(name);
        Ok(())
    }
}

impl State {
    fn put(&mut self, machine: StateMachine) {
        let (name, revision) = (machine.name.clone(), machine.revision.clone());
        let kept = || (name.clone(), Arc::new(revision.clone()));
        self.revisions.entry(revision.id.clone()).or_insert_with(kept);
        self.machines.insert(name, Arc::new(machine));
    }

    fn delete(&mut self, name: &Name) {
        self.machines.remove(name);
        self.revisions.retain(|_, (machine, _)| machine != name);
        let listed = self.lists.range(Place::first(name.as_str())..).map(|(_, id)| id);
        let own: Vec<ExecutionId> =
            listed.take_while(|id| machine_of(id) == name.as_str()).cloned().collect();
        for id in own {
            self.forget_execution(&id);
        }
    }
}
