//! Everything outside the use cases: stores, queue, clock, chance, functions; and the trace.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use model::{
    ChildIndex, Execution, ExecutionId, Fan, FramePath, Message, Name, Outcome, Record, RecordKey,
    RecordNumber, Redriven, StateMachine, Timestamp, Via,
};
use orchestrator::ports::{Append, Head, Lane};

use crate::{
    ablations::Ablation,
    faults::{Fate, Kind, Plan, Storm},
    functions::CallMade,
    jobs::Job,
    random::Random,
    safety,
};

/// Milliseconds from a delivery to the next one of a message that is not acknowledged.
pub(crate) const VISIBILITY: i64 = 30_000;

/// When the virtual clock starts, in milliseconds.
pub(crate) const EPOCH: i64 = 1_700_000_000_000;

/// The world, as all workers share it.
pub(crate) type Shared = Arc<Mutex<World>>;

/// One delivery's worker.
pub(crate) type WorkerId = u32;

/// A message in the queue.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    /// As JSON, the form in which it is persisted.
    pub(crate) message: String,
    pub(crate) lane: Lane,
    pub(crate) visible_at: i64,
    pub(crate) received: u32,
}

/// A record in the store.
#[derive(Clone, Debug)]
struct Stored {
    json: String,
    lease: i64,
}

/// What the worker that is being polled waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parking {
    /// To be polled again, whenever the scheduler likes.
    pub(crate) runnable: bool,
    /// A time.
    pub(crate) until: Option<i64>,
}

