//! Wait State: entered, and left when its time has come.

use asl::{StateKind, Wait, WaitFor};
use jsonpath::SourcedPath;
use model::{
    Failure, Payload, Phase, Timestamp,
    limits::{SECONDS_MAX, WAIT_MILLISECONDS_MAX},
};
use serde_json::Value;

use crate::{
    Transition,
    draft::Draft,
    flow::{self, View},
};

/// Spec: ASL § Wait State. A time that has passed makes the state end at once.
pub(crate) fn begin(draft: Draft<'_>, wait: &Wait, input: &Payload) -> Transition {
    match flow::select(&draft, &wait.flow.input, input)
        .and_then(|effective| until(&draft, &wait.duration, &effective))
    {
        Ok(until) => {
            let visit = draft.visit.clone();
            draft.stay(Phase::Waiting { input: input.clone(), visit, until })
        }
        Err(failure) => draft.fail(failure),
    }
}

/// The time has come.
pub(crate) fn resume(draft: Draft<'_>, input: &Payload) -> Transition {
    let StateKind::Wait(wait) = &draft.state.kind else { return super::unretried(draft) };
    match flow::pass_through(&draft, &wait.flow, input) {
        Ok(output) => draft.leave(output, &wait.next),
        Err(failure) => draft.fail(failure),
    }
}

fn until(draft: &Draft<'_>, duration: &WaitFor, input: &Payload) -> Result<Timestamp, Failure> {
    let now = draft.scene.moment.now;
    let until = match duration {
        WaitFor::Seconds(seconds) => now.plus_seconds(*seconds),
        WaitFor::Timestamp(timestamp) => *timestamp,
        WaitFor::SecondsPath(path) => now.plus_seconds(seconds_at(draft, path, input)?),
        WaitFor::TimestampPath(path) => timestamp_at(draft, path, input)?,
    };
    if until.milliseconds().saturating_sub(now.milliseconds()) > WAIT_MILLISECONDS_MAX {
        return Err(draft.runtime_failure("Wait state delay is too long."));
    }
    Ok(until)
}

fn seconds_at(draft: &Draft<'_>, path: &SourcedPath, input: &Payload) -> Result<u64, Failure> {
    let value = value_at(draft, path, input).ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The SecondsPath parameter does not reference an input value: {}",
            path.text()
        ))
    })?;
    let seconds = whole_number(&value).ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The SecondsPath parameter cannot be parsed as a long value: {} == {}",
            path.text(),
            plain(&value)
        ))
    })?;
    let seconds = u64::try_from(seconds).map_err(|_| {
        draft.runtime_failure(&format!(
            "The SecondsPath parameter references a negative value: {} == {seconds}",
            path.text()
        ))
    })?;
    if seconds > SECONDS_MAX {
        return Err(draft.runtime_failure("Wait state delay is too long."));
    }
    Ok(seconds)
}

fn timestamp_at(
    draft: &Draft<'_>,
    path: &SourcedPath,
    input: &Payload,
) -> Result<Timestamp, Failure> {
    let value = value_at(draft, path, input).ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The TimestampPath parameter does not reference an input value: {}",
            path.text()
        ))
    })?;
    value.as_str().and_then(|text| Timestamp::parse(text).ok()).ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
             date-time format string: {} == {}",
            path.text(),
            plain(&value)
        ))
    })
}

fn value_at(draft: &Draft<'_>, path: &SourcedPath, input: &Payload) -> Option<Value> {
    let view = View::of(draft, input.value(), path.references_context());
    path.find(&view.scope()).ok().map(std::borrow::Cow::into_owned)
}

fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A string without its quotes, anything else as JSON: how AWS quotes values in these causes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
