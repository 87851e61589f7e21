//! Identifiers of executions, frames, records, forks and events.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::ResourceName;

/// Identifies one execution within the account and region of this deployment: `machine:name`, or
/// `machine:name:uuid` for an Express execution, whose name does not identify it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionId(Arc<str>);

impl ExecutionId {
    /// Joins the names of the state machine and the execution.
    ///
    /// The text is unambiguous, because neither name can contain a colon.
    pub fn from_names(machine: &ResourceName, name: &ResourceName) -> Self {
        Self(format!("{machine}:{name}").into())
    }

    /// Joins the names of an Express state machine and of its execution, and the part that tells it
    /// from others of that name, which is a name as well.
    pub fn of_express(machine: &ResourceName, name: &ResourceName, unique: &ResourceName) -> Self {
        Self(format!("{machine}:{name}:{unique}").into())
    }

    /// Returns the names of the state machine and the execution.
    pub fn names(&self) -> (&str, &str) {
        let (machine, rest) = self.0.split_once(':').unwrap_or((&self.0, ""));
        (machine, rest.split_once(':').map_or(rest, |(name, _)| name))
    }

    /// Joins the name of a state machine and what [`ExecutionId::within_machine`] returned.
    pub fn of_machine(machine: &str, within: &str) -> Result<Self, ExecutionIdError> {
        format!("{machine}:{within}").parse()
    }

    /// Returns what tells the execution from others of its state machine: its name, or `name:uuid`.
    pub fn within_machine(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, within)| within)
    }

    /// Returns whether it is an Express execution.
    pub fn is_express(&self) -> bool {
        self.0.split(':').count() > 2
    }

    /// Returns the name of the state machine.
    pub fn machine_name(&self) -> &str {
        self.names().0
    }

    /// Returns the name of the execution, without that of its state machine.
    pub fn execution_name(&self) -> &str {
        self.names().1
    }

    /// Returns `machine:name`, or `machine:name:uuid`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is neither `machine:name` nor `machine:name:uuid`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' does not identify an execution")]
pub struct ExecutionIdError(String);

impl FromStr for ExecutionId {
    type Err = ExecutionIdError;

    fn from_str(text: &str) -> Result<Self, ExecutionIdError> {
        let malformed = || ExecutionIdError(text.to_owned());
        let names: Result<Vec<_>, _> = text.split(':').map(ResourceName::parse).collect();
        match names.map_err(|_| malformed())?.as_slice() {
            [machine, name] => Ok(Self::from_names(machine, name)),
            [machine, name, unique] => Ok(Self::of_express(machine, name, unique)),
            _ => Err(malformed()),
        }
    }
}

/// The number of a record in its frame's log. Numbers start at 0 and have no gaps.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct RecordNumber(u64);

impl RecordNumber {
    /// The first record of a log.
    pub const FIRST: Self = Self(0);

    /// Wraps a record number, counted from 0.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number, counted from 0.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Returns the number of the record before this one, or `None` for the first record.
    #[must_use]
    pub const fn previous_number(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns the number of the record after this one.
    #[must_use]
    pub const fn next_number(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The index of a Parallel branch or of a Map iteration, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChildIndex(u32);

impl ChildIndex {
    /// Wraps an index, counted from 0.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Returns the index, counted from 0.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// Returns the index as a `usize`, to index a slice with.
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// Identifies a frame of an execution: the root, or a child frame by the forks that lead to it.
///
/// Each fork is written as `record:child`. For example, `3:0/7:12` is child 12 of the fork that
/// record 7 of frame `3:0` made, and `3:0` is child 0 of the fork that record 3 of the root made.
/// The text of the root is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FramePath(Vec<(RecordNumber, ChildIndex)>);

impl FramePath {
    /// The root frame: the execution's top-level workflow.
    pub const ROOT: Self = Self(Vec::new());

    /// Returns the path of a child frame of the fork that record `fork` of this frame made.
    #[must_use]
    pub fn child_path(&self, fork: RecordNumber, index: ChildIndex) -> Self {
        let mut steps = self.0.clone();
        steps.push((fork, index));
        Self(steps)
    }

    /// Returns the parent frame, the record that made the fork, and the index of this child.
    ///
    /// `None` for the root.
    pub fn parent_fork(&self) -> Option<(Self, RecordNumber, ChildIndex)> {
        let (&(fork, index), above) = self.0.split_last()?;
        Some((Self(above.to_vec()), fork, index))
    }

    /// Returns every fork above this frame, innermost first, as parent frame and record.
    pub fn forks_above(&self) -> impl Iterator<Item = (Self, RecordNumber)> {
        (0..self.0.len()).rev().map(|at| (Self(self.0[..at].to_vec()), self.0[at].0))
    }

    /// Returns the number of forks that lead to this frame: 0 for the root.
    pub fn fork_depth(&self) -> usize {
        self.0.len()
    }

    /// Returns whether this frame is `other` or a descendant of it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns whether this frame descends from the fork that record `fork` of `parent` made.
    pub fn is_below_fork(&self, parent: &Self, fork: RecordNumber) -> bool {
        self.is_within(parent) && self.0.get(parent.0.len()).is_some_and(|(at, _)| *at == fork)
    }
}

impl fmt::Display for FramePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (fork, index)) in self.0.iter().enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            write!(f, "{slash}{}:{}", fork.0, index.0)?;
        }
        Ok(())
    }
}

