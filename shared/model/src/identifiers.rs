//! Where something stands: execution, frame, record, event.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::ResourceName;

/// One execution of the account and region that this deployment serves: `machine:name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionId(Arc<str>);

impl ExecutionId {
    /// Neither name can hold a colon, so the text is unambiguous.
    pub fn from_names(machine: &ResourceName, name: &ResourceName) -> Self {
        Self(format!("{machine}:{name}").into())
    }

    /// `machine:name`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a record in its frame's log, from 0 without gaps.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct RecordNumber(u64);

impl RecordNumber {
    /// The first record of a log.
    pub const FIRST: Self = Self(0);

    /// From its place in the log.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its place in the log.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The record before this one; none before the first.
    #[must_use]
    pub const fn previous_number(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The record after this one.
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

/// Which branch of a Parallel, or which iteration of a Map, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChildIndex(u32);

impl ChildIndex {
    /// From its place among its siblings.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Its place among its siblings.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// Its place among its siblings, to index with.
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// A running scope of an execution: the root, or a child named by the forks that lead to it.
///
/// Its text, `3:0/7:12`, reads: of the root's record 3 the child 0, and of that frame's record 7
/// the child 12. The root's is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FramePath(Vec<(RecordNumber, ChildIndex)>);

impl FramePath {
    /// The execution's own frame.
    pub const ROOT: Self = Self(Vec::new());

    /// The child that record `fork` of this frame starts.
    #[must_use]
    pub fn child_path(&self, fork: RecordNumber, index: ChildIndex) -> Self {
        let mut steps = self.0.clone();
        steps.push((fork, index));
        Self(steps)
    }

    /// The frame that forked this one, the forking record, and which child this is; none for the
    /// root.
    pub fn parent_fork(&self) -> Option<(Self, RecordNumber, ChildIndex)> {
        let (&(fork, index), above) = self.0.split_last()?;
        Some((Self(above.to_vec()), fork, index))
    }

    /// Every fork above this frame, from the nearest to the root's.
    pub fn forks_above(&self) -> impl Iterator<Item = (Self, RecordNumber)> {
        (0..self.0.len()).rev().map(|at| (Self(self.0[..at].to_vec()), self.0[at].0))
    }

    /// How many forks lead here.
    pub fn fork_depth(&self) -> usize {
        self.0.len()
    }

    /// Whether this frame is `other` or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether this frame lies below the fork that record `fork` of `parent` made.
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

/// Names one record, and thereby one fan item too (that of the fork which the record made).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Whose log.
    pub execution: ExecutionId,
    /// Which of its logs.
    pub frame: FramePath,
    /// The place in the log.
    pub number: RecordNumber,
}

/// Names one fork of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkRef {
    /// The frame that forked.
    #[serde(rename = "f")]
    pub frame: FramePath,
    /// The forking record.
    #[serde(rename = "n")]
    pub record: RecordNumber,
}

impl ForkRef {
    /// The frame of one of its children.
    pub fn child_path(&self, index: ChildIndex) -> FramePath {
        self.frame.child_path(self.record, index)
    }
}

/// Names one event of an execution, long before its id in history is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// The frame in whose log it is.
    #[serde(rename = "f")]
    pub frame: FramePath,
    /// The record that holds it.
    #[serde(rename = "n")]
    pub record: RecordNumber,
    /// Its place in the record.
    #[serde(rename = "i")]
    pub index: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

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
