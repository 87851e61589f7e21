//! Steps into objects: names, and the wildcard.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    super::{PathError, token::Place},
    as_index,
    search::Search,
    trail::{Step, Trail},
    weight,
};

impl<'v> Search<'_, 'v> {
    /// `.a`, `['a']` or `['a','b']`.
    pub(super) fn properties(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        model: &'v Value,
        names: &[String],
    ) -> Result<(), PathError> {
        let Value::Object(members) = model else {
            if !self.is_upstream_definite(index) {
                return Ok(());
            }
            return Err(PathError::NotFound(self.application.reason(|| format!(
                "Expected to find an object with property {} in path {trail} but found '{}'. This \
                 is not a json object according to the JsonProvider: \
                 'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'.",
                self.path.tokens[index],
                crate::java::class(model)
            ))));
        };
        if names.len() > 1 && self.place(index) == Place::Last {
            let picked = self.pick(trail, members, names)?;
            self.found.push(Cow::Owned(Value::Object(picked)));
            return Ok(());
        }
        names.iter().try_for_each(|name| self.property(index, trail, members, name))
    }

    /// `['a','b']` at the end of a path gives an object of those which exist.
    fn pick(
        &self,
        trail: &Trail<'_>,
        members: &Map<String, Value>,
        names: &[String],
    ) -> Result<Map<String, Value>, PathError> {
        let mut picked = Map::new();
        for name in names {
            match members.get(name) {
                Some(value) => {
                    self.application.charge(self.path, weight(value))?;
                    picked.insert(name.clone(), value.clone());
                }
                None if self.application.requires_properties() => {
                    return Err(PathError::NotFound(
                        self.application.reason(|| format!("Missing property in path {trail}")),
                    ));
                }
                None => {}
            }
        }
        Ok(picked)
    }

    /// One name.
    fn property(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        members: &'v Map<String, Value>,
        name: &str,
    ) -> Result<(), PathError> {
        let trail = trail.then(Step::Property(name));
        let place = self.place(index);
        let required = self.application.requires_properties();
        match (members.get(name), place) {
            (Some(_), Place::Last) if self.is_shadowed(index) => Ok(()),
            (Some(value), Place::Last | Place::Inner) => {
                self.next(index, &trail, Cow::Borrowed(value))
            }
            (None, Place::Last) if required => Err(PathError::NotFound(
                self.application.reason(|| format!("No results for path: {trail}")),
            )),
            (None, Place::Last) => Ok(()),
            (None, Place::Inner) => {
                let definite = self.is_upstream_definite(index)
                    && self.path.tokens[index].is_definite(Place::Inner);
                if definite || required {
                    Err(PathError::NotFound(
                        self.application.reason(|| format!("Missing property in path {trail}")),
                    ))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// `*`: all members of an object, all items of an array.
    pub(super) fn wildcard(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        model: &'v Value,
    ) -> Result<(), PathError> {
        let required = self.application.requires_properties();
        let quietly = |outcome: Result<(), PathError>| match outcome {
            Err(PathError::NotFound(_) | PathError::NoArray(_)) if !required => Ok(()),
            other => other,
        };
        match model {
            Value::Object(members) => {
                for (name, value) in members {
                    if self.place(index) == Place::Last && self.is_shadowed(index) {
                        continue;
                    }
                    let trail = trail.then(Step::Property(name));
                    quietly(self.next(index, &trail, Cow::Borrowed(value)))?;
                }
            }
            Value::Array(items) => {
                for position in 0..items.len() {
                    quietly(self.item(index, trail, model, as_index(position)))?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }
}
