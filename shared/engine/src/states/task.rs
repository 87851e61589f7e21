//! Task state: claims its call, and is left when the call has returned or, if the task waits for an
//! answer, when the answer has come.

mod task_events;

use asl::{NumberOrReference, TaskState};
use model::{
    EventKind, Failure, FramePhase, Payload, QueuedTask, TaskCall, TaskCredentials, TaskJob,
    TaskResource, error_name,
};

use crate::{
    failure_handling::handle_failure,
    inspect::DataFlowStep,
    language::{StateEvaluator, limit_payload},
    step_context::CallOutcome,
    transition::Transition,
    transition_builder::TransitionBuilder,
};
use task_events::TaskEvents;

/// Claims the call. The worker that appends the claim to the log makes the call, once.
///
/// Spec: ASL § Task State.
pub(crate) fn claim_task_call<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    task: &TaskState<L>,
    input: &Payload,
) -> Transition {
    let secret = builder.new_task_secret(task.resource.integration_pattern());
    let ready = L::effective_input(&mut builder, &task.flow, input).and_then(|payload| {
        let timeout =
            evaluate_seconds(&mut builder, task, task.timeout.as_ref(), input, "TimeoutSeconds")?;
        let heartbeat = evaluate_seconds(
            &mut builder,
            task,
            task.heartbeat.as_ref(),
            input,
            "HeartbeatSeconds",
        )?;
        let credentials = evaluate_credentials(&mut builder, task, input)?;
        Ok((payload, timeout, heartbeat, credentials))
    });
    let (payload, timeout, heartbeat, credentials) = match ready {
        Ok(ready) => ready,
        Err(failure) => return handle_failure(builder, &task.handlers, input, failure, None),
    };
    let names = TaskEvents::for_resource(&task.resource);
    builder.emit_event(names.scheduled_event(&payload, timeout, heartbeat, credentials.as_ref()));
    if let Some(started) = names.started_event() {
        builder.emit_event(started);
    }
    let waits = task.resource.integration_pattern().has_task_token();
    let answers_later = builder.context.facts.asynchronous_functions && task.resource.is_function();
    let secret = (waits || answers_later).then_some(secret);
    let call = TaskCall { resource: task.resource.clone(), payload, secret, credentials };
    // Without a task token, nobody can send a heartbeat. The shorter of the two times then limits
    // the call.
    let allowed = if waits { timeout } else { [timeout, heartbeat].into_iter().flatten().min() };
    let deadline = allowed.map(|seconds| builder.context.time_and_seed.now.plus_seconds(seconds));
    let visit = builder.visit.clone();
    let heartbeat_seconds = heartbeat.filter(|_| waits);
    builder.stay_in_state(FramePhase::Claimed {
        input: input.clone(),
        visit,
        call,
        deadline,
        heartbeat_seconds,
    })
}

/// Handles the outcome of the claimed call: completes the task, or lets it wait for its answer.
pub(crate) fn finish_task_call<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    task: &TaskState<L>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    match outcome {
        CallOutcome::Submitted { output, job } => submit_task(builder, task, input, &output, job),
        CallOutcome::Queued { activity, scheduled_at } => {
            let FramePhase::Claimed { call, heartbeat_seconds, .. } = builder.frame_phase() else {
                return builder.fail_mismatched_record();
            };
            let (input_of_worker, heartbeat_seconds) = (call.payload.clone(), *heartbeat_seconds);
            let queued =
                QueuedTask { activity, scheduled_at, input: input_of_worker, heartbeat_seconds };
            wait_for_answer(builder, input, AnswerSource::Activity(Some(queued)))
        }
        CallOutcome::NotScheduled(_) => complete_task(builder, task, input, outcome),
        CallOutcome::Succeeded(_) | CallOutcome::Failed(_) | CallOutcome::TimedOut => {
            // A mock stands for a worker that has taken the task.
            if let TaskResource::Activity { .. } = task.resource {
                builder.emit_event(EventKind::ActivityStarted { worker_name: None });
            }
            complete_task(builder, task, input, outcome)
        }
    }
}

/// Gives the task to a worker of its activity, for whose answer it then waits.
///
/// Spec: Task state § `HeartbeatSeconds`: "For Activities, the count begins when `GetActivityTask`
/// receives a token".
pub(crate) fn start_activity_task(
    mut builder: TransitionBuilder<'_>,
    input: &Payload,
    worker_name: Option<String>,
) -> Transition {
    builder.emit_event(EventKind::ActivityStarted { worker_name });
    wait_for_answer(builder, input, AnswerSource::Activity(None))
}

/// Who gives the answer that a task waits for.
enum AnswerSource {
    /// The holder of the task token, or the job.
    Submission(Option<TaskJob>),
    /// A worker of the activity, once one has taken the task from the queue.
    Activity(Option<QueuedTask>),
}

/// Records that the call has returned and that the task waits for its answer.
///
/// Spec: Developer Guide, "Service integration patterns" § Run a job, § Wait for a callback.
fn submit_task<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    task: &TaskState<L>,
    input: &Payload,
    output: &Payload,
    job: Option<TaskJob>,
) -> Transition {
    // Whether a function answers at once or later, the history is the same.
    if !task.resource.is_function() {
        let names = TaskEvents::for_resource(&task.resource);
        let Some(submission) = names.submitted_event(output) else {
            return builder.fail_mismatched_record();
        };
        builder.emit_event(submission);
    }
    wait_for_answer(builder, input, AnswerSource::Submission(job))
}

