//! Where in a value an evaluation stands.

use std::fmt;

/// The names and indexes that lead to a value, for messages.
#[derive(Clone, Copy)]
pub(super) struct Trail<'t> {
    parent: Option<&'t Trail<'t>>,
    step: Step<'t>,
    depth: usize,
}

/// One step of the way.
#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Root(char),
    Property(&'t str),
    Index(i64),
}

impl Trail<'_> {
    /// The way to a root.
    pub(super) fn root(symbol: char) -> Self {
        Self { parent: None, step: Step::Root(symbol), depth: 0 }
    }

    /// How many steps the way has.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The way one step on.
    pub(super) fn then<'t>(&'t self, step: Step<'t>) -> Trail<'t> {
        Trail { parent: Some(self), step, depth: self.depth + 1 }
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut trail = Some(self);
        while let Some(current) = trail {
            steps.push(current.step);
            trail = current.parent;
        }
        steps.into_iter().rev().try_for_each(|step| match step {
            Step::Root(symbol) => write!(f, "{symbol}"),
            Step::Property(name) => write!(f, "['{name}']"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}
