//! Executions that a task starts: `arn:aws:states:::states:startExecution`.
//!
//! ```text
//! claim ──start──▶ the execution runs; its record names the task as its starter
//!   .sync: its end ──Answer::Ended──▶ the task's frame, which reads what it came to
//!          (or somebody looks, now and then, whether it has ended)
//! ```

mod answer;

use asl::{IntegrationAction, IntegrationPattern, StateBody, StateKind, TaskResource};
use model::{
    Execution, ExecutionArn, ExecutionId, Failure, Frame, FramePath, MessageKind, Payload,
    QueueMessage, Record, RecordKey, StartedByTask, TaskCall, TaskCompletion, TaskSecret,
    TaskToken, error_name,
};
use serde_json::Value;
use uuid::Builder;

use crate::{
    ApiError, EngineContext, Fault, StartExecution, StartRejection,
    ports::{
        CallOutcome, Clock, ExecutionStore, MessageQueue, QueueName, RandomSource, RecordLog,
        StateMachineStore,
    },
    start::start_for_task,
};

/// Makes the call that a claim is for. May be repeated: what was started before is found again.
pub(crate) async fn start_nested_execution<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    call: &TaskCall,
) -> Result<CallOutcome, Fault>
where
    P: StateMachineStore + ExecutionStore + MessageQueue + Clock + RandomSource + Sync,
{
    let Some(client_token) = call.client_token else { return Ok(CallOutcome::worker_lost()) };
    let pattern = integration_pattern_of(ports, context, key, record).await?;
    let waits = match pattern {
        IntegrationPattern::Sync | IntegrationPattern::SyncJson => true,
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => false,
    };
    let by = StartedByTask { task: starting_task(key, call, client_token), waits };
    let name =
        Builder::from_random_bytes(client_token.as_bits().to_be_bytes()).into_uuid().to_string();
    let request = match parse_start_parameters(&call.payload, name) {
        Ok(request) => request,
        Err(reason) => {
            let cause = format!(
                "The Parameters '{}' could not be used to start the Task: [{reason}]",
                call.payload.json_text()
            );
            return Ok(CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause)));
        }
    };
    match start_for_task(ports, context, request, Some(by)).await {
        Ok(started) => Ok(CallOutcome::Succeeded(answer::start_execution_output(
            &started,
            ports.random_seed(),
        ))),
        Err(ApiError::Rejected(rejection)) => {
            Ok(CallOutcome::Failed(start_failure(&rejection, ports.random_seed())))
        }
        Err(ApiError::Fault(fault)) => Err(fault),
    }
}

/// The attempt of a task, by which an execution knows who has started it.
fn starting_task(key: &RecordKey, call: &TaskCall, client_token: TaskSecret) -> TaskToken {
    let secret = call.secret.unwrap_or(client_token);
    TaskToken { execution: key.execution.clone(), frame: key.frame.clone(), secret }
}

/// What the execution came to that a task waits for; none while it runs.
pub(crate) async fn nested_execution_outcome<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    job: &ExecutionId,
) -> Result<Option<CallOutcome>, Fault>
where
    P: ExecutionStore + StateMachineStore + Sync,
{
    let Some(execution) = ports.load_execution(job).await? else {
        let cause = format!("The execution {} is gone.", context.account_region.execution_arn(job));
        return Ok(Some(CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, cause))));
    };
    if execution.end.is_none() {
        return Ok(None);
    }
    let pattern = integration_pattern_of(ports, context, key, record).await?;
    Ok(answer::execution_description(&context.account_region, job, &execution, pattern))
}

/// Tells the task that waits for an execution that it has ended.
pub(crate) async fn notify_starter(
    ports: &impl MessageQueue,
    record: &Record,
) -> Result<(), Fault> {
    let Some(StartedByTask { task, waits: true }) = &record.facts.started_by else { return Ok(()) };
    let TaskToken { execution, frame, secret } = task.clone();
    let kind = MessageKind::CompleteTask { secret, completion: TaskCompletion::ExecutionEnded };
    ports.send_message(QueueMessage { execution, frame, kind: kind }, QueueName::Steps, None).await
}

/// Stops the execution that the frame's task waits for, if it has started it and it still runs. As
/// on AWS a matter of best efforts: a worker that dies before this does not stop it.
///
/// Spec: Developer Guide, "Service integration patterns" § Run a job.
pub(crate) async fn cancel_awaited_execution<P>(
    ports: &P,
    key: &RecordKey,
    frame: &Frame,
) -> Result<(), Fault>
where
    P: ExecutionStore + MessageQueue + Sync,
{
    match (frame.awaited_execution(), frame.task_secret()) {
        (Some(job), Some(secret)) => cancel_started(ports, key, job, secret).await,
        (Some(_) | None, _) => Ok(()),
    }
}

