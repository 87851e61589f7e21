//! SDK settings: region, endpoints, credentials and the identity of callers.

use std::env;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::{SharedAsyncSleep, SharedHttpClient};
use aws_smithy_async::{
    rt::sleep::TokioSleep,
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

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
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .load()
        .await
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
