//! Executions that a task starts: `arn:aws:states:::states:startExecution`.
//!
//! ```text
//! claim ──start──▶ the execution runs; its record names the task as its starter
//!   .sync: its end ──ExecutionEnded──▶ the task's frame, which reads its outcome
//!          (polls find the end if that message was not sent)
//! ```

mod output;

use model::{
    AccountRegion, ExecutionArn, ExecutionId, Failure, IntegrationPattern, JobOutput, Payload,
    RecordKey, StartedByTask, TaskCall, TaskJob, TaskSecret, TaskToken, error_name,
};
use random_stream::uuid_of_bits;
use serde_json::Value;

use super::client_token::client_token;
use crate::{
    ApiError, EngineContext, Fault, Rejection, RepeatPolicy, StartExecution, StartRejection,
    executions::{CheckedStart, start},
    frames::{KeyedRecord, cancel_started_execution},
    ports::{CallOutcome, ExecutionStore, MessageQueue, RecordLog},
    roles::StartRole,
};

/// Makes a claimed call. May be repeated: a repeat finds the execution that was started before.
pub(super) async fn call<P: StartRole>(
    ports: &P,
    context: &EngineContext,
    claim: &KeyedRecord,
    call: &TaskCall,
    pattern: IntegrationPattern,
) -> Result<CallOutcome, Fault> {
    let token = client_token(claim);
    let job_output = job_output(pattern);
    let started_by = StartedByTask {
        task: TaskToken {
            execution: claim.key.execution.clone(),
            frame: claim.key.frame.clone(),
            secret: call.secret.unwrap_or(token),
        },
        waits: job_output.is_some(),
    };
    let request = match parse_start_parameters(&call.payload, uuid_of(token)) {
        Ok(request) => request,
        Err(reason) => {
            let cause = format!(
                "The Parameters '{}' could not be used to start the Task: [{reason}]",
                call.payload.json_text()
            );
            return Ok(CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause)));
        }
    };
    let started = match CheckedStart::check_start(ports, &context.settings, request).await {
        Ok(order) => {
            start(ports, context, order, Some(started_by), RepeatPolicy::WhileRunning).await
        }
        Err(error) => Err(error),
    };
    let started = match started {
        Ok(started) => started,
        Err(ApiError::Rejected(rejection)) => {
            return Ok(CallOutcome::Failed(start_failure(&rejection, &ports.random_uuid())));
        }
        Err(ApiError::Fault(fault)) => return Err(fault),
    };
    let output = output::start_execution_output(&started, &ports.random_uuid());
    if !pattern.has_task_token() {
        return Ok(CallOutcome::Succeeded(output));
    }
    let id = ExecutionArn::parse(&started.arn).ok().map(|arn| arn.execution_id());
    let job = id.zip(job_output).map(|(id, output)| TaskJob::Execution { id, output });
    Ok(CallOutcome::Submitted { output, job })
}

/// How the task's result shows input and output of the execution that it waits for; none if it does
/// not wait.
const fn job_output(pattern: IntegrationPattern) -> Option<JobOutput> {
    match pattern {
        IntegrationPattern::Sync => Some(JobOutput::Text),
        IntegrationPattern::SyncJson => Some(JobOutput::Json),
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => None,
    }
}

fn uuid_of(token: TaskSecret) -> String {
    uuid_of_bits(token.as_bits())
}

/// The outcome of the execution that a task waits for; none while it runs.
pub(super) async fn job_outcome<P>(
    ports: &P,
    context: &EngineContext,
    job: &ExecutionId,
    output: JobOutput,
) -> Result<Option<CallOutcome>, Fault>
where
    P: ExecutionStore + Sync,
{
    let account_region = &context.settings.account_region;
    let Some(execution) = ports.load_execution(job).await? else {
        let cause = format!("The execution {} is gone.", account_region.execution_arn(job));
        return Ok(Some(CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, cause))));
    };
    Ok(output::execution_description(account_region, job, &execution, output))
}

/// Stops the execution that a claim has started, if the claim has lost its frame to a stop, a
/// timeout or an early answer. No record names that execution, so nothing else would stop it.
pub(crate) async fn cancel_orphaned_execution<P>(
    ports: &P,
    account_region: &AccountRegion,
    key: &RecordKey,
    call: &TaskCall,
    outcome: &CallOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + ExecutionStore + MessageQueue + Sync,
{
    let CallOutcome::Submitted { job: Some(TaskJob::Execution { id, .. }), .. } = outcome else {
        return Ok(());
    };
    let Some(secret) = call.secret else { return Ok(()) };
    let head = ports.load_head(&key.execution, &key.frame).await?;
    if head.is_some_and(|head| head.record.frame.task_secret() == Some(secret)) {
        // Another delivery of the same claim has recorded it.
        return Ok(());
    }
    cancel_started_execution(ports, account_region, key, id, secret).await
}

/// Parses the task's parameters. `name` is the execution's name if they have no `Name`. The error
/// says what is wrong with each member.
///
/// Shape: `{StateMachineArn, Input, Name, TraceHeader}`. An `Input` that is not a string is
/// serialised.
fn parse_start_parameters(parameters: &Payload, name: String) -> Result<StartExecution, String> {
    let Value::Object(members) = parameters.json_value() else {
        return Err("The parameters must be an object".to_owned());
    };
    let mut request = StartExecution {
        state_machine_arn: String::new(),
        name: Some(name),
        input: None,
        trace_header: None,
        execution_type: None,
    };
    let mut mistakes = Vec::new();
    for (member, value) in members {
        let mut text = || match value {
            Value::String(text) => text.clone(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                mistakes.push(format!("The value for the field '{member}' must be a STRING"));
                String::new()
            }
        };
        match member.as_str() {
            "StateMachineArn" => request.state_machine_arn = text(),
            "Name" => request.name = Some(text()),
            "TraceHeader" => request.trace_header = Some(text()),
            "Input" => {
                request.input = match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
            }
            other => {
                mistakes.push(format!("The field '{other}' is not supported by Step Functions"));
            }
        }
    }
    if members.get("StateMachineArn").is_none_or(|arn| arn == "") {
        mistakes.push("The field 'StateMachineArn' is required but was missing".to_owned());
    }
    if !mistakes.is_empty() {
        return Err(mistakes.join(", "));
    }
    Ok(request)
}

/// A rejection in the words of the SDK that Step Functions uses (recorded).
fn start_failure(rejection: &StartRejection, request_id: &str) -> Failure {
    let name = rejection.exception_name();
    let error = name.strip_suffix("Exception").unwrap_or(name);
    Failure::new(
        format!("StepFunctions.{error}Exception"),
        format!(
            "{rejection} (Service: AWSStepFunctions; Status Code: 400; Error Code: {name}; \
             Request ID: {request_id}; Proxy: null)"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_that_cannot_be_used_is_named() {
        let parameters = Payload::parse(r#"{"Name": 1, "Colour": "red", "Input": {"a": 1}}"#);
        let parameters = parameters.expect("it is JSON");
        let refused = parse_start_parameters(&parameters, "own".to_owned()).map(|_| ());
        assert_eq!(
            refused,
            Err("The value for the field 'Name' must be a STRING, The field 'Colour' is not \
                 supported by Step Functions, The field 'StateMachineArn' is required but was \
                 missing"
                .to_owned())
        );
    }
}
