//! `encryptionConfiguration` of state machines and activities.

use orchestrator::api::EncryptionType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::request_constraints::{RequestConstraints, ValueSensitivity};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EncryptionShape {
    r#type: Option<String>,
    kms_key_id: Option<String>,
    kms_data_key_reuse_period_seconds: Option<i64>,
}

impl EncryptionShape {
    /// The caller's key, and for how many seconds a data key is used.
    pub(super) fn key(&self) -> (Option<String>, Option<i64>) {
        (self.kms_key_id.clone(), self.kms_data_key_reuse_period_seconds)
    }

    pub(super) fn into_encryption(self, constraints: &mut RequestConstraints) -> EncryptionType {
        const TYPES: [&str; 2] = ["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"];
        let at = |member: &str| format!("encryptionConfiguration.{member}");
        constraints.check_enum_value(&at("type"), self.r#type.as_deref(), &TYPES);
        constraints.check_length(
            &at("kmsKeyId"),
            self.kms_key_id.as_deref(),
            1..=2048,
            ValueSensitivity::Public,
        );
        let period = self.kms_data_key_reuse_period_seconds;
        constraints.check_range(&at("kmsDataKeyReusePeriodSeconds"), period, 60..=900);
        let r#type = constraints.require_member(&at("type"), self.r#type);
        if r#type == TYPES[1] { EncryptionType::CustomerManaged } else { EncryptionType::Owned }
    }
}

/// The encryption that the caller has set, or AWS's default.
#[derive(Debug)]
pub(super) struct EncryptionOutput<'a>(pub(super) Option<&'a Value>);

impl Serialize for EncryptionOutput<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(encryption) => encryption.serialize(serializer),
            None => serializer.collect_map([("type", "AWS_OWNED_KEY")]),
        }
    }
}
