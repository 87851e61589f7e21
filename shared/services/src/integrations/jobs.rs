//! `.sync`: the jobs that calls start, how their state is asked for, and how they are cancelled.
//!
//! Spec: Developer Guide, "Service integration patterns" § run a job, and the page of each service.

use model::{
    Failure, JobName, Payload, ServiceJob, TaskCredentials, TaskJob, TaskResource, error_name,
};
use orchestrator::ports::CallOutcome;
use serde_json::{Map, Value, json};

use super::{CallScope, optimised::OptimisedAction};
use crate::client::CallFailure;

/// The job that an action starts, as far as its service says it with fields.
#[derive(Debug)]
pub(super) struct Job {
    /// The operation that describes it, with its parameters.
    pub(super) describe: (&'static str, &'static [(&'static str, ValueSource)]),
    /// Where the job is in that answer.
    pub(super) found: &'static [&'static str],
    /// Where its state is in it.
    pub(super) state: &'static [&'static str],
    pub(super) succeeded: &'static [&'static str],
    pub(super) failed: &'static [&'static str],
    /// Whether a job that is gone has succeeded: what deletes waits for that.
    pub(super) gone_is_success: bool,
    /// The name that the job has in the Task's result; empty if the result is the job itself.
    pub(super) result: &'static str,
    /// What the result takes over from the Task's parameters and the answer to its call.
    pub(super) kept: &'static [(&'static str, ValueSource)],
    /// Whether a job in a state of success has failed nevertheless.
    pub(super) has_failed: Option<fn(&Value) -> bool>,
    /// The operation that cancels it, with its parameters.
    pub(super) cancel: Option<(&'static str, &'static [(&'static str, ValueSource)])>,
    /// The source of the events that tell of it, and the id that it has in them; none if its service
    /// sends no such events.
    pub(super) told: Option<(&'static str, ValueSource)>,
}

impl Job {
    /// A job with these fields, whose result is the job itself.
    pub(super) const fn new(
        describe: (&'static str, &'static [(&'static str, ValueSource)]),
        found: &'static [&'static str],
        state: &'static [&'static str],
    ) -> Self {
        Self {
            describe,
            found,
            state,
            succeeded: &[],
            failed: &[],
            gone_is_success: false,
            result: "",
            kept: &[],
            has_failed: None,
            cancel: None,
            told: None,
        }
    }
}

/// Where the value of a parameter is.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueSource {
    /// In the answer to the call that started the job.
    Answer(&'static [&'static str]),
    /// There, as the only item of a list.
    AnswerInList(&'static [&'static str]),
    /// In the Task's parameters.
    Parameter(&'static str),
    /// It is this text.
    Text(&'static str),
}

/// The value at a path of member names, and of positions in lists.
fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(*step),
    })
}

/// What a source refers to.
fn value_of(source: ValueSource, parameters: &Map<String, Value>, answer: &Value) -> Option<Value> {
    match source {
        ValueSource::Answer(path) => at(answer, path).cloned(),
        ValueSource::AnswerInList(path) => at(answer, path).map(|value| json!([value])),
        ValueSource::Parameter(name) => parameters.get(name).cloned(),
        ValueSource::Text(text) => Some(text.into()),
    }
}

