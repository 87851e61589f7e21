//! Choice State: one step.

use asl::{Choice, Next};
use model::{Failure, Payload, error_name};

use crate::{
    Transition,
    choose::{Invalid, holds},
    draft::Draft,
    flow::{self, View},
};

/// Spec: ASL § Choice State: the first rule that holds wins.
pub(crate) fn run(draft: Draft<'_>, choice: &Choice, input: &Payload) -> Transition {
    let chosen = choose(&draft, choice, input)
        .and_then(|next| Ok((flow::pass_through(&draft, &choice.flow, input)?, next)));
    match chosen {
        Ok((output, next)) => draft.leave(output, &next),
        Err(failure) => draft.fail(failure),
    }
}

fn choose(draft: &Draft<'_>, choice: &Choice, input: &Payload) -> Result<Next, Failure> {
    let effective = flow::select(draft, &choice.flow.input, input)?;
    let reads_context = choice.rules.iter().any(|rule| rule.condition.references_context());
    let view = View::of(draft, effective.value(), reads_context);
    let scope = view.scope();
    for rule in &choice.rules {
        match holds(&rule.condition, &scope) {
            Ok(true) => return Ok(Next::State(rule.next.clone())),
            Ok(false) => {}
            Err(Invalid { path }) => {
                return Err(draft.runtime_failure(&format!(
                    "Invalid path '{path}': The choice state's condition path references an \
                     invalid value."
                )));
            }
        }
    }
    let default = choice.default.clone().map(Next::State);
    default.ok_or_else(|| {
        draft.failure(
            error_name::NO_CHOICE_MATCHED,
            "Failed to transition out of the state. The state does not point to a next state.",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::walk;

    #[test]
    fn a_loop_without_end_fails_when_its_history_is_full() {
        let machine = r#"{"StartAt": "Turn", "States": {
            "Turn": {"Type": "Choice", "Default": "Turn",
                     "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "Stop"}]},
            "Stop": {"Type": "Succeed"}}}"#;
        let walk = walk(machine, "{}", &[]);
        assert_eq!(walk.failure().0, "States.Runtime");
        assert!(walk.failure().1.contains("25000"));
        assert_eq!(walk.events.len(), 25_000);
    }

    #[test]
    fn no_match_and_no_default_is_a_failure_of_its_own_name() {
        let machine = r#"{"StartAt": "C", "States": {
            "C": {"Type": "Choice", "Choices": [
                {"Variable": "$.x", "NumericGreaterThan": 5, "Next": "Big"}]},
            "Big": {"Type": "Succeed"}}}"#;
        assert_eq!(walk(machine, r#"{"x": 5}"#, &[]).failure().0, "States.NoChoiceMatched");
        assert_eq!(walk(machine, r#"{"x": "6"}"#, &[]).failure().0, "States.NoChoiceMatched");
        assert_eq!(walk(machine, r#"{"x": 5.5}"#, &[]).output(), r#"{"x": 5.5}"#);
    }
}
