//! Calls Lambda functions that are not hosted here.
//!
//! Invariant: nothing is sent twice. A state machine's own Retry decides about another attempt.
//! (`remote::tests::a_throttled_call_is_not_repeated`)

mod capture;

use std::error::Error;

use aws_config::{BehaviorVersion, retry::RetryConfig};
use aws_sdk_lambda::{
    Client,
    config::SharedHttpClient,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        RequestId,
        invoke::{InvokeError, InvokeOutput},
    },
    primitives::Blob,
    types::{InvocationType, LogType},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use tokio::sync::OnceCell;

use capture::Capture;

/// A Lambda client, made when it is first used.
///
/// Region, credentials and endpoint (`AWS_ENDPOINT_URL_LAMBDA`, `AWS_ENDPOINT_URL`) are found as
/// every AWS tool finds them.
#[derive(Debug, Default)]
pub struct RemoteLambda {
    client: OnceCell<Client>,
}

/// The parameters of one call, as in the API's `Invoke`.
#[derive(Debug, Clone, Copy)]
pub struct RemoteCall<'a> {
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
pub struct RemoteInvocation {
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
pub enum RemoteError {
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
    /// No answer arrived, or the call could not be made: what Java's SDK, and so Step Functions,
    /// calls `SdkClientException`.
    #[error("no answer from lambda: {message}")]
    Transport {
        /// What went wrong, with its causes.
        message: String,
    },
}

impl RemoteLambda {
    /// Makes a client that looks for its settings on its first call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a client with settings of the caller's, except that nothing is repeated.
    pub fn with_config(config: &aws_sdk_lambda::Config) -> Self {
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self { client: OnceCell::new_with(Some(Client::from_conf(config))) }
    }

    /// Sends one call and waits for what Lambda answers, as long as it takes: the state's timeout
    /// is the caller's.
    ///
    /// Errors: Lambda refused, or nothing was heard of it; then the function may have run.
    pub async fn invoke(&self, call: RemoteCall<'_>) -> Result<RemoteInvocation, RemoteError> {
        let client = self.client.get_or_init(connect).await;
        let capture = Capture::default();
        let sent = client
            .invoke()
            .function_name(call.function)
            .set_qualifier(call.qualifier.map(str::to_owned))
            .payload(Blob::new(call.payload))
            .set_invocation_type(call.invocation_type.map(InvocationType::from))
            .set_client_context(call.client_context.map(str::to_owned))
            .set_log_type(call.log_type.map(LogType::from))
            .customize()
            .interceptor(capture.clone())
            .send();
        // Boxed: the SDK's future is larger than everything else here.
        match Box::pin(sent).await {
            Ok(output) => Ok(invocation(output, capture.take())),
            Err(error) => Err(failure(&error)),
        }
    }
}

async fn connect() -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    Client::new(&config)
}

fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

fn invocation(output: InvokeOutput, headers: Vec<(String, String)>) -> RemoteInvocation {
    let request_id = output.request_id().map(str::to_owned);
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    RemoteInvocation {
        status_code: u16::try_from(output.status_code).unwrap_or_default(),
        executed_version: output.executed_version,
        function_error: output.function_error,
        log_result: output.log_result,
        payload: String::from_utf8_lossy(&payload).into_owned(),
        request_id,
        http_headers: headers,
    }
}

fn failure(error: &SdkError<InvokeError>) -> RemoteError {
    match error {
        SdkError::ServiceError(refused) => RemoteError::Service {
            code: refused.err().code().unwrap_or("LambdaException").to_owned(),
            message: refused.err().message().unwrap_or_default().to_owned(),
            status_code: refused.raw().status().as_u16(),
            request_id: error.request_id().unwrap_or_default().to_owned(),
        },
        unheard => RemoteError::Transport { message: with_causes(unheard) },
    }
}

/// `error: its cause: the cause of that`, which the SDK's own `Display` does not tell.
fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many of hyper's errors repeat their cause in their own text.
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests;
