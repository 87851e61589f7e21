//! `SecondsPath` and `TimestampPath`: Wait states that take their time from the data.

use jsonpath::SourcedPath;
use model::{Failure, Payload, Timestamp, limits::SECONDS_MAX};
use serde_json::Value;

use super::ExpressionView;
use crate::transition_builder::TransitionBuilder;

pub(super) fn seconds_at(
    builder: &TransitionBuilder<'_>,
    path: &SourcedPath,
    input: &Payload,
) -> Result<u64, Failure> {
    let value = value_at(builder, path, input).ok_or_else(|| {
        builder.runtime_failure(&format!(
            "The SecondsPath parameter does not reference an input value: {}",
            path.source_text()
        ))
    })?;
    let seconds = whole_number(&value).ok_or_else(|| {
        builder.runtime_failure(&format!(
            "The SecondsPath parameter cannot be parsed as a long value: {} == {}",
            path.source_text(),
            plain_text(&value)
        ))
    })?;
    let seconds = u64::try_from(seconds).map_err(|_| {
        builder.runtime_failure(&format!(
            "The SecondsPath parameter references a negative value: {} == {seconds}",
            path.source_text()
        ))
    })?;
    if seconds > SECONDS_MAX {
        return Err(builder.runtime_failure("Wait state delay is too long."));
    }
    Ok(seconds)
}

pub(super) fn timestamp_at(
    builder: &TransitionBuilder<'_>,
    path: &SourcedPath,
    input: &Payload,
) -> Result<Timestamp, Failure> {
    let value = value_at(builder, path, input).ok_or_else(|| {
        builder.runtime_failure(&format!(
            "The TimestampPath parameter does not reference an input value: {}",
            path.source_text()
        ))
    })?;
    value.as_str().and_then(|text| Timestamp::parse(text).ok()).ok_or_else(|| {
        builder.runtime_failure(&format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
             date-time format string: {} == {}",
            path.source_text(),
            plain_text(&value)
        ))
    })
}

fn value_at(builder: &TransitionBuilder<'_>, path: &SourcedPath, input: &Payload) -> Option<Value> {
    let view =
        ExpressionView::for_expression(builder, input.json_value(), path.references_context());
    path.find_in_scope(&view.as_scope()).ok().map(std::borrow::Cow::into_owned)
}

fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Formats a value as AWS does in these causes: strings without quotes, other values as JSON.
fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
