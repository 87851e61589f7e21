//! The variables of a workflow.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Payload;

/// Names and values. Cloning shares them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkflowVariables(Arc<BTreeMap<String, Payload>>);

impl WorkflowVariables {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a variable, if it has been assigned.
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.get(name)
    }

    /// Sets variables: new ones and others.
    pub fn assign_all(&mut self, values: impl IntoIterator<Item = (String, Payload)>) {
        Arc::make_mut(&mut self.0).extend(values);
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Those whose names pass.
    #[must_use]
    pub fn filtered_by_name(&self, mut passes: impl FnMut(&str) -> bool) -> Self {
        if self.0.keys().all(|name| passes(name)) {
            return self.clone();
        }
        let kept = self.0.iter().filter(|(name, _)| passes(name));
        Self(Arc::new(kept.map(|(name, value)| (name.clone(), value.clone())).collect()))
    }

    /// Bytes of all values.
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
