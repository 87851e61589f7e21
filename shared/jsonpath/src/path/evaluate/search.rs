//! One walk along the steps of a path.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    super::{
        JaywayPath, JaywayPathError, functions,
        token::{PathToken, TokenPosition},
    },
    PathEvaluation,
    location::NodeLocation,
};

/// The state of one walk along the steps of a path.
pub(super) struct PathSearch<'s, 'v> {
    pub(super) application: &'s PathEvaluation<'s, 's>,
    pub(super) path: &'s JaywayPath,
    /// For each step, the index of the array item with which a scan last entered it. Jayway keeps
    /// it in the step and uses it if the step is the last; see [`PathSearch::is_shadowed`].
    pub(super) upstream_index: Vec<Option<usize>>,
    pub(super) found: Vec<Cow<'v, Value>>,
}

impl<'s, 'v> PathSearch<'s, 'v> {
    /// Creates a walk that has found nothing yet.
    pub(super) fn new(application: &'s PathEvaluation<'s, 's>, path: &'s JaywayPath) -> Self {
        let upstream_index = vec![None; path.tokens.len()];
        Self { application, path, upstream_index, found: Vec::new() }
    }

    /// Applies the step at `index` and those after it.
    pub(super) fn apply_step(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        model: &'v Value,
    ) -> Result<(), JaywayPathError> {
        self.application.count_visit(self.path, location.depth())?;
        let path = self.path;
        match &path.tokens[index] {
            PathToken::Properties { names, .. } => {
                self.step_into_properties(index, location, model, names)
            }
            PathToken::Wildcard => self.step_into_all(index, location, model),
            PathToken::Scan => self.scan_descendants(index, location, model),
            PathToken::Indexes(positions) => {
                self.step_into_indexes(index, location, model, positions)
            }
            PathToken::Slice { from, to } => {
                self.step_into_slice(index, location, model, (*from, *to))
            }
            PathToken::Filter(filter) => self.step_into_filtered(index, location, model, filter),
            PathToken::Function { name, function, arguments } => {
                let function = functions::require_known_function(*function, name)?;
                let application = self.application.at_depth(location.depth());
                let result = application.call_function(path, function, model, arguments)?;
                if self.token_position(index) == TokenPosition::Inner {
                    // Jayway also collects the result of a function that is not the last step.
                    self.found.push(Cow::Owned(result.clone()));
                }
                self.apply_next_step(index, location, Cow::Owned(result))
            }
        }
    }

    /// Continues with the step after `index`, or collects the value if there is none.
    pub(super) fn apply_next_step(
        &mut self,
        index: usize,
        location: &NodeLocation<'_>,
        value: Cow<'v, Value>,
    ) -> Result<(), JaywayPathError> {
        if index + 1 == self.path.tokens.len() {
            self.found.push(value);
            return Ok(());
        }
        match value {
            Cow::Borrowed(value) => self.apply_step(index + 1, location, value),
            Cow::Owned(value) => {
                // The result of a function lives only here, so what is found inside it is copied.
                let mut inner = PathSearch {
                    application: self.application,
                    path: self.path,
                    upstream_index: std::mem::take(&mut self.upstream_index),
                    found: Vec::new(),
                };
                let outcome = inner.apply_step(index + 1, location, &value);
                let found: Vec<Value> = inner.found.drain(..).map(Cow::into_owned).collect();
                self.upstream_index = inner.upstream_index;
                self.found.extend(found.into_iter().map(Cow::Owned));
                outcome
            }
        }
    }

    /// Whether steps follow the one at `index`.
    pub(super) fn token_position(&self, index: usize) -> TokenPosition {
        if index + 1 == self.path.tokens.len() { TokenPosition::Last } else { TokenPosition::Inner }
    }

    /// Whether all steps before the one at `index` are definite.
    pub(super) fn is_upstream_definite(&self, index: usize) -> bool {
        self.path.tokens[..index].iter().all(|token| token.is_definite(TokenPosition::Inner))
    }

    /// Whether Jayway omits the last property from the result: a scan entered the step with an
    /// array item, and the step before is not the index of that item.
    pub(super) fn is_shadowed(&self, index: usize) -> bool {
        self.upstream_index[index].is_some_and(|item| {
            let before = index.checked_sub(1).map(|i| self.path.tokens[i].to_string());
            before != Some(format!("[{item}]"))
        })
    }
}
