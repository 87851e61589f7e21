//! What clients do: API calls, tried again until they are answered.

use model::{Failure, Status};
use orchestrator::{
    CallbackRejection, ExecutionRejection, Fault, RedriveExecution, RedriveRejection,
    StartExecution, StartRejection, StopExecution, Tools, Unanswered, Verdict, describe_execution,
    redrive_execution, send_task_failure, send_task_heartbeat, send_task_success, start_execution,
    stop_execution, wake_forgotten,
};

use crate::ports::Ports;

/// Milliseconds after which a client looks again whether an execution has ended.
const LOOK: i64 = 20_000;

/// An API call.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// `StartExecution`.
    Start { state_machine_arn: String, name: String, input: String },
    /// `StopExecution`.
    Stop { execution_arn: String },
    /// `RedriveExecution`, each time that the execution has ended so, so often at most.
    Redrive { execution_arn: String, ended: Status, times: u32 },
    /// `SendTaskSuccess`, `SendTaskFailure`.
    Answer { task_token: String, output: Result<String, Failure> },
    /// `SendTaskHeartbeat`.
    Heartbeat { task_token: String },
    /// What is to be done every minute.
    Minute,
}

/// Makes the call. A rejection is an answer, too: of a repeated start after the execution's end.
pub(crate) async fn run_job(ports: &Ports, tools: &Tools, job: Job) -> Result<Verdict, Fault> {
    ports.world().api_calls += 1;
    match job {
        Job::Start { state_machine_arn, name, input } => {
            let request = StartExecution {
                state_machine_arn,
                name: Some(name),
                input: Some(input),
                trace_header: None,
            };
            match start_execution(ports, tools, request).await {
                Ok(_) | Err(Unanswered::Rejected(StartRejection::AlreadyExists { .. })) => {}
                Err(unanswered) => refused(ports, "start", unanswered)?,
            }
        }
        Job::Stop { execution_arn } => {
            let failure = Failure::new("Stopped", "by its user");
            let again = Job::Stop { execution_arn: execution_arn.clone() };
            match stop_execution(ports, tools, StopExecution { execution_arn, failure }).await {
                Ok(_) => {}
                // Its start has not been answered yet.
                Err(Unanswered::Rejected(ExecutionRejection::DoesNotExist { .. })) => {
                    let mut world = ports.world();
                    let at = world.now + LOOK;
                    world.jobs.push((at, again));
                }
                Err(unanswered) => refused(ports, "stop", unanswered)?,
            }
        }
        Job::Redrive { execution_arn, ended, times } => {
            redrive(ports, tools, execution_arn, (ended, times)).await?;
        }
        Job::Answer { task_token, output } => {
            let answered = match output {
                Ok(output) => send_task_success(ports, tools, &task_token, &output).await,
                Err(failure) => send_task_failure(ports, tools, &task_token, failure).await,
            };
            late_or(ports, answered)?;
        }
        Job::Minute => drop(wake_forgotten(ports, tools).await?),
        Job::Heartbeat { task_token } => {
            late_or(ports, send_task_heartbeat(ports, &task_token).await)?;
        }
    }
    Ok(Verdict::Done)
}

/// Looks again later while the execution runs; leaves it alone if it has ended otherwise.
async fn redrive(
    ports: &Ports,
    tools: &Tools,
    execution_arn: String,
    (ended, times): (Status, u32),
) -> Result<(), Fault> {
    let (status, redrives) = match describe_execution(ports, tools, &execution_arn).await {
        Ok((_, execution)) => (execution.status(), execution.facts.redrives()),
        // Not started yet.
        Err(Unanswered::Rejected(_)) => (Status::Running, 0),
        Err(Unanswered::Fault(fault)) => return Err(fault),
    };
    let looks_again = |ports: &Ports| {
        let mut world = ports.world();
        let at = world.now + LOOK;
        let execution_arn = execution_arn.clone();
        world.jobs.push((at, Job::Redrive { execution_arn, ended, times }));
    };
    if status == Status::Running {
        looks_again(ports);
        return Ok(());
    }
    if status != ended || redrives >= times {
        return Ok(());
    }
    let client_token = Some(format!("redrive-{redrives}"));
    let request = RedriveExecution { execution_arn: execution_arn.clone(), client_token };
    match redrive_execution(ports, tools, request).await {
        // It was redriven by a call whose answer was lost.
        Ok(_) | Err(Unanswered::Rejected(RedriveRejection::NotRedrivable { .. })) => {
            looks_again(ports);
            Ok(())
        }
        Err(unanswered) => refused(ports, "redrive", unanswered),
    }
}

/// A task may be over before its answer comes: timed out, stopped, answered by a call whose answer
/// was lost.
fn late_or(
    ports: &Ports,
    answered: Result<(), Unanswered<CallbackRejection>>,
) -> Result<(), Fault> {
    match answered {
        Ok(()) | Err(Unanswered::Rejected(CallbackRejection::TimedOut)) => Ok(()),
        Err(unanswered) => refused(ports, "answer", unanswered),
    }
}

fn refused<R: std::fmt::Display>(
    ports: &Ports,
    what: &str,
    unanswered: Unanswered<R>,
) -> Result<(), Fault> {
    match unanswered {
        Unanswered::Rejected(rejection) => {
            ports.world().violate(format!("the {what} is refused: {rejection}"));
            Ok(())
        }
        Unanswered::Fault(fault) => Err(fault),
    }
}