/// A claim that starts an execution has lost its frame to a stop, a timeout or an early answer:
/// nobody else knows of the execution that was started.
pub(crate) async fn cancel_orphan<P>(
    ports: &P,
    key: &RecordKey,
    call: &TaskCall,
    outcome: &CallOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + ExecutionStore + MessageQueue + Sync,
{
    let CallOutcome::Succeeded(output) = outcome else { return Ok(()) };
    let arn = output.json_value().get("ExecutionArn").and_then(Value::as_str);
    let started = arn.and_then(|arn| ExecutionArn::parse(arn).ok()).map(|arn| arn.execution_id());
    let (Some(started), Some(secret)) = (started, call.secret) else { return Ok(()) };
    let head = ports.load_head(&key.execution, &key.frame).await?;
    if head.is_some_and(|head| head.record.frame.task_secret() == Some(secret)) {
        // Another delivery of the same claim has recorded it.
        return Ok(());
    }
    cancel_started(ports, key, &started, secret).await
}

async fn cancel_started<P>(
    ports: &P,
    key: &RecordKey,
    started: &ExecutionId,
    secret: TaskSecret,
) -> Result<(), Fault>
where
    P: ExecutionStore + MessageQueue + Sync,
{
    let Some(execution) = ports.load_execution(started).await? else { return Ok(()) };
    let task = TaskToken { execution: key.execution.clone(), frame: key.frame.clone(), secret };
    let by = StartedByTask { task, waits: true };
    if execution.end.is_some() || !is_started_by(&execution, Some(&by)) {
        return Ok(());
    }
    let redrives = execution.facts.redrive_count();
    let kind = MessageKind::StopExecution { failure: Failure::default(), redrives };
    let stop = QueueMessage { execution: started.clone(), frame: FramePath::ROOT, kind: kind };
    ports.send_message(stop, QueueName::Steps, None).await
}

/// Whether an execution was started by this attempt of a task.
pub(crate) fn is_started_by(execution: &Execution, starter: Option<&StartedByTask>) -> bool {
    starter.is_some() && execution.facts.started_by.as_ref() == starter
}

async fn integration_pattern_of<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<IntegrationPattern, Fault>
where
    P: StateMachineStore + Sync,
{
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let resource = definition.find_state(&record.frame.state).and_then(|state| match &state.body {
        StateBody::JsonPath(StateKind::Task(task)) => Some(&task.resource),
        StateBody::Jsonata(StateKind::Task(task)) => Some(&task.resource),
        StateBody::JsonPath(_) | StateBody::Jsonata(_) => None,
    });
    match resource {
        Some(TaskResource::Integration { action: IntegrationAction::StartExecution, pattern }) => {
            Ok(*pattern)
        }
        Some(TaskResource::LambdaFunction { .. } | TaskResource::Integration { .. }) | None => {
            Err(Fault::Broken {
                execution: key.execution.to_string(),
                reason: format!("'{}' starts no execution", record.frame.state),
            })
        }
    }
}

/// Reads the task's parameters; `name` is for an execution that is given none.
///
/// Shape: `{StateMachineArn, Input, Name, TraceHeader}`; an `Input` that is no string is printed.
fn parse_start_parameters(parameters: &Payload, name: String) -> Result<StartExecution, String> {
    let Value::Object(members) = parameters.json_value() else {
        return Err("The parameters must be an object".to_owned());
    };
    let mut request = StartExecution {
        state_machine_arn: String::new(),
        name: Some(name),
        input: None,
        trace_header: None,
    };
    for (member, value) in members {
        let text = || match value {
            Value::String(text) => Ok(text.clone()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                Err(format!("The value for the field '{member}' must be a STRING"))
            }
        };
        match member.as_str() {
            "StateMachineArn" => request.state_machine_arn = text()?,
            "Name" => request.name = Some(text()?),
            "TraceHeader" => request.trace_header = Some(text()?),
            "Input" => {
                request.input = match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
            }
            other => {
                return Err(format!("The field '{other}' is not supported by Step Functions"));
            }
        }
    }
    if request.state_machine_arn.is_empty() {
        return Err("The field 'StateMachineArn' is required but was missing".to_owned());
    }
    Ok(request)
}

/// A rejection in the words of the SDK that Step Functions uses (recorded).
fn start_failure(rejection: &StartRejection, seed: u128) -> Failure {
    let name = rejection.exception_name();
    let error = name.strip_suffix("Exception").unwrap_or(name);
    let request_id = Builder::from_random_bytes(seed.to_be_bytes()).into_uuid();
    Failure::new(
        format!("StepFunctions.{error}Exception"),
        format!(
            "{rejection} (Service: AWSStepFunctions; Status Code: 400; Error Code: {name}; \
             Request ID: {request_id}; Proxy: null)"
        ),
    )
}
