//! SDK settings: region, endpoints, credentials and the identity of callers.

use std::env;

use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig,
    environment::EnvironmentVariableCredentialsProvider,
    meta::credentials::CredentialsProviderChain, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig, retry::RetryConfig,
};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_lambda::config::{SharedAsyncSleep, SharedHttpClient};
use aws_smithy_async::{
    rt::sleep::TokioSleep,
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::client::placeholder;

/// Selects the identity that a state machine's calls use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerIdentity {
    /// This process, whatever role the machine names.
    Process,
    /// The role that the machine names. It must trust this process.
    Role,
}

/// Loads the settings of a process on any machine: region, credentials and endpoints
/// (`AWS_ENDPOINT_URL_LAMBDA`, `AWS_ENDPOINT_URL`) as every AWS tool finds them. The SDK's own
/// retries are disabled.
pub async fn default_sdk_config() -> SdkConfig {
    profile_sdk_config(None).await
}

/// Loads the same settings from this profile of AWS's tools, or from the one that they choose.
pub async fn profile_sdk_config(profile: Option<&str>) -> SdkConfig {
    loader_of_profile(profile).load().await
}

/// Loads the same settings for requests to an endpoint that is not AWS's. The service that gives a
/// machine in AWS its credentials is not asked: elsewhere, its silence takes seconds.
pub async fn endpoint_sdk_config(profile: Option<&str>) -> SdkConfig {
    let settings = ProviderConfig::default().with_http_client(http_client());
    let of_profile = ProfileFileCredentialsProvider::builder().configure(&settings);
    let of_profile = match profile {
        Some(profile) => of_profile.profile_name(profile),
        None => of_profile,
    };
    let environment = EnvironmentVariableCredentialsProvider::new();
    let chain = CredentialsProviderChain::first_try("environment", environment)
        .or_else("profile", of_profile.build());
    loader_of_profile(profile).credentials_provider(chain).load().await
}

fn loader_of_profile(profile: Option<&str>) -> ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled());
    match profile {
        Some(profile) => loader.profile_name(profile),
        None => loader,
    }
}

/// Says which region requests go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionPreference {
    /// To this one.
    This(String),
    /// To the one that the settings have, and to this one if they have none.
    Otherwise(String),
}

/// Returns the settings with this region.
pub fn with_region(settings: SdkConfig, preference: &RegionPreference) -> SdkConfig {
    let region = match preference {
        RegionPreference::Otherwise(_) if settings.region().is_some() => return settings,
        RegionPreference::This(region) | RegionPreference::Otherwise(region) => region,
    };
    settings.into_builder().region(Region::new(region.clone())).build()
}

/// The endpoint that `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` names for a service, such as
/// `LAMBDA`; none if neither does, or `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
///
/// Spec: AWS SDKs and Tools Reference Guide, "Service-specific endpoints"
pub fn named_endpoint(service: &str) -> Option<String> {
    own_named_endpoint(service).or_else(|| endpoint_variable("AWS_ENDPOINT_URL"))
}

/// The endpoint that `AWS_ENDPOINT_URL_<SERVICE>` names for a service; none as above.
pub(crate) fn own_named_endpoint(service: &str) -> Option<String> {
    endpoint_variable(&format!("AWS_ENDPOINT_URL_{service}"))
}

fn endpoint_variable(name: &str) -> Option<String> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let ignores = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignores.is_some_and(|ignores| ignores.eq_ignore_ascii_case("true")) {
        return None;
    }
    variable(name)
}

/// Returns the settings with this endpoint for every request. A process without credentials gets
/// placeholders, since servers on one machine check none.
pub async fn with_endpoint(settings: SdkConfig, endpoint: &str) -> SdkConfig {
    let has_credentials = match settings.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.is_ok(),
        None => false,
    };
    let settings = settings.into_builder().endpoint_url(endpoint);
    if has_credentials {
        settings.build()
    } else {
        settings.credentials_provider(SharedCredentialsProvider::new(placeholder())).build()
    }
}

/// Loads the settings of a Lambda function from its environment. Other sources of settings are not
/// needed and so not linked. The SDK's own retries are disabled.
///
/// Spec: Lambda, "Defined runtime environment variables".
pub fn lambda_sdk_config() -> SdkConfig {
    let credentials = EnvironmentVariableCredentialsProvider::new();
    let settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(env::var("AWS_REGION").ok().map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()));
    match env::var("AWS_ENDPOINT_URL") {
        Ok(endpoint) => settings.endpoint_url(endpoint).build(),
        Err(_) => settings.build(),
    }
}

pub(crate) fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preferred_region_overrides_and_another_one_fills_a_gap() {
        let region = |known: Option<&str>, preference: &RegionPreference| {
            let known = known.map(|name| Region::new(name.to_owned()));
            let settings = SdkConfig::builder().region(known).build();
            with_region(settings, preference).region().map(ToString::to_string)
        };
        let this = RegionPreference::This("eu-west-1".to_owned());
        let otherwise = RegionPreference::Otherwise("eu-west-1".to_owned());
        assert_eq!(region(Some("us-east-2"), &this).as_deref(), Some("eu-west-1"));
        assert_eq!(region(Some("us-east-2"), &otherwise).as_deref(), Some("us-east-2"));
        assert_eq!(region(None, &otherwise).as_deref(), Some("eu-west-1"));
    }
}
