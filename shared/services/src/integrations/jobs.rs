//! `.sync`: the jobs that calls start, how their state is asked for, and how they are cancelled.
//!
//! Spec: Developer Guide, "Service integration patterns" § run a job, and the page of each service.

use std::time::SystemTime;

use model::{
    Failure, JobName, Payload, ServiceJob, TaskCredentials, TaskJob, TaskResource, error_name,
};
use orchestrator::ports::{CallOutcome, JobCancellation};
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
    /// Where the answer says that it knows no such job, and what it says then.
    pub(super) missing: Option<(&'static [&'static str], &'static str)>,
    /// The operation that lists its tags, by the member that has its ARN.
    pub(super) tags: Option<(&'static str, &'static str)>,
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
            missing: None,
            tags: None,
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
        "started": job.missing.map(|_| epoch_seconds()),
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

/// How long a service may not know a job that it has started, in seconds: its answers are consistent only
/// after a while.
///
/// Spec: ECS API reference, `RunTask` § eventual consistency.
const UNKNOWN_SECONDS_MAX: u64 = 5 * 60;

fn epoch_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Whether an answer says that a job that was started at this time is no longer known.
fn is_missing(job: &Job, started: &Value, answer: &Value, now_seconds: u64) -> bool {
    let (Some((place, word)), Some(started)) = (job.missing, started.as_u64()) else {
        return false;
    };
    at(answer, place).is_some_and(|found| found == word)
        && now_seconds.saturating_sub(started) > UNKNOWN_SECONDS_MAX
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
        Ok((answer, _)) => {
            let answer = Value::Object(answer);
            if is_missing(job, &handle["started"], &answer, epoch_seconds()) {
                let failure = Failure::new(error_name::TASK_FAILED, answer.to_string());
                return Some(CallOutcome::Failed(failure));
            }
            let ended = ended_job(job, &handle["kept"], &answer)?;
            Some(with_tags(scope, &action, job, ended).await.into_outcome())
        }
        Err(CallFailure::Refused(refusal)) if is_gone(&refusal.code) && job.gone_is_success => {
            let kept = handle["kept"].as_object().cloned().unwrap_or_default();
            Some(CallOutcome::Succeeded(Payload::from_value(kept.into())))
        }
        // A service that is throttled or out of order is asked again; one that refuses for good
        // would be asked for ever.
        Err(failure) if may_pass(&failure) => None,
        Err(failure) => Some(CallOutcome::Failed(action.wording().failure(&failure, "{}"))),
    }
}

/// Whether the same request may succeed after a while.
pub(super) fn may_pass(failure: &CallFailure) -> bool {
    match failure {
        CallFailure::Refused(refusal) => {
            refusal.status >= 500
                || refusal.status == 429
                || PASSING.iter().any(|passing| refusal.code.contains(passing))
        }
        CallFailure::Unreadable { .. } | CallFailure::Transport(_) => true,
        CallFailure::Identity { message, .. } => !message.contains("AccessDenied"),
        CallFailure::Parameters(_) | CallFailure::NotPermitted(_) | CallFailure::TooLarge => false,
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

/// A job that has ended, as its Task shows it.
#[derive(Debug)]
struct EndedJob {
    has_failed: bool,
    result: Map<String, Value>,
}

impl EndedJob {
    fn into_outcome(mut self) -> CallOutcome {
        self.result.sort_keys();
        let result = Value::Object(self.result);
        if self.has_failed {
            CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, result.to_string()))
        } else {
            CallOutcome::Succeeded(Payload::from_value(result))
        }
    }
}

/// The end of a job that is described so; none while it runs.
fn ended_job(job: &Job, kept: &Value, answer: &Value) -> Option<EndedJob> {
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
    let has_failed = has_failed || job.has_failed.is_some_and(|has_failed| has_failed(found));
    Some(EndedJob { has_failed, result })
}

/// The same job with its tags, as far as its service lists them.
async fn with_tags(
    scope: &CallScope<'_>,
    action: &OptimisedAction,
    job: &Job,
    mut ended: EndedJob,
) -> EndedJob {
    let Some((operation, arn)) = job.tags else { return ended };
    let Some(arn) = ended.result.get(arn) else { return ended };
    let asked = json!({ "ResourceArn": arn });
    match action.call_operation(scope, operation, &asked).await {
        Ok((mut listed, _)) => {
            let tags = listed.remove("Tags").unwrap_or_else(|| json!([]));
            ended.result.insert("Tags".to_owned(), tags);
        }
        // The job has ended all the same: its role may not be permitted to list tags.
        Err(failure) => tracing::warn!(?failure, operation, "a job is shown without its tags"),
    }
    ended
}

/// Cancels a job, as far as its service can. Nobody waits for it, so that a refusal has no
/// consequence.
pub(super) async fn cancel(scope: &CallScope<'_>, submitted: &ServiceJob) -> JobCancellation {
    let Some((action, job, handle)) = read(submitted) else { return JobCancellation::Settled };
    let Some((operation, _)) = job.cancel else { return JobCancellation::Settled };
    match action.call_operation(scope, operation, &handle["cancel"]).await {
        Ok(_) => JobCancellation::Settled,
        Err(failure) => cancellation_after(&failure),
    }
}

/// What comes of a cancellation that has failed so.
pub(super) fn cancellation_after(failure: &CallFailure) -> JobCancellation {
    tracing::warn!(?failure, "a job is not cancelled");
    match failure {
        // The service has done what was asked.
        CallFailure::Unreadable { .. } => JobCancellation::Settled,
        failure if may_pass(failure) => JobCancellation::Unanswered,
        _ => JobCancellation::Settled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_is_long_unknown_is_missing() {
        const JOB: Job = Job {
            missing: Some((&["Failures", "0", "Reason"], "MISSING")),
            ..Job::new(("DescribeTasks", &[]), &["Tasks", "0"], &["LastStatus"])
        };
        let missing = json!({"Tasks": [], "Failures": [{"Reason": "MISSING"}]});
        assert!(is_missing(&JOB, &json!(1_000), &missing, 1_301));
        assert!(!is_missing(&JOB, &json!(1_000), &missing, 1_300));
        let known = json!({"Tasks": [{"LastStatus": "RUNNING"}], "Failures": []});
        assert!(!is_missing(&JOB, &json!(1_000), &known, 9_000));
    }
}
