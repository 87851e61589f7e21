//! The ports of a simulated worker. Every call goes through [`SimulatedPorts::port_call`].

use std::{
    future::{Future, pending, poll_fn},
    sync::{Arc, MutexGuard, PoisonError},
    task::Poll,
};

use engine::CallOutcome;
use model::{
    Execution, ExecutionId, FrameOutcome, FramePath, MachineVersions, MessageKind, QueueMessage,
    Record, RecordKey, RecordNumber, RedriveDetails, ResourceName, Revision, RevisionId,
    ServiceJob, StateMachine, TaskCall, TaskResource, Timestamp,
};
use orchestrator::{
    Fault,
    ports::{
        AppendOutcome, CallOrigin, CallRequest, CallSlots, Clock, ComputePool, ExecutionCreation,
        ExecutionFilter, ExecutionObserver, ExecutionPage, ExecutionStore, JobCancellation,
        LogHead, MachineCreation, QueueName, RandomSource, RecordLog, StateMachineStore,
        StatusChange, StatusWrite, TaskCaller,
    },
};

use crate::{
    ablations, activities,
    faults::{FaultPlan, OutageKind, PortCallKind, PortCallOutcome},
    function_answers, functions, lost_queues, service_jobs,
    world::{SharedWorld, SimulatedWorld, WorkerId, record_label},
};

/// The longest time in milliseconds that a start takes between its messages and record 0.
const SLOW_START_MAX: u32 = 600_000;

/// How long a worker may run before it is killed, in milliseconds.
///
/// Spec: Lambda quotas, "Function timeout": 900 seconds.
const FUNCTION_MILLISECONDS_MAX: i64 = 900_000;

/// How often a function has no slot for a call.
const SLOTS_TAKEN_PER_MILLE: u32 = 50;

/// The view that one worker has of the world.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedPorts {
    pub(crate) world: SharedWorld,
    pub(crate) worker: WorkerId,
    pub(crate) queue_name: QueueName,
    /// Milliseconds by which the worker's clock is ahead, negative if it is behind.
    pub(crate) skew: i64,
}

impl SimulatedPorts {
    pub(crate) fn lock_world(&self) -> MutexGuard<'_, SimulatedWorld> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one port call to the store.
    pub(crate) async fn port_call<T: Send>(
        &self,
        call: String,
        kind: PortCallKind,
        effect: impl FnOnce(&mut SimulatedWorld) -> T + Send,
    ) -> Result<T, Fault> {
        if self.is_out(OutageKind::Process) {
            return self.kill_worker().await;
        }
        self.port_call_of(OutageKind::Store, call, kind, effect).await
    }

    /// Sends a call to a function, or receives its answer.
    async fn call_function<T: Send>(
        &self,
        call: String,
        effect: impl FnOnce(&mut SimulatedWorld) -> T + Send,
    ) -> Result<T, Fault> {
        self.port_call_of(OutageKind::TaskCaller, call, PortCallKind::FunctionCall, effect).await
    }

    /// Makes a port call of the store with which no worker has begun to work.
    pub(crate) async fn call_death_counter<T: Send>(
        &self,
        call: String,
        kind: PortCallKind,
        effect: impl FnOnce(&mut SimulatedWorld) -> T + Send,
    ) -> Result<T, Fault> {
        self.port_call_of(OutageKind::Store, call, kind, effect).await
    }

    /// Makes one port call, which fails during an outage of that kind. Other workers may run before
    /// and after it, and it may fail.
    pub(crate) async fn port_call_of<T: Send>(
        &self,
        outage: OutageKind,
        call: String,
        kind: PortCallKind,
        effect: impl FnOnce(&mut SimulatedWorld) -> T + Send,
    ) -> Result<T, Fault> {
        self.let_others_run().await;
        let outcome = self.lock_world().decide_port_call(self.worker, &call, kind);
        if self.is_out(outage) {
            if outage == OutageKind::TaskCaller {
                self.hang().await;
            }
            return Err(port_fault("out of service"));
        }
        if matches!(outcome, PortCallOutcome::CrashBefore) {
            return self.kill_worker().await;
        }
        if matches!(outcome, PortCallOutcome::Throttled) {
            return Err(port_fault("throttled"));
        }
        let result = effect(&mut self.lock_world());
        match outcome {
            PortCallOutcome::CrashAfter => return self.kill_worker().await,
            PortCallOutcome::AppliedWithError => return Err(port_fault("no answer")),
            PortCallOutcome::Succeeds
            | PortCallOutcome::CrashBefore
            | PortCallOutcome::Throttled => {}
        }
        if self.lock_world().random.draw_per_mille(300) {
            self.let_others_run().await;
        }
        Ok(result)
    }

