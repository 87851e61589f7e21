//! Runs executions in memory, so that the engine's tests need no log, queue or clock.

use std::sync::Arc;

use asl::Definition;
use model::{
    AccountRegion, ChildIndex, DeploymentLimits, EventKind, EventRef, ExecutionFacts, ExecutionId,
    Frame, FrameOutcome, FramePath, FramePhase, Payload, RecordNumber, ResourceName, RevisionId,
    TaskCall, Timestamp,
};
use step_budget::{StepBudget, StepTime};

use crate::{
    CallOutcome, ChildOrigin, FailedChildEvents, JoinedChildren, JoinedOutputs, StepContext,
    Stimulus, TimeAndSeed, Transition, advance, begin_child, child_end::is_failed_task,
    start_execution,
};

/// The result of a test run.
pub(crate) struct DrivenRun {
    /// Events in the order in which the driver produced them. Children run one after the other.
    pub(crate) events: Vec<EventKind>,
    pub(crate) outcome: FrameOutcome,
    /// The delay of each retry in milliseconds.
    pub(crate) delays: Vec<i64>,
}

impl DrivenRun {
    pub(crate) fn event_types(&self) -> Vec<String> {
        self.events.iter().map(event_type_name).collect()
    }

    pub(crate) fn output_json(&self) -> &str {
        let FrameOutcome::Succeeded(output) = &self.outcome else {
            panic!("the walk ended otherwise: {:?}", self.outcome)
        };
        output.json_text()
    }

    pub(crate) fn error_and_cause(&self) -> (&str, &str) {
        let FrameOutcome::Failed(failure) = &self.outcome else {
            panic!("the walk ended otherwise: {:?}", self.outcome)
        };
        let error = failure.error.as_deref().unwrap_or_default();
        (error, failure.cause.as_deref().unwrap_or_default())
    }
}

/// Runs a definition to its end. Each call gets the next of these answers.
pub(crate) fn run_to_end(definition: &str, input: &str, answers: &[CallOutcome]) -> DrivenRun {
    run_to_end_within(DeploymentLimits::AWS, definition, input, answers)
}

/// Like [`run_to_end`], with these limits.
pub(crate) fn run_to_end_within(
    limits: DeploymentLimits,
    definition: &str,
    input: &str,
    answers: &[CallOutcome],
) -> DrivenRun {
    let definition = asl::parse_definition(definition).expect("the test's definition is valid");
    let input = Payload::parse(input).expect("the test's input is JSON");
    let mut driver = FrameDriver {
        definition: &definition,
        limits,
        input: input.clone(),
        now: Timestamp::from_milliseconds(0),
        answers: answers.iter(),
        calls: Vec::new(),
        run: DrivenRun {
            events: Vec::new(),
            outcome: FrameOutcome::Succeeded(Payload::empty_object()),
            delays: Vec::new(),
        },
    };
    let first = start_execution(&definition, input, "arn:aws:iam::000000000000:role/r");
    let frame = driver.collect_events(first);
    let last = driver.drive_frame(&FramePath::ROOT, frame);
    let outcome = last.outcome().cloned().expect("a driven frame has ended");
    DrivenRun { outcome, ..driver.run }
}

/// Calls `act` with the step context of a root frame at the Unix epoch.
pub(crate) fn with_test_context<T>(
    definition: &Definition,
    input: &Payload,
    act: impl FnOnce(&StepContext<'_>) -> T,
) -> T {
    let name = |text| ResourceName::parse(text).expect("a valid name");
    act(&StepContext {
        definition,
        limits: DeploymentLimits::AWS,
        account_region: &AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        },
        execution: &ExecutionId::from_names(&name("machine"), &name("execution")),
        facts: &Arc::new(ExecutionFacts {
            revision: RevisionId::new("revision"),
            role_arn: "arn:aws:iam::000000000000:role/r".into(),
            started_at: Timestamp::from_milliseconds(0),
            timeout_seconds: None,
            last_redrive: None,
            started_by: None,
            asynchronous_functions: false,
            version: None,
            is_logged: false,
        }),
        input: Some(input),
        path: &FramePath::ROOT,
        time_and_seed: TimeAndSeed { now: Timestamp::from_milliseconds(0), seed: 7 },
        budget: &StepBudget::unlimited(),
    })
}

struct FrameDriver<'d> {
    definition: &'d Definition,
    limits: DeploymentLimits,
    input: Payload,
    now: Timestamp,
    answers: std::slice::Iter<'d, CallOutcome>,
    calls: Vec<TaskCall>,
    run: DrivenRun,
}

