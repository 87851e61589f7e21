//! The eight types of state; one file each.

pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use asl::{Handlers, Next, State, StateKind};
use model::{ChildIndex, Event, EventKind, EventRef, Failure, Payload};
use serde_json::Value;

use crate::{
    CallOutcome, Join, Transition,
    draft::Draft,
    handle::{handle, will_retry},
    language::{Evaluate, in_language, limited},
};

/// Enters the draft's state with this raw input.
pub(crate) fn enter(mut draft: Draft<'_>, input: &Payload) -> Transition {
    draft.emit_entered(input);
    run(draft, input)
}

/// Does what the draft's state does once it is entered: at first, after a failed attempt, or after a
/// redrive.
pub(crate) fn run(draft: Draft<'_>, input: &Payload) -> Transition {
    in_language!(draft.state, kind => match kind {
        StateKind::Pass(pass) => pass::run(draft, pass, input),
        StateKind::Task(task) => task::claim(draft, task, input),
        StateKind::Choice(choice) => choice::run(draft, choice, input),
        StateKind::Wait(wait) => wait::begin(draft, wait, input),
        StateKind::Succeed(succeed) => succeed::run(draft, succeed, input),
        StateKind::Fail(fail) => fail::run(draft, fail, input),
        StateKind::Parallel(parallel) => parallel::fork(draft, parallel, input),
        StateKind::Map(map) => map::fork(draft, map, input),
    })
}

/// The time has come for which the draft's state waits.
pub(crate) fn resume(draft: Draft<'_>, input: &Payload) -> Transition {
    in_language!(draft.state, kind => {
        let StateKind::Wait(wait) = kind else { return misplaced(draft) };
        wait::resume(draft, wait, input)
    })
}

/// The call has ended that the draft's state has claimed.
pub(crate) fn returned(draft: Draft<'_>, input: &Payload, outcome: CallOutcome) -> Transition {
    in_language!(draft.state, kind => {
        let StateKind::Task(task) = kind else { return misplaced(draft) };
        task::returned(draft, task, input, outcome)
    })
}

/// The draft's task is over.
pub(crate) fn answered(draft: Draft<'_>, input: &Payload, outcome: CallOutcome) -> Transition {
    in_language!(draft.state, kind => {
        let StateKind::Task(task) = kind else { return misplaced(draft) };
        task::answered(draft, task, input, outcome)
    })
}

/// The input of one iteration of the draft's state; none if it is no Map.
pub(crate) fn item(
    draft: &mut Draft<'_>,
    input: &Payload,
    effective: &Payload,
    index: ChildIndex,
) -> Option<Result<Payload, Failure>> {
    in_language!(draft.state, kind => {
        let StateKind::Map(map) = kind else { return None };
        Some(Evaluate::item(draft, map, input, effective, index))
    })
}

/// The state's children have all ended well.
pub(crate) fn joined(draft: Draft<'_>, input: &Payload, join: Join) -> Transition {
    in_language!(draft.state, kind => match Fork::of(kind) {
        Some(fork) => fork.joined(draft, input, join),
        None => misplaced(draft),
    })
}

/// A child of the state has failed.
pub(crate) fn broken(
    draft: Draft<'_>,
    input: &Payload,
    failure: Failure,
    after: EventRef,
) -> Transition {
    in_language!(draft.state, kind => match Fork::of(kind) {
        Some(fork) => fork.broken(draft, input, failure, after),
        None => misplaced(draft),
    })
}

/// A test has mocked what the state's children come to.
pub(crate) fn mocked(
    draft: Draft<'_>,
    input: &Payload,
    outcome: Result<Payload, Failure>,
) -> Transition {
    in_language!(draft.state, kind => match (Fork::of(kind), outcome) {
        (Some(fork), Ok(result)) => fork.concluded(draft, input, result),
        (Some(fork), Err(failure)) => handle(draft, fork.handlers, input, failure, None),
        (None, _) => misplaced(draft),
    })
}

/// How many retriers the state has.
pub(crate) fn retriers(state: &State) -> usize {
    in_language!(state, kind => match kind {
        StateKind::Task(task) => task.handlers.retry.len(),
        StateKind::Parallel(parallel) => parallel.handlers.retry.len(),
        StateKind::Map(map) => map.handlers.retry.len(),
        StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => 0,
    })
}

/// What Parallel and Map have in common.
struct Fork<'s, L: Evaluate> {
    flow: &'s L::Flow,
    handlers: &'s Handlers<L>,
    next: &'s Next,
    succeeded: EventKind,
    failed: EventKind,
}

