//! State machines and their revisions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{MachineVersions, ResourceName, Timestamp};

/// Identifies one immutable definition of a state machine: a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(Arc<str>);

impl RevisionId {
    /// Wraps the text of an id.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The type of a state machine. It cannot change after creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StateMachineType {
    /// Steps run exactly once, and the history is kept.
    #[default]
    #[serde(rename = "STANDARD")]
    Standard,
    /// Short executions whose steps run at least once.
    #[serde(rename = "EXPRESS")]
    Express,
}

impl StateMachineType {
    /// Returns the name that AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

/// Whether a state machine may be used.
///
/// Spec: API reference, `DescribeStateMachine` § `status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateMachineStatus {
    /// It may be used.
    #[default]
    Active,
    /// It is being deleted, with all its executions. None of them starts or is redriven any more.
    Deleting,
}

impl StateMachineStatus {
    /// Returns the name that AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Deleting => "DELETING",
        }
    }
}

/// A state machine with its newest revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateMachine {
    /// The name of the state machine.
    pub name: ResourceName,
    /// The type of the state machine.
    #[serde(rename = "type")]
    pub machine_type: StateMachineType,
    /// Whether it may be used. Stores keep it beside the machine.
    #[serde(skip)]
    pub status: StateMachineStatus,
    /// When the state machine was created.
    pub created_at: Timestamp,
    /// The newest revision.
    pub revision: Revision,
    /// Its versions and aliases. Stores keep them beside the machine.
    #[serde(skip)]
    pub versions: Arc<MachineVersions>,
    /// Tags as keys and values, in the order given.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
    /// What `CreateStateMachine` was told about a first version: none if it published none. A repeat
    /// of the call says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_with_version: Option<VersionPublication>,
}

impl StateMachine {
    /// Whether the machine is tagged so that its executions invoke Lambda functions asynchronously.
    pub fn invokes_functions_asynchronously(&self) -> bool {
        self.has_tag(ASYNCHRONOUS_FUNCTIONS_TAG)
    }

    /// Whether its Express executions can be described, listed and read after their end.
    pub fn keeps_express_executions(&self) -> bool {
        self.has_tag(KEPT_HISTORY_TAG)
    }

    fn has_tag(&self, (key, value): (&str, &str)) -> bool {
        self.tags.iter().any(|(tag, set)| tag == key && set == value)
    }
}

/// The tag of a state machine whose Express executions are kept with their histories, and its value.
const KEPT_HISTORY_TAG: (&str, &str) = ("statewright:history", "kept");

/// The tag of a state machine whose executions invoke Lambda functions asynchronously, and its value.
pub const ASYNCHRONOUS_FUNCTIONS_TAG: (&str, &str) = ("statewright:functions", "asynchronous");

/// `publish` with its `versionDescription`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionPublication {
    /// The description of the version, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One definition of a state machine, with its role and its other settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The id of the revision.
    pub id: RevisionId,
    /// Whether the state machine was created with this revision. AWS shows no `revisionId` for it.
    pub initial: bool,
    /// The definition as its author wrote it.
    pub definition: Arc<str>,
    /// The role that executions assume.
    pub role_arn: String,
    /// `loggingConfiguration` as given, with defaults filled in.
    pub logging: serde_json::Value,
    /// `tracingConfiguration` as given, with defaults filled in.
    pub tracing: serde_json::Value,
    /// `encryptionConfiguration` as given, if it was.
    #[serde(default)]
    pub encryption: Option<serde_json::Value>,
    /// When the revision was created.
    pub created_at: Timestamp,
}
