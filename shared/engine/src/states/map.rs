//! Map State, inline: forked, and joined in `states.rs`.

use asl::{Concurrency, Map};
use jsonpath::SourcedPath;
use model::{ChildIndex, EventKind, Failure, Payload, Phase};
use serde_json::Value;

use crate::{
    Join, Transition,
    context::{Item, context_object},
    draft::Draft,
    flow::{self, View, evaluation_failure},
    handle::handle,
};

/// Spec: ASL § Map State.
pub(crate) fn fork(mut draft: Draft<'_>, map: &Map, input: &Payload) -> Transition {
    let ready = flow::select(&draft, &map.flow.input, input).and_then(|effective| {
        let concurrency = concurrency(&draft, map, &effective)?;
        let length = length(&draft, &map.items, &effective)?;
        Ok((effective, length, concurrency))
    });
    let (effective, length, concurrency) = match ready {
        Ok(ready) => ready,
        Err(failure) => return handle(draft, &map.handlers, input, failure, None),
    };
    draft.emit(EventKind::MapStateStarted { length });
    if length == 0 {
        let join = Join { outputs: Vec::new(), last: None, events: 0 };
        return super::joined(draft, input, join);
    }
    let visit = draft.visit.clone();
    draft.stay(Phase::Forked {
        effective: (!effective.same(input)).then_some(effective),
        input: input.clone(),
        visit,
        children: length,
        concurrency: if concurrency == 0 { length } else { concurrency.min(length) },
    })
}

/// The input of one iteration: its item, or what `ItemSelector` makes of it.
pub(crate) fn item_input(
    draft: &mut Draft<'_>,
    map: &Map,
    effective: &Payload,
    index: ChildIndex,
) -> Result<Payload, Failure> {
    let view = View::of(draft, effective.value(), map.items.references_context());
    let scope = view.scope();
    let items = map.items.find(&scope).map_err(|error| {
        draft.runtime_failure(&format!("Invalid path '{}' : {error}", map.items.text()))
    })?;
    let item = items.get(index.index()).unwrap_or(&Value::Null);
    let Some(selector) = &map.item_selector else { return Ok(Payload::from_value(item.clone())) };
    let item = Item { index: index.get(), value: item };
    let view = View::new(effective.value(), context_object(draft, Some(&item)));
    let value = selector
        .evaluate(&view.scope(), &mut draft.draws)
        .map_err(|error| evaluation_failure(draft, &error))?;
    flow::limited(Payload::from_value(value), draft.state.name.as_str())
}

fn length(draft: &Draft<'_>, items: &SourcedPath, effective: &Payload) -> Result<u32, Failure> {
    let view = View::of(draft, effective.value(), items.references_context());
    let scope = view.scope();
    let found = items.find(&scope).map_err(|error| {
        draft.runtime_failure(&format!("Invalid path '{}' : {error}", items.text()))
    })?;
    let array = found.as_array().ok_or_else(|| {
        draft.runtime_failure(&format!("Reference path \"{}\" must point to array.", items.text()))
    })?;
    Ok(u32::try_from(array.len()).unwrap_or(u32::MAX))
}

fn concurrency(draft: &Draft<'_>, map: &Map, effective: &Payload) -> Result<u32, Failure> {
    let path = match &map.concurrency {
        Concurrency::Limit(limit) => return Ok(*limit),
        Concurrency::Path(path) => path,
    };
    let value = flow::find(draft, path, effective)?;
    let number = value.as_i64().ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The MaxConcurrencyPath field refers to value {} which is not a valid integer: {}",
            quoted(&value),
            path.text()
        ))
    })?;
    u32::try_from(number).map_err(|_| draft.runtime_failure("MaxConcurrency cannot be negative."))
}

/// AWS puts the value between quotes whatever its type.
fn quoted(value: &Value) -> String {
    format!("\"{}\"", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
