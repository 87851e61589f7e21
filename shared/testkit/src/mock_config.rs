//! `MockConfigFile.json`, the mock configuration of Step Functions Local.
//!
//! ```text
//! {"StateMachines": {"Order": {"TestCases": {"HappyPath": {"Charge": "Charged"}}}},
//!  "MockedResponses": {"Charged": {"0": {"Throw": {"Error": "Busy", "Cause": "…"}},
//!                                  "1-2": {"Return": {…}}}}}
//! ```
//!
//! Spec: Developer Guide, "Testing state machines with Step Functions Local" § mocked service
//! integrations.

use serde_json::{Map, Value};

use crate::StateMocks;

/// Holds the test cases of a file and the responses that they share.
#[derive(Clone, Debug)]
pub struct MockConfig {
    machines: Map<String, Value>,
    responses: Map<String, Value>,
}

/// Reports a mock configuration that is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MockConfigError(String);

impl MockConfig {
    /// Parses the text of a file.
    pub fn parse(text: &str) -> Result<Self, MockConfigError> {
        let file: Value = serde_json::from_str(text)
            .map_err(|error| MockConfigError(format!("not JSON: {error}")))?;
        let object = |name: &str| {
            let member = file.get(name).and_then(Value::as_object).cloned();
            member.ok_or_else(|| MockConfigError(format!("{name} is missing or no object")))
        };
        Ok(Self { machines: object("StateMachines")?, responses: object("MockedResponses")? })
    }

    /// Lists the names of the state machines, in the order of the file.
    pub fn machine_names(&self) -> impl Iterator<Item = &str> {
        self.machines.keys().map(String::as_str)
    }

    /// Lists the names of a machine's test cases, in the order of the file.
    pub fn case_names(&self, machine: &str) -> Vec<&str> {
        let cases = self.test_cases(machine).into_iter().flat_map(Map::keys);
        cases.map(String::as_str).collect()
    }

    /// Returns the mocks of a test case, by state.
    pub fn case_mocks(&self, machine: &str, case: &str) -> Result<StateMocks, MockConfigError> {
        let states = self.test_cases(machine).and_then(|cases| cases.get(case)?.as_object());
        let states = states.ok_or_else(|| {
            MockConfigError(format!("there is no test case '{case}' of '{machine}'"))
        })?;
        let mut mocks = Map::new();
        for (state, response) in states {
            let answers = response.as_str().and_then(|name| self.responses.get(name));
            let answers = answers.ok_or_else(|| {
                MockConfigError(format!("state '{state}' has the unknown response {response}"))
            })?;
            mocks.insert(state.clone(), answers.clone());
        }
        StateMocks::from_json(&mocks.into()).map_err(|error| MockConfigError(error.to_string()))
    }

    fn test_cases(&self, machine: &str) -> Option<&Map<String, Value>> {
        self.machines.get(machine)?.get("TestCases")?.as_object()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
        "StateMachines": {"Order": {"TestCases": {"Happy": {"Charge": "Charged"},
            "Lost": {"Charge": "Nothing"}}}},
        "MockedResponses": {"Charged": {"0": {"Throw": {"Error": "Busy", "Cause": "c"}},
            "1-2": {"Return": {"id": 1}}}}}"#;

    #[test]
    fn a_test_case_names_its_responses() {
        let config = MockConfig::parse(CONFIG).expect("it is in order");
        assert_eq!(config.machine_names().collect::<Vec<_>>(), ["Order"]);
        assert_eq!(config.case_names("Order"), ["Happy", "Lost"]);
        let mocks = config.case_mocks("Order", "Happy").expect("it is in order");
        assert!(mocks.answer_for_call(&model::StateName::new("Charge"), 2).is_some());
        assert!(mocks.answer_for_call(&model::StateName::new("Charge"), 3).is_none());
    }

    #[test]
    fn what_is_missing_is_named() {
        let config = MockConfig::parse(CONFIG).expect("it is in order");
        let refused = |machine, case| config.case_mocks(machine, case).err().map(|error| error.0);
        let unknown = "state 'Charge' has the unknown response \"Nothing\"";
        assert_eq!(refused("Order", "Lost").as_deref(), Some(unknown));
        let missing = "there is no test case 'Happy' of 'Other'";
        assert_eq!(refused("Other", "Happy").as_deref(), Some(missing));
        assert!(MockConfig::parse("{}").is_err());
    }
}
