//! The parameters of the optimised integration `lambda:invoke`.

use serde_json::Value;

use super::{FunctionReference, InvokeRequest};

/// The qualifier that Step Functions sends if neither `Qualifier` nor `FunctionName` has one
/// (recorded).
const NEWEST: &str = "$LATEST";

/// The parameters of one Invoke, read from a Task state's parameters.
///
/// Spec: Developer Guide, "Parameters and API actions for Lambda".
pub(super) struct InvokeParameters {
    function_name: String,
    qualifier: Option<String>,
    payload: String,
    invocation_type: Option<String>,
    client_context: Option<String>,
    log_type: Option<String>,
}

impl InvokeParameters {
    /// Reads the parameters. The error is the text that AWS puts between the brackets of its cause:
    /// what is wrong with each member.
    pub(super) fn from_parameters(parameters: &Value) -> Result<Self, String> {
        let mut mistakes = Vec::new();
        let mut text = |field: &str| match parameters.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                mistakes.push(format!("The value of the field '{field}' has an invalid format"));
                None
            }
        };
        let function_name = text("FunctionName");
        let qualifier = text("Qualifier");
        let invocation_type = text("InvocationType");
        let client_context = text("ClientContext");
        let log_type = text("LogType");
        if parameters.get("FunctionName").is_none_or(Value::is_null) {
            mistakes.push("The field 'FunctionName' is required but was missing".to_owned());
        }
        let Some(function_name) = function_name.filter(|_| mistakes.is_empty()) else {
            return Err(mistakes.join(", "));
        };
        let has_own_qualifier = FunctionReference::parse(&function_name).qualifier.is_some();
        let newest = (!has_own_qualifier).then(|| NEWEST.to_owned());
        Ok(Self {
            qualifier: qualifier.or(newest),
            function_name,
            payload: payload_text(parameters.get("Payload")),
            invocation_type,
            client_context,
            log_type,
        })
    }

    pub(super) fn as_request(&self) -> InvokeRequest<'_> {
        InvokeRequest {
            function: &self.function_name,
            qualifier: self.qualifier.as_deref(),
            payload: &self.payload,
            invocation_type: self.invocation_type.as_deref(),
            client_context: self.client_context.as_deref(),
            log_type: self.log_type.as_deref(),
        }
    }
}

/// Returns the body of the request.
///
/// Recorded on AWS: a missing or `null` payload sends an empty object, and a string that is itself
/// JSON is sent as it is.
fn payload_text(payload: Option<&Value>) -> String {
    match payload {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) if serde_json::from_str::<Value>(text).is_ok() => text.clone(),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_without_a_function_name_is_refused() {
        let refused = InvokeParameters::from_parameters(&json!({ "Payload": 1 })).map(|_| ());
        assert_eq!(refused, Err("The field 'FunctionName' is required but was missing".to_owned()));
    }

    #[test]
    fn every_member_that_cannot_be_used_is_named() {
        let parameters = json!({ "Qualifier": 1, "LogType": [] });
        let refused = InvokeParameters::from_parameters(&parameters).map(|_| ());
        assert_eq!(
            refused,
            Err(
                "The value of the field 'Qualifier' has an invalid format, The value of the field \
                 'LogType' has an invalid format, The field 'FunctionName' is required but was \
                 missing"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_payload_of_any_type_is_sent_as_json() {
        let parameters = json!({ "FunctionName": "f", "Payload": "text" });
        let invoke = InvokeParameters::from_parameters(&parameters).expect("valid parameters");
        assert_eq!(invoke.as_request().payload, "\"text\"");
        assert_eq!(payload_text(Some(&json!("[1]"))), "[1]");
        assert_eq!(payload_text(Some(&Value::Null)), "{}");
    }

    #[test]
    fn the_newest_version_is_asked_for_unless_one_is_named() {
        let qualifier = |parameters: Value| {
            let invoke = InvokeParameters::from_parameters(&parameters).expect("valid parameters");
            invoke.as_request().qualifier.map(str::to_owned)
        };
        assert_eq!(qualifier(json!({ "FunctionName": "f" })).as_deref(), Some("$LATEST"));
        assert_eq!(qualifier(json!({ "FunctionName": "f:live" })), None);
        let named = json!({ "FunctionName": "f", "Qualifier": "2" });
        assert_eq!(qualifier(named).as_deref(), Some("2"));
    }
}
