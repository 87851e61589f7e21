//! Calls Lambda functions that are not hosted here.
//!
//! Invariant: nothing is sent twice. A state machine's own Retry decides about another attempt.
//! (`remote::tests::a_throttled_call_is_not_repeated`)

mod header_capture;

use std::{
    error::Error,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use aws_config::SdkConfig;
use aws_credential_types::provider::{SharedCredentialsProvider, error::CredentialsError};
use aws_sdk_lambda::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        RequestId,
        invoke::{InvokeError, InvokeOutput},
    },
    primitives::Blob,
    types::{InvocationType, LogType},
};
use lru::LruCache;

use super::FunctionInvoker;
use crate::{CallerIdentity, format_with_causes, role::AssumedRole};
use header_capture::HeaderCapture;

/// Roles whose clients a process keeps.
const ROLES_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Lambda, called as this process or as the role of each state machine.
#[derive(Debug)]
pub struct RemoteLambda {
    identity: CallerIdentity,
    settings: SdkConfig,
    /// By role; as this process, under none.
    clients: Mutex<LruCache<Option<String>, Client>>,
}

/// The parameters of one call, as in the API's `Invoke`.
#[derive(Debug, Clone, Copy)]
pub struct InvokeRequest<'a> {
    /// A name, a partial ARN or an ARN, with or without a qualifier.
    pub function: &'a str,
    /// A version or an alias.
    pub qualifier: Option<&'a str>,
    /// The event: JSON.
    pub payload: &'a str,
    /// `RequestResponse`, `Event` or `DryRun`.
    pub invocation_type: Option<&'a str>,
    /// Base64 of JSON.
    pub client_context: Option<&'a str>,
    /// `None` or `Tail`.
    pub log_type: Option<&'a str>,
}

/// What Lambda answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeResponse {
    /// 200, 202 for `Event`, 204 for `DryRun`.
    pub status_code: u16,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// `Handled` or `Unhandled`: the payload tells an error of the function.
    pub function_error: Option<String>,
    /// The end of the log, Base64, for log type `Tail`.
    pub log_result: Option<String>,
    /// The function's answer or error, verbatim; empty unless the call waited for it.
    pub payload: String,
    /// The request's id.
    pub request_id: Option<String>,
    /// All HTTP headers of the answer, in lower case and in their order.
    pub http_headers: Vec<(String, String)>,
}

/// Tells why a function did not run, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeFailure {
    /// Lambda refused.
    #[error("lambda refused with {code}: {message}")]
    Service {
        /// The exception's name, such as `ResourceNotFoundException`.
        code: String,
        /// Its message; empty if there is none.
        message: String,
        /// The HTTP status.
        status_code: u16,
        /// The request's id; empty if there is none.
        request_id: String,
    },
    /// Its host could not run it.
    #[error("{message}")]
    Host {
        /// Why.
        message: String,
    },
    /// There are no credentials of that role to call with.
    #[error("role {role_arn} cannot be assumed: {message}")]
    Role {
        /// Which role.
        role_arn: String,
        /// What went wrong, with its causes.
        message: String,
    },
    /// No answer arrived, or the call could not be made: what Java's SDK, and so Step Functions,
    /// calls `SdkClientException`.
    #[error("no answer from lambda: {message}")]
    Transport {
        /// What went wrong, with its causes.
        message: String,
    },
}

impl RemoteLambda {
    /// A client of these settings, except that nothing is repeated.
    pub fn new(identity: CallerIdentity, settings: SdkConfig) -> Self {
        Self { identity, settings, clients: Mutex::new(LruCache::new(ROLES_MAX)) }
    }

    fn client_for_role(&self, role_arn: &str) -> Client {
        let role = match self.identity {
            CallerIdentity::Process => None,
            CallerIdentity::Role => Some(role_arn.to_owned()),
        };
        if let Some(client) = self.lock_clients().get(&role) {
            return client.clone();
        }
        let settings = aws_sdk_lambda::config::Builder::from(&self.settings);
        let settings = match &role {
            None => settings,
            Some(role) => {
                let assumed = AssumedRole::new(&self.settings, role);
                settings.credentials_provider(SharedCredentialsProvider::new(assumed))
            }
        };
        let settings = settings.retry_config(RetryConfig::disabled()).build();
        let client = Client::from_conf(settings);
        self.lock_clients().put(role, client.clone());
        client
    }

    fn lock_clients(&self) -> std::sync::MutexGuard<'_, LruCache<Option<String>, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FunctionInvoker for RemoteLambda {
    /// Waits for what Lambda answers, as long as it takes: the state's timeout is the caller's.
    async fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let client = self.client_for_role(role_arn);
        let capture = HeaderCapture::default();
        let sent = client
            .invoke()
            .function_name(request.function)
            .set_qualifier(request.qualifier.map(str::to_owned))
            .payload(Blob::new(request.payload))
            .set_invocation_type(request.invocation_type.map(InvocationType::from))
            .set_client_context(request.client_context.map(str::to_owned))
            .set_log_type(request.log_type.map(LogType::from))
            .customize()
            .interceptor(capture.clone())
            .send();
        // Boxed: the SDK's future is larger than everything else here.
        match Box::pin(sent).await {
            Ok(output) => Ok(response_from_output(output, capture.take_headers())),
            Err(error) => Err(failure_from_sdk_error(&error, role_arn)),
        }
    }
}

fn response_from_output(output: InvokeOutput, headers: Vec<(String, String)>) -> InvokeResponse {
    let request_id = output.request_id().map(str::to_owned);
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    InvokeResponse {
        status_code: u16::try_from(output.status_code).unwrap_or_default(),
        executed_version: output.executed_version,
        function_error: output.function_error,
        log_result: output.log_result,
        payload: String::from_utf8_lossy(&payload).into_owned(),
        request_id,
        http_headers: headers,
    }
}

fn failure_from_sdk_error(error: &SdkError<InvokeError>, role_arn: &str) -> InvokeFailure {
    match error {
        SdkError::ServiceError(refused) => InvokeFailure::Service {
            code: refused.err().code().unwrap_or("LambdaException").to_owned(),
            message: refused.err().message().unwrap_or_default().to_owned(),
            status_code: refused.raw().status().as_u16(),
            request_id: error.request_id().unwrap_or_default().to_owned(),
        },
        unheard if is_about_credentials(unheard) => InvokeFailure::Role {
            role_arn: role_arn.to_owned(),
            message: format_with_causes(unheard),
        },
        unheard => InvokeFailure::Transport { message: format_with_causes(unheard) },
    }
}

fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
