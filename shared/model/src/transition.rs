//! Transitions of a definition, each of which leads out of one state.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::StateName;

/// One transition out of one state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransitionRef {
    /// The state that the transition leaves or retries.
    pub state: StateName,
    /// Which transition of the state it is.
    pub kind: TransitionKind,
}

/// Which transition out of a state it is. Indices count from 0, in the order of the definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TransitionKind {
    /// `Next`, or the end of the workflow by `End` or a Succeed state.
    #[default]
    #[serde(rename = "N")]
    Next,
    /// `Choices[n]`: a rule of a Choice state.
    #[serde(rename = "C")]
    ChoiceRule(u32),
    /// `Default` of a Choice state.
    #[serde(rename = "D")]
    Default,
    /// `Retry[n]`: back into the same state.
    #[serde(rename = "R")]
    Retry(u32),
    /// `Catch[n]`: to the catcher's `Next`.
    #[serde(rename = "E")]
    Catch(u32),
}

impl TransitionKind {
    /// Returns whether this is [`Self::Next`], the default, which is not stored.
    pub const fn is_next(&self) -> bool {
        matches!(self, Self::Next)
    }
}

/// Formats the field of the state: `Next`, `Choices[0]`, `Default`, `Retry[1]`, `Catch[0]`.
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
