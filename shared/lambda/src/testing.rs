//! An execution whose status has changed, for tests.

use std::sync::Arc;

use aws::StatusChange;
use model::{Execution, ExecutionId, Facts, Name, Outcome, Payload, Place, RevisionId, Timestamp};

pub(crate) fn place() -> Place {
    Place::new("us-east-1", "123456789012")
}

/// Execution `m:e`, which started at 1 s and has ended at 2.5 s, if it has.
pub(crate) fn change(input: &str, end: Option<Outcome>) -> StatusChange {
    let name = |text| Name::parse(text).expect("a name");
    let facts = Facts {
        revision: RevisionId::new("r"),
        role_arn: "role".to_owned(),
        started_at: Timestamp::from_milliseconds(1_000),
        redriven: None,
        starter: None,
    };
    let execution = Execution {
        facts: Arc::new(facts),
        input: Payload::parse(input).expect("JSON"),
        trace_header: None,
        end: end.map(|outcome| (Timestamp::from_milliseconds(2_500), outcome)),
    };
    StatusChange { id: ExecutionId::new(&name("m"), &name("e")), execution, repeated: false }
}
