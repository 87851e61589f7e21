//! API calls of simulated clients, which retry them until they are answered.

use model::{ExecutionStatus, Failure, JobName};
use orchestrator::{
    ApiError, Disposition, EngineContext, Fault, RepeatPolicy, StartExecution, StartRejection,
    api::{
        ExecutionRejection, RedriveExecution, RedriveRejection, StopExecution, TaskResultRejection,
        describe_execution, redrive_execution, send_task_failure, send_task_heartbeat,
        send_task_success, start_execution, stop_execution,
    },
    report_job_change,
};

use crate::{
    activities::poll_activity,
    function_answers::{QueuedFunctionAnswer, pass_on_answer},
    lost_queues,
    ports::SimulatedPorts,
    safety,
    world::StartClient,
};

/// Milliseconds after which a client checks again whether an execution has ended.
const LOOK: i64 = 20_000;

/// An API call.
#[derive(Clone, Debug)]
pub(crate) enum ClientCall {
    StartExecution {
        state_machine_arn: String,
        name: String,
        input: String,
    },
    StopExecution {
        execution_arn: String,
    },
    /// `RedriveExecution` each time that the execution ends with this status, up to `times`.
    RedriveExecution {
        execution_arn: String,
        ended: ExecutionStatus,
        times: u32,
    },
    /// `SendTaskSuccess` or `SendTaskFailure`.
    SendTaskResult {
        task_token: String,
        output: Result<String, Failure>,
    },
    SendTaskHeartbeat {
        task_token: String,
    },
    /// A worker asks for a task of an activity.
    PollActivity {
        /// The execution whose end ends the worker.
        execution_arn: String,
    },
    /// A service tells of a job.
    TellOfJob(JobName),
    /// A function has answered an asynchronous invocation.
    PassOnAnswer(QueuedFunctionAnswer),
    /// The queues lose all messages. An operator wakes what runs once every worker that had one of
    /// them is gone.
    LoseMessages,
    /// The command `rewake`, run this often.
    Rewake {
        times: u32,
    },
}

/// Makes the call. Some rejections are valid answers, for example to a start that is retried after
/// the execution's end.
pub(crate) async fn make_client_call(
    ports: &SimulatedPorts,
    context: &EngineContext,
    job: ClientCall,
) -> Result<Disposition, Fault> {
    ports.lock_world().api_calls += 1;
    match job {
        ClientCall::StartExecution { state_machine_arn, name, input } => {
            let request = StartExecution {
                state_machine_arn,
                name: Some(name),
                input: Some(input),
                trace_header: None,
                execution_type: None,
            };
            match start_execution(ports, context, request, RepeatPolicy::WhileRunning).await {
                Ok(_) | Err(ApiError::Rejected(StartRejection::AlreadyExists { .. })) => {}
                Err(error) => report_rejection(ports, "start", error)?,
            }
        }
        ClientCall::StopExecution { execution_arn } => {
            let failure = Failure::new("Stopped", "by its user");
            let again = ClientCall::StopExecution { execution_arn: execution_arn.clone() };
            match stop_execution(ports, context, StopExecution { execution_arn, failure }).await {
                Ok(_) => {}
                // The execution has not been created yet, or never will be.
                Err(ApiError::Rejected(ExecutionRejection::DoesNotExist { .. })) => {
                    let mut world = ports.lock_world();
                    let at = world.now + LOOK;
                    if world.start_client != StartClient::HasGivenUp {
                        world.jobs.push((at, again));
                    }
                }
                Err(error) => report_rejection(ports, "stop", error)?,
            }
        }
        ClientCall::RedriveExecution { execution_arn, ended, times } => {
            redrive_when_ended(ports, context, execution_arn, (ended, times)).await?;
        }
        ClientCall::SendTaskResult { task_token, output } => {
            let answered = match output {
                Ok(output) => send_task_success(ports, context, &task_token, &output).await,
                Err(failure) => send_task_failure(ports, context, &task_token, failure).await,
            };
            if answered.is_ok() {
                safety::acknowledge_answer(&mut ports.lock_world(), task_token);
            }
            accept_late_answer(ports, answered)?;
        }
        ClientCall::PollActivity { execution_arn } => {
            poll_activity(ports, context, execution_arn).await?;
        }
        ClientCall::TellOfJob(job) => drop(report_job_change(ports, &job).await?),
        ClientCall::PassOnAnswer(answer) => pass_on_answer(ports, answer).await?,
        ClientCall::LoseMessages => lost_queues::lose_messages(&mut ports.lock_world()),
        ClientCall::Rewake { times } => lost_queues::rewake(ports, times).await?,
        ClientCall::SendTaskHeartbeat { task_token } => {
            accept_late_answer(ports, send_task_heartbeat(ports, &task_token).await)?;
        }
    }
    Ok(Disposition::Acknowledge)
}