/// The text is not a frame path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a frame path")]
pub struct FramePathError(String);

impl FromStr for FramePath {
    type Err = FramePathError;

    fn from_str(text: &str) -> Result<Self, FramePathError> {
        let wrong = || FramePathError(text.to_owned());
        let step = |part: &str| {
            let (fork, index) = part.split_once(':')?;
            Some((RecordNumber(fork.parse().ok()?), ChildIndex(index.parse().ok()?)))
        };
        let steps = text.split('/').filter(|part| !part.is_empty());
        steps.map(|part| step(part).ok_or_else(wrong)).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for FramePath {
    type Error = FramePathError;

    fn try_from(text: String) -> Result<Self, FramePathError> {
        text.parse()
    }
}

impl From<FramePath> for String {
    fn from(path: FramePath) -> Self {
        path.to_string()
    }
}

/// Identifies one record. Also identifies the fan-in of the fork that the record made, if any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame whose log holds the record.
    pub frame: FramePath,
    /// The number of the record in that log.
    pub number: RecordNumber,
}

/// Identifies one fork within an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkRef {
    /// The frame that forked: the parent of the children.
    #[serde(rename = "f")]
    pub frame: FramePath,
    /// The record that made the fork.
    #[serde(rename = "n")]
    pub record: RecordNumber,
}

impl ForkRef {
    /// Returns the path of one of the fork's child frames.
    pub fn child_path(&self, index: ChildIndex) -> FramePath {
        self.frame.child_path(self.record, index)
    }
}

/// Identifies one event within an execution.
///
/// Event ids exist only once the logs of all frames are merged into a history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventRef {
    /// The frame whose log holds the event.
    #[serde(rename = "f")]
    pub frame: FramePath,
    /// The record that holds the event.
    #[serde(rename = "n")]
    pub record: RecordNumber,
    /// The index of the event in the record, counted from 0.
    #[serde(rename = "i")]
    pub index: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_express_execution_has_a_part_of_its_own_beside_its_names() {
        let id: ExecutionId = "orders:one:u1".parse().expect("an id");
        assert!(id.is_express());
        assert_eq!(id.names(), ("orders", "one"));
        assert_eq!(id.to_string(), "orders:one:u1");
        let standard: ExecutionId = "orders:one".parse().expect("an id");
        assert!(!standard.is_express());
        assert_eq!(standard.names(), ("orders", "one"));
        assert!("orders:one:u1:more".parse::<ExecutionId>().is_err());
        assert!("orders".parse::<ExecutionId>().is_err());
    }

    #[test]
    fn a_frame_path_reads_back_as_it_prints() {
        let path = FramePath::ROOT
            .child_path(RecordNumber::new(3), ChildIndex::new(0))
            .child_path(RecordNumber::new(7), ChildIndex::new(12));
        assert_eq!(path.to_string(), "3:0/7:12");
        assert_eq!("3:0/7:12".parse(), Ok(path));
        assert_eq!("".parse(), Ok(FramePath::ROOT));
        assert!("3".parse::<FramePath>().is_err());
    }

    #[test]
    fn a_child_lies_below_the_fork_that_made_it() {
        let child = FramePath::ROOT.child_path(RecordNumber::new(3), ChildIndex::new(1));
        assert!(child.is_below_fork(&FramePath::ROOT, RecordNumber::new(3)));
        assert!(!child.is_below_fork(&FramePath::ROOT, RecordNumber::new(4)));
        assert!(!FramePath::ROOT.is_below_fork(&FramePath::ROOT, RecordNumber::new(3)));
    }
}
