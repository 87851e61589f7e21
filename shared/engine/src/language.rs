//! What the engine needs from a query language. Each language has one file.

#[cfg(test)]
mod costly_states;
mod jsonata;
mod jsonpath;
#[cfg(test)]
mod tests;

use asl::{ChoiceState, FailText, MapState, QueryLanguage};
use model::{
    ChildIndex, Failure, Payload, PayloadRefusal, StateName, TransitionKind, error_name,
    limits::{JSON_DEPTH_MAX, VARIABLES_BYTES_MAX},
};
use step_budget::BudgetExceeded;

use crate::transition_builder::{StateOutput, TransitionBuilder};

/// Evaluates the fields of states in one query language.
///
/// Failures have AWS's wording. A failed JSONata expression also adds `EvaluationFailed` to the
/// builder.
pub(crate) trait StateEvaluator: QueryLanguage {
    /// Evaluates the effective input of a Task or Parallel: the payload of the call, or the input
    /// of the branches.
    fn effective_input(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure>;

    /// Evaluates the output of a Task, Parallel or Map from its result.
    fn output_from_result(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<StateOutput, Failure>;

    /// Evaluates the output of a Pass.
    fn pass_output(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
        result: Option<&Payload>,
    ) -> Result<StateOutput, Failure>;

    /// Evaluates the output of a state that has no result.
    fn pass_through_output(
        builder: &mut TransitionBuilder<'_>,
        input_output: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<StateOutput, Failure>;

    /// Evaluates `TimeoutSeconds` or `HeartbeatSeconds` of a Task.
    fn task_seconds(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        flow: &Self::StateDataFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure>;

    /// Evaluates the `Credentials` of a Task.
    fn task_credentials(
        builder: &mut TransitionBuilder<'_>,
        credentials: &Self::JsonTemplate,
        flow: &Self::StateDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure>;

    /// Evaluates the duration of a Wait in seconds.
    fn wait_seconds(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        input_output: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<u64, Failure>;

    /// Evaluates the time at which a Wait ends.
    fn wait_until(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        input_output: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<model::Timestamp, Failure>;

    /// Evaluates `Error` or `Cause` of a Fail. `None` if the field is absent.
    fn fail_text(
        builder: &mut TransitionBuilder<'_>,
        text: &FailText<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure>;

    /// Finds the transition that a Choice takes.
    fn choose_next(
        builder: &mut TransitionBuilder<'_>,
        choice: &ChoiceState<Self>,
        input: &Payload,
    ) -> Result<ChosenTransition, Failure>;

    /// Evaluates the items of a Map, how many there are, and `MaxConcurrency`.
    fn map_items(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
    ) -> Result<MapItemSource, Failure>;

    /// Evaluates the input of one iteration. `effective` comes from [`Self::map_items`].
    fn iteration_input(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure>;

    /// Evaluates the output of a state whose error the catcher with this index caught.
    fn caught_output(
        builder: &mut TransitionBuilder<'_>,
        caught: &Self::CatcherOutput,
        index: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<StateOutput, Failure>;
}

/// The transition that a Choice takes.
#[derive(Debug)]
pub(crate) struct ChosenTransition {
    /// The rule with its index, or the default.
    pub(crate) transition: TransitionKind,
    /// The next state.
    pub(crate) target: StateName,
    /// The output of the state.
    pub(crate) output: StateOutput,
}

impl ChosenTransition {
    /// Chooses the rule with this index.
    pub(crate) fn by_rule(index: usize, target: &StateName, output: StateOutput) -> Self {
        let transition = TransitionKind::ChoiceRule(u32::try_from(index).unwrap_or(u32::MAX));
        Self { transition, target: target.clone(), output }
    }

    /// Chooses `Default`.
    pub(crate) const fn by_default(target: StateName, output: StateOutput) -> Self {
        Self { transition: TransitionKind::Default, target, output }
    }
}

/// The items of a Map.
#[derive(Debug)]
pub(crate) struct MapItemSource {
    /// The payload from which each iteration's item is taken: the effective input in JSONPath, the
    /// items themselves in JSONata.
    pub(crate) effective: Payload,
    /// How many items there are.
    pub(crate) length: u32,
    /// How many iterations may run at once; 0 for no limit.
    pub(crate) concurrency: u32,
}

/// Matches the body of a state in either language and evaluates the same expression for both.
macro_rules! in_language {
    ($state:expr, $kind:ident => $then:expr) => {
        match &$state.body {
            asl::StateBody::JsonPath($kind) => $then,
            asl::StateBody::Jsonata($kind) => $then,
        }
    };
}
pub(crate) use in_language;

/// Returns the variables of an evaluated `Assign`. Fails if they are too large.
///
/// Spec: Developer Guide, "Step Functions service quotas" § variables. AWS's wording of the cause
/// is not known.
pub(crate) fn limit_variables(
    builder: &TransitionBuilder<'_>,
    value: serde_json::Value,
) -> Result<Vec<(String, Payload)>, Failure> {
    let serde_json::Value::Object(members) = value else { return Ok(Vec::new()) };
    let print = |(name, value)| {
        Payload::from_value_within(value, VARIABLES_BYTES_MAX).map(|payload| (name, payload))
    };
    let assigned: Result<Vec<(String, Payload)>, PayloadRefusal> =
        members.into_iter().map(print).collect();
    let assigned = match assigned {
        Ok(assigned) => assigned,
        Err(PayloadRefusal::TooDeep) => return Err(too_deep_failure(builder)),
        Err(PayloadRefusal::TooLarge) => {
            return Err(variables_too_large(builder, "execution", VARIABLES_BYTES_MAX));
        }
    };
    let size: usize = assigned.iter().map(|(_, value)| value.json_text().len()).sum();
    let payload_bytes = builder.context.limits.payload_bytes;
    let too_large = if size > payload_bytes {
        Some(("Assign", payload_bytes))
    } else if size + builder.variables_size_bytes() > VARIABLES_BYTES_MAX {
        Some(("execution", VARIABLES_BYTES_MAX))
    } else {
        None
    };
    match too_large {
        None => Ok(assigned),
        Some((of, limit)) => Err(variables_too_large(builder, of, limit)),
    }
}

fn variables_too_large(builder: &TransitionBuilder<'_>, of: &str, limit: usize) -> Failure {
    builder.state_failure(
        error_name::DATA_LIMIT_EXCEEDED,
        &format!("The variables of one {of} exceed the limit of {limit} bytes."),
    )
}

/// Returns the payload. Fails if it is larger than the deployment allows, or too deep to be read.
///
/// Spec: Developer Guide, "Step Functions service quotas". The wording of the cause is recorded.
pub(crate) fn limit_payload(
    builder: &TransitionBuilder<'_>,
    payload: Payload,
    of: &str,
) -> Result<Payload, Failure> {
    if payload.json_text().len() > builder.context.limits.payload_bytes {
        return Err(too_large_failure(of));
    }
    if payload.nests_too_deep() { Err(too_deep_failure(builder)) } else { Ok(payload) }
}

/// Returns the payload of a value that expressions have built. Fails like [`limit_payload`], before
/// the text is longer than that.
pub(crate) fn limit_value(
    builder: &TransitionBuilder<'_>,
    value: serde_json::Value,
) -> Result<Payload, Failure> {
    let printed = Payload::from_value_within(value, builder.context.limits.payload_bytes);
    printed.map_err(|refusal| match refusal {
        PayloadRefusal::TooLarge => too_large_failure(builder.state.name.as_str()),
        PayloadRefusal::TooDeep => too_deep_failure(builder),
    })
}

/// Returns the payload of the items of a Map, which may be larger than an input or output. Fails if
/// it is too deep to be read.
pub(crate) fn limit_items(
    builder: &TransitionBuilder<'_>,
    items: serde_json::Value,
) -> Result<Payload, Failure> {
    Payload::from_value_within(items, usize::MAX).map_err(|_| too_deep_failure(builder))
}

/// Charges the step for a copy of a value that is about to be made.
pub(crate) fn charge_copy(
    builder: &TransitionBuilder<'_>,
    value: &serde_json::Value,
) -> Result<(), Failure> {
    builder.context.budget.charge_copy(value).map_err(|exceeded| budget_failure(builder, exceeded))
}

/// Returns the failure of a state that costs too much.
///
/// A state that builds more than a step may could not have a result that is small enough, or throws
/// nearly all of it away.
pub(crate) fn budget_failure(builder: &TransitionBuilder<'_>, exceeded: BudgetExceeded) -> Failure {
    match exceeded {
        BudgetExceeded::Bytes => too_large_failure(builder.state.name.as_str()),
        BudgetExceeded::Time => builder.runtime_failure(
            "The evaluation of the state's fields exceeded the time limit of one step.",
        ),
    }
}

fn too_large_failure(of: &str) -> Failure {
    Failure::new(
        error_name::DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{of}' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        ),
    )
}

/// AWS documents no limit on nesting. Deeper text could not be read again, here as there.
fn too_deep_failure(builder: &TransitionBuilder<'_>) -> Failure {
    builder.state_failure(
        error_name::DATA_LIMIT_EXCEEDED,
        &format!("A value is nested more than {JSON_DEPTH_MAX} levels deep."),
    )
}