    /// Whether there is an outage of that kind, which counts as a fault.
    pub(crate) fn is_out(&self, kind: OutageKind) -> bool {
        let mut world = self.lock_world();
        let is_out = world.plan.is_out(world.now, kind);
        if is_out {
            world.count_faults(kind.fault_name(), 1);
        }
        is_out
    }

    /// Waits for an answer until the worker is killed for it.
    async fn hang(&self) {
        let killed_at = self.lock_world().now + FUNCTION_MILLISECONDS_MAX;
        self.park_until(killed_at).await;
        self.kill_worker::<()>().await;
    }

    pub(crate) async fn put_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let call = format!("send to '{}' {:?}", message.frame, message.kind);
        // SQS takes a delay, which the sender computes by its own clock.
        let at = at.map(|at| at.plus_milliseconds(-self.skew));
        let worker = self.worker;
        self.port_call_of(OutageKind::Queue, call, PortCallKind::Write, |world| {
            if let kind @ MessageKind::StartActivityTask { .. } = &message.kind {
                world.starting.insert(worker, kind.written_by());
            }
            let may_send = activities::permits_send(world, &message);
            if may_send && lost_queues::permits_send(world, worker, &message) {
                world.send_message(&message, queue_name, at);
            }
        })
        .await
    }

    async fn let_others_run(&self) {
        let mut has_let = false;
        poll_fn(|_| {
            if has_let {
                return Poll::Ready(());
            }
            has_let = true;
            self.lock_world().current_wait.runnable = true;
            Poll::Pending
        })
        .await;
    }

    async fn kill_worker<T>(&self) -> T {
        self.lock_world().dead.insert(self.worker);
        pending().await
    }

    async fn park_until(&self, at: i64) {
        poll_fn(|_| {
            let mut world = self.lock_world();
            if world.now >= at {
                return Poll::Ready(());
            }
            let earlier = world.current_wait.until.is_some_and(|until| until < at);
            if !earlier {
                world.current_wait.until = Some(at);
            }
            Poll::Pending
        })
        .await;
    }
}

impl SimulatedPorts {
    fn check_readable(&self, execution: &ExecutionId) -> Result<(), Fault> {
        if !self.is_out(OutageKind::Reading) {
            return Ok(());
        }
        let reason = "unknown variant".to_owned();
        Err(Fault::Unreadable { execution: execution.to_string(), reason })
    }
}

pub(crate) fn port_fault(reason: &str) -> Fault {
    Fault::Port { port: "simulated", reason: reason.to_owned(), source: None }
}

impl RecordLog for SimulatedPorts {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        self.check_readable(&key.execution)?;
        let worker = self.worker;
        self.port_call(format!("load {}", record_label(key)), PortCallKind::Read, |world| {
            let starting = world.starting.get(&worker).copied();
            activities::ablate_record(world, starting, world.load_record(key))
        })
        .await
    }

    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        keys.iter().try_for_each(|key| self.check_readable(&key.execution))?;
        let call = format!("load {} records", keys.len());
        self.port_call(call, PortCallKind::Read, |world| {
            keys.iter().filter_map(|key| world.load_record(key)).collect()
        })
        .await
    }

    async fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<LogHead>, Fault> {
        self.check_readable(execution)?;
        self.port_call(format!("head of '{frame}'"), PortCallKind::Read, |world| {
            ablations::ablate_head(world.ablation, world.head_record(execution, frame))
        })
        .await
    }

    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let call = format!("append {}", record_label(key));
        let (worker, skew) = (self.worker, self.skew);
        if self.lock_world().is_poisonous(key, &record) {
            self.lock_world().count_faults("worker dies of a message", 1);
            return self.kill_worker().await;
        }
        self.port_call(call, PortCallKind::Write, |world| {
            ablations::ablate_append(world, (worker, skew), key, &record)
        })
        .await
    }

    async fn renew_lease(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let call = format!("renew {}", record_label(key));
        self.port_call(call, PortCallKind::Write, |world| {
            world.renew_lease(key, until.as_milliseconds());
        })
        .await
    }
}