impl<'s, L: Evaluate> Fork<'s, L> {
    fn of(kind: &'s StateKind<L>) -> Option<Self> {
        match kind {
            StateKind::Parallel(parallel) => Some(Self {
                flow: &parallel.flow,
                handlers: &parallel.handlers,
                next: &parallel.next,
                succeeded: EventKind::ParallelStateSucceeded,
                failed: EventKind::ParallelStateFailed,
            }),
            StateKind::Map(map) => Some(Self {
                flow: &map.flow,
                handlers: &map.handlers,
                next: &map.next,
                succeeded: EventKind::MapStateSucceeded,
                failed: EventKind::MapStateFailed,
            }),
            StateKind::Pass(_)
            | StateKind::Task(_)
            | StateKind::Choice(_)
            | StateKind::Wait(_)
            | StateKind::Succeed(_)
            | StateKind::Fail(_) => None,
        }
    }

    fn joined(self, mut draft: Draft<'_>, input: &Payload, join: Join) -> Transition {
        draft.push(match join.last {
            Some(last) => Event::after(last, self.succeeded.clone()),
            None => Event::chained(self.succeeded.clone()),
        });
        let results = join.outputs.iter().map(|output| output.value().clone()).collect();
        self.concluded(draft, input, Payload::from_value(Value::Array(results)))
    }

    fn concluded(self, mut draft: Draft<'_>, input: &Payload, result: Payload) -> Transition {
        let result = limited(&draft, result, draft.state.name.as_str());
        let leaving = result.and_then(|result| L::leaving(&mut draft, self.flow, input, result));
        match leaving {
            Ok(leaving) => draft.leave_beside(leaving, self.next),
            Err(failure) => handle(draft, self.handlers, input, failure, None),
        }
    }

    fn broken(
        self,
        mut draft: Draft<'_>,
        input: &Payload,
        failure: Failure,
        after: EventRef,
    ) -> Transition {
        if will_retry(&draft, self.handlers, &failure) {
            return handle(draft, self.handlers, input, failure, Some(after));
        }
        draft.push(Event::after(after, self.failed));
        handle(draft, self.handlers, input, failure, None)
    }
}

/// A frame is in a phase that its state's type does not have: the record and the definition do
/// not belong together.
pub(crate) fn misplaced(draft: Draft<'_>) -> Transition {
    let failure = draft.runtime_failure("The execution's record does not fit its definition.");
    draft.fail(failure)
}

#[cfg(test)]
mod tests {
    use crate::testing::{raises, returns, walk};

    #[test]
    fn a_map_without_items_succeeds_at_once() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let walk = walk(machine, "[]", &[]);
        let types = ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"];
        assert_eq!(walk.types()[1..5], types);
        assert_eq!(walk.output(), "[]");
    }

    #[test]
    fn an_item_selector_sees_the_item_and_the_effective_input() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "InputPath": "$.in", "ItemsPath": "$.items",
            "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"},
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let walk = walk(machine, r#"{"in": {"k": true, "items": ["a", "b"]}}"#, &[]);
        assert_eq!(walk.output(), r#"[{"v":"a","i":0,"k":true},{"v":"b","i":1,"k":true}]"#);
    }

    #[test]
    fn a_retried_parallel_starts_again_without_having_failed() {
        let machine = r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
            "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}],
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}]}}}"#;
        let walk = walk(machine, "{}", &[]);
        let expected = [
            "ExecutionStarted",
            "ParallelStateEntered",
            "ParallelStateStarted",
            "FailStateEntered",
            "ParallelStateStarted",
            "FailStateEntered",
            "ParallelStateFailed",
            "ExecutionFailed",
        ];
        assert_eq!(walk.types(), expected);
    }

    #[test]
    fn a_caught_failure_of_an_iteration_leaves_the_map_by_its_catcher() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "Next": "Never",
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}},
            "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": null, "Next": "Caught"}]},
            "Never": {"Type": "Fail"}, "Caught": {"Type": "Succeed"}}}"#;
        let walk = walk(machine, "[1, 2]", &[returns("1"), raises("Broken")]);
        assert!(walk.types().contains(&"MapIterationFailed".to_owned()));
        assert_eq!(walk.output(), "[1, 2]");
    }

    #[test]
    fn data_flows_through_a_task_in_the_order_of_the_specification() {
        let machine = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "InputPath": "$.in", "Parameters": {"p.$": "$.a"},
            "ResultSelector": {"r.$": "$.answer"}, "ResultPath": "$.out.of",
            "OutputPath": "$.out"}}}"#;
        let walk = walk(machine, r#"{"in": {"a": 1}}"#, &[returns(r#"{"answer": 42}"#)]);
        assert_eq!(walk.output(), r#"{"of":{"r":42}}"#);
    }
}
