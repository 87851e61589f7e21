//! Everything outside the use cases: stores, queue, clock, random source, functions, and the trace.

mod queue;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use model::{
    ChildIndex, Execution, ExecutionId, ExecutionStatus, FrameOutcome, FramePath, MessageIdentity,
    PayloadAddress, QueueMessage, Record, RecordKey, RecordNumber, RedriveDetails, ResourceName,
    StateMachine, StoredRecord, Timestamp, WrittenBy, limits::DEATHS_MAX,
};
use orchestrator::ports::{AppendOutcome, DeathCount, LogHead, QueueName, StatusWrite};

use crate::{
    ablations::{self, Ablation, DelayedWrite},
    activities::SimulatedActivities,
    execution_logs::SimulatedLogs,
    fan_ins::SimulatedFanIns,
    faults::{FaultPlan, FaultRates, PortCallKind, PortCallOutcome},
    functions::CallMade,
    jobs::ClientCall,
    random::SimulationRandom,
    safety,
    service_jobs::SimulatedServiceJobs,
};

/// The visibility timeout in milliseconds.
pub(crate) const VISIBILITY: i64 = 30_000;

/// The start of virtual time, in milliseconds since 1970.
pub(crate) const EPOCH: i64 = 1_700_000_000_000;

/// The world that all workers share.
pub(crate) type SharedWorld = Arc<Mutex<SimulatedWorld>>;

/// Identifies the worker of one delivery or API call.
pub(crate) type WorkerId = u32;

#[derive(Clone, Debug)]
pub(crate) struct QueuedMessage {
    pub(crate) id: u64,
    /// The message as JSON, the form in which it is persisted.
    pub(crate) message: String,
    pub(crate) queue_name: QueueName,
    pub(crate) visible_at: i64,
    pub(crate) receive_count: u32,
}

#[derive(Clone, Debug)]
struct LoggedRecord {
    /// As it was read back from its JSON text when it was appended.
    record: Arc<Record>,
    lease: i64,
}

/// What the worker that is polled waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WorkerWait {
    /// Whether the scheduler may poll it again at any time.
    pub(crate) runnable: bool,
    /// The time at which it must be polled again, if it sleeps.
    pub(crate) until: Option<i64>,
}

/// A client of `StartExecution` that gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartClient {
    /// It repeats its call until it is answered.
    Repeats,
    /// It will give up.
    GivesUp,
    /// It has given up.
    HasGivenUp,
}