/// Everything outside the use cases.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) plan: Plan,
    pub(crate) ablation: Option<Ablation>,
    pub(crate) now: i64,
    pub(crate) parking: Parking,
    pub(crate) dead: BTreeSet<WorkerId>,
    logs: BTreeMap<RecordKey, Stored>,
    pub(crate) fans: BTreeMap<RecordKey, Fan>,
    /// The children of each fork that have begun and not ended.
    pub(crate) live: BTreeMap<RecordKey, BTreeSet<ChildIndex>>,
    executions: BTreeMap<ExecutionId, String>,
    /// What can be started.
    pub(crate) machines: BTreeMap<Name, Arc<StateMachine>>,
    /// API calls to come, with their times.
    pub(crate) jobs: Vec<(i64, Job)>,
    /// Appends that a worker believes to be durable, where a rule is switched off.
    pub(crate) unflushed: BTreeMap<WorkerId, (RecordKey, Record)>,
    /// The record at whose append every worker dies.
    pub(crate) poison: Option<RecordKey>,
    pub(crate) queue: Vec<Entry>,
    /// Every message that was ever durable in the queue.
    pub(crate) sent: BTreeSet<String>,
    pub(crate) calls: Vec<CallMade>,
    /// Messages that nobody could handle.
    pub(crate) buried: Vec<Message>,
    /// Port calls so far.
    pub(crate) port_calls: u64,
    /// API calls so far.
    pub(crate) api_calls: u64,
    /// Deliveries so far.
    pub(crate) handled: u64,
    /// Faults so far, by kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// Whether time has jumped while a worker was in the middle of things.
    pub(crate) froze: bool,
    /// What should never happen, and did.
    pub(crate) violations: Vec<String>,
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64, plan: Plan, machines: Vec<StateMachine>) -> Self {
        let machines = machines.into_iter().map(|machine| (machine.name.clone(), machine.into()));
        Self {
            random: Random::new(seed),
            plan,
            ablation: None,
            now: EPOCH,
            parking: Parking::default(),
            dead: BTreeSet::new(),
            logs: BTreeMap::new(),
            fans: BTreeMap::new(),
            live: BTreeMap::new(),
            executions: BTreeMap::new(),
            machines: machines.collect(),
            jobs: Vec::new(),
            unflushed: BTreeMap::new(),
            poison: None,
            queue: Vec::new(),
            sent: BTreeSet::new(),
            calls: Vec::new(),
            buried: Vec::new(),
            port_calls: 0,
            api_calls: 0,
            handled: 0,
            faults: BTreeMap::new(),
            froze: false,
            violations: Vec::new(),
            trace: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, line: &str) {
        self.trace.push(format!("{:>9} {line}", self.now - EPOCH));
    }

    pub(crate) fn violate(&mut self, what: String) {
        self.note(&format!("VIOLATION {what}"));
        self.violations.push(what);
    }

    /// Decides a port call's fate. Each takes a little time.
    pub(crate) fn admit(&mut self, worker: WorkerId, call: &str, kind: Kind) -> Fate {
        self.now += self.random.milliseconds(2);
        let number = self.port_calls;
        self.port_calls += 1;
        let fate = self.plan.fate((number, self.now), kind, &mut self.random);
        if fate == Fate::Fine {
            self.note(&format!("worker {worker} {call}"));
        } else {
            self.count(fate.name(), 1);
            self.note(&format!("worker {worker} {call} — call {number}: {fate:?}"));
        }
        fate
    }

    /// Counts faults of a kind.
    pub(crate) fn count(&mut self, kind: &'static str, more: u64) {
        *self.faults.entry(kind).or_default() += more;
    }

    /// Faults so far.
    pub(crate) fn injected(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Whether a fault beside port calls happens.
    pub(crate) fn strikes(&mut self, kind: &'static str, rate: fn(&Storm) -> u32) -> bool {
        let strikes = self.plan.strikes(&mut self.random, rate);
        self.count(kind, u64::from(strikes));
        strikes
    }
}

/// The log.
impl World {
    pub(crate) fn record(&self, key: &RecordKey) -> Option<Arc<Record>> {
        self.logs.get(key).map(|stored| Arc::new(read(&stored.json)))
    }

    pub(crate) fn head(&self, execution: &ExecutionId, frame: &FramePath) -> Option<Head> {
        let (key, stored) = self.logs.range(log_of(execution, frame)).next_back()?;
        let record = Arc::new(read(&stored.json));
        let lease = Timestamp::from_milliseconds(stored.lease);
        Some(Head { number: key.number, record, lease })
    }

    /// Every record of every frame.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&RecordKey, Record)> {
        self.logs.iter().map(|(key, stored)| (key, read(&stored.json)))
    }

    pub(crate) fn records_count(&self) -> u64 {
        u64::try_from(self.logs.len()).expect("lengths fit 64 bits")
    }

    pub(crate) fn append(&mut self, key: &RecordKey, record: &Record) -> Append {
        if self.logs.contains_key(key) {
            self.note(&format!("    lost: {} is taken", place(key)));
            return Append::Lost;
        }
        for wrong in safety::before_append(self, key, record) {
            self.violate(wrong);
        }
        let json = serde_json::to_string(record).expect("records print");
        let loaded: Record = read(&json);
        if loaded != *record {
            self.violate(format!("{} does not survive storage: {json}", place(key)));
        }
        let lease = record.alive_until().unwrap_or(record.at).milliseconds();
        self.note(&format!("    {} = {:?}", place(key), record.frame.phase));
        self.logs.insert(key.clone(), Stored { json, lease });
        for wrong in safety::after_append(self, key) {
            self.violate(wrong);
        }
        Append::Done(Arc::new(loaded))
    }

    /// Whether every worker dies that tries this append. The engine's own refusal is no step, nor is
    /// what it stops.
    pub(crate) fn is_poisonous(&self, key: &RecordKey, record: &Record) -> bool {
        let is_step = !matches!(record.via, Via::Refuse | Via::Stop);
        self.poison.as_ref() == Some(key) && is_step
    }

    pub(crate) fn lease(&self, key: &RecordKey) -> i64 {
        self.logs.get(key).map_or(0, |stored| stored.lease)
    }

    pub(crate) fn renew(&mut self, key: &RecordKey, until: i64) {
        if let Some(stored) = self.logs.get_mut(key) {
            stored.lease = stored.lease.max(until);
        }
    }
}

/// Executions.
impl World {
    pub(crate) fn execution(&self, id: &ExecutionId) -> Option<Execution> {
        self.executions.get(id).map(|json| read(json))
    }

    pub(crate) fn finish(
        &mut self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        end: (Timestamp, Outcome),
    ) {
        if let Some(redriven) = redriven {
            self.reopen(id, redriven);
        }
        let life = redriven.map_or(0, |redriven| redriven.count);
        if let Some(mut execution) = self.execution(id)
            && execution.facts.redrives() == life
        {
            execution.end = Some(end);
            self.put_execution(id, &execution);
        }
    }

