//! Choice state: takes one step.

use asl::ChoiceState;
use model::Payload;

use crate::{
    language::{ChosenTransition, StateEvaluator},
    transition::Transition,
    transition_builder::TransitionBuilder,
};

/// Leaves the state by the first rule that holds.
///
/// Spec: ASL § Choice State.
pub(crate) fn run_choice_state<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    choice: &ChoiceState<L>,
    input: &Payload,
) -> Transition {
    match L::choose_next(&mut builder, choice, input) {
        Ok(ChosenTransition { transition, target, output }) => {
            builder.leave_state_by(transition, output, target)
        }
        Err(failure) => builder.fail_frame(failure),
    }
}

#[cfg(test)]
mod tests {
    use model::DeploymentLimits;

    use crate::test_driver::{run_to_end, run_to_end_within};

    #[test]
    fn a_loop_without_end_fails_when_its_history_is_full() {
        let machine = r#"{"StartAt": "Turn", "States": {
            "Turn": {"Type": "Choice", "Default": "Turn",
                     "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "Stop"}]},
            "Stop": {"Type": "Succeed"}}}"#;
        for (history_events, full) in
            [(DeploymentLimits::AWS.history_events, 25_000), (30_000, 30_000)]
        {
            let limits = DeploymentLimits { history_events, ..DeploymentLimits::AWS };
            let run = run_to_end_within(limits, machine, "{}", &[]);
            assert_eq!(run.error_and_cause().0, "States.Runtime");
            let words =
                format!("The execution reached the maximum number of history events ({full}).");
            assert_eq!(run.error_and_cause().1, words);
            assert_eq!(run.events.len(), full);
        }
    }

    #[test]
    fn no_match_and_no_default_is_a_runtime_failure() {
        let machine = r#"{"StartAt": "C", "States": {
            "C": {"Type": "Choice", "Choices": [
                {"Variable": "$.x", "NumericGreaterThan": 5, "Next": "Big"}]},
            "Big": {"Type": "Succeed"}}}"#;
        assert_eq!(run_to_end(machine, r#"{"x": 5}"#, &[]).error_and_cause().0, "States.Runtime");
        assert_eq!(run_to_end(machine, r#"{"x": "6"}"#, &[]).error_and_cause().0, "States.Runtime");
        assert_eq!(run_to_end(machine, r#"{"x": 5.5}"#, &[]).output_json(), r#"{"x": 5.5}"#);
    }
}