#[derive(Debug)]
pub(crate) struct SimulatedWorld {
    pub(crate) random: SimulationRandom,
    pub(crate) plan: FaultPlan,
    pub(crate) ablation: Option<Ablation>,
    pub(crate) now: i64,
    pub(crate) current_wait: WorkerWait,
    pub(crate) dead: BTreeSet<WorkerId>,
    logs: BTreeMap<RecordKey, LoggedRecord>,
    pub(crate) fan_ins: SimulatedFanIns,
    pub(crate) activities: SimulatedActivities,
    /// Whether workers ask for tasks of activities.
    pub(crate) has_activity_workers: bool,
    /// The start of an activity's task that each worker has sent last.
    pub(crate) starting: BTreeMap<WorkerId, WrittenBy>,
    /// The children of each fork that have started and not ended.
    pub(crate) running_children: BTreeMap<RecordKey, BTreeSet<ChildIndex>>,
    executions: BTreeMap<ExecutionId, String>,
    pub(crate) machines: BTreeMap<ResourceName, Arc<StateMachine>>,
    /// What the client of `StartExecution` does if it gets no answer.
    pub(crate) start_client: StartClient,
    /// The task tokens to which an answer was acknowledged.
    pub(crate) answered_tokens: BTreeSet<String>,
    /// Future API calls, with their times.
    pub(crate) jobs: Vec<(i64, ClientCall)>,
    /// Appends that a worker believes to be durable, for [`Ablation::SendBeforeCommit`].
    pub(crate) unflushed: BTreeMap<WorkerId, (RecordKey, Record)>,
    /// Writes to fan-ins that become durable later, with their times.
    pub(crate) late_writes: Vec<(i64, DelayedWrite)>,
    /// Writes to fan-ins that a worker believes to be durable.
    pub(crate) delayed_writes: BTreeMap<WorkerId, Vec<DelayedWrite>>,
    /// Messages that a start sends after it has written, for [`Ablation::PutBeforeSend`].
    pub(crate) unsent: BTreeMap<WorkerId, Vec<(QueueMessage, QueueName, Option<Timestamp>)>>,
    /// The record at whose append every worker dies.
    pub(crate) poison: Option<RecordKey>,
    /// Whether the queues have lost their messages.
    pub(crate) lost_messages: bool,
    /// The workers that run the command `rewake`.
    pub(crate) rewaking: BTreeSet<WorkerId>,
    pub(crate) queue: Vec<QueuedMessage>,
    /// Every message that was ever in the queue, as JSON.
    pub(crate) sent: BTreeSet<String>,
    /// The frames that a message was to start.
    pub(crate) started_frames: BTreeSet<(ExecutionId, FramePath)>,
    pub(crate) calls: Vec<CallMade>,
    /// The jobs of services, by the claims of the calls that started them.
    pub(crate) service_jobs: SimulatedServiceJobs,
    pub(crate) execution_logs: SimulatedLogs,
    /// The counts of deaths.
    pub(crate) deaths: BTreeMap<MessageIdentity, DeathCount>,
    /// The message that each worker handles.
    pub(crate) handling: BTreeMap<WorkerId, MessageIdentity>,
    /// The last count that each worker has put.
    pub(crate) counted: BTreeMap<WorkerId, (MessageIdentity, DeathCount)>,
    /// Dead letters.
    pub(crate) dead_letters: Vec<QueueMessage>,
    /// The changes of status that the observer was told of.
    pub(crate) observed_status_changes: Vec<(ExecutionId, ExecutionStatus)>,
    /// The number of port calls so far.
    pub(crate) port_calls: u64,
    /// The number of API calls so far.
    pub(crate) api_calls: u64,
    /// The number of deliveries so far.
    pub(crate) handled: u64,
    /// The number of faults so far, by kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// Whether time has jumped while a worker was busy.
    pub(crate) froze: bool,
    /// The failed checks.
    pub(crate) violations: Vec<String>,
    pub(crate) trace: Vec<String>,
}

impl SimulatedWorld {
    pub(crate) fn new(seed: u64, plan: FaultPlan, machines: Vec<StateMachine>) -> Self {
        let machines = machines.into_iter().map(|machine| (machine.name.clone(), machine.into()));
        Self {
            random: SimulationRandom::new(seed),
            plan,
            ablation: None,
            now: EPOCH,
            current_wait: WorkerWait::default(),
            dead: BTreeSet::new(),
            logs: BTreeMap::new(),
            fan_ins: SimulatedFanIns::default(),
            activities: SimulatedActivities::default(),
            has_activity_workers: false,
            starting: BTreeMap::new(),
            running_children: BTreeMap::new(),
            executions: BTreeMap::new(),
            machines: machines.collect(),
            start_client: StartClient::Repeats,
            answered_tokens: BTreeSet::new(),
            jobs: Vec::new(),
            unflushed: BTreeMap::new(),
            late_writes: Vec::new(),
            delayed_writes: BTreeMap::new(),
            unsent: BTreeMap::new(),
            poison: None,
            lost_messages: false,
            rewaking: BTreeSet::new(),
            queue: Vec::new(),
            sent: BTreeSet::new(),
            started_frames: BTreeSet::new(),
            calls: Vec::new(),
            service_jobs: SimulatedServiceJobs::default(),
            execution_logs: SimulatedLogs::default(),
            deaths: BTreeMap::new(),
            handling: BTreeMap::new(),
            counted: BTreeMap::new(),
            dead_letters: Vec::new(),
            observed_status_changes: Vec::new(),
            port_calls: 0,
            api_calls: 0,
            handled: 0,
            faults: BTreeMap::new(),
            froze: false,
            violations: Vec::new(),
            trace: Vec::new(),
        }
    }

