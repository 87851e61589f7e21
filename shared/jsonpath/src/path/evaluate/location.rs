//! The position of an evaluation within a value.

use std::fmt;

/// The names and indexes that lead to a value, for messages.
#[derive(Clone, Copy)]
pub(super) struct NodeLocation<'t> {
    parent: Option<&'t NodeLocation<'t>>,
    step: LocationStep<'t>,
    depth: usize,
}

/// One step of a trail.
#[derive(Clone, Copy)]
pub(super) enum LocationStep<'t> {
    Root(char),
    Property(&'t str),
    Index(i64),
}

impl NodeLocation<'_> {
    /// The trail of a root.
    pub(super) fn from_root(symbol: char) -> Self {
        Self { parent: None, step: LocationStep::Root(symbol), depth: 0 }
    }

    /// The number of steps after the root.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The trail extended by one step.
    pub(super) fn then_step<'t>(&'t self, step: LocationStep<'t>) -> NodeLocation<'t> {
        NodeLocation { parent: Some(self), step, depth: self.depth + 1 }
    }
}

impl fmt::Display for NodeLocation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut location = Some(self);
        while let Some(current) = location {
            steps.push(current.step);
            location = current.parent;
        }
        steps.into_iter().rev().try_for_each(|step| match step {
            LocationStep::Root(symbol) => write!(f, "{symbol}"),
            LocationStep::Property(name) => write!(f, "['{name}']"),
            LocationStep::Index(index) => write!(f, "[{index}]"),
        })
    }
}
