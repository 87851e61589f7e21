//! Starts executions of Express state machines.

use std::sync::Arc;

use asl::Definition;
use model::{
    Execution, ExecutionFacts, ExecutionId, ExecutionLogging, ExpressStart, FramePath, MessageKind,
    QueueMessage, QueueName, limits::EXPRESS_SECONDS_MAX,
};

use super::{
    StartedExecution, StartedRevision,
    start::{CheckedStart, random_name},
};
use crate::{
    EngineContext, Fault,
    ports::{Clock, RandomSource},
    roles::StartRole,
};

/// An Express execution that is about to run.
#[derive(Clone, Debug)]
pub(crate) struct ExpressExecution {
    pub(crate) id: ExecutionId,
    pub(crate) execution: Execution,
    /// What is logged, if anything is.
    pub(crate) logging: Option<ExecutionLogging>,
    /// Whether it is kept with its history when it has ended.
    pub(crate) is_kept: bool,
}

/// Returns the execution that a start begins. Its id is its own, whatever its name is.
pub(crate) fn express_execution<P>(
    ports: &P,
    definition: &Definition,
    checked: CheckedStart,
) -> ExpressExecution
where
    P: Clock + RandomSource,
{
    let CheckedStart { machine, revision, name, input, trace_header, .. } = checked;
    let StartedRevision { revision, version } = revision;
    let name = name.unwrap_or_else(|| random_name(ports));
    let id = ExecutionId::of_express(&machine.name, &name, &random_name(ports));
    let timeout = definition.timeout_seconds.unwrap_or(EXPRESS_SECONDS_MAX);
    let facts = Arc::new(ExecutionFacts {
        revision: revision.id.clone(),
        role_arn: revision.role_arn.clone(),
        started_at: ports.now(),
        timeout_seconds: Some(timeout.min(EXPRESS_SECONDS_MAX)),
        last_redrive: None,
        started_by: None,
        asynchronous_functions: false,
        version,
        is_logged: false,
    });
    let logging = ExecutionLogging::of_configuration(&revision.logging);
    let execution = Execution { facts, input, trace_header, end: None };
    let is_kept = machine.keeps_express_executions();
    ExpressExecution { id, execution, logging, is_kept }
}

/// Sends the message that runs an Express execution. Once this returns, it will run, at least once.
///
/// Spec: Developer Guide, "Choosing workflow type" § asynchronous Express workflows.
pub(super) async fn send_express_start<P: StartRole>(
    ports: &P,
    context: &EngineContext,
    checked: CheckedStart,
) -> Result<StartedExecution, Fault> {
    let (machine, revision) = (&checked.machine, &checked.revision.revision);
    let definition = context.definitions.read_revision(revision, &machine.name)?;
    let ExpressExecution { id, execution, logging, is_kept } =
        express_execution(ports, &definition, checked);
    let Execution { facts, input, trace_header, .. } = execution;
    let started_at = facts.started_at;
    let arn = context.settings.account_region.execution_arn(&id);
    let facts = Arc::unwrap_or_clone(facts);
    let start = ExpressStart { facts, input, trace_header, logging, is_kept };
    let kind = MessageKind::RunExpressExecution(Box::new(start));
    let message = QueueMessage { execution: id, frame: FramePath::ROOT, kind };
    ports.send_message(message, QueueName::Tasks, None).await?;
    Ok(StartedExecution { arn, started_at })
}