fn values(
    sources: &[(&'static str, ValueSource)],
    parameters: &Map<String, Value>,
    answer: &Value,
) -> Map<String, Value> {
    let found = sources.iter().filter_map(|(name, source)| {
        Some(((*name).to_owned(), value_of(*source, parameters, answer)?))
    });
    found.collect()
}

/// The job that a call has started; none if its Task does not wait for it.
pub(super) fn submitted_job(
    scope: &CallScope<'_>,
    job: &Job,
    answer: &Map<String, Value>,
) -> Option<TaskJob> {
    if !scope.waits_for_job {
        return None;
    }
    let none = Map::new();
    let parameters = scope.payload.json_value().as_object().unwrap_or(&none);
    let answer = Value::Object(answer.clone());
    let cancel = job.cancel.map(|(_, sources)| values(sources, parameters, &answer));
    let handle = json!({
        "describe": values(job.describe.1, parameters, &answer),
        "kept": values(job.kept, parameters, &answer),
        "cancel": cancel,
    });
    let name = job.told.and_then(|(source, id)| {
        Some(JobName::new(source, value_of(id, parameters, &answer)?.as_str()?))
    });
    let role_arn = scope.identity.task_role_arn.map(str::to_owned);
    Some(TaskJob::Service(ServiceJob {
        resource: scope.resource.clone(),
        handle: handle.to_string(),
        credentials: role_arn.map(|role_arn| TaskCredentials { role_arn }),
        name,
    }))
}

/// A job that was submitted: its integration, and its ids.
fn read(submitted: &ServiceJob) -> Option<(OptimisedAction, &'static Job, Value)> {
    let TaskResource::Integration(integration) = &submitted.resource else { return None };
    let action = OptimisedAction::find(&integration.service, &integration.action)?;
    let job = action.job()?;
    Some((action, job, serde_json::from_str(&submitted.handle).ok()?))
}

/// Asks for the state of a job. The outcome is none while it runs or while nobody can say.
pub(super) async fn describe(scope: &CallScope<'_>, submitted: &ServiceJob) -> Option<CallOutcome> {
    let (action, job, handle) = read(submitted)?;
    let described = action.call_operation(scope, job.describe.0, &handle["describe"]).await;
    match described {
        Ok((answer, _)) => outcome(job, &handle["kept"], &Value::Object(answer)),
        Err(CallFailure::Refused(refusal)) if is_gone(&refusal.code) && job.gone_is_success => {
            let kept = handle["kept"].as_object().cloned().unwrap_or_default();
            Some(CallOutcome::Succeeded(Payload::from_value(kept.into())))
        }
        // A service that is throttled or out of order is asked again; one that refuses for good
        // would be asked for ever.
        Err(CallFailure::Refused(refusal))
            if refusal.status < 500
                && refusal.status != 429
                && !PASSING.iter().any(|passing| refusal.code.contains(passing)) =>
        {
            let failure = CallFailure::Refused(refusal);
            Some(CallOutcome::Failed(action.wording().failure(&failure, "{}")))
        }
        Err(
            CallFailure::Refused(_) | CallFailure::Unreadable { .. } | CallFailure::Transport(_),
        ) => None,
        Err(CallFailure::Identity { message, .. }) if !message.contains("AccessDenied") => None,
        Err(failure) => Some(CallOutcome::Failed(action.wording().failure(&failure, "{}"))),
    }
}

/// What errors that pass have in their codes.
const PASSING: [&str; 7] = [
    "Throttl",
    "TooManyRequests",
    "LimitExceeded",
    "ExpiredToken",
    "RequestExpired",
    "Timeout",
    "SlowDown",
];

fn is_gone(code: &str) -> bool {
    code.contains("NotFound")
}

/// The outcome of a Task whose job is described so; none while the job runs.
fn outcome(job: &Job, kept: &Value, answer: &Value) -> Option<CallOutcome> {
    let found = at(answer, job.found)?;
    let state = at(found, job.state)?.as_str()?;
    let has_failed = job.failed.contains(&state);
    if !has_failed && !job.succeeded.contains(&state) {
        return None;
    }
    let mut result = kept.as_object().cloned().unwrap_or_default();
    match found {
        Value::Object(members) if job.result.is_empty() => result.extend(members.clone()),
        _ => drop(result.insert(job.result.to_owned(), found.clone())),
    }
    result.sort_keys();
    let result = Value::Object(result);
    if has_failed || job.has_failed.is_some_and(|has_failed| has_failed(found)) {
        let failure = Failure::new(error_name::TASK_FAILED, result.to_string());
        return Some(CallOutcome::Failed(failure));
    }
    Some(CallOutcome::Succeeded(Payload::from_value(result)))
}

/// Cancels a job, as far as its service can. Nobody waits for it, so that a refusal has no
/// consequence.
pub(super) async fn cancel(scope: &CallScope<'_>, submitted: &ServiceJob) {
    let Some((action, job, handle)) = read(submitted) else { return };
    let Some((operation, _)) = job.cancel else { return };
    if let Err(failure) = action.call_operation(scope, operation, &handle["cancel"]).await {
        tracing::warn!(?failure, operation, "a job is not cancelled");
    }
}
