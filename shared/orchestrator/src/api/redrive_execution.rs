//! `RedriveExecution`: checked here, then sent as a message that is handled at once.

use model::{
    Execution, ExecutionId, ExecutionStatus, FramePath, MessageKind, QueueMessage, QueueName,
    RedriveDetails, StateMachineStatus, Timestamp,
    limits::{REDRIVABLE_MILLISECONDS, REDRIVE_TOKENS_MAX},
};

use super::{ExecutionRejection, describe_execution::describe_standard_execution};
use crate::{ApiError, EngineContext, Rejection, messages::handle_sent_message, roles::StepRole};

/// A request to redrive an execution.
///
/// Spec: API reference, `RedriveExecution`.
#[derive(Clone, Debug)]
pub struct RedriveExecution {
    /// The execution's ARN.
    pub execution_arn: String,
    /// `clientToken`: a request with the token of one of the last ten redrives, within 15 minutes,
    /// gets the answer of that redrive.
    pub client_token: Option<String>,
}

/// Why an execution cannot be redriven.
///
/// Spec: API reference, `DescribeExecution` § redriveStatusReason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedriveStatusReason {
    /// It is running.
    #[error("Execution is RUNNING and cannot be redriven")]
    Running,
    /// It is an Express execution that was kept.
    #[error("Execution is EXPRESS and cannot be redriven")]
    Express,
    /// It has succeeded.
    #[error("Execution is SUCCEEDED and cannot be redriven")]
    Succeeded,
    /// Its state machine is being deleted.
    #[error("State machine is in DELETING status")]
    Deleting,
    /// Its history has no room for more events.
    #[error("Execution history event limit exceeded")]
    HistoryIsFull,
    /// It ended more than 14 days ago.
    #[error("Execution redrivable period exceeded")]
    PeriodExceeded,
}

/// What a caller of `RedriveExecution` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedriveRejection {
    /// The ARN names no execution: `InvalidArn`, `ExecutionDoesNotExist`.
    #[error(transparent)]
    Execution(ExecutionRejection),
    /// The execution cannot be redriven: `ExecutionNotRedrivable`.
    #[error("Execution Not Redrivable: '{reason}: {arn}'")]
    RedriveStatusReason {
        /// The execution's ARN as it was asked for.
        arn: String,
        /// Why it cannot be redriven.
        reason: RedriveStatusReason,
    },
}

impl Rejection for RedriveRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::Execution(rejection) => rejection.exception_name(),
            Self::RedriveStatusReason { .. } => "ExecutionNotRedrivable",
        }
    }
}

/// Checks whether an execution can be redriven, as far as its own item shows. The item does not
/// show how full the history is.
pub fn check_redrivable(
    id: &ExecutionId,
    execution: &Execution,
    now: Timestamp,
) -> Result<(), RedriveStatusReason> {
    if id.is_express() {
        return Err(RedriveStatusReason::Express);
    }
    match execution.status() {
        ExecutionStatus::Running => return Err(RedriveStatusReason::Running),
        ExecutionStatus::Succeeded => return Err(RedriveStatusReason::Succeeded),
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => {}
    }
    let ended_at = execution.end.as_ref().map(|(at, _)| *at);
    let until = ended_at.map(|at| at.plus_milliseconds(REDRIVABLE_MILLISECONDS));
    if until.is_some_and(|until| now > until) {
        return Err(RedriveStatusReason::PeriodExceeded);
    }
    Ok(())
}

/// Redrives an execution that has ended without success, and returns when. Once this returns, the
/// redrive is durable as a message. Nearly always it is visible, too, since that message is also
/// handled immediately.
pub async fn redrive_execution<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    request: RedriveExecution,
) -> Result<Timestamp, ApiError<RedriveRejection>> {
    let RedriveExecution { execution_arn, client_token } = request;
    let described = describe_standard_execution(ports, context, &execution_arn).await;
    let (arn, execution) =
        described.map_err(|error| error.map_rejection(RedriveRejection::Execution))?;
    let id = arn.execution_id();
    let now = ports.now();
    let last = execution.facts.last_redrive.as_ref();
    let tokens: Vec<_> = last.into_iter().flat_map(|last| last.remembered_tokens(now)).collect();
    let mut own = tokens.iter().filter(|token| Some(&token.client_token) == client_token.as_ref());
    if let Some(repeated) = own.next() {
        return Ok(repeated.requested_at);
    }
    let refuse = |reason| {
        let arn = execution_arn.clone();
        ApiError::Rejected(RedriveRejection::RedriveStatusReason { arn, reason })
    };
    check_redrivable(&id, &execution, now).map_err(refuse)?;
    let machine = ports.load_machine(&arn.machine).await?;
    if machine.is_some_and(|machine| machine.status == StateMachineStatus::Deleting) {
        return Err(refuse(RedriveStatusReason::Deleting));
    }
    let head = ports.load_head(&id, &FramePath::ROOT).await?;
    let most = context.settings.limits.history_events;
    if head.is_some_and(|head| head.record.frame.events + 1 >= most) {
        return Err(refuse(RedriveStatusReason::HistoryIsFull));
    }
    let redriven = RedriveDetails {
        count: execution.facts.redrive_count() + 1,
        requested_at: now,
        client_token,
        earlier_tokens: tokens.into_iter().take(REDRIVE_TOKENS_MAX - 1).collect(),
    };
    let kind = MessageKind::RedriveExecution(redriven);
    let message = QueueMessage { execution: id, frame: FramePath::ROOT, kind };
    ports.send_message(message.clone(), QueueName::Steps, None).await?;
    handle_sent_message(ports, context, message).await;
    Ok(now)
}