impl ExecutionStore for SimulatedPorts {
    async fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> Result<ExecutionCreation, Fault> {
        if self.lock_world().draw_fault("start is slow", |storm| storm.copies) {
            let until = {
                let mut world = self.lock_world();
                world.now + world.random.draw_milliseconds(SLOW_START_MAX)
            };
            self.park_until(until).await;
        }
        let call = format!("create {id}");
        let created = self
            .port_call(call, PortCallKind::Write, |world| {
                if let Some(existing) = world.load_execution(id) {
                    return ExecutionCreation::Exists(Arc::new(existing));
                }
                world.put_execution(id, &execution);
                let frame = FramePath::ROOT;
                let key = RecordKey { execution: id.clone(), frame, number: RecordNumber::FIRST };
                world.append_record(&key, &first);
                ExecutionCreation::Done
            })
            .await?;
        let unsent = self.lock_world().unsent.remove(&self.worker).unwrap_or_default();
        for (message, queue_name, at) in unsent {
            self.put_message(message, queue_name, at).await?;
        }
        Ok(created)
    }

    async fn load_execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        self.port_call(format!("execution {id}"), PortCallKind::Read, |world| {
            world.load_execution(id).map(Arc::new)
        })
        .await
    }

    async fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        (at, outcome): (Timestamp, &FrameOutcome),
    ) -> Result<Option<StatusWrite>, Fault> {
        self.port_call(format!("finish {id}"), PortCallKind::Write, |world| {
            world.finish_execution(id, redriven, (at, outcome.clone()))
        })
        .await
    }

    async fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> Result<Option<StatusWrite>, Fault> {
        self.port_call(format!("reopen {id}"), PortCallKind::Write, |world| {
            world.reopen_execution(id, redriven)
        })
        .await
    }

    async fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        self.port_call(format!("executions of {machine}"), PortCallKind::Read, |world| {
            lost_queues::list_executions(world, machine, &filter, limit, after)
        })
        .await
    }
}

impl StateMachineStore for SimulatedPorts {
    async fn create_machine(&self, _machine: StateMachine) -> Result<MachineCreation, Fault> {
        Err(port_fault("no use case of the simulation makes machines"))
    }

    async fn put_machine(&self, _machine: StateMachine) -> Result<(), Fault> {
        Err(port_fault("no use case of the simulation makes machines"))
    }

    async fn replace_versions(&self, _: &ResourceName, _: MachineVersions) -> Result<bool, Fault> {
        Err(port_fault("no use case of the simulation publishes versions"))
    }

    async fn load_machine(&self, name: &ResourceName) -> Result<Option<Arc<StateMachine>>, Fault> {
        self.port_call(format!("machine {name}"), PortCallKind::Read, |world| {
            world.machines.get(name).cloned()
        })
        .await
    }

    async fn load_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        let call = format!("revision {}", id.as_str());
        self.port_call(call, PortCallKind::Read, |world| {
            let mut revisions = world.machines.values().map(|machine| &machine.revision);
            revisions.find(|revision| revision.id == *id).map(|found| Arc::new(found.clone()))
        })
        .await
    }

    async fn list_machines(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        self.port_call("machines".to_owned(), PortCallKind::Read, |world| {
            let machines = world.machines.values();
            let rest = machines.filter(|machine| after.is_none_or(|after| machine.name > *after));
            rest.take(limit as usize).cloned().collect()
        })
        .await
    }

    async fn delete_machine(&self, _name: &ResourceName) -> Result<(), Fault> {
        Err(port_fault("no use case of the simulation deletes machines"))
    }

    async fn list_deleting_machines(&self, _: u32) -> Result<Vec<ResourceName>, Fault> {
        Err(port_fault("no use case of the simulation deletes machines"))
    }

    async fn sweep_deleting_machine(&self, _: &ResourceName, _: Timestamp) -> Result<bool, Fault> {
        Err(port_fault("no use case of the simulation deletes machines"))
    }
}

