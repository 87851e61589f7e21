//! `CreateActivity`.

use model::{Activity, ResourceName, ResourceNameError, Timestamp};
use serde_json::{Value, json};

use super::{EncryptionType, TAGS_MAX, tag_resource::merge_tags};
use crate::{
    ApiError, EngineContext, ExceptionMember, Rejection, TooManyTags,
    ports::{ActivityCreation, ActivityStore, Clock},
};

/// Seconds for which a data key is used if the caller does not say.
const KEY_REUSE_SECONDS_DEFAULT: i64 = 300;

/// A request to create an activity.
///
/// Spec: API reference, `CreateActivity`.
#[derive(Clone, Debug)]
pub struct CreateActivity {
    /// The activity's name.
    pub name: String,
    /// The tags, as keys and values.
    pub tags: Vec<(String, String)>,
    /// `encryptionConfiguration`
    pub encryption: Option<ActivityEncryption>,
}

/// `encryptionConfiguration` of an activity. It is kept and shown; the store encrypts what it keeps
/// by its own key, whatever this says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityEncryption {
    /// Whose key it is.
    pub key_type: EncryptionType,
    /// The caller's key.
    pub kms_key_id: Option<String>,
    /// For how many seconds a data key is used.
    pub reuse_seconds: Option<i64>,
}

/// An activity that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedActivity {
    /// The activity's ARN.
    pub arn: String,
    /// When it was created; for a repeated call, when it was created the first time.
    pub created_at: Timestamp,
}

/// What a caller of `CreateActivity` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateActivityRejection {
    /// The name is malformed: `InvalidName`.
    #[error(transparent)]
    InvalidName(ResourceNameError),
    /// The key does not go with its type: `InvalidEncryptionConfiguration`.
    #[error("Invalid Encryption Configuration: '{0}'")]
    Encryption(&'static str),
    /// The activity of that name has another encryption: `ActivityAlreadyExists`.
    #[error("Activity Already Exists: '{arn}'")]
    AlreadyExists {
        /// The ARN of the activity that has the name.
        arn: String,
    },
    /// There are more than [`TAGS_MAX`] tags: `TooManyTags`.
    #[error(transparent)]
    TooManyTags(TooManyTags),
}

impl Rejection for CreateActivityRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidName(error) => error.exception_name(),
            Self::Encryption(_) => "InvalidEncryptionConfiguration",
            Self::AlreadyExists { .. } => "ActivityAlreadyExists",
            Self::TooManyTags(tags) => tags.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::TooManyTags(tags) => tags.exception_member(),
            Self::InvalidName(_) | Self::Encryption(_) | Self::AlreadyExists { .. } => None,
        }
    }
}

/// Creates an activity. Idempotent by name: a repeat that differs only in tags gets the first answer
/// and changes nothing.
pub async fn create_activity<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateActivity,
) -> Result<CreatedActivity, ApiError<CreateActivityRejection>>
where
    P: ActivityStore + Clock + Sync,
{
    let activity = new_activity(ports, context, request).map_err(ApiError::Rejected)?;
    let arn = context.settings.account_region.activity_arn(&activity.name);
    match ports.create_activity(activity.clone()).await? {
        ActivityCreation::Done => Ok(CreatedActivity { arn, created_at: activity.created_at }),
        ActivityCreation::Exists(earlier) if earlier.encryption == activity.encryption => {
            Ok(CreatedActivity { arn, created_at: earlier.created_at })
        }
        ActivityCreation::Exists(_) => {
            Err(ApiError::Rejected(CreateActivityRejection::AlreadyExists { arn }))
        }
    }
}

fn new_activity(
    clock: &impl Clock,
    context: &EngineContext,
    CreateActivity { name, tags, encryption }: CreateActivity,
) -> Result<Activity, CreateActivityRejection> {
    let name = ResourceName::parse(&name).map_err(CreateActivityRejection::InvalidName)?;
    if tags.len() > TAGS_MAX {
        let arn = context.settings.account_region.activity_arn(&name);
        return Err(CreateActivityRejection::TooManyTags(TooManyTags { arn }));
    }
    let encryption = match encryption {
        Some(encryption) => customer_key(&encryption)?,
        None => None,
    };
    let tags = merge_tags(Vec::new(), tags);
    Ok(Activity { name, created_at: clock.now(), encryption, tags })
}

/// The configuration of a customer's key as it is shown; none for an owned key, the default.
fn customer_key(
    ActivityEncryption { key_type, kms_key_id, reuse_seconds }: &ActivityEncryption,
) -> Result<Option<Value>, CreateActivityRejection> {
    match (key_type, kms_key_id) {
        (EncryptionType::Owned, None) if reuse_seconds.is_none() => Ok(None),
        (EncryptionType::Owned, _) => {
            let reason = "A key or its reuse period can only be set for CUSTOMER_MANAGED_KMS_KEY";
            Err(CreateActivityRejection::Encryption(reason))
        }
        (EncryptionType::CustomerManaged, None) => {
            let reason = "kmsKeyId must be set for CUSTOMER_MANAGED_KMS_KEY";
            Err(CreateActivityRejection::Encryption(reason))
        }
        (EncryptionType::CustomerManaged, Some(key)) => Ok(Some(json!({
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": key,
            "kmsDataKeyReusePeriodSeconds": reuse_seconds.unwrap_or(KEY_REUSE_SECONDS_DEFAULT),
        }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption(key_type: EncryptionType, key: Option<&str>) -> ActivityEncryption {
        let kms_key_id = key.map(str::to_owned);
        ActivityEncryption { key_type, kms_key_id, reuse_seconds: None }
    }

    #[test]
    fn a_key_goes_with_its_type() {
        let owned = EncryptionType::Owned;
        assert_eq!(customer_key(&encryption(owned, None)), Ok(None));
        assert!(customer_key(&encryption(owned, Some("key"))).is_err());
        assert!(customer_key(&encryption(EncryptionType::CustomerManaged, None)).is_err());
        let shown = customer_key(&encryption(EncryptionType::CustomerManaged, Some("key")));
        assert_eq!(shown.expect("valid").expect("a key")["kmsDataKeyReusePeriodSeconds"], 300);
    }
}
