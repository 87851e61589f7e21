//! Random operations, which depend only on the seed.

use std::{collections::BTreeMap, num::NonZeroU32};

use model::{
    Activity, ChildEnd, ChildIndex, EndedChild, Execution, ExecutionId, ExecutionStatus, Failure,
    ForkShape, FrameOutcome, FramePath, Record, RecordKey, RecordNumber, ResourceName,
    StateMachine, Timestamp,
};

use super::{StoreOperation, activity_operation::ActivityOperation};
use crate::{
    activities::{new_activity, waiting_task},
    data::{
        child_path, claim_record, execution_id, last_record, new_execution, new_state_machine,
        parse_name, parse_payload, queued_record, record_at, record_key, redrive_number,
        submitted_record, timestamp_at,
    },
    random::ContractRandom,
};

const MACHINES: [&str; 3] = ["m", "mm", "n-é"];
const EXECUTIONS: [&str; 4] = ["e", "ee", "f", "1"];

/// Generates only operations that a use case may request: for example, it never appends to an
/// execution that does not exist.
pub(super) struct OperationScript {
    random: ContractRandom,
    /// Grows with each operation, so that no two starts or ends have the same time.
    time: i64,
    /// The existing executions, with the length of each log.
    logs: BTreeMap<ExecutionId, BTreeMap<FramePath, u64>>,
    /// The existing machines, with the number of their revisions.
    machines: BTreeMap<&'static str, u32>,
    revisions: u32,
}

impl OperationScript {
    pub(super) fn new(seed: u64) -> Self {
        let (logs, machines) = (BTreeMap::new(), BTreeMap::new());
        Self { random: ContractRandom::new(seed), time: 1_000, logs, machines, revisions: 0 }
    }

    pub(super) fn next_operation(&mut self) -> StoreOperation {
        self.time += 1 + i64::from(self.random.number_below(3));
        match self.random.number_below(100) {
            0..12 => self.create_execution(),
            12..34 => self.append_record(),
            34..50 => self.read_log(),
            50..69 => self.use_fan_in(),
            69..74 => self.use_activities(),
            74..80 => self.finish_execution(),
            80..88 => self.read_executions(),
            88..95 => self.put_machine(),
            95..99 => self.read_machines(),
            _ => self.delete_machine(),
        }
    }

    fn create_execution(&mut self) -> StoreOperation {
        let id = self.any_execution_id();
        let first = self.any_record();
        let mut started = Execution { input: parse_payload("[ 1]"), ..new_execution(self.time) };
        if self.random.number_below(2) == 0
            && let Some(data) = first.frame.held_payload()
        {
            started.input = data.clone();
        }
        if self.random.number_below(3) == 0 {
            started.trace_header = Some("Root=1".to_owned());
        }
        let logs = self.logs.entry(id.clone());
        logs.or_insert_with(|| BTreeMap::from([(FramePath::ROOT, 1)]));
        StoreOperation::Create(id, started, first)
    }

    fn append_record(&mut self) -> StoreOperation {
        let Some(id) = self.existing_execution_id() else { return self.create_execution() };
        let frame = self.any_frame();
        let record = self.any_record();
        let again = self.random.number_below(4) == 0;
        let length = self.logs.entry(id.clone()).or_default().entry(frame.clone()).or_default();
        let number = if again { length.saturating_sub(1) } else { *length };
        *length = (*length).max(number + 1);
        StoreOperation::Append(record_key(&id, &frame, number), record)
    }

    fn read_log(&mut self) -> StoreOperation {
        let id = self.any_execution_id();
        match self.random.number_below(5) {
            0 => StoreOperation::Load(self.any_key()),
            1 => {
                let count = self.random.number_below(6);
                StoreOperation::LoadAll((0..count).map(|_| self.any_key()).collect())
            }
            2 => StoreOperation::Head(id, self.any_frame()),
            3 => {
                let until = self.current_time().plus_milliseconds(30_000);
                StoreOperation::Renew(self.any_key(), until)
            }
            _ => StoreOperation::Records(id),
        }
    }

