//! The ports of one delivery's worker. Every call goes through one gate.

use std::{
    future::{Future, pending, poll_fn},
    sync::{Arc, MutexGuard, PoisonError},
    task::Poll,
};

use engine::CallOutcome;
use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Fan, FanUpdate, FramePath, Message, Name,
    Outcome, Record, RecordKey, RecordNumber, Redriven, Revision, RevisionId, StateMachine, Status,
    Timestamp,
};
use orchestrator::{
    Fault,
    ports::{
        Append, CallRequest, Caller, Chance, Clock, Created, CreatedMachine, DeadLetters,
        ExecutionPage, Executions, Fans, Head, History, Lane, Log, Machines, Queue,
    },
};

use crate::{
    ablations,
    faults::{Fate, Kind},
    functions,
    jobs::Job,
    world::{Shared, WorkerId, World, place},
};

/// Milliseconds after a start at which somebody looks whether it was forgotten.
const MINUTE: i64 = 65_000;

/// What one worker sees of the world.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    pub(crate) world: Shared,
    pub(crate) worker: WorkerId,
    pub(crate) lane: Lane,
    /// Milliseconds by which its clock is ahead.
    pub(crate) skew: i64,
}

impl Ports {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One port call: others may run before and after it, and it may go wrong.
    async fn gate<T: Send>(
        &self,
        call: String,
        kind: Kind,
        effect: impl FnOnce(&mut World) -> T + Send,
    ) -> Result<T, Fault> {
        self.let_others_run().await;
        let fate = self.world().admit(self.worker, &call, kind);
        if matches!(fate, Fate::DiesBefore) {
            return self.die().await;
        }
        if matches!(fate, Fate::Throttled) {
            return Err(refused("throttled"));
        }
        let result = effect(&mut self.world());
        match fate {
            Fate::DiesAfter => return self.die().await,
            Fate::Doubted => return Err(refused("no answer")),
            Fate::Fine | Fate::DiesBefore | Fate::Throttled => {}
        }
        if self.world().random.chance(300) {
            self.let_others_run().await;
        }
        Ok(result)
    }

    async fn let_others_run(&self) {
        let mut has_let = false;
        poll_fn(|_| {
            if has_let {
                return Poll::Ready(());
            }
            has_let = true;
            self.world().parking.runnable = true;
            Poll::Pending
        })
        .await;
    }

    async fn die<T>(&self) -> T {
        self.world().dead.insert(self.worker);
        pending().await
    }

    async fn park_until(&self, at: i64) {
        poll_fn(|_| {
            let mut world = self.world();
            if world.now >= at {
                return Poll::Ready(());
            }
            let earlier = world.parking.until.is_some_and(|until| until < at);
            if !earlier {
                world.parking.until = Some(at);
            }
            Poll::Pending
        })
        .await;
    }
}

fn refused(reason: &str) -> Fault {
    Fault::Port { port: "simulated", reason: reason.to_owned(), source: None }
}

impl Log for Ports {
    async fn load(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        self.gate(format!("load {}", place(key)), Kind::Read, |world| world.record(key)).await
    }

    async fn load_all(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let call = format!("load {} records", keys.len());
        self.gate(call, Kind::Read, |world| {
            keys.iter().filter_map(|key| world.record(key)).collect()
        })
        .await
    }

    async fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<Head>, Fault> {
        self.gate(format!("head of '{frame}'"), Kind::Read, |world| {
            ablations::head(world.ablation, world.head(execution, frame))
        })
        .await
    }

    async fn append(&self, key: &RecordKey, record: Record) -> Result<Append, Fault> {
        let call = format!("append {}", place(key));
        let (worker, skew) = (self.worker, self.skew);
        if self.world().is_poisonous(key, &record) {
            self.world().count("worker dies of a message", 1);
            return self.die().await;
        }
        self.gate(call, Kind::Write, |world| ablations::append(world, (worker, skew), key, &record))
            .await
    }

    async fn renew(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let call = format!("renew {}", place(key));
        self.gate(call, Kind::Write, |world| world.renew(key, until.milliseconds())).await
    }
}

impl History for Ports {
    async fn records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let world = self.world();
        let own = world.records().filter(|(key, _)| key.execution == *execution);
        Ok(own.map(|(key, record)| (key.frame.clone(), key.number, Arc::new(record))).collect())
    }
}

impl Fans for Ports {
    async fn open(&self, key: &RecordKey, children: u32, concurrency: u32) -> Result<Fan, Fault> {
        self.gate(format!("open {}", place(key)), Kind::Write, |world| {
            let fan = world.fans.entry(key.clone());
            fan.or_insert_with(|| Fan::open(children, concurrency)).clone()
        })
        .await
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanUpdate>, Fault> {
        let call = format!("end child {} of {}", child.get(), place(key));
        self.gate(call, Kind::Write, |world| ablations::end_child(world, key, child, end)).await
    }

    async fn fan(&self, key: &RecordKey) -> Result<Option<Arc<Fan>>, Fault> {
        let call = format!("fan {}", place(key));
        self.gate(call, Kind::Read, |world| world.fans.get(key).cloned().map(Arc::new)).await
    }

    async fn all_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        let call = format!("{} forks open?", keys.len());
        self.gate(call, Kind::Read, |world| {
            keys.iter().all(|key| world.fans.get(key).is_none_or(Fan::is_open))
        })
        .await
    }

