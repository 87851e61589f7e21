//! The operations that a seed decides on.

use std::collections::BTreeMap;

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Failure, FramePath, Name, Outcome, Record,
    RecordKey, RecordNumber, StateMachine, Status, Timestamp,
};

use super::Operation;
use crate::{
    data::{
        at, child, claim, execution, execution_id, key, last_record, machine, name, payload,
        record, redriven, submitted,
    },
    random::Random,
};

const MACHINES: [&str; 3] = ["m", "mm", "n-é"];
const EXECUTIONS: [&str; 4] = ["e", "ee", "f", "1"];

/// Keeps to what a use case may ask: nothing is appended to an execution that is not there.
pub(super) struct Script {
    random: Random,
    /// Grows with each operation, so that no two starts or ends are of one moment.
    time: i64,
    /// The executions that are there, with the length of each log.
    logs: BTreeMap<ExecutionId, BTreeMap<FramePath, u64>>,
    /// The machines that are there, with the number of their revisions.
    machines: BTreeMap<&'static str, u32>,
    revisions: u32,
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        let (logs, machines) = (BTreeMap::new(), BTreeMap::new());
        Self { random: Random::new(seed), time: 1_000, logs, machines, revisions: 0 }
    }

    pub(super) fn next(&mut self) -> Operation {
        self.time += 1 + i64::from(self.random.below(3));
        match self.random.below(100) {
            0..12 => self.create(),
            12..34 => self.append(),
            34..50 => self.read_log(),
            50..74 => self.fan(),
            74..80 => self.finish(),
            80..88 => self.read_executions(),
            88..95 => self.put_machine(),
            95..99 => self.read_machines(),
            _ => self.delete_machine(),
        }
    }

    fn create(&mut self) -> Operation {
        let id = self.id();
        let first = self.record();
        let mut started = Execution { input: payload("[ 1]"), ..execution(self.time) };
        if self.random.below(2) == 0
            && let Some(data) = first.frame.data()
        {
            started.input = data.clone();
        }
        if self.random.below(3) == 0 {
            started.trace_header = Some("Root=1".to_owned());
        }
        let logs = self.logs.entry(id.clone());
        logs.or_insert_with(|| BTreeMap::from([(FramePath::ROOT, 1)]));
        Operation::Create(id, started, first)
    }

    fn append(&mut self) -> Operation {
        let Some(id) = self.live() else { return self.create() };
        let frame = self.frame();
        let record = self.record();
        let again = self.random.below(4) == 0;
        let length = self.logs.entry(id.clone()).or_default().entry(frame.clone()).or_default();
        let number = if again { length.saturating_sub(1) } else { *length };
        *length = (*length).max(number + 1);
        Operation::Append(key(&id, &frame, number), record)
    }

    fn read_log(&mut self) -> Operation {
        let id = self.id();
        match self.random.below(5) {
            0 => Operation::Load(self.any_key()),
            1 => {
                let count = self.random.below(6);
                Operation::LoadAll((0..count).map(|_| self.any_key()).collect())
            }
            2 => Operation::Head(id, self.frame()),
            3 => {
                let until = self.moment().plus_milliseconds(30_000);
                Operation::Renew(self.any_key(), until)
            }
            _ => Operation::Records(id),
        }
    }

    fn fan(&mut self) -> Operation {
        let Some(id) = self.live() else { return self.create() };
        let key = key(&id, &self.frame(), u64::from(self.random.below(3)));
        match self.random.below(10) {
            0 | 1 => Operation::Open(key, self.random.below(12), self.random.below(5)),
            2 => Operation::Fan(self.any_key()),
            3 => {
                let count = self.random.below(6);
                Operation::AllOpen((0..count).map(|_| self.any_key()).collect())
            }
            4 if self.random.below(4) == 0 => Operation::Close(key),
            _ => {
                let record = RecordNumber::new(u64::from(self.random.below(1_000)));
                let end = ChildEnd { record, failed: self.random.below(20) == 0 };
                Operation::EndChild(key, ChildIndex::new(self.random.below(12)), end)
            }
        }
    }

    fn finish(&mut self) -> Operation {
        let redriven = redriven(1 + self.random.below(3), self.time);
        if self.random.below(3) == 0 {
            return Operation::Reopen(self.id(), redriven);
        }
        // No two are of one moment.
        self.time += 1;
        let redriven = (self.random.below(3) == 0).then_some(redriven);
        Operation::Finish(self.id(), redriven, self.moment(), self.outcome())
    }

    fn read_executions(&mut self) -> Operation {
        match self.random.below(4) {
            0 | 1 => return Operation::Execution(self.id()),
            2 => {
                let before = i64::from(self.random.below(200));
                return Operation::Unstarted(self.moment().plus_milliseconds(10 - before));
            }
            _ => {}
        }
        let statuses = [
            None,
            Some(Status::Running),
            Some(Status::Succeeded),
            Some(Status::Failed),
            Some(Status::TimedOut),
            Some(Status::Aborted),
        ];
        let status = self.random.pick(&statuses);
        Operation::List(self.machine_name(), status, 1 + self.random.below(4))
    }

    fn put_machine(&mut self) -> Operation {
        let own = self.random.pick(&MACHINES);
        self.revisions += 1;
        let tags = vec![("revision".to_owned(), self.revisions.to_string())];
        let made =
            StateMachine { tags, ..machine(own, &format!("{own}-revision-{}", self.revisions)) };
        if self.random.below(2) == 0 || !self.machines.contains_key(own) {
            self.machines.entry(own).or_insert(self.revisions);
            return Operation::CreateMachine(made);
        }
        self.machines.insert(own, self.revisions);
        Operation::PutMachine(made)
    }

    fn read_machines(&mut self) -> Operation {
        match self.random.below(3) {
            0 => Operation::Machine(self.machine_name()),
            1 => {
                let own = self.random.pick(&MACHINES);
                let number = self.machines.get(own).copied().unwrap_or(0);
                let id = model::RevisionId::new(&format!("{own}-revision-{number}"));
                Operation::Revision(id)
            }
            _ => {
                let after = (self.random.below(2) == 0).then(|| self.machine_name());
                Operation::Machines(1 + self.random.below(4), after)
            }
        }
    }

    fn delete_machine(&mut self) -> Operation {
        let own = self.random.pick(&MACHINES);
        self.machines.remove(own);
        let prefix = format!("{own}:");
        self.logs.retain(|id, _| !id.as_str().starts_with(&prefix));
        Operation::DeleteMachine(name(own))
    }

    /// An execution, whether it is there or not.
    fn id(&mut self) -> ExecutionId {
        execution_id(self.random.pick(&MACHINES), self.random.pick(&EXECUTIONS))
    }

    /// An execution that is there.
    fn live(&mut self) -> Option<ExecutionId> {
        let ids: Vec<_> = self.logs.keys().cloned().collect();
        (!ids.is_empty()).then(|| self.random.pick(&ids))
    }

    fn any_key(&mut self) -> RecordKey {
        let id = self.id();
        let frame = self.frame();
        key(&id, &frame, u64::from(self.random.below(3)))
    }

    fn frame(&mut self) -> FramePath {
        let grandchild = child(1, 1).child(RecordNumber::new(0), ChildIndex::new(2));
        let frames = [FramePath::ROOT, FramePath::ROOT, child(1, 1), child(1, 10), grandchild];
        self.random.pick(&frames)
    }

    fn record(&mut self) -> Record {
        match self.random.below(6) {
            0 => last_record(self.time, self.outcome()),
            1 => claim(self.time),
            2 => submitted(self.time, Some(u64::from(self.random.below(9)))),
            _ => record(self.time),
        }
    }

    fn outcome(&mut self) -> Outcome {
        match self.random.below(4) {
            0 => Outcome::Succeeded(payload(&format!("{{\"at\":   {}}}", self.time))),
            1 => Outcome::Failed(Failure::new("E", "cause")),
            2 => Outcome::TimedOut(Failure::named("States.Timeout")),
            _ => Outcome::Aborted(Failure::default()),
        }
    }

    fn machine_name(&mut self) -> Name {
        name(self.random.pick(&MACHINES))
    }

    fn moment(&self) -> Timestamp {
        at(self.time)
    }
}
