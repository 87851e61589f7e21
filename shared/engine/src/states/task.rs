//! Task State: claimed before its call, left when the call has ended, or when its answer has come
//! from elsewhere.

mod names;

use asl::{Action, IntegrationPattern, Number, Resource, Task};
use model::{
    Call, CallTarget, ExecutionArn, ExecutionId, Failure, Payload, Phase, Secret, error_name,
    limits::JOB_LOOK_MILLISECONDS_MIN,
};

use crate::{
    CallOutcome, Transition,
    draft::Draft,
    handle::handle,
    inspect::Seen,
    language::{Evaluate, limited},
    states::misplaced,
};
use names::Names;

/// Records the claim: whoever appends it makes the call, once.
///
/// Spec: ASL § Task State.
pub(crate) fn claim<L: Evaluate>(
    mut draft: Draft<'_>,
    task: &Task<L>,
    input: &Payload,
) -> Transition {
    let secret = draft.new_secret(task.resource.pattern());
    let client_token = draft.derived("client token");
    let ready = L::effective_input(&mut draft, &task.flow, input).and_then(|payload| {
        let timeout = seconds(&mut draft, task, task.timeout.as_ref(), input, "TimeoutSeconds")?;
        let heartbeat =
            seconds(&mut draft, task, task.heartbeat.as_ref(), input, "HeartbeatSeconds")?;
        Ok((payload, timeout, heartbeat))
    });
    let (payload, timeout, heartbeat) = match ready {
        Ok(ready) => ready,
        Err(failure) => return handle(draft, &task.handlers, input, failure, None),
    };
    let names = Names::of(&task.resource);
    draft.emit(names.scheduled(&payload, timeout, heartbeat));
    draft.emit(names.started());
    let (call, waits) =
        (call(&task.resource, payload, [secret, client_token]), task.resource.pattern().waits());
    // Nobody can send a heartbeat for a call that is answered by its return, so the shorter of
    // the two ends it.
    let allowed = if waits { timeout } else { [timeout, heartbeat].into_iter().flatten().min() };
    let deadline = allowed.map(|seconds| draft.scene.moment.now.plus_seconds(seconds));
    let visit = draft.visit.clone();
    let heartbeat_seconds = heartbeat.filter(|_| waits);
    draft.stay(Phase::Claimed { input: input.clone(), visit, call, deadline, heartbeat_seconds })
}

fn call(resource: &Resource, payload: Payload, [secret, client_token]: [Secret; 2]) -> Call {
    let secret = resource.pattern().waits().then_some(secret);
    match resource {
        Resource::LambdaFunction { arn } => {
            let target = CallTarget::LambdaFunction { arn: arn.clone() };
            Call { target, payload, secret, client_token: None }
        }
        Resource::Integration { action: Action::LambdaInvoke, .. } => {
            Call { target: CallTarget::LambdaInvoke, payload, secret, client_token: None }
        }
        Resource::Integration { action: Action::StartExecution, .. } => {
            let client_token = Some(client_token);
            Call { target: CallTarget::StartExecution, payload, secret, client_token }
        }
    }
}

/// The claimed call has ended: so has the task, unless its answer comes from elsewhere.
pub(crate) fn returned<L: Evaluate>(
    draft: Draft<'_>,
    task: &Task<L>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    match outcome {
        CallOutcome::Succeeded(output) if task.resource.pattern().waits() => {
            submitted(draft, task, input, &output)
        }
        CallOutcome::Succeeded(_) | CallOutcome::Failed(_) | CallOutcome::TimedOut => {
            answered(draft, task, input, outcome)
        }
    }
}

/// The task waits for its answer.
///
/// Spec: Developer Guide, "Service integration patterns" § Run a job, § Wait for a callback.
fn submitted<L: Evaluate>(
    mut draft: Draft<'_>,
    task: &Task<L>,
    input: &Payload,
    output: &Payload,
) -> Transition {
    let Phase::Claimed { call, deadline, heartbeat_seconds, .. } = draft.phase().clone() else {
        return misplaced(draft);
    };
    let submission = Names::of(&task.resource).submitted(output);
    let (Some(secret), Some(submission)) = (call.secret, submission) else {
        return misplaced(draft);
    };
    draft.emit(submission);
    let now = draft.scene.moment.now;
    let job = match task.resource.pattern() {
        IntegrationPattern::Sync | IntegrationPattern::SyncJson => started(output),
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => None,
    };
    let looks = [
        deadline,
        heartbeat_seconds.map(|seconds| now.plus_seconds(seconds)),
        job.as_ref().map(|_| now.plus_milliseconds(JOB_LOOK_MILLISECONDS_MIN)),
    ];
    let visit = draft.visit.clone();
    draft.stay(Phase::Submitted {
        input: input.clone(),
        visit,
        secret,
        deadline,
        heartbeat_seconds,
        job,
        look_at: looks.into_iter().flatten().min(),
    })
}

/// The execution that a `startExecution` has started.
fn started(output: &Payload) -> Option<ExecutionId> {
    let arn = output.value().get("ExecutionArn")?.as_str()?;
    ExecutionArn::parse(arn).ok().map(|arn| arn.id())
}

/// The task is over.
pub(crate) fn answered<L: Evaluate>(
    mut draft: Draft<'_>,
    task: &Task<L>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    let names = Names::of(&task.resource);
    let result = match outcome {
        CallOutcome::Succeeded(result) => limited(&draft, result, names.limit_name),
        CallOutcome::Failed(failure) => Err(failure),
        CallOutcome::TimedOut => {
            let failure = Failure::named(error_name::TIMEOUT);
            draft.emit(names.timed_out(failure.clone()));
            return handle(draft, &task.handlers, input, failure, None);
        }
    };
    let result = match result {
        Ok(result) => result,
        Err(failure) => {
            draft.emit(names.failed(failure.clone()));
            return handle(draft, &task.handlers, input, failure, None);
        }
    };
    draft.saw(Seen::Result, &result);
    draft.emit(names.succeeded(&result));
    match L::leaving(&mut draft, &task.flow, input, result) {
        Ok(leaving) => draft.leave(leaving, &task.next),
        Err(failure) => handle(draft, &task.handlers, input, failure, None),
    }
}

fn seconds<L: Evaluate>(
    draft: &mut Draft<'_>,
    task: &Task<L>,
    number: Option<&Number<L>>,
    input: &Payload,
    field: &str,
) -> Result<Option<u64>, Failure> {
    match number {
        None => Ok(None),
        Some(Number::Literal(seconds)) => Ok(Some(*seconds)),
        Some(Number::Of(reference)) => {
            L::seconds(draft, reference, &task.flow, input, field).map(Some)
        }
    }
}
