//! Refuses what AWS accepts and this version of Statewright does not support: when a machine is
//! created, rather than when it runs and would do something else. A test of one state accepts it,
//! since its mock answers.

use super::{cursor::DocumentCursor, report::ParsePurpose};

/// Fields of states, rules and catchers that AWS accepts and Statewright does not support.
const FIELDS: [&str; 4] = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

fn refuse_feature(at: &DocumentCursor<'_>, feature: &str) {
    if at.report().purpose() == ParsePurpose::Test {
        return;
    }
    at.refuse(format!("{feature} is not supported by this version of Statewright"));
}

/// Refuses a field that AWS allows in this object.
pub(super) fn refuse_field(object: &DocumentCursor<'_>, name: &str) {
    if FIELDS.contains(&name) {
        refuse_feature(object, &format!("Field '{name}'"));
    }
}

/// Refuses `ProcessorConfig.Mode` `DISTRIBUTED`.
pub(super) fn refuse_distributed_map(mode: &DocumentCursor<'_>) {
    refuse_feature(mode, "The Mode 'DISTRIBUTED'");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task_state_json};

    #[test]
    fn credentials_need_a_role() {
        assert_eq!(
            refusals_of(task_state_json(json!({"Credentials": {}}))),
            ["The field 'RoleArn' is required but was missing at /States/S/Credentials"]
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
