//! What the form of the page asks for.

use serde_json::{Map, Value, json};

use crate::{TargetKind, form::FormFields, state_source::find_state};

/// The role of tests on one machine, where calls are made with no role.
const LOCAL_ROLE: &str = "arn:aws:iam::000000000000:role/statewright-local";

/// The values of the form, as they were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestStateFields {
    /// The state machine that the definition is from.
    pub(crate) machine: String,
    pub(crate) definition: String,
    pub(crate) state: String,
    pub(crate) input: String,
    pub(crate) variables: String,
    pub(crate) context: String,
    pub(crate) result: String,
    pub(crate) error: String,
    pub(crate) cause: String,
    pub(crate) validation: String,
    pub(crate) retries: String,
    pub(crate) error_caused_by: String,
    pub(crate) iteration_failures: String,
    pub(crate) item_reader_data: String,
    pub(crate) role: String,
}

impl TestStateFields {
    pub(crate) fn of_form(form: &FormFields) -> Self {
        let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
        Self {
            machine: field("machine"),
            definition: field("definition"),
            state: field("state"),
            input: field("input"),
            variables: field("variables"),
            context: field("context"),
            result: field("result"),
            error: field("error"),
            cause: field("cause"),
            validation: field("validation"),
            retries: field("retries"),
            error_caused_by: field("error-caused-by"),
            iteration_failures: field("iteration-failures"),
            item_reader_data: field("item-reader-data"),
            role: field("role"),
        }
    }

    /// Whether a mock stands in place of the call or the children of the state.
    pub(crate) fn has_mock(&self) -> bool {
        !self.result.trim().is_empty() || self.has_error()
    }

    fn has_error(&self) -> bool {
        !self.error.is_empty() || !self.cause.is_empty()
    }

    /// Puts an error in place of the call. One without a name fails as a task does.
    pub(crate) fn mock_error(&mut self, error: Option<&str>, cause: Option<&str>) {
        error.unwrap_or("States.TaskFailed").clone_into(&mut self.error);
        cause.unwrap_or_default().clone_into(&mut self.cause);
    }

    /// The state that is tested, as far as the definition has it.
    pub(crate) fn state_source(&self) -> Option<Value> {
        let definition: Value = serde_json::from_str(&self.definition).ok()?;
        if self.state.is_empty() {
            return Some(definition);
        }
        find_state(&definition, &self.state).cloned()
    }

    /// The members of the request, or what is wrong with the form.
    pub(crate) fn to_members(&self, kind: TargetKind) -> Result<Value, String> {
        if self.definition.trim().is_empty() {
            return Err("There is no definition.".to_owned());
        }
        let mut members = Map::new();
        members.insert("definition".to_owned(), self.definition.as_str().into());
        let mut add = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                members.insert(name.to_owned(), value.into());
            }
        };
        add("stateName", &self.state);
        add("input", &self.input);
        add("variables", &self.variables);
        add("context", &self.context);
        if let Some(mock) = self.mock()? {
            members.insert("mock".to_owned(), mock);
        } else if let Some(role) = self.role_of_call(kind) {
            members.insert("roleArn".to_owned(), role.into());
        }
        let configuration = self.configuration()?;
        if !configuration.is_empty() {
            members.insert("stateConfiguration".to_owned(), configuration.into());
        }
        // AWS has TRACE only for HTTP tasks.
        let state = self.state_source().unwrap_or_default();
        let calls_http =
            state["Resource"].as_str().is_some_and(|it| it.ends_with(":::http:invoke"));
        let level = if calls_http { "TRACE" } else { "DEBUG" };
        members.insert("inspectionLevel".to_owned(), level.into());
        Ok(members.into())
    }

    /// Only a call has a role, and a mock takes its place.
    fn role_of_call(&self, kind: TargetKind) -> Option<&str> {
        let given = Some(self.role.as_str()).filter(|role| !role.is_empty());
        given.or_else(|| (kind == TargetKind::Local).then_some(LOCAL_ROLE))
    }

    fn mock(&self) -> Result<Option<Value>, String> {
        let mut mock = match (self.result.trim().is_empty(), self.has_error()) {
            (true, false) => return Ok(None),
            (false, true) => {
                let text = "A mock has a result or an error, not both.";
                return Err(text.to_owned());
            }
            (false, false) => json!({ "result": self.result }),
            (true, true) => {
                let mut error = json!({ "error": self.error });
                if !self.cause.is_empty() {
                    error["cause"] = self.cause.as_str().into();
                }
                json!({ "errorOutput": error })
            }
        };
        if !self.validation.is_empty() {
            mock["fieldValidationMode"] = self.validation.as_str().into();
        }
        Ok(Some(mock))
    }

    fn configuration(&self) -> Result<Map<String, Value>, String> {
        let mut configuration = Map::new();
        let counts = [
            ("retrierRetryCount", "The number of retries", &self.retries),
            (
                "mapIterationFailureCount",
                "The number of failed iterations",
                &self.iteration_failures,
            ),
        ];
        for (member, label, text) in counts {
            if !text.trim().is_empty() {
                let count: u32 =
                    text.trim().parse().map_err(|_| format!("{label} is no number."))?;
                configuration.insert(member.to_owned(), count.into());
            }
        }
        let texts = [
            ("errorCausedByState", &self.error_caused_by),
            ("mapItemReaderData", &self.item_reader_data),
        ];
        for (member, text) in texts {
            if !text.trim().is_empty() {
                configuration.insert(member.to_owned(), text.as_str().into());
            }
        }
        Ok(configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(encoded: &str, kind: TargetKind) -> Result<Value, String> {
        TestStateFields::of_form(&FormFields::parse(encoded.as_bytes())).to_members(kind)
    }

    #[test]
    fn a_form_becomes_a_request() {
        let definition = "definition={}&input=1&retries=2&iteration-failures=";
        assert_eq!(
            members(definition, TargetKind::Local),
            Ok(json!({"definition": "{}", "input": "1", "inspectionLevel": "DEBUG",
                "roleArn": LOCAL_ROLE, "stateConfiguration": {"retrierRetryCount": 2}}))
        );
        let mocked = "definition={}&state=A&error=E&validation=NONE&role=r";
        assert_eq!(
            members(mocked, TargetKind::StepFunctions),
            Ok(json!({"definition": "{}", "stateName": "A", "inspectionLevel": "DEBUG",
                "mock": {"errorOutput": {"error": "E"}, "fieldValidationMode": "NONE"}}))
        );
    }

    #[test]
    fn an_http_task_is_traced() {
        let definition =
            r#"definition={"States":{"A":{"Resource":"arn:aws:states:::http:invoke"}}}"#;
        let level = |state: &str| {
            let request = members(&format!("{definition}&state={state}"), TargetKind::Deployment);
            request.map(|request| request["inspectionLevel"].clone())
        };
        assert_eq!(level("A"), Ok("TRACE".into()));
        assert_eq!(level("B"), Ok("DEBUG".into()));
    }

    #[test]
    fn a_form_that_makes_no_sense_is_refused() {
        let kind = TargetKind::Deployment;
        assert_eq!(members("", kind), Err("There is no definition.".to_owned()));
        let both = members("definition={}&result=1&cause=x", kind);
        assert_eq!(both, Err("A mock has a result or an error, not both.".to_owned()));
        let count = members("definition={}&retries=many", kind);
        assert_eq!(count, Err("The number of retries is no number.".to_owned()));
    }
}
