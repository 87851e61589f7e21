//! What the engine asks of a query language; one file each.

mod jsonata;
mod jsonpath;
#[cfg(test)]
mod tests;

use asl::{ChoiceState, FailText, MapState, QueryLanguage};
use model::{
    ChildIndex, Failure, Payload, StateName, TransitionKind, error_name,
    limits::VARIABLES_BYTES_MAX,
};

use crate::transition_builder::{StateOutput, TransitionBuilder};

/// How data flows through states of a language.
///
/// Failures carry AWS's words; a failed JSONata expression also leaves its event in the draft.
pub(crate) trait StateEvaluator: QueryLanguage {
    /// What a Task or a Parallel works on.
    fn effective_input(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure>;

    /// With what a Task, Parallel or Map is left that came to this result.
    fn output_from_result(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<StateOutput, Failure>;

    /// With what a Pass is left.
    fn pass_output(
        builder: &mut TransitionBuilder<'_>,
        flow: &Self::StateDataFlow,
        input: &Payload,
        result: Option<&Payload>,
    ) -> Result<StateOutput, Failure>;

    /// With what a state without a result is left.
    fn pass_through_output(
        builder: &mut TransitionBuilder<'_>,
        ends: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<StateOutput, Failure>;

    /// The seconds that a Task's field gives, at least 1.
    fn task_seconds(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        flow: &Self::StateDataFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure>;

    /// When a Wait with a number of seconds, or a time, in the data ends.
    fn wait_seconds(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        ends: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<u64, Failure>;

    /// The time in the data at which a Wait ends.
    fn wait_until(
        builder: &mut TransitionBuilder<'_>,
        reference: &Self::ValueReference,
        ends: &Self::StateInputOutput,
        input: &Payload,
    ) -> Result<model::Timestamp, Failure>;

    /// A Fail's `Error` or `Cause`.
    fn fail_text(
        builder: &mut TransitionBuilder<'_>,
        text: &FailText<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure>;

    /// Where a Choice leads.
    fn choose_next(
        builder: &mut TransitionBuilder<'_>,
        choice: &ChoiceState<Self>,
        input: &Payload,
    ) -> Result<ChosenTransition, Failure>;

    /// What a Map's iterations come from, and how many there are.
    fn map_items(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
    ) -> Result<MapItemSource, Failure>;

    /// The input of one iteration. `effective` is what [`Self::items`] has given.
    fn iteration_input(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure>;

    /// With what a state is left whose error was caught by the catcher of this index.
    fn caught_output(
        builder: &mut TransitionBuilder<'_>,
        caught: &Self::CatcherOutput,
        index: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<StateOutput, Failure>;
}

/// The transition of a Choice whose turn it is.
#[derive(Debug)]
pub(crate) struct ChosenTransition {
    /// Which rule, or the default.
    pub(crate) transition: TransitionKind,
    /// Where it leads.
    pub(crate) target: StateName,
    /// With what the state is left.
    pub(crate) output: StateOutput,
}

impl ChosenTransition {
    /// The rule of this index.
    pub(crate) fn by_rule(index: usize, target: &StateName, output: StateOutput) -> Self {
        let transition = TransitionKind::ChoiceRule(u32::try_from(index).unwrap_or(u32::MAX));
        Self { transition, target: target.clone(), output }
    }

    /// `Default`
    pub(crate) const fn by_default(target: StateName, output: StateOutput) -> Self {
        Self { transition: TransitionKind::Default, target, output }
    }
}

/// The items of a Map.
#[derive(Debug)]
pub(crate) struct MapItemSource {
    /// What they are taken from.
    pub(crate) effective: Payload,
    /// How many there are.
    pub(crate) length: u32,
    /// How many may run at once; 0 for no limit.
    pub(crate) concurrency: u32,
}

/// A state of a language, whichever it is.
macro_rules! in_language {
    ($state:expr, $kind:ident => $then:expr) => {
        match &$state.body {
            asl::StateBody::JsonPath($kind) => $then,
            asl::StateBody::Jsonata($kind) => $then,
        }
    };
}
pub(crate) use in_language;

/// The variables that an `Assign` came to, if they are not too large.
///
/// Spec: Developer Guide, "Step Functions service quotas" § variables; AWS's words are not known.
pub(crate) fn limit_variables(
    builder: &TransitionBuilder<'_>,
    value: serde_json::Value,
) -> Result<Vec<(String, Payload)>, Failure> {
    let serde_json::Value::Object(members) = value else { return Ok(Vec::new()) };
    let assigned: Vec<(String, Payload)> =
        members.into_iter().map(|(name, value)| (name, Payload::from_value(value))).collect();
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
        Some((of, limit)) => Err(builder.state_failure(
            error_name::DATA_LIMIT_EXCEEDED,
            &format!("The variables of one {of} exceed the limit of {limit} bytes."),
        )),
    }
}

/// A result that is not larger than the deployment allows.
///
/// Spec: Developer Guide, "Step Functions service quotas"; the words are recorded.
pub(crate) fn limit_payload(
    builder: &TransitionBuilder<'_>,
    payload: Payload,
    of: &str,
) -> Result<Payload, Failure> {
    if payload.json_text().len() <= builder.context.limits.payload_bytes {
        return Ok(payload);
    }
    Err(Failure::new(
        error_name::DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{of}' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        ),
    ))
}