    pub(crate) fn reopen(&mut self, id: &ExecutionId, redriven: &Redriven) {
        if let Some(mut execution) = self.execution(id)
            && execution.facts.redrives() < redriven.count
        {
            execution.end = None;
            Arc::make_mut(&mut execution.facts).redriven = Some(redriven.clone());
            self.put_execution(id, &execution);
        }
    }

    /// Running executions that are still at their first record.
    pub(crate) fn unstarted(&self, before: Timestamp) -> Vec<ExecutionId> {
        let is_unstarted = |id: &ExecutionId| {
            let execution = self.execution(id);
            let is_old = execution.is_some_and(|execution| {
                execution.end.is_none() && execution.facts.started_at < before
            });
            let head = self.head(id, &FramePath::ROOT);
            is_old && head.is_some_and(|head| head.number == RecordNumber::FIRST)
        };
        self.executions.keys().filter(|id| is_unstarted(id)).cloned().collect()
    }

    /// All executions that were started.
    pub(crate) fn execution_ids(&self) -> Vec<ExecutionId> {
        self.executions.keys().cloned().collect()
    }

    pub(crate) fn put_execution(&mut self, id: &ExecutionId, execution: &Execution) {
        let json = serde_json::to_string(execution).expect("executions print");
        self.executions.insert(id.clone(), json);
    }
}

/// The queue.
impl World {
    pub(crate) fn send(&mut self, message: &Message, lane: Lane, at: Option<Timestamp>) {
        let at = at.map_or(self.now, Timestamp::milliseconds).max(self.now);
        let json = serde_json::to_string(message).expect("messages print");
        self.sent.insert(json.clone());
        let delay = if self.strikes("late", |storm| storm.copies) {
            self.random.milliseconds(60_000)
        } else {
            self.random.milliseconds(20)
        };
        self.enqueue(json.clone(), lane, at + delay);
        if self.strikes("copied", |storm| storm.copies) {
            let delay = self.random.milliseconds(90_000);
            self.enqueue(json, lane, at + delay);
        }
    }

    fn enqueue(&mut self, message: String, lane: Lane, visible_at: i64) {
        let id = self.random.draw();
        self.note(&format!("    queue {message} at {}", visible_at - EPOCH));
        self.queue.push(Entry { id, message, lane, visible_at, received: 0 });
    }

    /// Whether the message was ever durable in the queue.
    pub(crate) fn was_sent(&self, message: &Message) -> bool {
        self.sent.contains(&serde_json::to_string(message).expect("messages print"))
    }

    /// Receives one of the visible messages.
    pub(crate) fn receive(&mut self) -> Option<Entry> {
        let now = self.now;
        let visible: Vec<usize> =
            (0..self.queue.len()).filter(|at| self.queue[*at].visible_at <= now).collect();
        if visible.is_empty() {
            return None;
        }
        let at = visible[self.random.pick(visible.len())];
        // Of two deliveries at once, either one's acknowledgement removes the message.
        let twice = self.strikes("delivered twice", |storm| storm.copies);
        let hidden = if twice { self.random.milliseconds(20) } else { VISIBILITY };
        let entry = &mut self.queue[at];
        entry.received += 1;
        entry.visible_at = now + hidden;
        self.handled += 1;
        Some(entry.clone())
    }

    /// Removes a message, unless the removal is lost.
    pub(crate) fn acknowledge(&mut self, entry: &Entry) {
        if self.strikes("delivered after deletion", |storm| storm.returns) {
            self.note("    acknowledgement lost");
            return;
        }
        self.queue.retain(|other| other.id != entry.id);
        let message: Message = read(&entry.message);
        if !self.queue.iter().any(|other| other.message == entry.message)
            && let Some(wrong) = safety::on_acknowledge(self, &message)
        {
            self.violate(wrong);
        }
    }

    pub(crate) fn hide_until(&mut self, entry: &Entry, at: i64) {
        if let Some(entry) = self.queue.iter_mut().find(|other| other.id == entry.id) {
            entry.visible_at = at;
        }
    }
}

/// Reads what was persisted.
pub(crate) fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("what was persisted loads")
}

/// `<frame>#<number>`
pub(crate) fn place(key: &RecordKey) -> String {
    format!("{}#{}", key.frame, key.number)
}

fn log_of(execution: &ExecutionId, frame: &FramePath) -> std::ops::RangeInclusive<RecordKey> {
    let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
    key(RecordNumber::FIRST)..=key(RecordNumber::new(u64::MAX))
}
