//! Lambda functions: hosted here, or else called where they are.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use embedded::lambda::{Call, FunctionHost, Outcome};
use services::{
    Identity,
    lambda::{FunctionReference, Invocation, InvokeRequest, Invoker, NotInvoked, RemoteLambda},
    machine_settings,
};
use tokio::sync::OnceCell;

/// Functions of this host run here, all others through the AWS SDK.
#[derive(Clone)]
pub(crate) struct Functions {
    host: Arc<FunctionHost>,
    /// Made by the first call that is not of this host.
    elsewhere: Arc<OnceCell<RemoteLambda>>,
}

impl Functions {
    pub(crate) fn new(host: Arc<FunctionHost>) -> Self {
        Self { host, elsewhere: Arc::default() }
    }

    async fn hosted(
        &self,
        name: &str,
        request: InvokeRequest<'_>,
    ) -> Result<Invocation, NotInvoked> {
        let client_context = request.client_context.and_then(from_base64);
        let call = Call {
            function: name,
            payload: request.payload,
            client_context: client_context.as_deref(),
        };
        let hosted = self
            .host
            .invoke(call)
            .await
            .map_err(|error| NotInvoked::Host { message: error.to_string() })?;
        let (payload, function_error) = match hosted.outcome {
            Outcome::Succeeded(payload) => (payload, None),
            Outcome::FunctionError(payload) => (payload, Some("Unhandled".to_owned())),
        };
        let http_headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Content-Length".to_owned(), payload.len().to_string()),
            ("x-amzn-RequestId".to_owned(), hosted.request_id.clone()),
            ("X-Amz-Executed-Version".to_owned(), hosted.executed_version.to_owned()),
        ];
        Ok(Invocation {
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

impl Invoker for Functions {
    async fn invoke(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> Result<Invocation, NotInvoked> {
        let name = FunctionReference::parse(request.function).name;
        if self.host.hosts(name) {
            self.hosted(name, request).await
        } else {
            let elsewhere = self.elsewhere.get_or_init(elsewhere).await;
            elsewhere.invoke(request, role_arn).await
        }
    }
}

async fn elsewhere() -> RemoteLambda {
    RemoteLambda::new(Identity::Process, machine_settings().await)
}

/// The JSON of a client context, which travels in Base64.
fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
