//! `..`: applies the next step to a value and to everything below it.

use serde_json::Value;

use super::{
    super::{
        JaywayPathError,
        token::{PathToken, TokenPosition},
    },
    as_index,
    location::{LocationStep, NodeLocation},
    search::PathSearch,
};

impl<'v> PathSearch<'_, 'v> {
    /// Applies the step after the scan at `index` wherever it fits, parents before children.
    pub(super) fn scan_descendants(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
    ) -> Result<(), JaywayPathError> {
        if index + 1 >= self.path.tokens.len() {
            return Err(JaywayPathError::Failed("Current path token is a leaf".to_owned()));
        }
        self.walk_descendants(index + 1, location, model)
    }

    fn walk_descendants(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
    ) -> Result<(), JaywayPathError> {
        self.application.count_visit(self.path, location.depth())?;
        match model {
            Value::Object(members) => {
                if self.step_fits(index, location, model)? {
                    self.apply_step(index, location, model)?;
                }
                for (name, value) in members {
                    self.walk_descendants(
                        index,
                        &location.then_step(LocationStep::Property(name)),
                        value,
                    )?;
                }
            }
            Value::Array(items) => {
                if self.step_fits(index, location, model)? {
                    self.enter_array(index, location, model, items)?;
                }
                for (position, item) in items.iter().enumerate() {
                    self.walk_descendants(
                        index,
                        &location.then_step(LocationStep::Index(as_index(position))),
                        item,
                    )?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }

    /// Skips a step that is not the last: the step after it gets every item of the array. At the
    /// end of the path, [`PathSearch::is_shadowed`] decides by the item's index whether the result
    /// counts.
    fn enter_array(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        items: &'v [Value],
    ) -> Result<(), JaywayPathError> {
        if self.token_position(index) == TokenPosition::Last {
            return self.apply_step(index, location, model);
        }
        for (position, item) in items.iter().enumerate() {
            self.upstream_index[index + 1] = Some(position);
            self.apply_step(
                index + 1,
                &location.then_step(LocationStep::Index(as_index(position))),
                item,
            )?;
        }
        Ok(())
    }

    fn step_fits(
        &self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &Value,
    ) -> Result<bool, JaywayPathError> {
        match &self.path.tokens[index] {
            token @ PathToken::Properties { names, .. } => {
                Ok(model.as_object().is_some_and(|members| {
                    !token.is_definite(self.token_position(index))
                        || self.application.requires_properties()
                        || names.iter().all(|name| members.contains_key(name))
                }))
            }
            PathToken::Wildcard => Ok(true),
            PathToken::Indexes(_) | PathToken::Slice { .. } => Ok(model.is_array()),
            PathToken::Filter(filter) => {
                filter.accepts_item(model, &self.application.at_depth(location.depth()))
            }
            PathToken::Scan | PathToken::Function { .. } => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::JaywayPath;

    fn find(path: &str, value: &Value) -> Option<Value> {
        JaywayPath::parse(path).ok()?.find_value(value).ok().map(std::borrow::Cow::into_owned)
    }

    #[test]
    fn parents_come_before_their_children() {
        let value = json!({"a": {"a": 1}, "b": [{"a": 2}]});
        assert_eq!(find("$..a", &value), Some(json!([{"a": 1}, 1, 2])));
        assert_eq!(find("$..[0]", &value), Some(json!([{"a": 2}])));
        assert_eq!(find("$..*", &json!({"a": [1]})), Some(json!([[1], 1])));
    }

    #[test]
    fn an_index_behind_a_scan_may_be_followed() {
        let value = json!({"b": [{"t": 1}, {"t": 2}]});
        assert_eq!(find("$..b[1].t", &value), Some(json!([2])));
        assert_eq!(find("$..[1].t", &value), Some(json!([2])));
    }

    #[test]
    fn a_filter_behind_a_scan_looks_at_objects() {
        let value = json!({"b": [{"t": 1}, {"u": 2}]});
        assert_eq!(find("$..[?(@.t)]", &value), Some(json!([{"t": 1}])));
    }
}
