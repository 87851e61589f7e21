//! What callers of the operations on versions and aliases do wrong.

use model::{
    AliasName, ArnError, RevisionId, VersionConflict,
    limits::{ALIASES_MAX, VERSIONS_MAX},
};

use super::unlabelled_arn::UnlabelledArnRejection;
use crate::{ExceptionMember, Rejection, StateMachineIsDeleting, StateMachineNotFound};

/// What a caller of an operation on versions or aliases did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionRejection {
    /// The ARN is malformed, or has a label: `InvalidArn`, `ValidationException`.
    #[error(transparent)]
    Arn(UnlabelledArnRejection),
    /// The ARN names no version: `ValidationException`.
    #[error("The ARN is not that of a state machine version: '{arn}'")]
    NotAVersion {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
    /// There is no such machine, version or alias: `ResourceNotFound`.
    #[error("Request references a resource that does not exist.")]
    ResourceNotFound {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// The machine is being deleted: `StateMachineDeleting`.
    #[error(transparent)]
    Deleting(StateMachineIsDeleting),
    /// The revision is not the newest one: `ConflictException`.
    #[error(
        "Failed to publish the State Machine version for revision {asked}. The current State \
         Machine revision is {current}."
    )]
    RevisionHasChanged {
        /// The revision that was to be published.
        asked: String,
        /// The newest revision, as the API names it.
        current: String,
    },
    /// Aliases route to the version: `ConflictException`.
    #[error(
        "Version to be deleted must not be referenced by an alias. Current list of aliases \
         referencing this version: [{}]",
        join_names(.0)
    )]
    RoutedTo(Vec<AliasName>),
    /// There is another alias of that name: `ConflictException`.
    #[error(
        "Failed to create alias because an alias with the same name and a different routing \
         configuration already exists."
    )]
    AliasDiffers,
    /// Others have changed the machine's versions again and again: `ConflictException`.
    #[error("The versions of the state machine are being changed by other requests: '{arn}'")]
    ConcurrentChange {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// There are too many versions: `ServiceQuotaExceededException`.
    #[error("The state machine has {VERSIONS_MAX} versions, which is the maximum: '{arn}'")]
    TooManyVersions {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// There are too many aliases: `ServiceQuotaExceededException`.
    #[error("The state machine has {ALIASES_MAX} aliases, which is the maximum: '{arn}'")]
    TooManyAliases {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// The routing is invalid: `ValidationException`, reason `INVALID_ROUTING_CONFIGURATION`.
    #[error(transparent)]
    Routing(RoutingRejection),
    /// The request updates nothing: `ValidationException`, reason `MISSING_REQUIRED_PARAMETER`.
    #[error("Either the description or the RoutingConfiguration must be specified")]
    NothingToUpdate,
}

/// What is wrong with a `routingConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoutingRejection {
    /// An ARN names no version.
    #[error("Routing configuration must contain state machine version ARNs. Received: [{}]", .0.join(", "))]
    NotVersions(Vec<String>),
    /// Two routes lead to one version.
    #[error(
        "Routing configuration must contain distinct state machine version ARNs. Received: [{}]",
        .0.join(", ")
    )]
    NotDistinct(Vec<String>),
    /// The versions are not of one machine, or not of the alias's.
    #[error(
        "Routing configuration must contain version ARNs of the same state machine. Received: [{}]",
        .0.join(", ")
    )]
    OtherMachine(Vec<String>),
    /// The weights do not add up.
    #[error("Sum of routing configuration weights must equal 100. Received: {0:?}")]
    WeightSum(Vec<i64>),
}

impl VersionRejection {
    pub(super) const fn invalid_arn(error: ArnError) -> Self {
        Self::Arn(UnlabelledArnRejection::InvalidArn(error))
    }

    /// The words for a revision that is not the newest one. `INITIAL` names one that the API shows
    /// no id of.
    pub(super) fn revision_has_changed(asked: &RevisionId, current: &RevisionId) -> Self {
        let (asked, current) = (asked.as_str().to_owned(), current.as_str().to_owned());
        Self::RevisionHasChanged { asked, current }
    }

    /// The words for what keeps the versions of a machine from a change.
    pub(super) fn from_conflict(conflict: VersionConflict, arn: &str) -> Self {
        let arn = arn.to_owned();
        match conflict {
            VersionConflict::TooManyVersions => Self::TooManyVersions { arn },
            VersionConflict::TooManyAliases => Self::TooManyAliases { arn },
            VersionConflict::RoutedTo(aliases) => Self::RoutedTo(aliases),
            VersionConflict::AliasDiffers => Self::AliasDiffers,
            VersionConflict::NoSuchVersion | VersionConflict::NoSuchAlias => {
                Self::ResourceNotFound { arn }
            }
        }
    }
}

impl Rejection for VersionRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::Arn(arn) => arn.exception_name(),
            Self::DoesNotExist(machine) => machine.exception_name(),
            Self::ResourceNotFound { .. } => "ResourceNotFound",
            Self::Deleting(machine) => machine.exception_name(),
            Self::RevisionHasChanged { .. }
            | Self::RoutedTo(_)
            | Self::AliasDiffers
            | Self::ConcurrentChange { .. } => "ConflictException",
            Self::TooManyVersions { .. } | Self::TooManyAliases { .. } => {
                "ServiceQuotaExceededException"
            }
            Self::NotAVersion { .. } | Self::Routing(_) | Self::NothingToUpdate => {
                "ValidationException"
            }
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        let reason =
            |value: &str| Some(ExceptionMember { name: "reason", value: value.to_owned() });
        match self {
            Self::Arn(arn) => arn.exception_member(),
            Self::ResourceNotFound { arn } => {
                Some(ExceptionMember { name: "resourceName", value: arn.clone() })
            }
            Self::Routing(_) => reason("INVALID_ROUTING_CONFIGURATION"),
            Self::NothingToUpdate => reason("MISSING_REQUIRED_PARAMETER"),
            Self::NotAVersion { .. }
            | Self::DoesNotExist(_)
            | Self::Deleting(_)
            | Self::RevisionHasChanged { .. }
            | Self::RoutedTo(_)
            | Self::AliasDiffers
            | Self::ConcurrentChange { .. }
            | Self::TooManyVersions { .. }
            | Self::TooManyAliases { .. } => None,
        }
    }
}

fn join_names(names: &[AliasName]) -> String {
    names.iter().map(AliasName::as_str).collect::<Vec<_>>().join(", ")
}
