//! Where services are and as whom they are called.

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig};
use aws_sdk_lambda::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// As whom a state machine's calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// As this process, whatever role the machine names.
    Process,
    /// As the role that the machine names, which must trust this process.
    Role,
}

/// The settings of this process: region, credentials and endpoints (`AWS_ENDPOINT_URL_LAMBDA`,
/// `AWS_ENDPOINT_URL`) as every AWS tool finds them. Nothing is sent twice by itself.
pub async fn own_settings() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

pub(crate) fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
