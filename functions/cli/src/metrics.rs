//! What `local` says of itself to a Prometheus server at `/metrics`.

mod exposition;
mod request_counts;

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use embedded::{StoredCounts, lambda::FunctionHost};
use model::{ExecutionStatus, QueueName, StateMachineType};
use orchestrator::Fault;

use self::exposition::{
    ExpositionText,
    MetricKind::{Counter, Gauge},
};
use crate::local_machine::{LocalMachine, LocalMachinePorts};

pub(crate) use self::{
    exposition::EXPOSITION_MEDIA_TYPE,
    request_counts::{OperationLabel, RequestCounts},
};

/// Reads the metrics of a running machine.
pub(crate) struct MachineMetrics {
    pub(crate) requests: RequestCounts,
    ports: Arc<LocalMachinePorts>,
    host: Arc<FunctionHost>,
    started_at: SystemTime,
}

impl MachineMetrics {
    pub(crate) fn of_machine(machine: &LocalMachine) -> Self {
        Self {
            requests: RequestCounts::default(),
            ports: Arc::clone(&machine.ports),
            host: Arc::clone(&machine.host),
            started_at: SystemTime::now(),
        }
    }

    /// Writes all metrics as they are at this moment.
    ///
    /// Errors: the store cannot be read.
    pub(crate) async fn write_text(&self) -> Result<String, Fault> {
        let stored = self.ports.store.count_stored().await?;
        let mut text = ExpositionText::default();
        self.write_process(&mut text);
        self.write_executions(&mut text, stored);
        self.write_requests(&mut text);
        self.write_waiting_work(&mut text);
        Ok(text.into_text())
    }

    fn write_process(&self, text: &mut ExpositionText) {
        let version = env!("CARGO_PKG_VERSION");
        text.begin_metric(
            "statewright_build_info",
            Gauge,
            "The version that runs; the value is 1.",
        )
        .write_sample(&[("version", version)], 1);
        let since_epoch = self.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let help = "When the process started, in seconds since the epoch.";
        text.begin_metric("process_start_time_seconds", Gauge, help)
            .write_value(since_epoch.as_secs_f64());
        let help = "Transactions that were committed.";
        text.begin_metric("statewright_store_commits_total", Counter, help)
            .write_value(self.ports.store.commit_count());
    }

    fn write_executions(&self, text: &mut ExpositionText, stored: StoredCounts) {
        let counts = &self.ports.counts;
        let help = "Standard executions that have begun their first state.";
        text.begin_metric("statewright_executions_started_total", Counter, help)
            .write_value(counts.started());
        let help =
            "Executions that have ended, by the type of their state machine and their status.";
        let mut ended = text.begin_metric("statewright_executions_ended_total", Counter, help);
        for machine_type in [StateMachineType::Standard, StateMachineType::Express] {
            for status in ExecutionStatus::ALL {
                if status != ExecutionStatus::Running {
                    let labels = [("type", machine_type.as_str()), ("status", status.as_str())];
                    ended.write_sample(&labels, counts.ended(machine_type, status));
                }
            }
        }
        let help = "Standard executions that were redriven.";
        text.begin_metric("statewright_executions_redriven_total", Counter, help)
            .write_value(counts.redriven());
        text.begin_metric("statewright_executions_running", Gauge, "Standard executions that run.")
            .write_value(stored.running);
        let help = "States of Standard executions that were entered.";
        text.begin_metric("statewright_states_entered_total", Counter, help)
            .write_value(counts.states_entered());
        let help = "Messages that no worker could handle. Their executions have failed.";
        text.begin_metric("statewright_dead_letters", Gauge, help).write_value(stored.dead_letters);
    }

    fn write_requests(&self, text: &mut ExpositionText) {
        let help = "Requests that were answered, by operation and HTTP status.";
        let mut requests = text.begin_metric("statewright_requests_total", Counter, help);
        for (operation, status, count) in self.requests.by_operation() {
            let labels = [("operation", operation), ("status", &*status.to_string())];
            requests.write_sample(&labels, count);
        }
    }

    fn write_waiting_work(&self, text: &mut ExpositionText) {
        let queue = &self.ports.queue;
        let help = "Messages that are due and that no worker has taken yet.";
        let mut ready = text.begin_metric("statewright_queue_messages", Gauge, help);
        for (name, queue_name) in [("steps", QueueName::Steps), ("tasks", QueueName::Tasks)] {
            ready.write_sample(&[("queue", name)], queue.ready_count(queue_name));
        }
        let help = "Messages that are not due yet: waits, retries and timeouts.";
        text.begin_metric("statewright_timers_waiting", Gauge, help)
            .write_value(queue.delayed_count());
        let help = "Calls that wait for a process of their function.";
        text.begin_metric("statewright_calls_waiting", Gauge, help)
            .write_value(self.ports.call_slots.waiting_count());
        let help = "Processes of hosted functions.";
        let processes = self.host.process_counts();
        let mut family = text.begin_metric("statewright_function_processes", Gauge, help);
        family.write_sample(&[("state", "busy")], processes.busy);
        family.write_sample(&[("state", "idle")], processes.idle);
    }
}
