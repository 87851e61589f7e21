//! `TestState`: runs one state by itself and records its data flow.
//!
//! Invariant: the state runs through the same code as in an execution. Only two things differ: the
//! builder has a recorder, and the outcome of a call or of children is given.

mod recorder;

use asl::{ItemSource, StateDefinition, StateKind};
use model::{
    ChildIndex, Failure, Frame, FrameOutcome, FramePhase, Payload, QueueName, StateName, TaskCall,
    Timestamp, TransitionRef, WorkflowVariables, error_name,
};
use serde_json::{Map, Value};

use crate::{
    language::{charge_copy, in_language, limit_items},
    states,
    step_context::{CallOutcome, StepContext},
    transition::Transition,
    transition_builder::TransitionBuilder,
};

pub(crate) use recorder::{DataFlowStep, InspectionRecorder};
pub use recorder::{InspectedData, RetryDetails};

use recorder::RecordedInspection;

/// The input of a state test.
#[derive(Clone, Debug)]
pub struct InspectionInput {
    /// The name of the state.
    pub state: StateName,
    /// The raw input of the state.
    pub input: Payload,
    /// The variables in scope.
    pub variables: WorkflowVariables,
    /// The context object that the state sees.
    pub context: Map<String, Value>,
    /// How often each retrier of the state was used before: `retrierRetryCount`.
    pub retries: u32,
}

/// The result of a state test.
#[derive(Clone, Debug, PartialEq)]
pub struct StateInspection {
    /// How the state ended.
    pub status: InspectionStatus,
    /// The data after each step of the data flow.
    pub data: InspectedData,
    /// The variables after the state.
    pub variables: WorkflowVariables,
    /// The transition that the state took, if it took one.
    pub taken: Option<TransitionRef>,
}

/// How a state that was tested ended.
#[derive(Clone, Debug, PartialEq)]
pub enum InspectionStatus {
    /// `SUCCEEDED`: the state succeeded.
    Succeeded {
        /// The state's output.
        output: Payload,
        /// The next state. `None` if the workflow ends.
        next: Option<StateName>,
    },
    /// `FAILED`: the state failed, and nothing caught the failure.
    Failed(Failure),
    /// `RETRIABLE`: a retrier matched this failure and has an attempt left.
    Retriable(Failure),
    /// `CAUGHT_ERROR`: a catcher caught the failure.
    Caught {
        /// The failure that was caught.
        failure: Failure,
        /// The output of the catcher.
        output: Payload,
        /// The catcher's next state.
        next: StateName,
    },
}

/// Returns the call that a tested Task state makes, and when the task times out. Returns `None` if
/// the state makes no call.
pub fn inspected_call(
    context: &StepContext<'_>,
    input: &InspectionInput,
) -> Option<(TaskCall, Option<Timestamp>)> {
    let recorder = InspectionRecorder::new(input.context.clone());
    let frame = ready_frame(input);
    let state = context.definition.find_state(&input.state)?;
    match enter_inspected_state(context, &frame, state, input, &recorder).frame.phase {
        FramePhase::Claimed { call, deadline, .. } => Some((call, deadline)),
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Forked { .. }
        | FramePhase::Ended(_) => None,
    }
}

/// Runs a state by itself. `outcome` is the outcome of its call or its children, if it has any. If
/// `outcome` is `None`, a call counts as lost. A Wait state ends at once.
///
/// Returns `None` if the definition has no such state.
pub fn inspect_state(
    context: &StepContext<'_>,
    input: &InspectionInput,
    outcome: Option<CallOutcome>,
) -> Option<StateInspection> {
    let state = context.definition.find_state(&input.state)?;
    let outcome = outcome.unwrap_or_else(CallOutcome::worker_lost);
    let recorder = InspectionRecorder::new(input.context.clone());
    let transition = run_inspected_state(context, state, input, &recorder, outcome);
    Some(build_state_inspection(transition, recorder.into_recorded()))
}