    pub(crate) fn trace_line(&mut self, line: &str) {
        self.trace.push(format!("{:>9} {line}", self.now - EPOCH));
    }

    pub(crate) fn report_violation(&mut self, what: String) {
        self.trace_line(&format!("VIOLATION {what}"));
        self.violations.push(what);
    }

    /// Decides the outcome of a port call. Each call takes a little time.
    pub(crate) fn decide_port_call(
        &mut self,
        worker: WorkerId,
        call: &str,
        kind: PortCallKind,
    ) -> PortCallOutcome {
        self.now += self.random.draw_milliseconds(2);
        ablations::apply_late_writes(self);
        let number = self.port_calls;
        self.port_calls += 1;
        let outcome = self.plan.decide_outcome((number, self.now), kind, &mut self.random);
        let outcome = if self.would_bury(worker) { outcome.without_death() } else { outcome };
        if outcome == PortCallOutcome::Succeeds {
            self.trace_line(&format!("worker {worker} {call}"));
        } else {
            self.count_faults(outcome.fault_name(), 1);
            self.trace_line(&format!("worker {worker} {call} — call {number}: {outcome:?}"));
        }
        outcome
    }

    /// Whether one death more may look like the work of the message that this worker handles. Chance
    /// must not do that: a message that kills so often is buried, and `poison.rs` is about those. A
    /// worker that freezes for longer than the visibility timeout looks dead, too.
    pub(crate) fn would_bury(&self, worker: WorkerId) -> bool {
        let deaths = self.handling.get(&worker).and_then(|message| self.deaths.get(message));
        deaths.is_some_and(|count| count.deaths + 1 >= DEATHS_MAX)
    }

    /// Counts the death again that this worker has counted and taken back.
    pub(crate) fn count_again(&mut self, worker: WorkerId) {
        self.deaths.extend(self.counted.remove(&worker));
    }

    pub(crate) fn count_faults(&mut self, kind: &'static str, more: u64) {
        *self.faults.entry(kind).or_default() += more;
    }

    /// The number of all faults so far.
    pub(crate) fn injected_faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Draws whether a fault outside port calls happens.
    pub(crate) fn draw_fault(&mut self, kind: &'static str, rate: fn(&FaultRates) -> u32) -> bool {
        let strikes = self.plan.draw_fault(&mut self.random, rate);
        self.count_faults(kind, u64::from(strikes));
        strikes
    }
}

/// The record log.
impl SimulatedWorld {
    pub(crate) fn load_record(&self, key: &RecordKey) -> Option<Arc<Record>> {
        Some(Arc::clone(&self.logs.get(key)?.record))
    }

    /// Puts the payloads that other records hold back into a record.
    fn decode_record(&self, key: &RecordKey, json: &str) -> Record {
        let stored = StoredRecord::parse_json(json).expect("what was persisted loads");
        let find = |address: &PayloadAddress| {
            let (frame, number) = (address.frame.clone(), address.record);
            let holder = self.logs.get(&RecordKey { frame, number, ..key.clone() })?;
            holder.record.find_payload(address)
        };
        stored.into_record((&key.frame, key.number), find).expect("every payload is held")
    }