    async fn close(&self, key: &RecordKey) -> Result<(), Fault> {
        self.gate(format!("close {}", place(key)), Kind::Write, |world| {
            world.fans.entry(key.clone()).or_insert_with(|| Fan::open(0, 1)).close();
        })
        .await
    }
}

impl Executions for Ports {
    async fn create(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<Created, Fault> {
        self.gate(format!("create {id}"), Kind::Write, |world| {
            if let Some(existing) = world.execution(id) {
                return Created::Exists(Arc::new(existing));
            }
            world.put_execution(id, &execution);
            world.jobs.push((world.now + MINUTE, Job::Minute));
            let frame = FramePath::ROOT;
            let key = RecordKey { execution: id.clone(), frame, number: RecordNumber::FIRST };
            world.append(&key, &first);
            Created::Done
        })
        .await
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        self.gate(format!("execution {id}"), Kind::Read, |world| world.execution(id).map(Arc::new))
            .await
    }

    async fn finish(
        &self,
        id: &ExecutionId,
        redriven: Option<&Redriven>,
        (at, outcome): (Timestamp, &Outcome),
    ) -> Result<(), Fault> {
        self.gate(format!("finish {id}"), Kind::Write, |world| {
            world.finish(id, redriven, (at, outcome.clone()));
        })
        .await
    }

    async fn reopen(&self, id: &ExecutionId, redriven: &Redriven) -> Result<(), Fault> {
        self.gate(format!("reopen {id}"), Kind::Write, |world| world.reopen(id, redriven)).await
    }

    async fn unstarted(&self, before: Timestamp) -> Result<Vec<ExecutionId>, Fault> {
        self.gate("unstarted".to_owned(), Kind::Read, |world| world.unstarted(before)).await
    }

    async fn list(
        &self,
        _machine: &Name,
        _status: Option<Status>,
        _limit: u32,
        _after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        Err(refused("no use case of the simulation lists executions"))
    }
}

impl Machines for Ports {
    async fn create_machine(&self, _machine: StateMachine) -> Result<CreatedMachine, Fault> {
        Err(refused("no use case of the simulation makes machines"))
    }

    async fn put_machine(&self, _machine: StateMachine) -> Result<(), Fault> {
        Err(refused("no use case of the simulation makes machines"))
    }

    async fn machine(&self, name: &Name) -> Result<Option<Arc<StateMachine>>, Fault> {
        self.gate(format!("machine {name}"), Kind::Read, |world| world.machines.get(name).cloned())
            .await
    }

    async fn revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        let call = format!("revision {}", id.as_str());
        self.gate(call, Kind::Read, |world| {
            let mut revisions = world.machines.values().map(|machine| &machine.revision);
            revisions.find(|revision| revision.id == *id).map(|found| Arc::new(found.clone()))
        })
        .await
    }

    async fn machines(
        &self,
        _limit: u32,
        _after: Option<&Name>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        Err(refused("no use case of the simulation lists machines"))
    }

    async fn delete_machine(&self, _name: &Name) -> Result<(), Fault> {
        Err(refused("no use case of the simulation deletes machines"))
    }
}

impl Queue for Ports {
    async fn send(&self, message: Message, lane: Lane, at: Option<Timestamp>) -> Result<(), Fault> {
        let call = format!("send to '{}' {:?}", message.frame, message.cue);
        // A delay is what is left by the sender's clock.
        let at = at.map(|at| at.plus_milliseconds(-self.skew));
        self.gate(call, Kind::Write, |world| world.send(&message, lane, at)).await
    }

    /// In any order, so that a fault leaves any of them sent.
    async fn send_all(&self, mut messages: Vec<(Message, Lane)>) -> Result<(), Fault> {
        while !messages.is_empty() {
            let drawn = self.world().random.pick(messages.len());
            let (message, lane) = messages.swap_remove(drawn);
            self.send(message, lane, None).await?;
        }
        Ok(())
    }
}

impl DeadLetters for Ports {
    async fn bury(&self, message: &Message, _reason: &str) -> Result<(), Fault> {
        let call = format!("bury {:?} of '{}'", message.cue, message.frame);
        self.gate(call, Kind::Write, |world| world.buried.push(message.clone())).await
    }
}

impl Caller for Ports {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        let key = functions::claim_of(&request);
        let call = format!("call {} {:?}", place(&key), request.call.target);
        let (worker, lane) = (self.worker, self.lane);
        let begun = self
            .gate(call, Kind::Outside, |world| functions::begin(world, worker, lane, &request))
            .await;
        let Ok((duration, outcome)) = begun else { return CallOutcome::lost() };
        let ends = self.world().now + duration;
        self.park_until(ends).await;
        let answer = format!("answer {}", place(&key));
        let answered = self.gate(answer, Kind::Outside, |world| functions::end(world, &key)).await;
        if answered.is_ok() { outcome } else { CallOutcome::lost() }
    }
}

impl Clock for Ports {
    /// Time goes on even between two looks at the clock.
    fn now(&self) -> Timestamp {
        let mut world = self.world();
        let tick = i64::from(world.random.chance(200));
        world.now += tick;
        Timestamp::from_milliseconds(world.now + self.skew)
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.park_until(at.milliseconds().saturating_sub(self.skew))
    }
}

impl Chance for Ports {
    fn seed(&self) -> u128 {
        let mut world = self.world();
        u128::from(world.random.draw()) << 64 | u128::from(world.random.draw())
    }
}
