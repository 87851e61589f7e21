//! Executions that a task starts: `arn:aws:states:::states:startExecution`.
//!
//! ```text
//! claim ──start──▶ the execution runs; its record names the task as its starter
//!   .sync: its end ──Answer::Ended──▶ the task's frame, which reads what it came to
//!          (or somebody looks, now and then, whether it has ended)
//! ```

mod answer;

use asl::{Action, Body, IntegrationPattern, Resource, StateKind};
use model::{
    Answer, Call, Cue, Execution, ExecutionArn, ExecutionId, Failure, Frame, FramePath, Message,
    Payload, Record, RecordKey, Secret, Starter, TaskToken, error_name,
};
use serde_json::Value;
use uuid::Builder;

use crate::{
    Fault, StartExecution, StartRejection, Tools, Unanswered,
    ports::{CallOutcome, Chance, Clock, Executions, Lane, Log, Machines, Queue},
    start::start_for,
};

/// Makes the call that a claim is for. May be repeated: what was started before is found again.
pub(crate) async fn start<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    call: &Call,
) -> Result<CallOutcome, Fault>
where
    P: Machines + Executions + Queue + Clock + Chance + Sync,
{
    let Some(client_token) = call.client_token else { return Ok(CallOutcome::lost()) };
    let pattern = pattern(ports, tools, key, record).await?;
    let waits = match pattern {
        IntegrationPattern::Sync | IntegrationPattern::SyncJson => true,
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => false,
    };
    let by = Starter { task: task(key, call, client_token), waits };
    let name =
        Builder::from_random_bytes(client_token.bits().to_be_bytes()).into_uuid().to_string();
    let request = match request(&call.payload, name) {
        Ok(request) => request,
        Err(reason) => {
            let cause = format!(
                "The Parameters '{}' could not be used to start the Task: [{reason}]",
                call.payload.text()
            );
            return Ok(CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause)));
        }
    };
    match start_for(ports, tools, request, Some(by)).await {
        Ok(started) => Ok(CallOutcome::Succeeded(answer::started(&started, ports.seed()))),
        Err(Unanswered::Rejected(rejection)) => {
            Ok(CallOutcome::Failed(refused(&rejection, ports.seed())))
        }
        Err(Unanswered::Fault(fault)) => Err(fault),
    }
}

/// The attempt of a task, by which an execution knows who has started it.
fn task(key: &RecordKey, call: &Call, client_token: Secret) -> TaskToken {
    let secret = call.secret.unwrap_or(client_token);
    TaskToken { execution: key.execution.clone(), frame: key.frame.clone(), secret }
}

/// What the execution came to that a task waits for; none while it runs.
pub(crate) async fn ended<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    job: &ExecutionId,
) -> Result<Option<CallOutcome>, Fault>
where
    P: Executions + Machines + Sync,
{
    let Some(execution) = ports.execution(job).await? else {
        let cause = format!("The execution {} is gone.", tools.place.execution(job));
        return Ok(Some(CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, cause))));
    };
    if execution.end.is_none() {
        return Ok(None);
    }
    let pattern = pattern(ports, tools, key, record).await?;
    Ok(answer::ended(&tools.place, job, &execution, pattern))
}

/// Tells the task that waits for an execution that it has ended.
pub(crate) async fn tell_starter(ports: &impl Queue, record: &Record) -> Result<(), Fault> {
    let Some(Starter { task, waits: true }) = &record.facts.starter else { return Ok(()) };
    let TaskToken { execution, frame, secret } = task.clone();
    let cue = Cue::Answer { secret, answer: Answer::Ended };
    ports.send(Message { execution, frame, cue }, Lane::Steps, None).await
}

/// Stops the execution that the frame's task waits for, if it has started it and it still runs. As
/// on AWS a matter of best efforts: a worker that dies before this does not stop it.
///
/// Spec: Developer Guide, "Service integration patterns" § Run a job.
pub(crate) async fn cancel<P>(ports: &P, key: &RecordKey, frame: &Frame) -> Result<(), Fault>
where
    P: Executions + Queue + Sync,
{
    match (frame.job(), frame.answerable()) {
        (Some(job), Some(secret)) => cancel_started(ports, key, job, secret).await,
        (Some(_) | None, _) => Ok(()),
    }
}

/// A claim that starts an execution has lost its frame to a stop, a timeout or an early answer:
/// nobody else knows of the execution that was started.
pub(crate) async fn cancel_orphan<P>(
    ports: &P,
    key: &RecordKey,
    call: &Call,
    outcome: &CallOutcome,
) -> Result<(), Fault>
where
    P: Log + Executions + Queue + Sync,
{
    let CallOutcome::Succeeded(output) = outcome else { return Ok(()) };
    let arn = output.value().get("ExecutionArn").and_then(Value::as_str);
    let started = arn.and_then(|arn| ExecutionArn::parse(arn).ok()).map(|arn| arn.id());
    let (Some(started), Some(secret)) = (started, call.secret) else { return Ok(()) };
    let head = ports.head(&key.execution, &key.frame).await?;
    if head.is_some_and(|head| head.record.frame.answerable() == Some(secret)) {
        // Another delivery of the same claim has recorded it.
        return Ok(());
    }
    cancel_started(ports, key, &started, secret).await
}

async fn cancel_started<P>(
    ports: &P,
    key: &RecordKey,
    started: &ExecutionId,
    secret: Secret,
) -> Result<(), Fault>
where
    P: Executions + Queue + Sync,
{
    let Some(execution) = ports.execution(started).await? else { return Ok(()) };
    let task = TaskToken { execution: key.execution.clone(), frame: key.frame.clone(), secret };
    let by = Starter { task, waits: true };
    if execution.end.is_some() || !is_started_by(&execution, Some(&by)) {
        return Ok(());
    }
    let redrives = execution.facts.redrives();
    let cue = Cue::Stop { failure: Failure::default(), redrives };
    let stop = Message { execution: started.clone(), frame: FramePath::ROOT, cue };
    ports.send(stop, Lane::Steps, None).await
}

/// Whether an execution was started by this attempt of a task.
pub(crate) fn is_started_by(execution: &Execution, starter: Option<&Starter>) -> bool {
    starter.is_some() && execution.facts.starter.as_ref() == starter
}

async fn pattern<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
) -> Result<IntegrationPattern, Fault>
where
    P: Machines + Sync,
{
    let definition = tools.definitions.get(ports, &key.execution, &record.facts.revision).await?;
    let resource = definition.state(&record.frame.state).and_then(|state| match &state.body {
        Body::JsonPath(StateKind::Task(task)) => Some(&task.resource),
        Body::Jsonata(StateKind::Task(task)) => Some(&task.resource),
        Body::JsonPath(_) | Body::Jsonata(_) => None,
    });
    match resource {
        Some(Resource::Integration { action: Action::StartExecution, pattern }) => Ok(*pattern),
        Some(Resource::LambdaFunction { .. } | Resource::Integration { .. }) | None => {
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
fn request(parameters: &Payload, name: String) -> Result<StartExecution, String> {
    let Value::Object(members) = parameters.value() else {
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
fn refused(rejection: &StartRejection, seed: u128) -> Failure {
    let name = rejection.name();
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
