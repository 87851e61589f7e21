//! One state by itself, watched: what `TestState` shows.
//!
//! Invariant: the state runs through the same code as in an execution; only the draft has a
//! watch, and what children would come to is given.

mod trail;

use asl::{Source, State, StateKind};
use model::{
    Call, ChildIndex, Failure, Frame, Outcome, Payload, Phase, StateName, Timestamp, Variables,
    error_name,
};
use serde_json::{Map, Value};

use crate::{CallOutcome, Scene, Transition, draft::Draft, language::in_language, states};

pub use trail::{RetryDetails, Trail};
pub(crate) use trail::{Seen, Watch};

use trail::Sighting;

/// What a state that is tested begins with.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The state.
    pub state: StateName,
    /// Its raw input.
    pub input: Payload,
    /// The variables in scope.
    pub variables: Variables,
    /// The context object.
    pub context: Map<String, Value>,
    /// How often each of its retriers was used.
    pub retries: u32,
}

/// What a state that was tested has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// How it ended.
    pub status: Status,
    /// The steps on the way.
    pub trail: Trail,
    /// The variables after it.
    pub variables: Variables,
}

/// How a state that was tested ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// `SUCCEEDED`
    Succeeded {
        /// The state's output.
        output: Payload,
        /// Where it leads, if not to the end.
        next: Option<StateName>,
    },
    /// `FAILED`
    Failed(Failure),
    /// `RETRIABLE`
    Retriable(Failure),
    /// `CAUGHT_ERROR`
    Caught {
        /// What was caught.
        failure: Failure,
        /// The output of the catcher.
        output: Payload,
        /// Where the catcher leads.
        next: StateName,
    },
}

/// The call that a Task makes when it is tested, and when it times out; none if it comes to none.
pub fn called(scene: &Scene<'_>, probe: &Probe) -> Option<(Call, Option<Timestamp>)> {
    let watch = Watch::new(probe.context.clone());
    let frame = start(probe);
    let state = scene.definition.state(&probe.state)?;
    match enter(scene, &frame, state, probe, &watch).frame.phase {
        Phase::Claimed { call, deadline, .. } => Some((call, deadline)),
        Phase::Ready { .. }
        | Phase::Waiting { .. }
        | Phase::Submitted { .. }
        | Phase::Delayed { .. }
        | Phase::Forked { .. }
        | Phase::Ended(_) => None,
    }
}

/// Runs a state: its call or its children, if it has any, come to `outcome`; a call without one
/// is lost. A Wait waits for nothing. None if the definition has no such state.
pub fn inspect(
    scene: &Scene<'_>,
    probe: &Probe,
    outcome: Option<CallOutcome>,
) -> Option<Inspection> {
    let state = scene.definition.state(&probe.state)?;
    let outcome = outcome.unwrap_or_else(CallOutcome::lost);
    let watch = Watch::new(probe.context.clone());
    let transition = run(scene, state, probe, &watch, outcome);
    Some(inspection(transition, watch.into_sighting()))
}

fn run(
    scene: &Scene<'_>,
    state: &State,
    probe: &Probe,
    watch: &Watch,
    outcome: CallOutcome,
) -> Transition {
    let frame = start(probe);
    let input = &probe.input;
    if has_no_input_step(state) {
        let draft = Draft::entering(scene, &frame, state).watched(watch);
        let draft = with_retries(draft, probe);
        show_limits(state, watch);
        return states::mocked(draft, input, settled(outcome));
    }
    let entered = enter(scene, &frame, state, probe, watch);
    let within = |visit| Draft::within(scene, &entered.frame, state, visit).watched(watch);
    match &entered.frame.phase {
        Phase::Waiting { input, visit, .. } => states::resume(within(visit), input),
        Phase::Claimed { input, visit, .. } => states::answered(within(visit), input, outcome),
        Phase::Forked { input, effective, visit, children, .. } => {
            let mut draft = within(visit);
            let effective = effective.as_ref().unwrap_or(input);
            match select_items(&mut draft, input, effective, *children) {
                Ok(()) => states::mocked(draft, input, settled(outcome)),
                Err(failure) => states::mocked(draft, input, Err(failure)),
            }
        }
        Phase::Ready { .. } | Phase::Submitted { .. } | Phase::Delayed { .. } | Phase::Ended(_) => {
            entered
        }
    }
}

