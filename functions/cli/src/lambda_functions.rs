//! Lambda functions: hosted by this process, or called through the AWS SDK.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use embedded::lambda::{FunctionCall, FunctionHost, FunctionOutcome};
use services::{
    CallerIdentity, default_sdk_config,
    lambda::{
        FunctionInvoker, FunctionReference, InvokeFailure, InvokeRequest, InvokeResponse,
        RemoteLambda,
    },
};
use tokio::sync::OnceCell;

/// Runs the functions of its host on this machine and calls all others through the AWS SDK.
#[derive(Clone)]
pub(crate) struct HostedOrRemoteLambda {
    host: Arc<FunctionHost>,
    /// The client for all other functions, created by the first call of one.
    remote: Arc<OnceCell<RemoteLambda>>,
}

impl HostedOrRemoteLambda {
    pub(crate) fn new(host: Arc<FunctionHost>) -> Self {
        Self { host, remote: Arc::default() }
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
        let hosted = self
            .host
            .invoke_function(call)
            .await
            .map_err(|error| InvokeFailure::Host { message: error.to_string() })?;
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
            let elsewhere = self.remote.get_or_init(connect_remote_lambda).await;
            elsewhere.invoke_function(request, role_arn).await
        }
    }
}

async fn connect_remote_lambda() -> RemoteLambda {
    RemoteLambda::new(CallerIdentity::Process, default_sdk_config().await)
}

/// Decodes a client context, which is JSON in Base64.
fn decode_client_context(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