    pub(crate) fn head_record(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Option<LogHead> {
        let (key, stored) = self.logs.range(log_range(execution, frame)).next_back()?;
        let record = Arc::clone(&stored.record);
        let lease = Timestamp::from_milliseconds(stored.lease);
        Some(LogHead { number: key.number, record, lease })
    }

    /// Every record of every frame.
    pub(crate) fn all_records(&self) -> impl Iterator<Item = (&RecordKey, &Arc<Record>)> {
        self.logs.iter().map(|(key, stored)| (key, &stored.record))
    }

    /// Whether any frame but the root has a record.
    pub(crate) fn has_child_frames(&self, execution: &ExecutionId) -> bool {
        self.logs.keys().any(|key| key.execution == *execution && key.frame != FramePath::ROOT)
    }

    pub(crate) fn record_count(&self) -> u64 {
        u64::try_from(self.logs.len()).expect("lengths fit 64 bits")
    }

    pub(crate) fn append_record(&mut self, key: &RecordKey, record: &Record) -> AppendOutcome {
        if self.logs.contains_key(key) {
            self.trace_line(&format!("    lost: {} is taken", record_label(key)));
            return AppendOutcome::Lost;
        }
        let wrong = safety::check_before_append(self, key, record);
        for wrong in wrong.into_iter().chain(safety::check_task_starts_once(self, key, record)) {
            self.report_violation(wrong);
        }
        let stored = StoredRecord::from_record(record);
        let json = stored.to_json().expect("records print");
        let loaded = Arc::new(self.decode_record(key, &json));
        if *loaded != *record {
            self.report_violation(format!(
                "{} does not survive storage: {json}",
                record_label(key)
            ));
        }
        let lease = record.alive_until().unwrap_or(record.written_at).as_milliseconds();
        self.trace_line(&format!("    {} = {:?}", record_label(key), record.frame.phase));
        self.logs.insert(key.clone(), LoggedRecord { record: Arc::clone(&loaded), lease });
        stored.mark_durable(&key.frame, key.number);
        for wrong in safety::check_after_append(self, key) {
            self.report_violation(wrong);
        }
        AppendOutcome::Done(loaded)
    }

    /// Whether a worker that tries this append dies. This excludes appends that fail or stop the
    /// execution.
    pub(crate) fn is_poisonous(&self, key: &RecordKey, record: &Record) -> bool {
        let is_step =
            !matches!(record.written_by, WrittenBy::FailExecution | WrittenBy::StopExecution);
        self.poison.as_ref() == Some(key) && is_step
    }

    pub(crate) fn lease_until(&self, key: &RecordKey) -> i64 {
        self.logs.get(key).map_or(0, |stored| stored.lease)
    }

    pub(crate) fn renew_lease(&mut self, key: &RecordKey, until: i64) {
        if let Some(stored) = self.logs.get_mut(key) {
            stored.lease = stored.lease.max(until);
        }
    }
}

/// Executions.
impl SimulatedWorld {
    pub(crate) fn load_execution(&self, id: &ExecutionId) -> Option<Execution> {
        self.executions.get(id).map(|json| parse_persisted(json))
    }

    pub(crate) fn finish_execution(
        &mut self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, FrameOutcome),
    ) -> Option<StatusWrite> {
        if let Some(redriven) = redriven {
            self.reopen_execution(id, redriven);
        }
        let life = redriven.map_or(0, |redriven| redriven.count);
        let mut execution = self.load_execution(id)?;
        let repeated = execution.end.is_some() || execution.facts.redrive_count() != life;
        if execution.facts.redrive_count() == life {
            execution.end = Some(end);
            self.put_execution(id, &execution);
        }
        Some(StatusWrite { execution: Some(Arc::new(execution)), repeated })
    }

    pub(crate) fn reopen_execution(
        &mut self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Option<StatusWrite> {
        let mut execution = self.load_execution(id)?;
        let repeated = execution.facts.redrive_count() >= redriven.count;
        if !repeated {
            execution.end = None;
            Arc::make_mut(&mut execution.facts).last_redrive = Some(redriven.clone());
            self.put_execution(id, &execution);
        }
        Some(StatusWrite { execution: Some(Arc::new(execution)), repeated })
    }

    /// All executions that exist.
    pub(crate) fn execution_ids(&self) -> Vec<ExecutionId> {
        self.executions.keys().cloned().collect()
    }

    pub(crate) fn put_execution(&mut self, id: &ExecutionId, execution: &Execution) {
        let json = serde_json::to_string(execution).expect("executions print");
        self.executions.insert(id.clone(), json);
    }
}

pub(crate) fn parse_persisted<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("what was persisted loads")
}

/// `<frame>#<number>`
pub(crate) fn record_label(key: &RecordKey) -> String {
    format!("{}#{}", key.frame, key.number)
}

fn log_range(execution: &ExecutionId, frame: &FramePath) -> std::ops::RangeInclusive<RecordKey> {
    let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
    key(RecordNumber::FIRST)..=key(RecordNumber::new(u64::MAX))
}