fn start(probe: &Probe) -> Frame {
    Frame {
        state: probe.state.clone(),
        phase: Phase::Ready { input: probe.input.clone() },
        iteration: None,
        variables: probe.variables.clone(),
        events_before: 0,
        events: 0,
    }
}

fn enter(
    scene: &Scene<'_>,
    frame: &Frame,
    state: &State,
    probe: &Probe,
    watch: &Watch,
) -> Transition {
    let draft = Draft::entering(scene, frame, state).watched(watch);
    states::enter(with_retries(draft, probe), &probe.input)
}

fn with_retries<'a>(mut draft: Draft<'a>, probe: &Probe) -> Draft<'a> {
    draft.visit.retries = vec![probe.retries; states::retriers(draft.state)];
    draft
}

/// Whether a mock answers before anything is made of the input: recorded of Parallel, whose
/// `InputPath` is not shown; an `ItemReader` is not asked for its items.
fn has_no_input_step(state: &State) -> bool {
    in_language!(state, kind => match kind {
        StateKind::Parallel(_) => true,
        StateKind::Map(map) => map.source == Source::Reader,
        StateKind::Pass(_)
        | StateKind::Task(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => false,
    })
}

/// The limits of a Map that is not asked for its items, as far as the definition gives them.
fn show_limits(state: &State, watch: &Watch) {
    in_language!(state, kind => if let StateKind::Map(map) = kind {
        let concurrency = match map.concurrency {
            asl::Number::Literal(limit) => u32::try_from(limit).unwrap_or(u32::MAX),
            asl::Number::Of(_) => 0,
        };
        watch.forks(concurrency, map.tolerance);
    });
}

/// Shows what an `ItemSelector` makes of the items.
fn select_items(
    draft: &mut Draft<'_>,
    input: &Payload,
    effective: &Payload,
    children: u32,
) -> Result<(), Failure> {
    let selects = in_language!(draft.state, kind => match kind {
        StateKind::Map(map) => map.item_selector.is_some(),
        StateKind::Pass(_)
        | StateKind::Task(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_)
        | StateKind::Parallel(_) => false,
    });
    if !selects {
        return Ok(());
    }
    let items: Result<Vec<Value>, Failure> = (0..children)
        .map(ChildIndex::new)
        .filter_map(|index| states::item(draft, input, effective, index))
        .map(|item| item.map(|item| item.value().clone()))
        .collect();
    draft.saw(Seen::ItemSelector, &Payload::from_value(items?.into()));
    Ok(())
}

fn settled(outcome: CallOutcome) -> Result<Payload, Failure> {
    match outcome {
        CallOutcome::Succeeded(result) => Ok(result),
        CallOutcome::Failed(failure) => Err(failure),
        CallOutcome::TimedOut => Err(Failure::named(error_name::TIMEOUT)),
    }
}

fn inspection(transition: Transition, sighting: Sighting) -> Inspection {
    let Sighting { trail, failure } = sighting;
    let handled = failure.unwrap_or_default();
    let Frame { state, phase, variables, .. } = transition.frame;
    let status = match phase {
        Phase::Ready { input: output } if trail.catcher.is_some() => {
            Status::Caught { failure: handled, output, next: state }
        }
        Phase::Ready { input: output } => Status::Succeeded { output, next: Some(state) },
        Phase::Ended(Outcome::Succeeded(output)) => Status::Succeeded { output, next: None },
        Phase::Ended(
            Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure),
        ) => Status::Failed(failure),
        // Only a retry leaves the state where it was.
        Phase::Delayed { .. }
        | Phase::Waiting { .. }
        | Phase::Claimed { .. }
        | Phase::Submitted { .. }
        | Phase::Forked { .. } => Status::Retriable(handled),
    };
    Inspection { status, trail, variables }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{in_test_scene, raises, returns};

    /// The members of a trail that are there, and the status.
    fn steps(state: &Value, input: &str, outcome: Option<CallOutcome>) -> (Status, Vec<String>) {
        let (read, name) = asl::parse_state(&state.to_string()).expect("the state is valid");
        let probe = Probe {
            state: name,
            input: Payload::parse(input).expect("the test's input is JSON"),
            variables: Variables::default(),
            context: Map::new(),
            retries: 0,
        };
        let inspection = in_test_scene(&read.definition, &probe.input, |scene| {
            inspect(scene, &probe, outcome).expect("the state is there")
        });
        let Trail {
            input_path,
            parameters,
            arguments,
            items_path,
            item_selector,
            result,
            result_selector,
            result_path,
            ..
        } = inspection.trail;
        let members = [
            ("input", input_path),
            ("parameters", parameters),
            ("arguments", arguments),
            ("items", items_path),
            ("selected", item_selector),
            ("result", result),
            ("result selector", result_selector),
            ("result path", result_path),
        ];
        let shown = members
            .into_iter()
            .filter_map(|(name, seen)| Some(format!("{name}: {}", seen?.text())))
            .collect();
        (inspection.status, shown)
    }

    #[test]
    fn a_task_shows_each_step_of_its_data() {
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let task = json!({"Type": "Task", "Resource": function, "InputPath": "$.in",
            "Parameters": {"p.$": "$.a"}, "ResultSelector": {"r.$": "$.b"},
            "ResultPath": "$.out", "OutputPath": "$.out", "Next": "Then"});
        let (status, shown) = steps(&task, r#"{"in":{"a":1}}"#, Some(returns(r#"{"b":2}"#)));
        assert_eq!(
            shown,
            [
                r#"input: {"a":1}"#,
                r#"parameters: {"p":1}"#,
                r#"result: {"b":2}"#,
                r#"result selector: {"r":2}"#,
                r#"result path: {"in":{"a":1},"out":{"r":2}}"#,
            ]
        );
        let output = Payload::from_value(json!({"r": 2}));
        assert_eq!(status, Status::Succeeded { output, next: Some(StateName::new("Then")) });
    }

    #[test]
    fn a_pass_with_a_result_shows_nothing_of_its_input() {
        let pass = json!({"Type": "Pass", "Result": 1, "InputPath": "$.a", "End": true});
        let (_, shown) = steps(&pass, r#"{"a":2}"#, None);
        assert_eq!(shown, ["result: 1", "result selector: 1", "result path: 1"]);
    }

    #[test]
    fn a_jsonata_state_shows_its_arguments_and_its_result() {
        let task = json!({"Type": "Task", "QueryLanguage": "JSONata",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "{% $states.input %}"}, "End": true});
        let (_, shown) = steps(&task, "\"f\"", Some(returns("[]")));
        assert_eq!(shown, [r#"arguments: {"FunctionName":"f"}"#, "result: []"]);
    }

    #[test]
    fn a_map_shows_its_items_whatever_it_is_mocked_to_come_to() {
        let map = json!({"Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        let (status, shown) = steps(&map, r#"{"items":[1,2]}"#, Some(returns("[3]")));
        assert_eq!(
            shown[..3],
            [r#"input: {"items":[1,2]}"#, "items: [1,2]", r#"selected: [{"v":1},{"v":2}]"#]
        );
        let output = Payload::from_value(json!([3]));
        assert_eq!(status, Status::Succeeded { output, next: None });
        let (status, _) = steps(&map, r#"{"items":[]}"#, Some(raises("Broken")));
        assert_eq!(status, Status::Failed(Failure::new("Broken", "because")));
    }

    #[test]
    fn a_test_names_no_event_in_a_cause() {
        let map = json!({"Type": "Map", "ItemsPath": "$$.Execution", "End": true,
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        let (read, name) = asl::parse_state(&map.to_string()).expect("the state is valid");
        let mut context = Map::new();
        context.insert("Execution".into(), json!({}));
        let input = Payload::empty_object();
        let probe =
            Probe { state: name, input, variables: Variables::default(), context, retries: 0 };
        let inspection = in_test_scene(&read.definition, &probe.input, |scene| {
            inspect(scene, &probe, Some(returns("[]")))
        });
        let cause = "Reference path \"$.Execution\" must point to array.";
        let failed = Status::Failed(Failure::new(error_name::RUNTIME, cause));
        assert_eq!(inspection.map(|inspection| inspection.status), Some(failed));
    }

    #[test]
    fn a_wait_is_left_at_once() {
        let wait = json!({"Type": "Wait", "Seconds": 9, "Next": "Then"});
        let (status, shown) = steps(&wait, "1", None);
        let next = Some(StateName::new("Then"));
        assert_eq!(status, Status::Succeeded { output: Payload::from_value(json!(1)), next });
        assert_eq!(shown, ["input: 1"]);
    }
}
