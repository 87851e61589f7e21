//! The variables of a workflow.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Payload;

/// The names and values of variables. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkflowVariables(Arc<BTreeMap<String, Payload>>);

impl WorkflowVariables {
    /// Returns whether there are no variables.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value of a variable, or `None` if it has not been assigned.
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.get(name)
    }

    /// Assigns variables. Replaces the values of those that already exist.
    pub fn assign_all(&mut self, values: impl IntoIterator<Item = (String, Payload)>) {
        Arc::make_mut(&mut self.0).extend(values);
    }

    /// Returns names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the values, to be replaced. Copies the variables if other frames share them.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Payload> {
        Arc::make_mut(&mut self.0).values_mut()
    }

    /// Returns the variables whose names pass the filter.
    #[must_use]
    pub fn filtered_by_name(&self, mut passes: impl FnMut(&str) -> bool) -> Self {
        if self.0.keys().all(|name| passes(name)) {
            return self.clone();
        }
        let kept = self.0.iter().filter(|(name, _)| passes(name));
        Self(Arc::new(kept.map(|(name, value)| (name.clone(), value.clone())).collect()))
    }

    /// Returns the total size of all values in bytes of JSON text.
    pub fn size_bytes(&self) -> usize {
        self.0.values().map(|value| value.json_text().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_variables_are_kept_and_the_rest_forgotten() {
        let mut variables = WorkflowVariables::default();
        let value = Payload::parse("[1]").expect("valid JSON");
        variables.assign_all(["a", "b"].map(|name| (name.to_owned(), value.clone())));
        let kept = variables.filtered_by_name(|name| name == "b");
        assert_eq!((kept.get("a"), kept.get("b")), (None, Some(&value)));
        assert_eq!(variables.filtered_by_name(|_| true), variables);
        assert_eq!(kept.size_bytes(), 3);
    }
}