/// Has a worker ask for tasks of activities: those of before have ended with the execution.
fn keep_a_worker(ports: &SimulatedPorts, execution_arn: String) {
    let mut world = ports.lock_world();
    let asks = |(_, call): &(i64, ClientCall)| matches!(call, ClientCall::PollActivity { .. });
    if world.has_activity_workers && !world.jobs.iter().any(asks) {
        let at = world.now;
        world.jobs.push((at, ClientCall::PollActivity { execution_arn }));
    }
}

/// Redrives an execution that has ended with this status. Checks again later while it runs.
async fn redrive_when_ended(
    ports: &SimulatedPorts,
    context: &EngineContext,
    execution_arn: String,
    (ended, times): (ExecutionStatus, u32),
) -> Result<(), Fault> {
    let (status, redrives) = match describe_execution(ports, context, &execution_arn).await {
        Ok((_, execution)) => (execution.status(), execution.facts.redrive_count()),
        Err(ApiError::Rejected(_))
            if ports.lock_world().start_client == StartClient::HasGivenUp =>
        {
            return Ok(());
        }
        // The execution has not been created yet.
        Err(ApiError::Rejected(_)) => (ExecutionStatus::Running, 0),
        Err(ApiError::Fault(fault)) => return Err(fault),
    };
    let looks_again = |ports: &SimulatedPorts| {
        let mut world = ports.lock_world();
        let at = world.now + LOOK;
        let execution_arn = execution_arn.clone();
        world.jobs.push((at, ClientCall::RedriveExecution { execution_arn, ended, times }));
    };
    if status == ExecutionStatus::Running {
        looks_again(ports);
        if redrives > 0 {
            keep_a_worker(ports, execution_arn);
        }
        return Ok(());
    }
    if status != ended || redrives >= times {
        return Ok(());
    }
    let client_token = Some(format!("redrive-{redrives}"));
    let request = RedriveExecution { execution_arn: execution_arn.clone(), client_token };
    match redrive_execution(ports, context, request).await {
        // An earlier call whose answer was lost has redriven it.
        Ok(_) | Err(ApiError::Rejected(RedriveRejection::RedriveStatusReason { .. })) => {
            looks_again(ports);
            keep_a_worker(ports, execution_arn);
            Ok(())
        }
        Err(error) => report_rejection(ports, "redrive", error),
    }
}

/// A task may be over before its answer arrives: it may have timed out, been stopped, or been
/// answered by a call whose own answer was lost.
fn accept_late_answer(
    ports: &SimulatedPorts,
    answered: Result<(), ApiError<TaskResultRejection>>,
) -> Result<(), Fault> {
    match answered {
        Ok(()) | Err(ApiError::Rejected(TaskResultRejection::TimedOut)) => Ok(()),
        Err(error) => report_rejection(ports, "answer", error),
    }
}

fn report_rejection<R: std::fmt::Display>(
    ports: &SimulatedPorts,
    what: &str,
    error: ApiError<R>,
) -> Result<(), Fault> {
    match error {
        ApiError::Rejected(rejection) => {
            ports.lock_world().report_violation(format!("the {what} is refused: {rejection}"));
            Ok(())
        }
        ApiError::Fault(fault) => Err(fault),
    }
}
