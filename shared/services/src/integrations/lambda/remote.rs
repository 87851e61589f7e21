//! Calls Lambda functions in AWS.
//!
//! Invariant: no request is sent twice. Only a state machine's own Retry makes another attempt
//! (`lambda::remote::tests::a_throttled_call_is_not_repeated`).

mod header_capture;

use std::{
    error::Error,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
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

/// Most roles whose clients a process keeps.
const ROLES_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// Calls Lambda as this process or as the role of each state machine.
#[derive(Debug)]
pub struct RemoteLambda {
    identity: CallerIdentity,
    settings: SdkConfig,
    clients: Mutex<LruCache<Roles, Client>>,
    receives_answers: bool,
}

/// The role of the state machine, unless this process calls as itself, and the role of the state.
type Roles = (Option<String>, Option<TaskRole>);

/// Holds the parameters of one call, as in the API's `Invoke`.
#[derive(Debug, Clone, Copy)]
pub struct InvokeRequest<'a> {
    /// A name, a partial ARN or an ARN, with or without a qualifier.
    pub function: &'a str,
    /// The version or alias, unless `function` names it.
    pub qualifier: Option<&'a str>,
    /// The event, as JSON text.
    pub payload: &'a str,
    /// `RequestResponse`, `Event` or `DryRun`. If absent, Lambda uses `RequestResponse`.
    pub invocation_type: Option<&'a str>,
    /// The client context: JSON in Base64.
    pub client_context: Option<&'a str>,
    /// `None` or `Tail`. If absent, Lambda uses `None`.
    pub log_type: Option<&'a str>,
}

/// Holds Lambda's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeResponse {
    /// The HTTP status: 200, 202 for `Event`, 204 for `DryRun`.
    pub status_code: u16,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// `Handled` or `Unhandled` if the payload is an error of the function; none if it succeeded.
    pub function_error: Option<String>,
    /// The end of the log in Base64, if the log type is `Tail`.
    pub log_result: Option<String>,
    /// The function's response or error, verbatim. It is empty unless the call waited for it.
    pub payload: String,
    /// The request's id.
    pub request_id: Option<String>,
    /// All HTTP headers of the response in their order, with lower-case names.
    pub http_headers: Vec<(String, String)>,
}

/// Whose credentials invoke a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokerIdentity<'a> {
    /// The role of the state machine.
    pub role_arn: &'a str,
    /// The role that the state names in its `Credentials`, which the first assumes.
    pub task_role: Option<TaskRole>,
}

/// The role that a state names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskRole {
    /// The ARN of the role.
    pub role_arn: String,
    /// The external id by which the role knows the state machine.
    pub external_id: String,
}

/// Says why a function did not run, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeFailure {
    /// Lambda refused the request.
    #[error("lambda refused with {code}: {message}")]
    Service {
        /// The exception's name, such as `ResourceNotFoundException`.
        code: String,
        /// The exception's message; empty if there is none.
        message: String,
        /// The HTTP status.
        status_code: u16,
        /// The request's id; empty if there is none.
        request_id: String,
    },
    /// The local function host could not run the function.
    #[error("{message}")]
    Host {
        /// The reason, with its causes.
        message: String,
    },
    /// This process is not to call the function.
    #[error("{message}")]
    NotPermitted {
        /// Why, and what permits it.
        message: String,
    },
    /// The role's credentials could not be obtained.
    #[error("role {role_arn} cannot be assumed: {message}")]
    Role {
        /// The ARN of the role.
        role_arn: String,
        /// What went wrong, with its causes.
        message: String,
    },
    /// The credentials of the role that the state names could not be obtained.
    #[error("the task state's role {role_arn} cannot be assumed: {message}")]
    TaskRole {
        /// The ARN of the role.
        role_arn: String,
        /// What went wrong, with its causes.
        message: String,
    },
    /// No response arrived, or the request could not be sent. The function may have run. The Java
    /// SDK, and so Step Functions, calls this `SdkClientException`.
    #[error("no answer from lambda: {message}")]
    Transport {
        /// What went wrong, with its causes.
        message: String,
    },
}

