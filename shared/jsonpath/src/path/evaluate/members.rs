//! Steps into objects: names, and the wildcard.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    super::{JaywayPathError, token::TokenPosition},
    as_index, copy_visits,
    location::{LocationStep, NodeLocation},
    search::PathSearch,
};

impl<'v> PathSearch<'_, 'v> {
    /// `.a`, `['a']` or `['a','b']`.
    pub(super) fn step_into_properties(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
        names: &[String],
    ) -> Result<(), JaywayPathError> {
        let Value::Object(members) = model else {
            if !self.is_upstream_definite(index) {
                return Ok(());
            }
            return Err(JaywayPathError::NotFound(self.application.failure_reason(|| format!(
                "Expected to find an object with property {} in path {location} but found '{}'. This \
                 is not a json object according to the JsonProvider: \
                 'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'.",
                self.path.tokens[index],
                crate::java::java_class_name(model)
            ))));
        };
        if names.len() > 1 && self.token_position(index) == TokenPosition::Last {
            let picked = self.pick_properties(location, members, names)?;
            self.found.push(Cow::Owned(Value::Object(picked)));
            return Ok(());
        }
        names.iter().try_for_each(|name| self.step_into_property(index, location, members, name))
    }

    /// `['a','b']` at the end of a path gives an object of those members that exist.
    fn pick_properties(
        &self,
        location: &NodeLocation<'_>,
        members: &Map<String, Value>,
        names: &[String],
    ) -> Result<Map<String, Value>, JaywayPathError> {
        let mut picked = Map::new();
        for name in names {
            match members.get(name) {
                Some(value) => {
                    self.application.charge_visits(self.path, copy_visits(value))?;
                    picked.insert(name.clone(), value.clone());
                }
                None if self.application.requires_properties() => {
                    return Err(JaywayPathError::NotFound(
                        self.application
                            .failure_reason(|| format!("Missing property in path {location}")),
                    ));
                }
                None => {}
            }
        }
        Ok(picked)
    }

    /// Steps into the member with one name.
    fn step_into_property(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        members: &'v Map<String, Value>,
        name: &str,
    ) -> Result<(), JaywayPathError> {
        let location = location.then_step(LocationStep::Property(name));
        let place = self.token_position(index);
        let required = self.application.requires_properties();
        match (members.get(name), place) {
            (Some(_), TokenPosition::Last) if self.is_shadowed(index) => Ok(()),
            (Some(value), TokenPosition::Last | TokenPosition::Inner) => {
                self.apply_next_step(index, &location, Cow::Borrowed(value))
            }
            (None, TokenPosition::Last) if required => Err(JaywayPathError::NotFound(
                self.application.failure_reason(|| format!("No results for path: {location}")),
            )),
            (None, TokenPosition::Last) => Ok(()),
            (None, TokenPosition::Inner) => {
                let definite = self.is_upstream_definite(index)
                    && self.path.tokens[index].is_definite(TokenPosition::Inner);
                if definite || required {
                    Err(JaywayPathError::NotFound(
                        self.application
                            .failure_reason(|| format!("Missing property in path {location}")),
                    ))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// `*`: all members of an object, all items of an array.
    pub(super) fn step_into_all(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
    ) -> Result<(), JaywayPathError> {
        let required = self.application.requires_properties();
        let quietly = |outcome: Result<(), JaywayPathError>| match outcome {
            Err(JaywayPathError::NotFound(_) | JaywayPathError::NoArray(_)) if !required => Ok(()),
            other => other,
        };
        match model {
            Value::Object(members) => {
                for (name, value) in members {
                    if self.token_position(index) == TokenPosition::Last && self.is_shadowed(index)
                    {
                        continue;
                    }
                    let location = location.then_step(LocationStep::Property(name));
                    quietly(self.apply_next_step(index, &location, Cow::Borrowed(value)))?;
                }
            }
            Value::Array(items) => {
                for position in 0..items.len() {
                    quietly(self.step_into_item(index, location, model, as_index(position)))?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }
}
