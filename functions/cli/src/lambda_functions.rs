//! Lambda functions: hosted by this process, or called through the AWS SDK.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use embedded::lambda::{FunctionCall, FunctionHost, FunctionOutcome};
use services::{
    CallerIdentity, RegionPreference, default_sdk_config,
    lambda::{
        FunctionInvoker, FunctionReference, InvokeFailure, InvokeRequest, InvokeResponse,
        RemoteLambda,
    },
    with_region,
};
use tokio::sync::OnceCell;

use crate::{
    account_region::{ChosenAccountRegion, RegionOrigin},
    uncallable_function::{explain_credentials, explain_host_error, explain_not_hosted},
};

/// Runs the functions of its host on this machine and calls all others through the AWS SDK.
#[derive(Clone)]
pub(crate) struct HostedOrRemoteLambda {
    host: Arc<FunctionHost>,
    /// Why functions of the templates are not hosted, by their names.
    not_hosted: Arc<BTreeMap<String, String>>,
    region: RegionPreference,
    /// The client for all other functions, created by the first call of one.
    remote: Arc<OnceCell<RemoteLambda>>,
}

impl HostedOrRemoteLambda {
    pub(crate) fn new(
        host: Arc<FunctionHost>,
        not_hosted: BTreeMap<String, String>,
        account_region: &ChosenAccountRegion,
    ) -> Self {
        let region = account_region.region.clone();
        let region = match account_region.region_origin {
            RegionOrigin::Option => RegionPreference::This(region),
            RegionOrigin::Environment | RegionOrigin::Default => {
                RegionPreference::Otherwise(region)
            }
        };
        Self { host, not_hosted: Arc::new(not_hosted), region, remote: Arc::default() }
    }

    async fn invoke_remote(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let remote = self.remote.get_or_init(|| connect_remote_lambda(&self.region)).await;
        let name = FunctionReference::parse(request.function).name;
        remote.invoke_function(request, role_arn).await.map_err(|failure| match failure {
            // Without credentials, nobody meant a function in AWS.
            InvokeFailure::Role { message, .. } => {
                let explained = explain_not_hosted(name, self.not_hosted.get(name));
                let credentials = explain_credentials(&message);
                let message =
                    format!("{explained}. It was not called in AWS either: {credentials}");
                InvokeFailure::NotPermitted { message }
            }
            failure => failure,
        })
    }

    async fn invoke_hosted(
        &self,
        name: &str,
        request: InvokeRequest<'_>,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let client_context = request.client_context.and_then(decode_client_context);
        let call = FunctionCall {
            function: name,
            payload: request.payload,
            client_context: client_context.as_deref(),
        };
        let hosted =
            self.host.invoke_function(call).await.map_err(|error| InvokeFailure::Host {
                message: explain_host_error(name, &error),
            })?;
        let (payload, function_error) = match hosted.outcome {
            FunctionOutcome::Succeeded(payload) => (payload, None),
            FunctionOutcome::FunctionError(payload) => (payload, Some("Unhandled".to_owned())),
        };
        let http_headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Content-Length".to_owned(), payload.len().to_string()),
            ("x-amzn-RequestId".to_owned(), hosted.request_id.clone()),
            ("X-Amz-Executed-Version".to_owned(), hosted.executed_version.to_owned()),
        ];
        Ok(InvokeResponse {
            status_code: 200,
            executed_version: Some(hosted.executed_version.to_owned()),
            function_error,
            log_result: None,
            payload,
            request_id: Some(hosted.request_id),
            http_headers,
        })
    }
}

impl FunctionInvoker for HostedOrRemoteLambda {
    async fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let name = FunctionReference::parse(request.function).name;
        if self.host.is_hosted(name) {
            self.invoke_hosted(name, request).await
        } else {
            self.invoke_remote(request, role_arn).await
        }
    }
}

async fn connect_remote_lambda(region: &RegionPreference) -> RemoteLambda {
    let settings = with_region(default_sdk_config().await, region);
    RemoteLambda::new(CallerIdentity::Process, settings)
}

/// Decodes a client context, which is JSON in Base64.
fn decode_client_context(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
