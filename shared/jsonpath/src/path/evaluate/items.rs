//! Steps into arrays: indexes, slices and filters.

use std::{borrow::Cow, ops::Range};

use serde_json::Value;

use super::{
    super::{JaywayPathError, filter::PathFilter},
    as_index,
    location::{LocationStep, NodeLocation},
    search::PathSearch,
};

impl<'v> PathSearch<'_, 'v> {
    /// `[1]` or `[1,2]`.
    pub(super) fn step_into_indexes(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        positions: &[i64],
    ) -> Result<(), JaywayPathError> {
        if !self.is_array(index, location, model)? {
            return Ok(());
        }
        positions
            .iter()
            .try_for_each(|position| self.step_into_item(index, location, model, *position))
    }

    /// `[from:to]`.
    pub(super) fn step_into_slice(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        bounds: (Option<i64>, Option<i64>),
    ) -> Result<(), JaywayPathError> {
        if !self.is_array(index, location, model)? {
            return Ok(());
        }
        let length = model.as_array().map_or(0, Vec::len);
        slice_range(bounds, length)
            .try_for_each(|position| self.step_into_item(index, location, model, position))
    }

    /// `[?(…)]`: the items of an array that the filter accepts, or an object if it accepts that.
    pub(super) fn step_into_filtered(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        filter: &PathFilter,
    ) -> Result<(), JaywayPathError> {
        let application = self.application.at_depth(location.depth());
        match model {
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    if filter.accepts_item(item, &application)? {
                        self.step_into_item(index, location, model, as_index(position))?;
                    }
                }
                Ok(())
            }
            Value::Object(_) => {
                if filter.accepts_item(model, &application)? {
                    self.apply_next_step(index, location, Cow::Borrowed(model))?;
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                if !self.is_upstream_definite(index) {
                    return Ok(());
                }
                Err(JaywayPathError::Unfit(self.application.failure_reason(|| {
                    format!(
                        "Filter: [?] can not be applied to primitives. Current context is: {}",
                        crate::java::java_to_string(model)
                    )
                })))
            }
        }
    }

    /// One item of an array, counted from its end if `position` is negative. A missing item is not
    /// an error here.
    pub(super) fn step_into_item(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        position: i64,
    ) -> Result<(), JaywayPathError> {
        let items = model.as_array().map_or(&[][..], Vec::as_slice);
        let effective =
            if position < 0 { position.saturating_add(as_index(items.len())) } else { position };
        match usize::try_from(effective).ok().and_then(|i| items.get(i)) {
            Some(item) => self.apply_next_step(
                index,
                &location.then_step(LocationStep::Index(position)),
                Cow::Borrowed(item),
            ),
            None => Ok(()),
        }
    }

    /// Whether the value is an array. If it is not, that is an error only after definite steps.
    fn is_array(
        &self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &Value,
    ) -> Result<bool, JaywayPathError> {
        if model.is_array() {
            return Ok(true);
        }
        if !self.is_upstream_definite(index) {
            return Ok(false);
        }
        Err(JaywayPathError::NoArray(self.application.failure_reason(|| {
            if model.is_null() {
                return format!("The path {location} is null");
            }
            let step = &self.path.tokens[index];
            let context = crate::java::java_to_string(model);
            format!("Filter: {step} can only be applied to arrays. Current context is: {context}")
        })))
    }
}

/// The positions `[from:to]` selects, as Jayway counts them: negative bounds of a slice with two
/// bounds stay negative, so that `[-3:2]` wraps around.
fn slice_range((from, to): (Option<i64>, Option<i64>), length: usize) -> Range<i64> {
    let length = as_index(length);
    match (from, to) {
        (Some(from), Some(to)) => from.max(-length)..to.min(length),
        (Some(from), None) => {
            let from = if from < 0 { from + length } else { from };
            from.max(0)..length
        }
        (None, Some(to)) => {
            let to = if to < 0 { to + length } else { to };
            0..to.min(length)
        }
        (None, None) => 0..length,
    }
}
