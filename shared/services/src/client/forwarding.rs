//! Passes requests on to an API behind IAM.

use std::time::{Duration, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sigv4::http_request::SignableBody;
use aws_smithy_http_client::Connector;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use tokio::{sync::Mutex, time::Instant};

use super::{
    CallFailure, endpoint::region_of_host, receive, signing::RequestSignature, still_valid,
};
use crate::format_with_causes;

/// The services that check signatures before an API of ours, as they stand in its host.
const API_GATEWAY: &str = "execute-api";
const FUNCTION_URL: &str = "lambda-url";

/// How long credentials that do not say when they expire are kept: a profile or an environment may have
/// others by then.
const KEPT_MAX: Duration = Duration::from_mins(5);

/// Signs requests with the credentials of this process and sends each once.
#[derive(Debug)]
pub struct RequestForwarder {
    sdk: SdkConfig,
    http: Connector,
    endpoint: String,
    region: String,
    signing_name: &'static str,
    kept: Mutex<Option<(Credentials, Instant)>>,
}

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardFailure {
    /// There are no credentials; nothing was sent.
    #[error("there are no AWS credentials: {0}")]
    Credentials(String),
    /// The request is none; nothing was sent.
    #[error("the request cannot be signed: {0}")]
    Request(String),
    /// No answer came.
    #[error("{0}")]
    Transport(String),
}

impl RequestForwarder {
    /// Forwards to this endpoint, such as `https://ID.execute-api.REGION.amazonaws.com`. Its host says
    /// for which service and region requests are signed; where it does not, that is API Gateway in the
    /// region of the settings.
    ///
    /// Errors: why that is no endpoint.
    pub fn new(sdk: SdkConfig, endpoint: &str) -> Result<Self, String> {
        let uri: http::Uri = endpoint.parse().map_err(|_| "it is not a URL".to_owned())?;
        let host = uri.host().unwrap_or_default();
        if !matches!(uri.scheme_str(), Some("https" | "http")) || uri.query().is_some() {
            return Err("it does not have the form https://HOST".to_owned());
        }
        let (in_host, signing_name) = if region_of_host(host, FUNCTION_URL).is_some() {
            (FUNCTION_URL, "lambda")
        } else {
            (API_GATEWAY, API_GATEWAY)
        };
        let region = region_of_host(host, in_host).map(str::to_owned);
        let region = region.or_else(|| sdk.region().map(Region::to_string));
        let region = region.ok_or("neither its host nor AWS_REGION names a region")?;
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Ok(Self {
            http: super::https_connector(super::TlsContext::default()),
            sdk,
            endpoint,
            region,
            signing_name,
            kept: Mutex::default(),
        })
    }

    /// Sends a request, whose URI is a path, and reads the whole answer.
    pub async fn forward(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ForwardFailure> {
        let credentials = self.credentials().await?;
        let (mut head, body) = request.into_parts();
        let uri = format!("{}{}", self.endpoint, head.uri.path());
        head.uri = uri.parse().map_err(|error| unusable(&error))?;
        let mut request = http::Request::from_parts(head, ());
        let signature = RequestSignature {
            credentials: &credentials,
            region: &self.region,
            name: self.signing_name,
            is_s3: false,
        };
        let signed = signature.sign(&mut request, SignableBody::Bytes(&body));
        signed.map_err(|failure| ForwardFailure::Request(failure.describe()))?;
        let answer = receive(&self.http, request.map(|()| SdkBody::from(body))).await;
        let answer = answer.map_err(|failure| match failure {
            CallFailure::Parameters(reason) => ForwardFailure::Request(reason),
            other => ForwardFailure::Transport(other.describe()),
        })?;
        let mut response = http::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        response.body(answer.body).map_err(|error| ForwardFailure::Transport(error.to_string()))
    }

    async fn credentials(&self) -> Result<Credentials, ForwardFailure> {
        let mut kept = self.kept.lock().await;
        if let Some((credentials, since)) = &*kept {
            let is_fresh = credentials.expiry().is_some() || since.elapsed() < KEPT_MAX;
            if is_fresh && still_valid(credentials, SystemTime::now()) {
                return Ok(credentials.clone());
            }
        }
        let none = || ForwardFailure::Credentials("no provider".to_owned());
        let provider = self.sdk.credentials_provider().ok_or_else(none)?;
        let given = provider.provide_credentials().await;
        let given =
            given.map_err(|error| ForwardFailure::Credentials(format_with_causes(&error)))?;
        *kept = Some((given.clone(), Instant::now()));
        Ok(given)
    }
}

fn unusable(error: &dyn std::error::Error) -> ForwardFailure {
    ForwardFailure::Request(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_says_for_what_requests_are_signed() {
        let sdk = || SdkConfig::builder().region(Region::new("eu-north-1")).build();
        for (endpoint, region, name) in [
            ("https://a1.execute-api.eu-west-1.amazonaws.com", "eu-west-1", "execute-api"),
            ("https://a1.lambda-url.us-east-2.on.aws/", "us-east-2", "lambda"),
            ("https://flows.example.com", "eu-north-1", "execute-api"),
            ("http://127.0.0.1:4566", "eu-north-1", "execute-api"),
        ] {
            let forwarder = RequestForwarder::new(sdk(), endpoint).expect("an endpoint");
            assert_eq!((forwarder.region.as_str(), forwarder.signing_name), (region, name));
        }
        for endpoint in ["a1.execute-api.eu-west-1.amazonaws.com", "ftp://a", "https://a/?b", ""] {
            assert!(RequestForwarder::new(sdk(), endpoint).is_err(), "{endpoint}");
        }
        assert!(RequestForwarder::new(SdkConfig::builder().build(), "https://a.example").is_err());
    }
}
