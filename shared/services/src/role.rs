//! Credentials of the IAM role of a state machine.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use aws_sdk_sts::Client;

/// The role session name, as the audit log of the account shows it.
const SESSION: &str = "statewright";

/// Assumes a role whenever the SDK asks for credentials: at first, and when they are about to
/// expire.
#[derive(Debug)]
pub(crate) struct AssumedRole {
    sts: Client,
    role_arn: String,
    external_id: Option<String>,
}

impl AssumedRole {
    /// `external_id` is that by which the role knows who assumes it.
    pub(crate) fn with_external_id(
        settings: &SdkConfig,
        role_arn: &str,
        external_id: Option<String>,
    ) -> Self {
        Self { sts: Client::new(settings), role_arn: role_arn.to_owned(), external_id }
    }

    /// Spec: STS, `AssumeRole`.
    async fn assume_role(&self) -> Result<Credentials, CredentialsError> {
        let request = self
            .sts
            .assume_role()
            .role_arn(&self.role_arn)
            .role_session_name(SESSION)
            .set_external_id(self.external_id.clone());
        let answer = request.send().await.map_err(CredentialsError::provider_error)?;
        let given = answer.credentials.ok_or_else(|| {
            CredentialsError::invalid_configuration("STS answered without credentials")
        })?;
        let expires = SystemTime::try_from(given.expiration).ok();
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            expires,
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume_role())
    }
}