impl RemoteLambda {
    /// Makes a caller with these settings, except that the SDK's own retries are disabled.
    pub fn new(identity: CallerIdentity, settings: SdkConfig) -> Self {
        let clients = Mutex::new(LruCache::new(ROLES_MAX));
        Self { identity, settings, clients, receives_answers: false }
    }

    /// Has it say whether the answers of asynchronous invocations reach their Tasks.
    #[must_use]
    pub fn receiving_answers(self, receives_answers: bool) -> Self {
        Self { receives_answers, ..self }
    }

    /// Opens the connection to STS, which every first call with a role needs. A request that fails is
    /// of no consequence.
    ///
    /// Spec: STS, `GetCallerIdentity`: "No permissions are required".
    pub async fn open_connection_to_sts(&self) {
        let sts = aws_sdk_sts::Client::new(&self.settings);
        sts.get_caller_identity().send().await.ok();
    }

    /// The role of the state, unless nobody can assume it: an endpoint of the user's own rarely has an
    /// STS that knows it.
    fn assumed_task_role(&self, identity: &InvokerIdentity<'_>) -> Option<TaskRole> {
        let is_own_endpoint =
            self.identity == CallerIdentity::Process && self.settings.endpoint_url().is_some();
        identity.task_role.clone().filter(|_| !is_own_endpoint)
    }

    fn client_for(&self, identity: &InvokerIdentity<'_>) -> Client {
        let machine = match self.identity {
            CallerIdentity::Process => None,
            CallerIdentity::Role => Some(identity.role_arn.to_owned()),
        };
        let roles = (machine, self.assumed_task_role(identity));
        if let Some(client) = self.lock_clients().get(&roles) {
            return client.clone();
        }
        let mut settings = self.settings.clone();
        if let Some(role) = &roles.0 {
            settings = with_role(settings, role, None);
        }
        if let Some(TaskRole { role_arn, external_id }) = &roles.1 {
            settings = with_role(settings, role_arn, Some(external_id.clone()));
        }
        let settings = aws_sdk_lambda::config::Builder::from(&settings);
        let client = Client::from_conf(settings.retry_config(RetryConfig::disabled()).build());
        self.lock_clients().put(roles, client.clone());
        client
    }

    fn lock_clients(&self) -> MutexGuard<'_, LruCache<Roles, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FunctionInvoker for RemoteLambda {
    fn receives_answers(&self) -> bool {
        self.receives_answers
    }

    /// Waits for Lambda's response without a timeout: the caller enforces the state's timeout.
    async fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        identity: &InvokerIdentity<'_>,
    ) -> Result<InvokeResponse, InvokeFailure> {
        let client = self.client_for(identity);
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
        // Boxed, because the SDK's future is large.
        match Box::pin(sent).await {
            Ok(output) => Ok(response_from_output(output, capture.take_headers())),
            Err(error) => {
                Err(failure_from_sdk_error(&error, identity, self.assumed_task_role(identity)))
            }
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

/// The settings with the credentials of a role, which those of the settings assume.
fn with_role(settings: SdkConfig, role_arn: &str, external_id: Option<String>) -> SdkConfig {
    let assumed = AssumedRole::with_external_id(&settings, role_arn, external_id);
    settings.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build()
}

fn failure_from_sdk_error(
    error: &SdkError<InvokeError>,
    identity: &InvokerIdentity<'_>,
    task_role: Option<TaskRole>,
) -> InvokeFailure {
    match error {
        SdkError::ServiceError(refused) => InvokeFailure::Service {
            code: refused.err().code().unwrap_or("LambdaException").to_owned(),
            message: refused.err().message().unwrap_or_default().to_owned(),
            status_code: refused.raw().status().as_u16(),
            request_id: error.request_id().unwrap_or_default().to_owned(),
        },
        unheard if is_about_credentials(unheard) => {
            let message = format_with_causes(unheard);
            // STS names the role that it refuses.
            let is_of_machine = message.contains(identity.role_arn);
            match task_role.filter(|_| !is_of_machine) {
                Some(TaskRole { role_arn, .. }) => InvokeFailure::TaskRole { role_arn, message },
                None => InvokeFailure::Role { role_arn: identity.role_arn.to_owned(), message },
            }
        }
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
