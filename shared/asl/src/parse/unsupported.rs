//! What AWS takes and this version of Statewright does not, refused when a machine is created
//! rather than misunderstood when it runs.
//!
//! A feature that is built loses its lines here.

use jsonpath::SourcedPath;

use super::cursor::Cursor;

/// Fields of states, rules and catchers that AWS takes.
const FIELDS: [&str; 10] = [
    "Assign",
    "Credentials",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
];

fn refuse(at: &Cursor<'_>, feature: &str) {
    at.refuse(format!("{feature} is not supported by this version of Statewright"));
}

/// Refuses a field that AWS allows in this object.
pub(super) fn field(object: &Cursor<'_>, name: &str) {
    if FIELDS.contains(&name) {
        refuse(object, &format!("Field '{name}'"));
    }
}

/// Refuses a whole machine or a state in JSONata.
pub(super) fn jsonata(query_language: &Cursor<'_>) {
    refuse(query_language, "The QueryLanguage 'JSONata'");
}

/// Refuses `ProcessorConfig.Mode` `DISTRIBUTED`.
pub(super) fn distributed_map(mode: &Cursor<'_>) {
    refuse(mode, "The Mode 'DISTRIBUTED'");
}

/// Refuses a resource that AWS may know.
pub(super) fn resource(resource: &Cursor<'_>, arn: &str) {
    refuse(resource, &format!("The resource {arn}"));
}

/// Refuses a path that starts at a variable.
pub(super) fn variable_path(at: &Cursor<'_>, path: &SourcedPath) -> bool {
    match path {
        SourcedPath::Variable { name, path: _ } => variables(at, std::slice::from_ref(name)),
        SourcedPath::Data(_) | SourcedPath::Context(_) => false,
    }
}

/// Refuses an expression or a template that reads variables.
pub(super) fn variables(at: &Cursor<'_>, names: &[String]) -> bool {
    if let Some(name) = names.first() {
        refuse(at, &format!("The variable '${name}'"));
    }
    !names.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals, refusals_of, task};

    #[test]
    fn what_aws_takes_and_we_do_not_is_named() {
        let pass = json!({"Type": "Pass", "End": true, "Assign": {"a": 1}, "InputPath": "$a.b",
            "Parameters": {"x.$": "States.Format('{}', $c)"}});
        assert_eq!(
            refusals_of(pass),
            [
                "Field 'Assign' is not supported by this version of Statewright at /States/S",
                "The variable '$a' is not supported by this version of Statewright at \
                 /States/S/InputPath",
                "The variable '$c' is not supported by this version of Statewright at \
                 /States/S/Parameters",
            ]
        );
    }

    #[test]
    fn a_jsonata_machine_or_state_is_refused_once() {
        let states = json!({"S": {"Type": "Pass", "Output": "{% 1 %}", "End": true}});
        let machine = json!({"QueryLanguage": "JSONata", "StartAt": "S", "States": states});
        assert_eq!(
            refusals(&machine.to_string()),
            ["The QueryLanguage 'JSONata' is not supported by this version of Statewright at \
              /QueryLanguage"]
        );
        let state = json!({"QueryLanguage": "JSONata", "Type": "Pass", "Output": 1, "End": true});
        assert_eq!(
            refusals_of(state),
            ["The QueryLanguage 'JSONata' is not supported by this version of Statewright at \
              /States/S/QueryLanguage"]
        );
    }

    #[test]
    fn credentials_need_a_role_even_so() {
        assert_eq!(
            refusals_of(task(json!({"Credentials": {}}))),
            [
                "Field 'Credentials' is not supported by this version of Statewright at \
                 /States/S",
                "The field 'RoleArn' is required but was missing at /States/S/Credentials",
            ]
        );
    }

    #[test]
    fn a_distributed_map_is_refused() {
        let processor = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED",
            "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}});
        assert_eq!(
            refusals_of(json!({"Type": "Map", "ItemProcessor": processor, "End": true,
                "Label": "all"})),
            [
                "Field 'Label' is not supported by this version of Statewright at /States/S",
                "The Mode 'DISTRIBUTED' is not supported by this version of Statewright at \
                 /States/S/ItemProcessor/ProcessorConfig/Mode",
            ]
        );
    }
}
