//! What the engine asks of a query language; one file each.

mod jsonata;
mod jsonpath;
#[cfg(test)]
mod tests;

use asl::{Choice, Language, Map, Text};
use model::{ChildIndex, Failure, Payload, StateName, error_name, limits::VARIABLES_BYTES_MAX};

use crate::draft::Draft;

/// With what a state is left.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) output: Payload,
    /// The variables it assigns.
    pub(crate) assigned: Vec<(String, Payload)>,
}

/// How data flows through states of a language.
///
/// Failures carry AWS's words; a failed JSONata expression also leaves its event in the draft.
pub(crate) trait Evaluate: Language {
    /// What a Task or a Parallel works on.
    fn effective_input(
        draft: &mut Draft<'_>,
        flow: &Self::Flow,
        input: &Payload,
    ) -> Result<Payload, Failure>;

    /// With what a Task, Parallel or Map is left that came to this result.
    fn leaving(
        draft: &mut Draft<'_>,
        flow: &Self::Flow,
        input: &Payload,
        result: Payload,
    ) -> Result<Leaving, Failure>;

    /// With what a Pass is left.
    fn passing(
        draft: &mut Draft<'_>,
        flow: &Self::Flow,
        input: &Payload,
        result: Option<&Payload>,
    ) -> Result<Leaving, Failure>;

    /// With what a state without a result is left.
    fn passing_through(
        draft: &mut Draft<'_>,
        ends: &Self::Ends,
        input: &Payload,
    ) -> Result<Leaving, Failure>;

    /// The seconds that a Task's field gives, at least 1.
    fn seconds(
        draft: &mut Draft<'_>,
        reference: &Self::Reference,
        flow: &Self::Flow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure>;

    /// When a Wait with a number of seconds, or a time, in the data ends.
    fn wait_seconds(
        draft: &mut Draft<'_>,
        reference: &Self::Reference,
        ends: &Self::Ends,
        input: &Payload,
    ) -> Result<u64, Failure>;

    /// The time in the data at which a Wait ends.
    fn wait_until(
        draft: &mut Draft<'_>,
        reference: &Self::Reference,
        ends: &Self::Ends,
        input: &Payload,
    ) -> Result<model::Timestamp, Failure>;

    /// A Fail's `Error` or `Cause`.
    fn text(
        draft: &mut Draft<'_>,
        text: &Text<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure>;

    /// Where a Choice leads.
    fn choose(
        draft: &mut Draft<'_>,
        choice: &Choice<Self>,
        input: &Payload,
    ) -> Result<(StateName, Leaving), Failure>;

    /// What a Map's iterations come from, and how many there are.
    fn items(draft: &mut Draft<'_>, map: &Map<Self>, input: &Payload) -> Result<Items, Failure>;

    /// The input of one iteration. `effective` is what [`Self::items`] has given.
    fn item(
        draft: &mut Draft<'_>,
        map: &Map<Self>,
        input: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure>;

    /// With what a state is left whose error was caught by the catcher of this index.
    fn caught(
        draft: &mut Draft<'_>,
        caught: &Self::Caught,
        index: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<Leaving, Failure>;
}

/// The items of a Map.
#[derive(Debug)]
pub(crate) struct Items {
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
            asl::Body::JsonPath($kind) => $then,
            asl::Body::Jsonata($kind) => $then,
        }
    };
}
pub(crate) use in_language;

/// The variables that an `Assign` came to, if they are not too large.
///
/// Spec: Developer Guide, "Step Functions service quotas" § variables; AWS's words are not known.
pub(crate) fn variables(
    draft: &Draft<'_>,
    value: serde_json::Value,
) -> Result<Vec<(String, Payload)>, Failure> {
    let serde_json::Value::Object(members) = value else { return Ok(Vec::new()) };
    let assigned: Vec<(String, Payload)> =
        members.into_iter().map(|(name, value)| (name, Payload::from_value(value))).collect();
    let size: usize = assigned.iter().map(|(_, value)| value.text().len()).sum();
    let payload_bytes = draft.scene.limits.payload_bytes;
    let too_large = if size > payload_bytes {
        Some(("Assign", payload_bytes))
    } else if size + draft.variables_size_bytes() > VARIABLES_BYTES_MAX {
        Some(("execution", VARIABLES_BYTES_MAX))
    } else {
        None
    };
    match too_large {
        None => Ok(assigned),
        Some((of, limit)) => Err(draft.failure(
            error_name::DATA_LIMIT_EXCEEDED,
            &format!("The variables of one {of} exceed the limit of {limit} bytes."),
        )),
    }
}

/// A result that is not larger than the deployment allows.
///
/// Spec: Developer Guide, "Step Functions service quotas"; the words are recorded.
pub(crate) fn limited(draft: &Draft<'_>, payload: Payload, of: &str) -> Result<Payload, Failure> {
    if payload.text().len() <= draft.scene.limits.payload_bytes {
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
