//! The position of an evaluation within a value.

use std::fmt;

/// The names and indexes that lead to a value, for messages.
#[derive(Clone, Copy)]
pub(super) struct PathTrail<'t> {
    parent: Option<&'t PathTrail<'t>>,
    step: TrailStep<'t>,
    depth: usize,
}

/// One step of a trail.
#[derive(Clone, Copy)]
pub(super) enum TrailStep<'t> {
    Root(char),
    Property(&'t str),
    Index(i64),
}

impl PathTrail<'_> {
    /// The trail of a root.
    pub(super) fn from_root(symbol: char) -> Self {
        Self { parent: None, step: TrailStep::Root(symbol), depth: 0 }
    }

    /// The number of steps after the root.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The trail extended by one step.
    pub(super) fn then_step<'t>(&'t self, step: TrailStep<'t>) -> PathTrail<'t> {
        PathTrail { parent: Some(self), step, depth: self.depth + 1 }
    }
}

impl fmt::Display for PathTrail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut trail = Some(self);
        while let Some(current) = trail {
            steps.push(current.step);
            trail = current.parent;
        }
        steps.into_iter().rev().try_for_each(|step| match step {
            TrailStep::Root(symbol) => write!(f, "{symbol}"),
            TrailStep::Property(name) => write!(f, "['{name}']"),
            TrailStep::Index(index) => write!(f, "[{index}]"),
        })
    }
}
