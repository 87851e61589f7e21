//! A connection to a server: an endpoint, a deployment, or AWS.

use std::{fs, time::Duration};

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::{Request, Response};
use services::{
    ClientSettings, ConnectionSecrets, ForwardFailure, RegionPreference, RequestForwarder,
    ServiceClient, endpoint_sdk_config, profile_sdk_config, stack_output, with_region,
};
use signing_proxy::forward_operation;
use tokio::time::timeout;

use super::RememberedTarget;
use crate::health::is_local_server;

/// The output of a deployment's stack that is its endpoint.
const ENDPOINT_OUTPUT: &str = "ApiEndpoint";
/// How long an answer may take: that of `GetActivityTask` a minute.
const PATIENCE: Duration = Duration::from_secs(75);
/// An Express execution takes five minutes at most.
const SYNCHRONOUS_PATIENCE: Duration = Duration::from_secs(330);
/// The region where nothing names one, as for `local`.
const REGION_DEFAULT: &str = "us-east-1";

pub(super) enum ServerConnection {
    /// Behind IAM, which permits each operation by its path.
    Deployment(RequestForwarder),
    /// Step Functions' own protocol, spoken by anybody.
    Endpoint { forwarder: RequestForwarder, endpoint: String },
    /// AWS itself, which has another host for two operations.
    Aws { forwarder: RequestForwarder, synchronous: Box<RequestForwarder> },
}

impl ServerConnection {
    /// Connects to an endpoint. One of API Gateway, or a function URL, is that of a deployment.
    pub(super) async fn to_endpoint(
        endpoint: &str,
        settings: &RememberedTarget,
    ) -> anyhow::Result<Self> {
        let profile = settings.profile.as_deref();
        let region = region_preference(settings);
        if RequestForwarder::is_deployment(endpoint) {
            let sdk = with_region(profile_sdk_config(profile).await, &region);
            let forwarder = RequestForwarder::new(sdk, endpoint).map_err(|why| anyhow!(why))?;
            return Ok(Self::Deployment(forwarder));
        }
        let sdk = with_region(endpoint_sdk_config(profile).await, &region);
        let forwarder =
            RequestForwarder::to_step_functions(sdk, endpoint).map_err(|why| anyhow!(why))?;
        let forwarder = match &settings.token {
            Some(file) => {
                let token = fs::read_to_string(file)
                    .with_context(|| format!("cannot read the token in {}", file.display()))?;
                forwarder.with_bearer_token(token.trim().to_owned())
            }
            None => forwarder,
        };
        Ok(Self::Endpoint { forwarder, endpoint: endpoint.to_owned() })
    }

    /// Connects to the endpoint of a stack.
    pub(super) async fn to_stack(stack: &str, settings: &RememberedTarget) -> anyhow::Result<Self> {
        let endpoint = find_stack_endpoint(stack, settings).await?;
        let sdk = profile_sdk_config(settings.profile.as_deref()).await;
        let sdk = with_region(sdk, &region_preference(settings));
        let forwarder = RequestForwarder::new(sdk, &endpoint).map_err(|why| anyhow!(why))?;
        Ok(Self::Deployment(forwarder))
    }

    /// Connects to Step Functions in the region of the options, or of AWS's settings. Returns that region, too.
    pub(super) async fn to_aws(settings: &RememberedTarget) -> anyhow::Result<(Self, String)> {
        let sdk = profile_sdk_config(settings.profile.as_deref()).await;
        let named = settings.region.clone();
        let region = named.or_else(|| sdk.region().map(ToString::to_string));
        let Some(region) = region else {
            bail!("neither --region, nor AWS_REGION, nor the profile names a region");
        };
        let sdk = with_region(sdk, &RegionPreference::This(region.clone()));
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let make = |prefix: &str| {
            let endpoint = format!("https://{prefix}states.{region}.amazonaws.com{suffix}");
            RequestForwarder::to_step_functions(sdk.clone(), &endpoint).map_err(|why| anyhow!(why))
        };
        let aws = Self::Aws { forwarder: make("")?, synchronous: Box::new(make("sync-")?) };
        Ok((aws, region))
    }

    /// Whether it is `statewright local`.
    pub(super) async fn is_local_server(&self) -> bool {
        match self {
            Self::Endpoint { endpoint, .. } => is_local_server(endpoint).await,
            Self::Deployment(_) | Self::Aws { .. } => false,
        }
    }

    /// Whether AWS decides who may call.
    pub(super) fn is_behind_iam(&self) -> bool {
        match self {
            Self::Deployment(_) | Self::Aws { .. } => true,
            Self::Endpoint { .. } => false,
        }
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn send(
        &self,
        operation: &str,
        request: Request<Bytes>,
    ) -> anyhow::Result<Response<Bytes>> {
        let (forwarder, target) = match self {
            Self::Deployment(forwarder) => {
                return Ok(forward_operation(forwarder, operation, request).await);
            }
            Self::Endpoint { forwarder, endpoint } => (forwarder, endpoint.as_str()),
            Self::Aws { synchronous, .. }
                if matches!(operation, "StartSyncExecution" | "TestState") =>
            {
                (&**synchronous, "AWS Step Functions")
            }
            Self::Aws { forwarder, .. } => (forwarder, "AWS Step Functions"),
        };
        let patience = match operation {
            "StartSyncExecution" => SYNCHRONOUS_PATIENCE,
            _ => PATIENCE,
        };
        let Ok(answered) = timeout(patience, forwarder.forward(request)).await else {
            bail!("{target} has not answered for {} seconds", patience.as_secs());
        };
        answered.map_err(|failure| match failure {
            ForwardFailure::Transport(reason) => {
                let question = match self {
                    Self::Endpoint { .. } => "; is `statewright local` running?",
                    Self::Deployment(_) | Self::Aws { .. } => ".",
                };
                anyhow!(
                    "{target} does not answer ({reason}){question} --endpoint, --stack, --data and \
                     --aws name another target"
                )
            }
            other => anyhow!("{target}: {other}"),
        })
    }
}

/// Finds the endpoint of a deployment by the outputs of its stack.
pub(crate) async fn find_stack_endpoint(
    stack: &str,
    settings: &RememberedTarget,
) -> anyhow::Result<String> {
    let endpoint = stack_output(&service_client(settings), stack, ENDPOINT_OUTPUT).await;
    endpoint
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("cannot find the endpoint of {stack}"))
}

/// A client of other services, as whoever runs this process.
pub(crate) fn service_client(settings: &RememberedTarget) -> ServiceClient {
    ServiceClient::new(ClientSettings::Machine {
        region: region_preference(settings),
        may_call_aws: true,
        own_endpoint: None,
        connections: ConnectionSecrets::default(),
    })
    .with_profile(settings.profile.clone())
}

fn region_preference(settings: &RememberedTarget) -> RegionPreference {
    match &settings.region {
        Some(region) => RegionPreference::This(region.clone()),
        None => RegionPreference::Otherwise(REGION_DEFAULT.to_owned()),
    }
}
