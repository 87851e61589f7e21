//! One walk along the steps of a path.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    super::{
        Path, PathError, functions,
        token::{Place, Token},
    },
    Application,
    trail::Trail,
};

/// The state of one walk along the steps of a path.
pub(super) struct Search<'s, 'v> {
    pub(super) application: &'s Application<'s, 's>,
    pub(super) path: &'s Path,
    /// Per step: the index of the array item a scan entered it with last. Jayway keeps it in the
    /// step and consults it when the step is the last; see [`Search::is_shadowed`].
    pub(super) upstream_index: Vec<Option<usize>>,
    pub(super) found: Vec<Cow<'v, Value>>,
}

impl<'s, 'v> Search<'s, 'v> {
    /// A walk that has not begun.
    pub(super) fn new(application: &'s Application<'s, 's>, path: &'s Path) -> Self {
        let upstream_index = vec![None; path.tokens.len()];
        Self { application, path, upstream_index, found: Vec::new() }
    }

    /// Applies the step at `index` and those after it.
    pub(super) fn step(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        model: &'v Value,
    ) -> Result<(), PathError> {
        self.application.visit(self.path, trail.depth())?;
        let path = self.path;
        match &path.tokens[index] {
            Token::Properties { names, .. } => self.properties(index, trail, model, names),
            Token::Wildcard => self.wildcard(index, trail, model),
            Token::Scan => self.scan(index, trail, model),
            Token::Indexes(positions) => self.indexes(index, trail, model, positions),
            Token::Slice { from, to } => self.slice(index, trail, model, (*from, *to)),
            Token::Filter(filter) => self.filter(index, trail, model, filter),
            Token::Function { name, function, arguments } => {
                let function = functions::known(*function, name)?;
                let application = self.application.below(trail.depth());
                let result = application.call(path, function, model, arguments)?;
                if self.place(index) == Place::Inner {
                    // Jayway collects what an inner function gives, too.
                    self.found.push(Cow::Owned(result.clone()));
                }
                self.next(index, trail, Cow::Owned(result))
            }
        }
    }

    /// Goes on with the step after `index`, or collects the value if there is none.
    pub(super) fn next(
        &mut self,
        index: usize,
        trail: &Trail<'_>,
        value: Cow<'v, Value>,
    ) -> Result<(), PathError> {
        if index + 1 == self.path.tokens.len() {
            self.found.push(value);
            return Ok(());
        }
        match value {
            Cow::Borrowed(value) => self.step(index + 1, trail, value),
            Cow::Owned(value) => {
                // What a function made lives only here: what is found inside is copied out.
                let mut inner = Search {
                    application: self.application,
                    path: self.path,
                    upstream_index: std::mem::take(&mut self.upstream_index),
                    found: Vec::new(),
                };
                let outcome = inner.step(index + 1, trail, &value);
                let found: Vec<Value> = inner.found.drain(..).map(Cow::into_owned).collect();
                self.upstream_index = inner.upstream_index;
                self.found.extend(found.into_iter().map(Cow::Owned));
                outcome
            }
        }
    }

    /// Whether steps follow the one at `index`.
    pub(super) fn place(&self, index: usize) -> Place {
        if index + 1 == self.path.tokens.len() { Place::Last } else { Place::Inner }
    }

    /// Whether all steps before the one at `index` are definite.
    pub(super) fn is_upstream_definite(&self, index: usize) -> bool {
        self.path.tokens[..index].iter().all(|token| token.is_definite(Place::Inner))
    }

    /// Whether Jayway keeps the last property from the result: a scan has entered the step with an
    /// array's item, and the step before is not the index of that item.
    pub(super) fn is_shadowed(&self, index: usize) -> bool {
        self.upstream_index[index].is_some_and(|item| {
            let before = index.checked_sub(1).map(|i| self.path.tokens[i].to_string());
            before != Some(format!("[{item}]"))
        })
    }
}