fn run_inspected_state(
    context: &StepContext<'_>,
    state: &StateDefinition,
    input: &InspectionInput,
    recorder: &InspectionRecorder,
    outcome: CallOutcome,
) -> Transition {
    let frame = ready_frame(input);
    let state_input = &input.input;
    if has_no_input_step(state) {
        let builder =
            TransitionBuilder::entering_state(context, &frame, state).with_recorder(recorder);
        let builder = with_retries(builder, input);
        record_map_limits(state, recorder);
        return states::apply_mocked_result(builder, state_input, call_result(outcome));
    }
    let entered = enter_inspected_state(context, &frame, state, input, recorder);
    let within = |visit| {
        TransitionBuilder::within_state(context, &entered.frame, state, visit)
            .with_recorder(recorder)
    };
    match &entered.frame.phase {
        FramePhase::Waiting { input, visit, .. } => states::resume_wait(within(visit), input),
        FramePhase::Claimed { input, visit, .. } => {
            states::complete_task(within(visit), input, outcome)
        }
        FramePhase::Forked { input, children_input: effective, visit, shape, .. } => {
            let mut builder = within(visit);
            let effective = effective.as_ref().unwrap_or(input);
            match record_selected_items(&mut builder, input, effective, shape.children) {
                Ok(()) => states::apply_mocked_result(builder, state_input, call_result(outcome)),
                Err(failure) => states::apply_mocked_result(builder, input, Err(failure)),
            }
        }
        FramePhase::Ready { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => entered,
    }
}

fn ready_frame(input: &InspectionInput) -> Frame {
    Frame {
        state: input.state.clone(),
        phase: FramePhase::Ready { input: input.input.clone(), queue: QueueName::Steps },
        iteration: None,
        fork: None,
        variables: input.variables.clone(),
        events_before: 0,
        events: 0,
    }
}

fn enter_inspected_state(
    context: &StepContext<'_>,
    frame: &Frame,
    state: &StateDefinition,
    input: &InspectionInput,
    recorder: &InspectionRecorder,
) -> Transition {
    let builder = TransitionBuilder::entering_state(context, frame, state).with_recorder(recorder);
    states::enter_state(with_retries(builder, input), &input.input)
}

fn with_retries<'a>(
    mut builder: TransitionBuilder<'a>,
    input: &InspectionInput,
) -> TransitionBuilder<'a> {
    builder.visit.retries = vec![input.retries; states::retrier_count(builder.state)];
    builder
}

