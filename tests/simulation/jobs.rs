//! What a client does: API calls, tried again until they are answered.

use model::Failure;
use orchestrator::{
    Fault, StartExecution, StartRejection, StopExecution, Tools, Unanswered, Verdict,
    start_execution, stop_execution,
};

use crate::ports::Ports;

/// An API call.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// `StartExecution`.
    Start { state_machine_arn: String, name: String, input: String },
    /// `StopExecution`.
    Stop { execution_arn: String },
}

/// Makes the call. A rejection is an answer, too: of a repeated start after the execution's end.
pub(crate) async fn run_job(ports: &Ports, tools: &Tools, job: Job) -> Result<Verdict, Fault> {
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
                Err(Unanswered::Rejected(rejection)) => {
                    ports.world().violate(format!("the start is refused: {rejection}"));
                }
                Err(Unanswered::Fault(fault)) => return Err(fault),
            }
        }
        Job::Stop { execution_arn } => {
            let failure = Failure::new("Stopped", "by its user");
            match stop_execution(ports, tools, StopExecution { execution_arn, failure }).await {
                Ok(_) => {}
                Err(Unanswered::Rejected(rejection)) => {
                    ports.world().violate(format!("the stop is refused: {rejection}"));
                }
                Err(Unanswered::Fault(fault)) => return Err(fault),
            }
        }
    }
    Ok(Verdict::Done)
}
