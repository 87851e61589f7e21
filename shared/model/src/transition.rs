//! Transitions of a definition: the ways out of a state.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::StateName;

/// One transition out of one state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransitionRef {
    /// The state that the transition leaves, or tries again.
    pub state: StateName,
    /// Which of the state's transitions it is.
    pub kind: TransitionKind,
}

/// Which transition out of a state. Indices count from 0 in the definition's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TransitionKind {
    /// `Next`, or the end of the workflow by `End` or a Succeed state.
    #[default]
    #[serde(rename = "N")]
    Next,
    /// `Choices[n]`
    #[serde(rename = "C")]
    ChoiceRule(u32),
    /// `Default`
    #[serde(rename = "D")]
    Default,
    /// `Retry[n]`: back into the same state.
    #[serde(rename = "R")]
    Retry(u32),
    /// `Catch[n]`
    #[serde(rename = "E")]
    Catch(u32),
}

impl TransitionKind {
    /// Whether it is the state's ordinary transition, which is not stored.
    pub const fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }
}

/// The field of the state: `Next`, `Choices[0]`, `Default`, `Retry[1]`, `Catch[0]`.
impl fmt::Display for TransitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => f.write_str("Next"),
            Self::ChoiceRule(index) => write!(f, "Choices[{index}]"),
            Self::Default => f.write_str("Default"),
            Self::Retry(index) => write!(f, "Retry[{index}]"),
            Self::Catch(index) => write!(f, "Catch[{index}]"),
        }
    }
}