impl FrameDriver<'_> {
    fn collect_events(&mut self, transition: Transition) -> Frame {
        self.run.events.extend(transition.events.into_iter().map(|event| event.kind));
        transition.frame
    }

    fn with_step_context<T>(&self, path: &FramePath, act: impl FnOnce(&StepContext<'_>) -> T) -> T {
        let time_and_seed = TimeAndSeed { now: self.now, seed: 7 };
        let limits = self.limits;
        let budget = &StepBudget::new(limits.step_bytes_max(), StepTime::unlimited());
        with_test_context(self.definition, &self.input, |context| {
            act(&StepContext { limits, path, time_and_seed, budget, ..*context })
        })
    }

    fn drive_frame(&mut self, path: &FramePath, mut frame: Frame) -> Frame {
        while frame.outcome().is_none() {
            let stimulus = match &frame.phase {
                FramePhase::Ready { .. } => Stimulus::Due,
                FramePhase::Waiting { until, .. } => {
                    self.now = *until;
                    Stimulus::Due
                }
                FramePhase::Delayed { until, .. } => {
                    self.run.delays.push(until.as_milliseconds() - self.now.as_milliseconds());
                    self.now = *until;
                    Stimulus::Due
                }
                FramePhase::Claimed { call, .. } => {
                    self.calls.push(call.clone());
                    let answer = self.answers.next().expect("an answer for each call").clone();
                    Stimulus::CallReturned(match answer {
                        CallOutcome::Succeeded(output) if call.secret.is_some() => {
                            CallOutcome::Submitted { output, job: None }
                        }
                        answer @ (CallOutcome::Succeeded(_)
                        | CallOutcome::Submitted { .. }
                        | CallOutcome::Queued { .. }
                        | CallOutcome::Failed(_)
                        | CallOutcome::NotScheduled(_)
                        | CallOutcome::TimedOut) => answer,
                    })
                }
                FramePhase::Submitted { queued: Some(queued), heartbeat_seconds, .. } => {
                    assert_eq!(*heartbeat_seconds, None, "nobody can send one: {queued:?}");
                    Stimulus::ActivityTaskTaken { worker_name: Some("worker".to_owned()) }
                }
                FramePhase::Submitted { .. } => Stimulus::TaskCompleted(
                    self.answers.next().expect("an answer for each task that waits").clone(),
                ),
                FramePhase::Forked { shape, .. } => self.run_children(path, &frame, shape.children),
                FramePhase::Ended(_) => break,
            };
            let step = self.with_step_context(path, |context| advance(context, &frame, stimulus));
            frame = self.collect_events(step.expect("the frame waits for this"));
        }
        frame
    }

    fn run_children(&mut self, path: &FramePath, frame: &Frame, children: u32) -> Stimulus {
        let after = EventRef { frame: path.clone(), record: RecordNumber::FIRST, index: 0 };
        let mut outputs = Vec::new();
        let mut events = frame.events;
        for child in (0..children).map(ChildIndex::new) {
            let child_path = path.child_path(RecordNumber::FIRST, child);
            let origin = ChildOrigin { after: after.clone(), events };
            let first = self
                .with_step_context(&child_path, |context| {
                    begin_child(context, frame, child, &origin)
                })
                .expect("the fork has this child");
            let begun = self.collect_events(first);
            let iteration = begun.iteration.as_ref().map(|iteration| iteration.index);
            let last = self.drive_frame(&child_path, begun);
            events = last.events;
            match last.outcome() {
                Some(FrameOutcome::Succeeded(output)) => outputs.push(output.clone()),
                Some(FrameOutcome::Failed(failure)) => {
                    let task_aborted = self.run.events.last().is_some_and(is_failed_task);
                    let shown = FailedChildEvents { iteration, task_aborted };
                    return Stimulus::ChildFailed {
                        failure: failure.clone(),
                        after,
                        events,
                        shown,
                    };
                }
                other => panic!("a child ended otherwise: {other:?}"),
            }
        }
        Stimulus::ChildrenSucceeded(JoinedChildren {
            outputs: JoinedOutputs::All(outputs),
            last_event: Some(after),
            events,
        })
    }
}

/// Returns AWS's name of the event type.
fn event_type_name(kind: &EventKind) -> String {
    let (state_type, name) = kind.type_name_parts();
    format!("{state_type}{name}")
}

/// Returns the outcome of a call that succeeds with this JSON.
pub(crate) fn call_returns(json: &str) -> CallOutcome {
    CallOutcome::Succeeded(Payload::parse(json).expect("the test's answer is JSON"))
}

/// Returns the outcome of a call that fails with this error.
pub(crate) fn call_fails(error: &str) -> CallOutcome {
    CallOutcome::Failed(model::Failure::new(error, "because"))
}
