//! Drives frames by hand: the engine's tests need no log, no queue and no clock.

use std::sync::Arc;

use asl::Definition;
use model::{
    Call, ChildIndex, EventKind, EventRef, ExecutionId, Facts, Frame, FramePath, Limits, Name,
    Outcome, Payload, Phase, Place, RecordNumber, RevisionId, Timestamp,
};

use crate::{
    CallOutcome, Join, Moment, Origin, Scene, Stimulus, Transition, advance, begin, begin_child,
};

/// What a walk has shown.
pub(crate) struct Walk {
    /// Events in the order of this driver: children one after the other.
    pub(crate) events: Vec<EventKind>,
    pub(crate) outcome: Outcome,
    /// Milliseconds of each retry's delay.
    pub(crate) delays: Vec<i64>,
}

impl Walk {
    pub(crate) fn types(&self) -> Vec<String> {
        self.events.iter().map(type_name).collect()
    }

    pub(crate) fn output(&self) -> &str {
        let Outcome::Succeeded(output) = &self.outcome else {
            panic!("the walk ended otherwise: {:?}", self.outcome)
        };
        output.text()
    }

    pub(crate) fn failure(&self) -> (&str, &str) {
        let Outcome::Failed(failure) = &self.outcome else {
            panic!("the walk ended otherwise: {:?}", self.outcome)
        };
        let error = failure.error.as_deref().unwrap_or_default();
        (error, failure.cause.as_deref().unwrap_or_default())
    }
}

/// Runs a definition to its end; every call gets the next of these answers.
pub(crate) fn walk(definition: &str, input: &str, answers: &[CallOutcome]) -> Walk {
    walk_within(Limits::AWS, definition, input, answers)
}

/// The same where these limits hold.
pub(crate) fn walk_within(
    limits: Limits,
    definition: &str,
    input: &str,
    answers: &[CallOutcome],
) -> Walk {
    let definition = asl::parse(definition).expect("the test's definition is valid");
    let input = Payload::parse(input).expect("the test's input is JSON");
    let mut driver = Driver {
        definition: &definition,
        limits,
        input: input.clone(),
        now: Timestamp::from_milliseconds(0),
        answers: answers.iter(),
        calls: Vec::new(),
        walk: Walk {
            events: Vec::new(),
            outcome: Outcome::Succeeded(Payload::empty_object()),
            delays: Vec::new(),
        },
    };
    let first = begin(&definition, input, "arn:aws:iam::000000000000:role/r");
    let frame = driver.see(first);
    let last = driver.drive(&FramePath::ROOT, frame);
    let outcome = last.outcome().cloned().expect("a driven frame has ended");
    Walk { outcome, ..driver.walk }
}

/// Acts in a scene at the root of an execution, at the beginning of time.
pub(crate) fn in_test_scene<T>(
    definition: &Definition,
    input: &Payload,
    act: impl FnOnce(&Scene<'_>) -> T,
) -> T {
    let name = |text| Name::parse(text).expect("a valid name");
    act(&Scene {
        definition,
        limits: Limits::AWS,
        place: &Place {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        },
        execution: &ExecutionId::new(&name("machine"), &name("execution")),
        facts: &Arc::new(Facts {
            revision: RevisionId::new("revision"),
            role_arn: "arn:aws:iam::000000000000:role/r".into(),
            started_at: Timestamp::from_milliseconds(0),
            redriven: None,
            starter: None,
        }),
        input: Some(input),
        path: &FramePath::ROOT,
        moment: Moment { now: Timestamp::from_milliseconds(0), seed: 7 },
    })
}

struct Driver<'d> {
    definition: &'d Definition,
    limits: Limits,
    input: Payload,
    now: Timestamp,
    answers: std::slice::Iter<'d, CallOutcome>,
    calls: Vec<Call>,
    walk: Walk,
}

impl Driver<'_> {
    fn see(&mut self, transition: Transition) -> Frame {
        self.walk.events.extend(transition.events.into_iter().map(|event| event.kind));
        transition.frame
    }

    fn in_scene<T>(&self, path: &FramePath, act: impl FnOnce(&Scene<'_>) -> T) -> T {
        let moment = Moment { now: self.now, seed: 7 };
        let limits = self.limits;
        in_test_scene(self.definition, &self.input, |scene| {
            act(&Scene { limits, path, moment, ..*scene })
        })
    }

    fn drive(&mut self, path: &FramePath, mut frame: Frame) -> Frame {
        while frame.outcome().is_none() {
            let stimulus = match &frame.phase {
                Phase::Ready { .. } => Stimulus::Due,
                Phase::Waiting { until, .. } => {
                    self.now = *until;
                    Stimulus::Due
                }
                Phase::Delayed { until, .. } => {
                    self.walk.delays.push(until.milliseconds() - self.now.milliseconds());
                    self.now = *until;
                    Stimulus::Due
                }
                Phase::Claimed { call, .. } => {
                    self.calls.push(call.clone());
                    Stimulus::Returned(
                        self.answers.next().expect("an answer for each call").clone(),
                    )
                }
                Phase::Submitted { .. } => Stimulus::Answered(
                    self.answers.next().expect("an answer for each task that waits").clone(),
                ),
                Phase::Forked { children, .. } => self.fork(path, &frame, *children),
                Phase::Ended(_) => break,
            };
            let step = self.in_scene(path, |scene| advance(scene, &frame, stimulus));
            frame = self.see(step.expect("the frame waits for this"));
        }
        frame
    }

    fn fork(&mut self, path: &FramePath, frame: &Frame, children: u32) -> Stimulus {
        let after = EventRef { frame: path.clone(), record: RecordNumber::FIRST, index: 0 };
        let mut outputs = Vec::new();
        let mut events = frame.events;
        for child in (0..children).map(ChildIndex::new) {
            let child_path = path.child(RecordNumber::FIRST, child);
            let origin = Origin { after: after.clone(), events };
            let first = self
                .in_scene(&child_path, |scene| begin_child(scene, frame, child, &origin))
                .expect("the fork has this child");
            let begun = self.see(first);
            let last = self.drive(&child_path, begun);
            events = last.events;
            match last.outcome() {
                Some(Outcome::Succeeded(output)) => outputs.push(output.clone()),
                Some(Outcome::Failed(failure)) => {
                    return Stimulus::Broken { failure: failure.clone(), after, events };
                }
                other => panic!("a child ended otherwise: {other:?}"),
            }
        }
        Stimulus::Joined(Join { outputs, last: Some(after), events })
    }
}

/// The type that AWS gives an event.
fn type_name(kind: &EventKind) -> String {
    if let EventKind::StateEntered { state, .. } = kind {
        return format!("{}StateEntered", state.as_str());
    }
    if let EventKind::StateExited { state, .. } = kind {
        return format!("{}StateExited", state.as_str());
    }
    let shown = format!("{kind:?}");
    shown.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// A call that succeeds with this JSON.
pub(crate) fn returns(json: &str) -> CallOutcome {
    CallOutcome::Succeeded(Payload::parse(json).expect("the test's answer is JSON"))
}

/// A call that fails with this error.
pub(crate) fn raises(error: &str) -> CallOutcome {
    CallOutcome::Failed(model::Failure::new(error, "because"))
}