    fn use_fan_in(&mut self) -> StoreOperation {
        let Some(id) = self.existing_execution_id() else { return self.create_execution() };
        let number = self.random.number_below(3);
        let fork = record_key(&id, &self.any_frame(), u64::from(number));
        let shape = ForkShape {
            children: 12,
            concurrency: [0, 2, 6][number as usize],
            bucket_children: NonZeroU32::new(4).expect("4 is not zero"),
            tolerated_failures: number,
        };
        let child = ChildIndex::new(self.random.number_below(12));
        let record = RecordNumber::new(u64::from(self.random.number_below(1_000)));
        match self.random.number_below(12) {
            0 | 1 => StoreOperation::OpenGate(fork, shape),
            2 => StoreOperation::Gate(self.any_key()),
            3 => {
                let count = self.random.number_below(6);
                StoreOperation::AllOpen((0..count).map(|_| self.any_key()).collect())
            }
            4 if self.random.number_below(4) == 0 => StoreOperation::CloseGate(fork, shape),
            4 => StoreOperation::FailChild(fork, EndedChild { child, record }),
            5 => StoreOperation::FillBucket(fork, self.random.number_below(3)),
            6 if shape.has_slots() => {
                let shard = self.random.number_below(shape.shard_count());
                StoreOperation::OpenSlots(fork, shape, shard)
            }
            7 | 8 if shape.has_slots() => {
                let slot = self.random.number_below(shape.concurrency);
                StoreOperation::AdvanceSlot(fork, shape, slot, child)
            }
            9 => StoreOperation::Slots(fork, shape),
            10 => StoreOperation::Buckets(self.any_key(), 3),
            _ => {
                let end = ChildEnd { record, failed: self.random.number_below(20) == 0 };
                StoreOperation::EndChildren(fork, shape.bucket_of(child), vec![(child, end)])
            }
        }
    }

    fn use_activities(&mut self) -> StoreOperation {
        let own = self.random.pick_one(&MACHINES);
        let name = parse_name(own);
        let created = Activity { created_at: self.current_time(), ..new_activity(own) };
        let (at, secret) = (self.random.number_below(4), self.random.number_below(4));
        let task = waiting_task(own, i64::from(at), u128::from(secret));
        StoreOperation::OfActivity(match self.random.number_below(12) {
            0 | 1 => ActivityOperation::Create(created),
            2 => ActivityOperation::Put(created),
            3 => ActivityOperation::Load(name),
            4 => ActivityOperation::List(1 + self.random.number_below(3), Some(name)),
            5 => ActivityOperation::List(9, None),
            6 => ActivityOperation::Delete(name),
            7 | 8 => ActivityOperation::PutTask(task),
            9 => ActivityOperation::RemoveTask(task),
            _ => ActivityOperation::Tasks(name, 1 + self.random.number_below(6)),
        })
    }

    fn finish_execution(&mut self) -> StoreOperation {
        let redriven = redrive_number(1 + self.random.number_below(3), self.time);
        if self.random.number_below(3) == 0 {
            return StoreOperation::Reopen(self.any_execution_id(), redriven);
        }
        // No two ends have the same time.
        self.time += 1;
        let redriven = (self.random.number_below(3) == 0).then_some(redriven);
        StoreOperation::Finish(
            self.any_execution_id(),
            redriven,
            self.current_time(),
            self.any_outcome(),
        )
    }

    fn read_executions(&mut self) -> StoreOperation {
        match self.random.number_below(4) {
            0 | 1 => return StoreOperation::Execution(self.any_execution_id()),
            _ => {}
        }
        let statuses = [
            None,
            Some(ExecutionStatus::Running),
            Some(ExecutionStatus::Succeeded),
            Some(ExecutionStatus::Failed),
            Some(ExecutionStatus::TimedOut),
            Some(ExecutionStatus::Aborted),
        ];
        let status = self.random.pick_one(&statuses);
        StoreOperation::List(self.machine_name(), status, 1 + self.random.number_below(4))
    }

