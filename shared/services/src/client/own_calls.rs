//! Calls that a process makes for itself, and not for a Task.

use serde_json::{Map, Value};

use super::{CallFailure, ServiceCall, ServiceClient};
use crate::{find_service, service_model::NameStyle};

impl ServiceClient {
    /// Calls an operation with the credentials of this process. `service` and `operation` are in its
    /// models. The members of parameters and answer are named as in the API.
    pub(crate) async fn call_as_itself(
        &self,
        (service, operation): (&str, &str),
        parameters: &Value,
    ) -> Result<Map<String, Value>, CallFailure> {
        let unknown = || CallFailure::Parameters(format!("there is no {service}:{operation}"));
        let model = find_service(service).ok_or_else(unknown)?;
        let operation = model.find_operation(operation).ok_or_else(unknown)?;
        let answer = self.call(ServiceCall {
            model: &model,
            operation,
            style: NameStyle::Optimised,
            parameters,
            idempotency_token: "",
            identity: None,
        });
        Ok(answer.await?.members)
    }
}

impl CallFailure {
    /// What went wrong, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Parameters(reason) | Self::NotPermitted(reason) | Self::Transport(reason) => {
                reason.clone()
            }
            Self::Identity { message, .. } => message.clone(),
            Self::Refused(refusal) => format!("{}: {}", refusal.code, refusal.message),
            Self::Unreadable { reason, .. } => reason.clone(),
            Self::TooLarge => "the answer is too large".to_owned(),
        }
    }
}