/// Lets the task wait for its answer.
fn wait_for_answer(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    source: AnswerSource,
) -> Transition {
    let (secret, deadline, heartbeat_seconds) = match builder.frame_phase() {
        FramePhase::Claimed { call, deadline, heartbeat_seconds, .. } => {
            (call.secret, *deadline, *heartbeat_seconds)
        }
        FramePhase::Submitted { secret, deadline, heartbeat_seconds, queued, .. } => {
            let of_worker = queued.as_ref().and_then(|queued| queued.heartbeat_seconds);
            (Some(*secret), *deadline, of_worker.or(*heartbeat_seconds))
        }
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Forked { .. }
        | FramePhase::Ended(_) => (None, None, None),
    };
    let Some(secret) = secret else { return builder.fail_mismatched_record() };
    let (job, queued) = match source {
        AnswerSource::Submission(job) => (job, None),
        AnswerSource::Activity(queued) => (None, queued),
    };
    // Nobody can send a heartbeat before a worker has the task.
    let heartbeat_seconds = heartbeat_seconds.filter(|_| queued.is_none());
    let now = builder.context.time_and_seed.now;
    let poll_times = [
        deadline,
        heartbeat_seconds.map(|seconds| now.plus_seconds(seconds)),
        job.as_ref()
            .and_then(TaskJob::poll_milliseconds)
            .map(|(first, _)| now.plus_milliseconds(first)),
    ];
    let visit = builder.visit.clone();
    builder.stay_in_state(FramePhase::Submitted {
        input: input.clone(),
        visit,
        secret,
        deadline,
        heartbeat_seconds,
        job,
        queued,
        poll_at: poll_times.into_iter().flatten().min(),
    })
}

/// Completes the task: leaves the state, or handles the failure.
pub(crate) fn complete_task<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    task: &TaskState<L>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    let names = TaskEvents::for_resource(&task.resource);
    let result = match outcome {
        CallOutcome::Succeeded(result) => limit_payload(&builder, result, names.limit_name),
        // Neither of them completes a task.
        CallOutcome::Submitted { .. } | CallOutcome::Queued { .. } => {
            return builder.fail_mismatched_record();
        }
        CallOutcome::NotScheduled(failure) => {
            builder.emit_event(EventKind::ActivityScheduleFailed(failure.clone()));
            return handle_failure(builder, &task.handlers, input, failure, None);
        }
        CallOutcome::Failed(failure) => Err(failure),
        CallOutcome::TimedOut => {
            let failure = Failure::with_error_name(error_name::TIMEOUT);
            builder.emit_event(names.timed_out_event(failure.clone()));
            return handle_failure(builder, &task.handlers, input, failure, None);
        }
    };
    let result = match result {
        Ok(result) => result,
        Err(failure) => {
            builder.emit_event(names.failed_event(failure.clone()));
            return handle_failure(builder, &task.handlers, input, failure, None);
        }
    };
    builder.record_data(DataFlowStep::Result, &result);
    builder.emit_event(names.succeeded_event(&result));
    match L::output_from_result(&mut builder, &task.flow, input, result) {
        Ok(leaving) => builder.leave_state(leaving, &task.next),
        Err(failure) => handle_failure(builder, &task.handlers, input, failure, None),
    }
}

/// The role that the state names; none if it names none.
///
/// Spec: Developer Guide, "Accessing resources in other AWS accounts".
fn evaluate_credentials<L: StateEvaluator>(
    builder: &mut TransitionBuilder<'_>,
    task: &TaskState<L>,
    input: &Payload,
) -> Result<Option<TaskCredentials>, Failure> {
    let Some(credentials) = &task.credentials else { return Ok(None) };
    let evaluated = L::task_credentials(builder, credentials, &task.flow, input)?;
    match evaluated.json_value().get("RoleArn").and_then(|role| role.as_str()) {
        Some(role) => Ok(Some(TaskCredentials { role_arn: role.to_owned() })),
        None => Err(builder
            .runtime_failure("The value of the field 'RoleArn' in 'Credentials' is not a string")),
    }
}

fn evaluate_seconds<L: StateEvaluator>(
    builder: &mut TransitionBuilder<'_>,
    task: &TaskState<L>,
    number: Option<&NumberOrReference<L>>,
    input: &Payload,
    field: &str,
) -> Result<Option<u64>, Failure> {
    match number {
        None => Ok(None),
        Some(NumberOrReference::Literal(seconds)) => Ok(Some(*seconds)),
        Some(NumberOrReference::Reference(reference)) => {
            L::task_seconds(builder, reference, &task.flow, input, field).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{ResourceName, Timestamp};

    use super::*;
    use crate::test_driver::{call_returns, run_to_end};

    const MACHINE: &str = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:us-east-1:000000000000:activity:work",
        "HeartbeatSeconds": 60, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "T"}]}}}"#;

    #[test]
    fn a_task_of_an_activity_starts_when_a_worker_takes_it() {
        let activity = ResourceName::parse("work").expect("a name");
        let scheduled_at = Timestamp::from_milliseconds(0);
        let queued = CallOutcome::Queued { activity, scheduled_at };
        let run = run_to_end(MACHINE, "1", &[queued, call_returns("2")]);
        assert_eq!(
            run.event_types()[1..5],
            ["TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
        );
        let worker_name = Some("worker".to_owned());
        assert_eq!(run.events[3], EventKind::ActivityStarted { worker_name });
        assert_eq!(run.output_json(), "2");
    }

    #[test]
    fn nothing_catches_that_an_activity_does_not_exist() {
        let failure = Failure::new(error_name::RUNTIME, "The activity work does not exist.");
        let run = run_to_end(MACHINE, "1", &[CallOutcome::NotScheduled(failure)]);
        assert_eq!(
            run.event_types()[2..],
            ["ActivityScheduled", "ActivityScheduleFailed", "ExecutionFailed"]
        );
        assert_eq!(run.error_and_cause().0, "States.Runtime");
    }
}