    fn put_machine(&mut self) -> StoreOperation {
        let own = self.random.pick_one(&MACHINES);
        self.revisions += 1;
        let tags = vec![("revision".to_owned(), self.revisions.to_string())];
        let made = StateMachine {
            tags,
            ..new_state_machine(own, &format!("{own}-revision-{}", self.revisions))
        };
        if self.random.number_below(2) == 0 || !self.machines.contains_key(own) {
            self.machines.entry(own).or_insert(self.revisions);
            return StoreOperation::CreateMachine(made);
        }
        self.machines.insert(own, self.revisions);
        StoreOperation::PutMachine(made)
    }

    fn read_machines(&mut self) -> StoreOperation {
        match self.random.number_below(3) {
            0 => StoreOperation::Machine(self.machine_name()),
            1 => {
                let own = self.random.pick_one(&MACHINES);
                let number = self.machines.get(own).copied().unwrap_or(0);
                let id = model::RevisionId::new(&format!("{own}-revision-{number}"));
                StoreOperation::Revision(id)
            }
            _ => {
                let after = (self.random.number_below(2) == 0).then(|| self.machine_name());
                StoreOperation::Machines(1 + self.random.number_below(4), after)
            }
        }
    }

    fn delete_machine(&mut self) -> StoreOperation {
        let own = self.random.pick_one(&MACHINES);
        if self.machines.remove(own).is_none() {
            return self.put_machine();
        }
        let prefix = format!("{own}:");
        self.logs.retain(|id, _| !id.as_str().starts_with(&prefix));
        StoreOperation::DeleteMachine(parse_name(own), timestamp_at(self.time))
    }

    /// An execution that may or may not exist.
    fn any_execution_id(&mut self) -> ExecutionId {
        execution_id(self.random.pick_one(&MACHINES), self.random.pick_one(&EXECUTIONS))
    }

    /// An execution that exists, if there is one.
    fn existing_execution_id(&mut self) -> Option<ExecutionId> {
        let ids: Vec<_> = self.logs.keys().cloned().collect();
        (!ids.is_empty()).then(|| self.random.pick_one(&ids))
    }

    fn any_key(&mut self) -> RecordKey {
        let id = self.any_execution_id();
        let frame = self.any_frame();
        record_key(&id, &frame, u64::from(self.random.number_below(3)))
    }

    fn any_frame(&mut self) -> FramePath {
        let grandchild = child_path(1, 1).child_path(RecordNumber::new(0), ChildIndex::new(2));
        let frames =
            [FramePath::ROOT, FramePath::ROOT, child_path(1, 1), child_path(1, 10), grandchild];
        self.random.pick_one(&frames)
    }

    fn any_record(&mut self) -> Record {
        match self.random.number_below(6) {
            0 => last_record(self.time, self.any_outcome()),
            1 => claim_record(self.time),
            2 => submitted_record(self.time, Some(u64::from(self.random.number_below(9)))),
            3 => queued_record(self.time),
            _ => record_at(self.time),
        }
    }

    fn any_outcome(&mut self) -> FrameOutcome {
        match self.random.number_below(4) {
            0 => FrameOutcome::Succeeded(parse_payload(&format!("{{\"at\":   {}}}", self.time))),
            1 => FrameOutcome::Failed(Failure::new("E", "cause")),
            2 => FrameOutcome::TimedOut(Failure::with_error_name("States.Timeout")),
            _ => FrameOutcome::Aborted(Failure::default()),
        }
    }

    fn machine_name(&mut self) -> ResourceName {
        parse_name(self.random.pick_one(&MACHINES))
    }

    fn current_time(&self) -> Timestamp {
        timestamp_at(self.time)
    }
}
