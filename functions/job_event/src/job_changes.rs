//! An event of a service about a job → the task that waits for that job.

use function_runtime::{Deployment, NoTaskCaller, format_with_causes};
use lambda_runtime::Error;
use orchestrator::report_job_change;
use serde_json::{Value, json};
use services::job_of_event;
use tracing::debug;

/// Reports the job of an event, and returns whether a Task waits for it, or once did. Events of jobs that
/// no Task has started are none of ours.
pub(crate) async fn report(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
    event: &Value,
) -> Result<Value, Error> {
    let Some(job) = job_of_event(event) else { return Ok(json!({"awaited": false})) };
    let awaited =
        report_job_change(ports, &job).await.map_err(|fault| format_with_causes(&fault))?;
    debug!(job = job.as_str(), awaited, "a job has changed");
    Ok(json!({"awaited": awaited}))
}
