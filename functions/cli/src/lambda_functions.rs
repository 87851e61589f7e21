//! Lambda functions: hosted by this process, or called through the AWS SDK.
//!
//! A definition may come from anywhere and name any function, so what nobody hosts is called only
//! at an endpoint that the environment names, or in AWS if the user has said so.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use embedded::lambda::{FunctionCall, FunctionHost, FunctionOutcome};
use services::{
    CallerIdentity, RegionPreference, default_sdk_config,
    lambda::{
        ACCOUNT_CONCURRENCY_DEFAULT, FunctionInvoker, FunctionReference, InvokeFailure,
        InvokeRequest, InvokeResponse, InvokerIdentity, RemoteLambda,
    },
    named_endpoint, with_endpoint, with_region,
};
use tokio::sync::OnceCell;

use crate::{
    account_region::ChosenAccountRegion,
    uncallable_function::{explain_credentials, explain_host_error, explain_not_hosted},
};

/// Runs the functions of its host on this machine and calls all others through the AWS SDK, where it
/// may.
#[derive(Clone)]
pub(crate) struct HostedOrRemoteLambda {
    host: Arc<FunctionHost>,
    known: Arc<RwLock<TemplateFunctions>>,
    region: RegionPreference,
    permission: AwsPermission,
    /// The client for all other functions, created by the first call of one; none if they may not
    /// be called.
    remote: Arc<OnceCell<Option<RemoteLambda>>>,
}

/// What templates say of functions, whether or not they are hosted.
#[derive(Clone, Debug, Default)]
pub(crate) struct TemplateFunctions {
    /// Why functions are not hosted, by their names.
    pub(crate) not_hosted: BTreeMap<String, String>,
    /// The logical id of each function by its name, and its name by its logical id, where they
    /// differ: `sam local start-lambda` knows the one, and other servers know the other.
    pub(crate) other_names: BTreeMap<String, String>,
}

/// Whether AWS may be called: functions that are not hosted here, and other services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AwsPermission {
    /// With the user's credentials, like any AWS tool.
    MayCallAws,
    /// Only what is at an endpoint that `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` names.
    #[default]
    OnlyNamedEndpoints,
}

impl AwsPermission {
    /// What the option `--aws` says.
    pub(crate) const fn of_option(aws: bool) -> Self {
        if aws { Self::MayCallAws } else { Self::OnlyNamedEndpoints }
    }
}

impl HostedOrRemoteLambda {
    pub(crate) fn new(
        host: Arc<FunctionHost>,
        known: TemplateFunctions,
        permission: AwsPermission,
        account_region: &ChosenAccountRegion,
    ) -> Self {
        let region = account_region.region_preference();
        let known = Arc::new(RwLock::new(known));
        Self { host, known, region, permission, remote: Arc::default() }
    }

    /// Takes what the templates say after an edit.
    pub(crate) fn replace_known(&self, known: TemplateFunctions) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Why a function is not hosted, and its other name.
    fn look_up(&self, name: &str) -> (Option<String>, Option<String>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        (known.not_hosted.get(name).cloned(), known.other_names.get(name).cloned())
    }

    async fn invoke_remote(
        &self,
        request: InvokeRequest<'_>,
        identity: &InvokerIdentity<'_>,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let name = FunctionReference::parse(request.function).name;
        let (problem, other_name) = self.look_up(name);
        let explained = || explain_not_hosted(name, problem.as_ref());
        let connect = || connect_remote_lambda(self.permission, &self.region);
        let Some(remote) = self.remote.get_or_init(connect).await else {
            let message = format!("{}. With --aws, it is called in AWS", explained());
            return Err(InvokeFailure::NotPermitted { message });
        };
        let mut invoked = remote.invoke_function(request, identity).await;
        // Servers on one machine know names, and not all know ARNs.
        for function in [Some(name), other_name.as_deref()].into_iter().flatten() {
            if function == request.function || !invoked.as_ref().is_err_and(is_unknown_function) {
                continue;
            }
            let renamed = InvokeRequest { function, ..request };
            let answer = remote.invoke_function(renamed, identity).await;
            // If no name is known, the failure tells of the one that the state machine has.
            if !answer.as_ref().is_err_and(is_unknown_function) {
                invoked = answer;
            }
        }
        invoked.map_err(|failure| match failure {
            // Without credentials, nobody meant a function in AWS.
            InvokeFailure::Role { message, .. } => {
                let credentials = explain_credentials(&message);
                let message =
                    format!("{}. It was not called in AWS either: {credentials}", explained());
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
    fn concurrency(&self, function: &str) -> usize {
        self.host.concurrency(function).unwrap_or(ACCOUNT_CONCURRENCY_DEFAULT)
    }

    async fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        identity: &InvokerIdentity<'_>,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let name = FunctionReference::parse(request.function).name;
        if self.host.is_hosted(name) {
            self.invoke_hosted(name, request).await
        } else {
            Box::pin(self.invoke_remote(request, identity)).await
        }
    }
}

/// Whether the server has no function of that name.
fn is_unknown_function(failure: &InvokeFailure) -> bool {
    matches!(failure, InvokeFailure::Service { code, status_code: 404, .. }
        if code.starts_with("ResourceNotFound"))
}

async fn connect_remote_lambda(
    permission: AwsPermission,
    region: &RegionPreference,
) -> Option<RemoteLambda> {
    let settings = match (permission, named_endpoint("LAMBDA")) {
        (AwsPermission::MayCallAws, _) => default_sdk_config().await,
        (AwsPermission::OnlyNamedEndpoints, Some(endpoint)) => {
            with_endpoint(default_sdk_config().await, &endpoint).await
        }
        (AwsPermission::OnlyNamedEndpoints, None) => return None,
    };
    Some(RemoteLambda::new(CallerIdentity::Process, with_region(settings, region)))
}

/// Decodes a client context, which is JSON in Base64.
fn decode_client_context(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
