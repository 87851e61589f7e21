//! The parameters of `lambda:invoke`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::lambda::RemoteCall;

/// One Invoke, as a state's parameters ask for it.
///
/// Spec: Developer Guide, "Parameters and API actions for Lambda".
pub(super) struct Invoke {
    function_name: String,
    qualifier: Option<String>,
    payload: String,
    invocation_type: Option<String>,
    client_context: Option<String>,
    log_type: Option<String>,
}

impl Invoke {
    /// Reads the parameters; the error is what AWS puts between the brackets of its cause.
    pub(super) fn from_parameters(parameters: &Value) -> Result<Self, String> {
        let text = |field: &str| match parameters.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("The value of the field '{field}' has an invalid format")),
        };
        Ok(Self {
            function_name: text("FunctionName")?
                .ok_or("The field 'FunctionName' is required but was missing")?,
            qualifier: text("Qualifier")?,
            payload: parameters.get("Payload").map_or_else(|| "{}".to_owned(), Value::to_string),
            invocation_type: text("InvocationType")?,
            client_context: text("ClientContext")?,
            log_type: text("LogType")?,
        })
    }

    pub(super) fn as_call(&self) -> RemoteCall<'_> {
        RemoteCall {
            function: &self.function_name,
            qualifier: self.qualifier.as_deref(),
            payload: &self.payload,
            invocation_type: self.invocation_type.as_deref(),
            client_context: self.client_context.as_deref(),
            log_type: self.log_type.as_deref(),
        }
    }
}

/// The JSON of a client context, which travels in Base64.
pub(super) fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_without_a_function_name_is_refused() {
        let refused = Invoke::from_parameters(&json!({ "Payload": 1 })).map(|_| ());
        assert_eq!(refused, Err("The field 'FunctionName' is required but was missing".to_owned()));
    }

    #[test]
    fn a_payload_of_any_type_is_sent_as_json() {
        let parameters = json!({ "FunctionName": "f", "Payload": "text" });
        let invoke = Invoke::from_parameters(&parameters).expect("valid parameters");
        assert_eq!(invoke.as_call().payload, "\"text\"");
    }
}
