//! Choice State: one step.

use asl::{Choice, Next};
use model::Payload;

use crate::{Transition, draft::Draft, language::Evaluate};

/// Spec: ASL § Choice State: the first rule that holds wins.
pub(crate) fn run<L: Evaluate>(
    mut draft: Draft<'_>,
    choice: &Choice<L>,
    input: &Payload,
) -> Transition {
    match L::choose(&mut draft, choice, input) {
        Ok((next, leaving)) => draft.leave(leaving, &Next::State(next)),
        Err(failure) => draft.fail(failure),
    }
}

#[cfg(test)]
mod tests {
    use model::Limits;

    use crate::testing::{walk, walk_within};

    #[test]
    fn a_loop_without_end_fails_when_its_history_is_full() {
        let machine = r#"{"StartAt": "Turn", "States": {
            "Turn": {"Type": "Choice", "Default": "Turn",
                     "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "Stop"}]},
            "Stop": {"Type": "Succeed"}}}"#;
        for (history_events, full) in [(Limits::AWS.history_events, 25_000), (30_000, 30_000)] {
            let limits = Limits { history_events, ..Limits::AWS };
            let walk = walk_within(limits, machine, "{}", &[]);
            assert_eq!(walk.failure().0, "States.Runtime");
            assert!(walk.failure().1.contains(&full.to_string()));
            assert_eq!(walk.events.len(), full);
        }
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
