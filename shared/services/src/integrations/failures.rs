//! Why calls fail, in the words of the SDKs that Step Functions uses.

use model::{Failure, error_name};

use crate::{client::CallFailure, protocols::Refusal, service_model::ServiceModel};

/// Who words a failure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wording<'m> {
    /// The second SDK for Java, which `aws-sdk:` uses.
    Sdk(&'m ServiceModel),
    /// The first SDK for Java, which the optimised integrations use.
    Optimised {
        /// What the errors begin with, such as `DynamoDB`.
        prefix: &'static str,
        /// The service's name in causes, such as `AmazonDynamoDBv2`.
        service: &'static str,
        /// The exception of an error that has none of its own, such as `AmazonDynamoDBException`.
        exception: &'static str,
        model: &'m ServiceModel,
    },
}

impl Wording<'_> {
    const fn prefix(&self) -> &str {
        match self {
            Self::Sdk(model) => model.prefix.as_str(),
            Self::Optimised { prefix, .. } => prefix,
        }
    }

    /// The failure of a Task whose call failed. `parameters` is the JSON text of its parameters.
    pub(super) fn failure(&self, failure: &CallFailure, parameters: &str) -> Failure {
        match failure {
            CallFailure::Parameters(reason) => unusable_parameters(parameters, reason),
            CallFailure::NotPermitted(message) => {
                Failure::new(error_name::PERMISSIONS, message.clone())
            }
            CallFailure::Identity { role_arn, is_task_role, message } => {
                identity_failure(role_arn, *is_task_role, message)
            }
            CallFailure::Refused(refusal) => self.refused(refusal),
            CallFailure::Unreadable { status, reason } => Failure::new(
                format!("{}.SdkClientException", self.prefix()),
                format!("Unable to unmarshall response ({reason}). Response Code: {status}"),
            ),
            CallFailure::TooLarge => {
                let cause = format!(
                    "The state/task '{}' returned a result with a size exceeding the maximum number of \
                     bytes service limit.",
                    self.prefix()
                );
                Failure::new(error_name::DATA_LIMIT_EXCEEDED, cause)
            }
            CallFailure::Transport(message) => {
                let error = format!("{}.SdkClientException", self.prefix());
                Failure::new(error, format!("Unable to execute HTTP request: {message}"))
            }
        }
    }

    /// Spec: recorded; the second SDK's `AwsErrorDetails`, the first's `AmazonServiceException`.
    fn refused(&self, refusal: &Refusal) -> Failure {
        let Refusal { code, kind, message, status, request_id, extended_request_id } = refusal;
        let request_id = request_id.as_deref().unwrap_or("null");
        let message = if message.is_empty() { "null" } else { message };
        match self {
            Self::Sdk(model) => {
                let own = || format!("{}Exception", model.prefix);
                let known = model.exceptions.get(kind).or_else(|| model.exceptions.get(code));
                let exception = known.cloned().unwrap_or_else(own);
                let extended = extended_request_id.as_ref();
                let extended =
                    extended.map(|id| format!(", Extended Request ID: {id}")).unwrap_or_default();
                let prefix = &model.prefix;
                Failure::new(
                    format!("{prefix}.{exception}"),
                    format!(
                        "{message} (Service: {prefix}, Status Code: {status}, Request ID: \
                         {request_id}{extended})"
                    ),
                )
            }
            Self::Optimised { prefix, service, exception, model } => {
                let known =
                    [kind, code].into_iter().find(|name| model.exceptions.contains_key(*name));
                let exception =
                    known.map_or_else(|| (*exception).to_owned(), |name| exception_class(name));
                Failure::new(
                    format!("{prefix}.{exception}"),
                    format!(
                        "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; \
                         Request ID: {request_id}; Proxy: null)"
                    ),
                )
            }
        }
    }
}

/// The exception of a code in the first SDK for Java.
fn exception_class(code: &str) -> String {
    // SQS's codes name the service before a dot.
    let code = code.rsplit('.').next().unwrap_or(code);
    if code.ends_with("Exception") { code.to_owned() } else { format!("{code}Exception") }
}

/// The failure of a Task whose parameters cannot be used (recorded).
pub(super) fn unusable_parameters(parameters: &str, reason: &str) -> Failure {
    let cause =
        format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}]");
    Failure::new(error_name::RUNTIME, cause)
}

/// Spec: Developer Guide, "Accessing resources in other AWS accounts".
pub(super) fn identity_failure(role_arn: &str, is_task_role: bool, message: &str) -> Failure {
    if is_task_role {
        let cause = format!(
            "The state machine's role is not authorized to assume the task state's role, \
             {role_arn}: {message}"
        );
        return Failure::new(error_name::TASK_FAILED, cause);
    }
    let cause = if role_arn.is_empty() {
        format!("There are no credentials to call AWS with: {message}")
    } else {
        format!("The role {role_arn} could not be assumed: {message}")
    };
    Failure::new(error_name::PERMISSIONS, cause)
}
