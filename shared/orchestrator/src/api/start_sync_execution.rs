//! `StartSyncExecution`.

use std::sync::Arc;

use model::{Execution, ExecutionId, StateMachineType};
use tracing::warn;

use crate::{
    ApiError, EngineContext, StartExecution, StartRejection, TypeNotSupported,
    executions::{CheckedStart, express_execution},
    messages::run_express_execution,
    roles::TaskRole,
};

/// An Express execution that has ended.
#[derive(Clone, Debug)]
pub struct EndedSyncExecution {
    /// Its id.
    pub id: ExecutionId,
    /// The execution, with its end.
    pub execution: Arc<Execution>,
    /// What it is billed as.
    pub billing: BillingDetails,
}

/// How long an execution took and how much memory, in the units in which AWS bills them.
///
/// Spec: API reference, `BillingDetails`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillingDetails {
    /// A multiple of 64.
    pub billed_memory_used_in_mb: u64,
    /// A multiple of 100.
    pub billed_duration_in_milliseconds: u64,
}

/// Runs an execution of an Express state machine to its end, at most once: whoever calls waits for
/// it, and may call again.
pub async fn start_sync_execution<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
) -> Result<EndedSyncExecution, ApiError<StartRejection>> {
    let checked = CheckedStart::check_start(ports, &context.settings, request).await?;
    let (machine, revision) =
        (Arc::clone(&checked.machine), Arc::clone(&checked.revision.revision));
    match checked.execution_type {
        StateMachineType::Express => {}
        StateMachineType::Standard => {
            return Err(ApiError::Rejected(StartRejection::Type(TypeNotSupported)));
        }
    }
    let definition = context.definitions.read_revision(&revision, &machine.name)?;
    let started = express_execution(ports, &definition, checked);
    let id = started.id.clone();
    let definition_bytes = revision.definition.len();
    let ended = run_express_execution(ports, context, started, revision).await?;
    let execution = Arc::clone(&ended.execution);
    if let Err(fault) = ended.keep(ports, &id).await {
        warn!(execution = %id, "an execution that has ended is not kept: {fault}");
    }
    let billing = BillingDetails::of_execution(&execution, definition_bytes);
    Ok(EndedSyncExecution { id, execution, billing })
}

impl BillingDetails {
    /// What AWS would bill, as far as it says how: it counts the size of the definition, of the data
    /// and of what runs concurrently, beside a base.
    ///
    /// Spec: AWS Step Functions pricing, "Express Workflows": duration is rounded up to 100 ms, and
    /// memory to 64 MB.
    fn of_execution(execution: &Execution, definition_bytes: usize) -> Self {
        const BASE_BYTES: u64 = 50 << 20;
        const MEMORY_UNIT: u64 = 64;
        const DURATION_UNIT: u64 = 100;
        let started_at = execution.facts.started_at.as_milliseconds();
        let ended_at = execution.end.as_ref().map_or(started_at, |(at, _)| at.as_milliseconds());
        let milliseconds = u64::try_from(ended_at - started_at).unwrap_or_default();
        let data_bytes = execution.input.json_text().len() + definition_bytes;
        let megabytes = (BASE_BYTES + data_bytes as u64).div_ceil(1 << 20);
        Self {
            billed_memory_used_in_mb: megabytes.next_multiple_of(MEMORY_UNIT),
            billed_duration_in_milliseconds: milliseconds.max(1).next_multiple_of(DURATION_UNIT),
        }
    }
}
