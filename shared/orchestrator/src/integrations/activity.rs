//! Tasks of activities: `arn:aws:states:<region>:<account>:activity:<name>`.
//!
//! ```text
//! claim ──row──▶ the queue of the activity ──GetActivityTask──▶ StartActivityTask
//!   the task's frame waits for a worker, then for the worker's answer
//! ```
//!
//! Workers find the row from then on, perhaps before the frame says that it waits; the claim says
//! enough. A repeat adds the same row again, and one that is late leaves a row of a task that has
//! started, which nobody gets.

use model::{ActivityArn, ActivityTask, Failure, TaskCall, TaskToken, error_name};

use crate::{
    EngineContext, Fault,
    executions::load_activity_by_arn,
    frames::KeyedRecord,
    ports::{ActivityStore, ActivityTaskQueue, CallOutcome},
};

/// Puts the task of a claim into the queue of its activity. May be repeated.
///
/// Spec: Developer Guide, "Handling errors" § `States.Runtime`: nothing catches that the activity
/// does not exist.
pub(super) async fn schedule_task<P>(
    ports: &P,
    context: &EngineContext,
    claim: &KeyedRecord,
    call: &TaskCall,
    activity_arn: &str,
) -> Result<CallOutcome, Fault>
where
    P: ActivityStore + ActivityTaskQueue + Sync,
{
    let missing = || {
        let cause = format!("The activity {activity_arn} does not exist.");
        CallOutcome::NotScheduled(Failure::new(error_name::RUNTIME, cause))
    };
    let (Ok(arn), Some(secret)) = (ActivityArn::parse(activity_arn), call.secret) else {
        return Ok(missing());
    };
    let Some(activity) = load_activity_by_arn(ports, &context.settings, &arn).await? else {
        return Ok(missing());
    };
    let (execution, frame) = (claim.key.execution.clone(), claim.key.frame.clone());
    let (activity, scheduled_at) = (activity.name.clone(), claim.record.written_at);
    let token = TaskToken { execution, frame, secret };
    let task = ActivityTask { activity: activity.clone(), scheduled_at, token };
    ports.put_activity_task(task).await?;
    Ok(CallOutcome::Queued { activity, scheduled_at })
}
