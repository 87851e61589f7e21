//! State machines and their revisions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ResourceName, Timestamp};

/// Names one immutable definition of a state machine: a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(Arc<str>);

impl RevisionId {
    /// From its text.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The type of a state machine, fixed at its creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MachineType {
    /// Exactly-once steps, history kept.
    #[default]
    #[serde(rename = "STANDARD")]
    Standard,
    /// Short, at-least-once.
    #[serde(rename = "EXPRESS")]
    Express,
}

impl MachineType {
    /// AWS's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// A state machine with its newest revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateMachine {
    /// Its name.
    pub name: ResourceName,
    /// Its type.
    #[serde(rename = "type")]
    pub machine_type: MachineType,
    /// When it was created.
    pub created_at: Timestamp,
    /// The newest revision.
    pub revision: Revision,
    /// `loggingConfiguration` as given, defaults filled in.
    pub logging: serde_json::Value,
    /// `tracingConfiguration` as given, defaults filled in.
    pub tracing: serde_json::Value,
    /// `encryptionConfiguration` as given.
    #[serde(default)]
    pub encryption: Option<serde_json::Value>,
    /// Tags in the order given.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
}

/// One definition with the role that runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// Whether it is the one that the machine was created with: AWS shows no id for that.
    pub initial: bool,
    /// The definition as its author wrote it.
    pub definition: Arc<str>,
    /// The role that executions assume.
    pub role_arn: String,
    /// When it was made.
    pub created_at: Timestamp,
}
