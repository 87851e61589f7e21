//! `..`: applies the next step to a value and to everything below it.

use serde_json::Value;

use super::{
    super::{
        PathError,
        token::{Place, Token},
    },
    as_index,
    search::Search,
    trail::{Step, Trail},
};

impl<'v> Search<'_, 'v> {
    /// Applies the step after the scan at `index` wherever it fits, parents before children.
    pub(super) fn scan(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        model: &'v Value,
    ) -> Result<(), PathError> {
        if index + 1 >= self.path.tokens.len() {
            return Err(PathError::Failed("Current path token is a leaf".to_owned()));
        }
        self.walk(index + 1, trail, model)
    }

    fn walk(&mut self, index: usize, trail: &Trail<'_>, model: &'v Value) -> Result<(), PathError> {
        self.application.visit(self.path, trail.depth())?;
        match model {
            Value::Object(members) => {
                if self.fits(index, trail, model)? {
                    self.step(index, trail, model)?;
                }
                for (name, value) in members {
                    self.walk(index, &trail.then(Step::Property(name)), value)?;
                }
            }
            Value::Array(items) => {
                if self.fits(index, trail, model)? {
                    self.enter_array(index, trail, model, items)?;
                }
                for (position, item) in items.iter().enumerate() {
                    self.walk(index, &trail.then(Step::Index(as_index(position))), item)?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }

    /// An inner step is passed over: the step behind it gets every item of the array, and the
    /// item's index decides at the path's end whether the result counts.
    fn enter_array(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        model: &'v Value,
        items: &'v [Value],
    ) -> Result<(), PathError> {
        if self.place(index) == Place::Last {
            return self.step(index, trail, model);
        }
        for (position, item) in items.iter().enumerate() {
            self.upstream_index[index + 1] = Some(position);
            self.step(index + 1, &trail.then(Step::Index(as_index(position))), item)?;
        }
        Ok(())
    }

    fn fits(&self, index: usize, trail: &Trail<'_>, model: &Value) -> Result<bool, PathError> {
        match &self.path.tokens[index] {
            token @ Token::Properties { names, .. } => {
                Ok(model.as_object().is_some_and(|members| {
                    !token.is_definite(self.place(index))
                        || self.application.requires_properties()
                        || names.iter().all(|name| members.contains_key(name))
                }))
            }
            Token::Wildcard => Ok(true),
            Token::Indexes(_) | Token::Slice { .. } => Ok(model.is_array()),
            Token::Filter(filter) => filter.accepts(model, &self.application.below(trail.depth())),
            Token::Scan | Token::Function { .. } => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::Path;

    fn find(path: &str, value: &Value) -> Option<Value> {
        Path::parse(path).ok()?.find(value).ok().map(std::borrow::Cow::into_owned)
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
