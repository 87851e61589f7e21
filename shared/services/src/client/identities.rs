//! Credentials: of this process, of the role of a state machine, and of the role that a state names.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use lru::LruCache;

use super::{CallFailure, CallIdentity, still_valid};
use crate::{CallerIdentity, format_with_causes, role::AssumedRole};

/// Most roles whose credentials a process keeps.
const ROLES_MAX: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

/// Credentials are renewed while a call with them would still succeed.
pub(super) const RENEWED_BEFORE_EXPIRY: Duration = Duration::from_mins(5);

/// Keeps credentials until they are about to expire.
#[derive(Debug)]
pub(super) struct Identities {
    caller: CallerIdentity,
    /// By the roles that were assumed one after the other.
    kept: Mutex<LruCache<Vec<String>, Credentials>>,
}

impl Identities {
    pub(super) fn new(caller: CallerIdentity) -> Self {
        Self { caller, kept: Mutex::new(LruCache::new(ROLES_MAX)) }
    }

    /// The credentials that sign a call. A process that calls an endpoint of the user's own needs
    /// none, so it gets placeholders there.
    pub(super) async fn credentials(
        &self,
        sdk: &SdkConfig,
        identity: Option<CallIdentity<'_>>,
        at_named_endpoint: bool,
    ) -> Result<Credentials, CallFailure> {
        let machine_role = match self.caller {
            CallerIdentity::Process => None,
            CallerIdentity::Role => identity.map(|identity| identity.role_arn),
        };
        // An endpoint of the user's own rarely has an STS that knows the state's role.
        let has_sts = !at_named_endpoint || crate::named_endpoint("STS").is_some();
        let task_role = identity
            .and_then(|identity| identity.task_role_arn)
            .filter(|_| has_sts || self.caller == CallerIdentity::Role);
        let external_id =
            identity.filter(|_| task_role.is_some()).map(|identity| identity.external_id());
        let assumed = machine_role.into_iter().chain(task_role);
        let roles: Vec<String> = assumed.map(str::to_owned).collect();
        let kept_as: Vec<String> = roles.iter().cloned().chain(external_id.clone()).collect();
        if let Some(kept) = self.find_kept(&kept_as) {
            return Ok(kept);
        }
        let mut credentials = match self.process_credentials(sdk).await {
            Ok(credentials) => credentials,
            Err(_) if at_named_endpoint => return Ok(placeholder()),
            Err(failure) => return Err(failure),
        };
        for (index, role_arn) in roles.iter().enumerate() {
            let is_task_role = task_role.is_some() && index + 1 == roles.len();
            let external_id = external_id.clone().filter(|_| is_task_role);
            credentials = assume(sdk, credentials, role_arn, external_id).await?;
        }
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(kept_as, credentials.clone());
        Ok(credentials)
    }

    fn find_kept(&self, roles: &[String]) -> Option<Credentials> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let credentials = kept.get(roles)?;
        still_valid(credentials, SystemTime::now()).then(|| credentials.clone())
    }

    async fn process_credentials(&self, sdk: &SdkConfig) -> Result<Credentials, CallFailure> {
        let failed = |message: String| CallFailure::Identity {
            role_arn: String::new(),
            is_task_role: false,
            message,
        };
        let Some(provider) = sdk.credentials_provider() else {
            return Err(failed("this process has no credentials".to_owned()));
        };
        provider.provide_credentials().await.map_err(|error| failed(format_with_causes(&error)))
    }
}

async fn assume(
    sdk: &SdkConfig,
    with: Credentials,
    role_arn: &str,
    external_id: Option<String>,
) -> Result<Credentials, CallFailure> {
    let is_task_role = external_id.is_some();
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(with);
    let sdk = sdk.clone().into_builder().credentials_provider(provider).build();
    let assumed =
        AssumedRole::with_external_id(&sdk, role_arn, external_id).provide_credentials().await;
    assumed.map_err(|error| CallFailure::Identity {
        role_arn: role_arn.to_owned(),
        is_task_role,
        message: format_with_causes(&error),
    })
}

/// Emulators read the region and the account from a signature and check nothing of it.
pub(crate) fn placeholder() -> Credentials {
    Credentials::new("local", "local", None, None, "placeholder")
}