/// Returns whether a mocked result replaces the input steps too. Recorded for Parallel: `TestState`
/// does not show its `InputPath`. A Map with an `ItemReader` does not read its items.
fn has_no_input_step(state: &StateDefinition) -> bool {
    in_language!(state, kind => match kind {
        StateKind::Parallel(_) => true,
        StateKind::Map(map) => map.source == ItemSource::ItemReader,
        StateKind::Pass(_)
        | StateKind::Task(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => false,
    })
}

/// Records the limits of a Map that does not read its items, as far as the definition has literals.
fn record_map_limits(state: &StateDefinition, recorder: &InspectionRecorder) {
    in_language!(state, kind => if let StateKind::Map(map) = kind {
        let concurrency = match map.concurrency {
            asl::NumberOrReference::Literal(limit) => u32::try_from(limit).unwrap_or(u32::MAX),
            asl::NumberOrReference::Reference(_) => 0,
        };
        recorder.record_concurrency(concurrency, map.tolerance);
    });
}

/// Records the inputs that an `ItemSelector` makes from the items.
fn record_selected_items(
    builder: &mut TransitionBuilder<'_>,
    input: &Payload,
    effective: &Payload,
    children: u32,
) -> Result<(), Failure> {
    let selects = in_language!(builder.state, kind => match kind {
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
    let mut items = Vec::new();
    for index in (0..children).map(ChildIndex::new) {
        let Some(item) = states::iteration_input(builder, input, effective, index) else { break };
        let item = item?;
        charge_copy(builder, item.json_value())?;
        items.push(item.to_value());
    }
    let items = limit_items(builder, items.into())?;
    builder.record_data(DataFlowStep::ItemSelector, &items);
    Ok(())
}

fn call_result(outcome: CallOutcome) -> Result<Payload, Failure> {
    match outcome {
        CallOutcome::Succeeded(result) | CallOutcome::Submitted { output: result, .. } => {
            Ok(result)
        }
        // A mock answers in place of the workers.
        CallOutcome::Queued { .. } => Ok(Payload::empty_object()),
        CallOutcome::Failed(failure) | CallOutcome::NotScheduled(failure) => Err(failure),
        CallOutcome::TimedOut => Err(Failure::with_error_name(error_name::TIMEOUT)),
    }
}

fn build_state_inspection(transition: Transition, recorded: RecordedInspection) -> StateInspection {
    let RecordedInspection { data, failure } = recorded;
    let handled = failure.unwrap_or_default();
    let taken = transition.taken();
    let Frame { state, phase, variables, .. } = transition.frame;
    let status = match phase {
        FramePhase::Ready { input: output, .. } if data.catcher.is_some() => {
            InspectionStatus::Caught { failure: handled, output, next: state }
        }
        FramePhase::Ready { input: output, .. } => {
            InspectionStatus::Succeeded { output, next: Some(state) }
        }
        FramePhase::Ended(FrameOutcome::Succeeded(output)) => {
            InspectionStatus::Succeeded { output, next: None }
        }
        FramePhase::Ended(
            FrameOutcome::Failed(failure)
            | FrameOutcome::TimedOut(failure)
            | FrameOutcome::Aborted(failure),
        ) => InspectionStatus::Failed(failure),
        // Only a retry leaves the frame in the state.
        FramePhase::Delayed { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Forked { .. } => InspectionStatus::Retriable(handled),
    };
    StateInspection { status, data, variables, taken }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_driver::{call_fails, call_returns, with_test_context};

    /// Inspects a state. Returns the status and the data of each step that ran.
    fn inspected_steps(
        state: &Value,
        input: &str,
        outcome: Option<CallOutcome>,
    ) -> (InspectionStatus, Vec<String>) {
        let (read, name) =
            asl::parse_state_for_test(&state.to_string()).expect("the state is valid");
        let input = InspectionInput {
            state: name,
            input: Payload::parse(input).expect("the test's input is JSON"),
            variables: WorkflowVariables::default(),
            context: Map::new(),
            retries: 0,
        };
        let inspection = with_test_context(&read, &input.input, |context| {
            inspect_state(context, &input, outcome).expect("the state is there")
        });
        let InspectedData {
            input_path,
            parameters,
            arguments,
            items_path,
            item_selector,
            result,
            result_selector,
            result_path,
            ..
        } = inspection.data;
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
            .filter_map(|(name, seen)| Some(format!("{name}: {}", seen?.json_text())))
            .collect();
        (inspection.status, shown)
    }

    #[test]
    fn a_task_shows_each_step_of_its_data() {
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let task = json!({"Type": "Task", "Resource": function, "InputPath": "$.in",
            "Parameters": {"p.$": "$.a"}, "ResultSelector": {"r.$": "$.b"},
            "ResultPath": "$.out", "OutputPath": "$.out", "Next": "Then"});
        let (status, shown) =
            inspected_steps(&task, r#"{"in":{"a":1}}"#, Some(call_returns(r#"{"b":2}"#)));
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
        assert_eq!(
            status,
            InspectionStatus::Succeeded { output, next: Some(StateName::new("Then")) }
        );
    }

    #[test]
    fn a_pass_with_a_result_shows_nothing_of_its_input() {
        let pass = json!({"Type": "Pass", "Result": 1, "InputPath": "$.a", "End": true});
        let (_, shown) = inspected_steps(&pass, r#"{"a":2}"#, None);
        assert_eq!(shown, ["result: 1", "result selector: 1", "result path: 1"]);
    }

    #[test]
    fn a_jsonata_state_shows_its_arguments_and_its_result() {
        let task = json!({"Type": "Task", "QueryLanguage": "JSONata",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "{% $states.input %}"}, "End": true});
        let (_, shown) = inspected_steps(&task, "\"f\"", Some(call_returns("[]")));
        assert_eq!(shown, [r#"arguments: {"FunctionName":"f"}"#, "result: []"]);
    }

    #[test]
    fn a_map_shows_its_items_whatever_it_is_mocked_to_come_to() {
        let map = json!({"Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        let (status, shown) =
            inspected_steps(&map, r#"{"items":[1,2]}"#, Some(call_returns("[3]")));
        assert_eq!(
            shown[..3],
            [r#"input: {"items":[1,2]}"#, "items: [1,2]", r#"selected: [{"v":1},{"v":2}]"#]
        );
        let output = Payload::from_value(json!([3]));
        assert_eq!(status, InspectionStatus::Succeeded { output, next: None });
        let (status, _) = inspected_steps(&map, r#"{"items":[]}"#, Some(call_fails("Broken")));
        assert_eq!(status, InspectionStatus::Failed(Failure::new("Broken", "because")));
    }

    #[test]
    fn a_test_names_no_event_in_a_cause() {
        let map = json!({"Type": "Map", "ItemsPath": "$$.Execution", "End": true,
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        let (read, name) = asl::parse_state_for_test(&map.to_string()).expect("the state is valid");
        let mut context = Map::new();
        context.insert("Execution".into(), json!({}));
        let input = Payload::empty_object();
        let input = InspectionInput {
            state: name,
            input,
            variables: WorkflowVariables::default(),
            context,
            retries: 0,
        };
        let inspection = with_test_context(&read, &input.input, |context| {
            inspect_state(context, &input, Some(call_returns("[]")))
        });
        let cause = "Reference path \"$.Execution\" must point to array.";
        let failed = InspectionStatus::Failed(Failure::new(error_name::RUNTIME, cause));
        assert_eq!(inspection.map(|inspection| inspection.status), Some(failed));
    }

    #[test]
    fn a_wait_is_left_at_once() {
        let wait = json!({"Type": "Wait", "Seconds": 9, "Next": "Then"});
        let (status, shown) = inspected_steps(&wait, "1", None);
        let next = Some(StateName::new("Then"));
        assert_eq!(
            status,
            InspectionStatus::Succeeded { output: Payload::from_value(json!(1)), next }
        );
        assert_eq!(shown, ["input: 1"]);
    }
}