impl ExecutionObserver for SimulatedPorts {
    fn observes_status(&self) -> bool {
        true
    }

    async fn status_changed(&self, change: &StatusChange) -> Result<(), Fault> {
        let (id, status) = (change.id.clone(), change.execution.status());
        let call = format!("tell that {id} is {}", status.as_str());
        self.port_call_of(OutageKind::Observer, call, PortCallKind::Write, |world| {
            world.observed_status_changes.push((id, status));
        })
        .await
    }
}

impl TaskCaller for SimulatedPorts {
    fn can_call(&self, resource: &TaskResource) -> bool {
        match resource {
            TaskResource::LambdaFunction { .. } => true,
            TaskResource::Integration(integration) => {
                integration.is_action("lambda", "invoke") || service_jobs::starts_job(resource)
            }
            TaskResource::Activity { .. } => false,
        }
    }

    async fn describe_job(&self, job: &ServiceJob, _: CallOrigin<'_>) -> Option<CallOutcome> {
        let call = format!("describe the job {}", job.handle);
        self.call_function(call, |world| service_jobs::describe_job(world, job)).await.ok()?
    }

    async fn cancel_job(&self, job: &ServiceJob, origin: CallOrigin<'_>) -> JobCancellation {
        let call = format!("cancel the job {}", job.handle);
        let told =
            self.call_function(call, |world| service_jobs::cancel_job(world, job, &origin)).await;
        told.map_or(JobCancellation::Unanswered, |()| JobCancellation::Settled)
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let resource = &request.call.resource;
        if !self.can_call(resource) {
            return None;
        }
        let key = functions::claim_of(&request);
        let call = format!("call {} {resource}", record_label(&key));
        let (worker, queue_name) = (self.worker, self.queue_name);
        let begun = self
            .call_function(call, |world| functions::begin_call(world, worker, queue_name, &request))
            .await;
        let Ok((duration, outcome)) = begun else { return Some(CallOutcome::worker_lost()) };
        if request.asynchronous && resource.is_function() {
            let mut world = self.lock_world();
            functions::end_call(&mut world, &key);
            return Some(function_answers::answer_later(&mut world, &request, outcome));
        }
        let ends = self.lock_world().now + duration;
        self.park_until(ends).await;
        let answer = format!("answer {}", record_label(&key));
        let answered = self.call_function(answer, |world| functions::end_call(world, &key)).await;
        let response = if answered.is_ok() { outcome } else { CallOutcome::worker_lost() };
        Some(response.of_response(resource.integration_pattern()))
    }
}

impl ComputePool for SimulatedPorts {}

impl CallSlots for SimulatedPorts {
    /// Where there are faults, often has none. The message comes back after the visibility timeout.
    fn take_call_slot(&self, _: &TaskCall) -> bool {
        let mut world = self.lock_world();
        let has_faults = matches!(world.plan, FaultPlan::RandomFaults(_));
        !(has_faults && world.random.draw_per_mille(SLOTS_TAKEN_PER_MILLE))
    }
}

impl Clock for SimulatedPorts {
    /// Time may pass between two readings of the clock.
    fn now(&self) -> Timestamp {
        let mut world = self.lock_world();
        let tick = i64::from(world.random.draw_per_mille(200));
        world.now += tick;
        Timestamp::from_milliseconds(world.now + self.skew)
    }

    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        self.park_until(at.as_milliseconds().saturating_sub(self.skew))
    }
}

impl RandomSource for SimulatedPorts {
    fn random_seed(&self) -> u128 {
        let mut world = self.lock_world();
        u128::from(world.random.draw_u64()) << 64 | u128::from(world.random.draw_u64())
    }
}
