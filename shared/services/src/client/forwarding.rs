//! Passes requests on to an API: one behind IAM, or one that speaks Step Functions' protocol itself.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use aws_config::{Region, SdkConfig};
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sigv4::http_request::SignableBody;
use aws_smithy_http_client::Connector;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use tokio::{sync::Mutex, time::Instant};

use super::{
    CallFailure, endpoint::region_of_host, identities::placeholder, is_aws_host, receive,
    signing::RequestSignature, still_valid,
};
use crate::format_with_causes;

/// The services that check signatures before an API of ours, as they stand in its host.
const API_GATEWAY: &str = "execute-api";
const FUNCTION_URL: &str = "lambda-url";
/// What requests to Step Functions itself are signed for, which is also its host's first label.
///
/// Spec: Service Authorization Reference, "AWS Step Functions"
const STEP_FUNCTIONS: &str = "states";

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
    /// Whether a process without credentials signs with placeholders, which emulators accept.
    needs_no_credentials: bool,
    bearer_token: Option<BearerToken>,
    kept: Mutex<Option<(Credentials, Instant)>>,
}

/// A secret that is shown to nobody.
#[derive(Clone)]
struct BearerToken(String);

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken")
    }
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
    /// Forwards to the endpoint of a deployment, such as
    /// `https://ID.execute-api.REGION.amazonaws.com`. Its host says for which service and region requests
    /// are signed; where it does not, that is API Gateway in the region of the settings.
    ///
    /// Errors: why that is no endpoint.
    pub fn new(sdk: SdkConfig, endpoint: &str) -> Result<Self, String> {
        let host = host_of_endpoint(endpoint)?;
        let in_host = if region_of_host(&host, FUNCTION_URL).is_some() {
            (FUNCTION_URL, "lambda")
        } else {
            (API_GATEWAY, API_GATEWAY)
        };
        Self::signing_for(in_host, &host, sdk, endpoint)
    }

    /// Forwards to an endpoint of Step Functions: AWS's own, such as `https://states.REGION.amazonaws.com`,
    /// or one that stands for it. The latter needs no credentials.
    ///
    /// Errors: why that is no endpoint.
    pub fn to_step_functions(sdk: SdkConfig, endpoint: &str) -> Result<Self, String> {
        let host = host_of_endpoint(endpoint)?;
        let forwarder = Self::signing_for((STEP_FUNCTIONS, STEP_FUNCTIONS), &host, sdk, endpoint)?;
        Ok(Self { needs_no_credentials: !is_aws_host(&host), ..forwarder })
    }

    /// Whether this is the endpoint of a deployment: requests to it are signed for API Gateway, or for a
    /// function URL. Emulators also serve APIs below the path `/_aws/execute-api/`.
    pub fn is_deployment(endpoint: &str) -> bool {
        let host = host_of_endpoint(endpoint).unwrap_or_default();
        [API_GATEWAY, FUNCTION_URL].iter().any(|name| region_of_host(&host, name).is_some())
            || endpoint.contains("/_aws/execute-api/")
    }

    /// Sends this token with each request, in place of a signature.
    #[must_use]
    pub fn with_bearer_token(self, token: String) -> Self {
        Self { bearer_token: Some(BearerToken(token)), ..self }
    }

    fn signing_for(
        (in_host, signing_name): (&str, &'static str),
        host: &str,
        sdk: SdkConfig,
        endpoint: &str,
    ) -> Result<Self, String> {
        let region = region_of_host(host, in_host).map(str::to_owned);
        let region = region.or_else(|| sdk.region().map(Region::to_string));
        let region = region.ok_or("neither its host nor AWS_REGION names a region")?;
        Ok(Self {
            http: super::https_connector(super::TlsContext::default()),
            sdk,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region,
            signing_name,
            needs_no_credentials: false,
            bearer_token: None,
            kept: Mutex::default(),
        })
    }

    /// Sends a request, whose URI is a path, and reads the whole answer.
    pub async fn forward(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ForwardFailure> {
        let (mut head, body) = request.into_parts();
        let uri = format!("{}{}", self.endpoint, head.uri.path());
        head.uri = uri.parse().map_err(|error| unusable(&error))?;
        let mut request = http::Request::from_parts(head, ());
        self.authenticate(&mut request, &body).await?;
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

    async fn authenticate(
        &self,
        request: &mut http::Request<()>,
        body: &[u8],
    ) -> Result<(), ForwardFailure> {
        if let Some(BearerToken(token)) = &self.bearer_token {
            let value = http::HeaderValue::try_from(format!("Bearer {token}"));
            let value = value.map_err(|error| unusable(&error))?;
            request.headers_mut().insert(http::header::AUTHORIZATION, value);
            return Ok(());
        }
        let credentials = match self.credentials().await {
            Err(_) if self.needs_no_credentials => placeholder(),
            found => found?,
        };
        let signature = RequestSignature {
            credentials: &credentials,
            region: &self.region,
            name: self.signing_name,
            is_s3: false,
        };
        let signed = signature.sign(request, SignableBody::Bytes(body));
        signed.map_err(|failure| ForwardFailure::Request(failure.describe()))
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

fn host_of_endpoint(endpoint: &str) -> Result<String, String> {
    let uri: http::Uri = endpoint.parse().map_err(|_| "it is not a URL".to_owned())?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) || uri.query().is_some() {
        return Err("it does not have the form http://HOST or https://HOST".to_owned());
    }
    Ok(uri.host().unwrap_or_default().to_owned())
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

    #[test]
    fn step_functions_itself_needs_credentials_and_what_stands_for_it_does_not() {
        let sdk = || SdkConfig::builder().region(Region::new("eu-north-1")).build();
        for (endpoint, region, needs_none) in [
            ("https://states.eu-west-1.amazonaws.com", "eu-west-1", false),
            ("https://sync-states.cn-north-1.amazonaws.com.cn", "eu-north-1", false),
            ("http://127.0.0.1:8083", "eu-north-1", true),
        ] {
            let made = RequestForwarder::to_step_functions(sdk(), endpoint).expect("an endpoint");
            let what = (made.region.as_str(), made.signing_name, made.needs_no_credentials);
            assert_eq!(what, (region, "states", needs_none), "{endpoint}");
            assert!(!RequestForwarder::is_deployment(endpoint));
        }
        let deployed = "https://a1.execute-api.eu-west-1.amazonaws.com";
        assert!(RequestForwarder::is_deployment(deployed));
        assert!(RequestForwarder::is_deployment(
            "http://127.0.0.1:4566/_aws/execute-api/a1/$default"
        ));
        assert!(RequestForwarder::is_deployment("https://a1.lambda-url.us-east-2.on.aws/"));
    }
}
