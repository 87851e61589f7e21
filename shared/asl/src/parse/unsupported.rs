//! What AWS takes and this version of Statewright does not, refused when a machine is created
//! rather than misunderstood when it runs. A test of one state takes it: its mock answers.
//!
//! A feature that is built loses its lines here.

use super::{cursor::Cursor, report::Purpose};
use crate::Resource;

/// Fields of states, rules and catchers that AWS takes.
const FIELDS: [&str; 5] = ["Credentials", "ItemReader", "ItemBatcher", "ResultWriter", "Label"];

fn refuse(at: &Cursor<'_>, feature: &str) {
    if at.report().purpose() == Purpose::Test {
        return;
    }
    at.refuse(format!("{feature} is not supported by this version of Statewright"));
}

/// Refuses a field that AWS allows in this object.
pub(super) fn field(object: &Cursor<'_>, name: &str) {
    if FIELDS.contains(&name) {
        refuse(object, &format!("Field '{name}'"));
    }
}

/// Refuses `ProcessorConfig.Mode` `DISTRIBUTED`.
pub(super) fn distributed_map(mode: &Cursor<'_>) {
    refuse(mode, "The Mode 'DISTRIBUTED'");
}

/// Refuses a resource that AWS may know; in a test, `lambda:invoke` stands in for it.
pub(super) fn resource(resource: &Cursor<'_>, arn: &str) -> Option<Resource> {
    refuse(resource, &format!("The resource {arn}"));
    match resource.report().purpose() {
        Purpose::Run => None,
        Purpose::Test => {
            resource.report().stands_in(arn);
            Some(Resource::INVOKE)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task};

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
