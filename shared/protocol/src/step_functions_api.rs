//! The service: one HTTP request in, one HTTP response out.

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use model::limits::DEFINITION_BYTES_MAX;
use orchestrator::{EngineContext, ports::RandomSource, roles::ApiRole};
use tracing::error;

use crate::{
    api_exception::{ApiException, OperationError},
    operation_path::OperationPath,
    role_passing::{ApiPrincipal, check_passed_role},
    wire,
};

/// What precedes the operation in `X-Amz-Target`.
const TARGET_PREFIX: &str = "AWSStepFunctions.";

/// The ports of a server: it serves every operation, from any task of its runtime.
pub trait ApiPorts: ApiRole + Send + 'static {}

impl<P: ApiRole + Send + 'static> ApiPorts for P {}

/// The Step Functions API. Clones share its ports.
pub struct StepFunctionsApi<P> {
    ports: Arc<P>,
    context: Arc<EngineContext>,
}

impl<P> Clone for StepFunctionsApi<P> {
    fn clone(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), context: Arc::clone(&self.context) }
    }
}

impl<P> fmt::Debug for StepFunctionsApi<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepFunctionsApi")
            .field("account_region", &self.context.settings.account_region)
            .finish_non_exhaustive()
    }
}

impl<P: ApiPorts> StepFunctionsApi<P> {
    /// Creates the API over these ports.
    pub const fn new(ports: Arc<P>, context: Arc<EngineContext>) -> Self {
        Self { ports, context }
    }

    /// Returns the most bytes that a request's body may have. A server need not read more than one
    /// byte beyond.
    ///
    /// AWS documents 1 MB for the whole request and also for the definition in it, which is longer
    /// when written as a JSON string. So this is twice the size of the largest member. Each member
    /// has its own limit.
    pub fn request_bytes_max(&self) -> usize {
        2 * DEFINITION_BYTES_MAX.max(self.context.settings.limits.payload_bytes)
    }

    /// Answers a request.
    ///
    /// Shape: `POST /` or the request's own [`OperationPath`], `X-Amz-Target:
    /// AWSStepFunctions.<Operation>`, a JSON object → a JSON object. With the extension
    /// [`ApiPrincipal`], that principal must be allowed to pass the role which the request names.
    pub async fn answer_request(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.dispatch_operation(&request).await;
        build_response(&*self.ports, requested_operation(&request).unwrap_or_default(), answer)
    }

    async fn dispatch_operation(&self, request: &Request<Bytes>) -> Result<Bytes, OperationError> {
        let (ports, context, body) = (&*self.ports, &*self.context, request.body());
        let most = self.request_bytes_max();
        if body.len() > most {
            return Err(request_too_large(most).into());
        }
        let operation = requested_operation(request).unwrap_or_default();
        check_path(request.uri().path(), operation, body)?;
        if let Some(principal) = request.extensions().get::<ApiPrincipal>() {
            check_passed_role(ports, principal, operation, body).await?;
        }
        wire::dispatch_operation(ports, context, operation, (request.headers(), body)).await
    }
}

/// # Panics
/// Never: a UUID is a header value.
fn build_response(
    source: &impl RandomSource,
    operation: &str,
    answer: Result<Bytes, OperationError>,
) -> Response<Bytes> {
    let id = source.random_uuid();
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(OperationError::Exception(exception)) => {
            (exception.http_status(), exception.into_json().to_string().into())
        }
        Err(OperationError::Fault(fault)) => {
            error!(operation, request_id = %id, error = &fault as &dyn Error,
                "a request could not be served");
            let exception = ApiException::new("InternalServerError", String::new());
            (exception.http_status(), exception.into_json().to_string().into())
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    let id = HeaderValue::from_str(&id).expect("hexadecimal digits and hyphens are a header value");
    headers.insert("x-amzn-requestid", id);
    response
}

/// Returns the operation that a request names, for example `StartExecution`; none if it is no request
/// of this protocol.
pub fn requested_operation<B>(request: &Request<B>) -> Option<&str> {
    if request.method() != Method::POST {
        return None;
    }
    request.headers().get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

/// Refuses a body that disagrees with the path at which the request was authorised.
fn check_path(path: &str, operation: &str, body: &[u8]) -> Result<(), ApiException> {
    // Nearly all requests of a local server, whose bodies are not to be read twice.
    if path == "/" {
        return Ok(());
    }
    let own = OperationPath::of_request(operation, body);
    if own.admits(path) {
        return Ok(());
    }
    let message = format!("This request was sent to {path}, and its own path is {own}");
    Err(ApiException::new("AccessDeniedException", message))
}

fn request_too_large(most: usize) -> ApiException {
    let message = format!("The request is larger than {most} bytes");
    ApiException::new("RequestEntityTooLargeException", message)
}
