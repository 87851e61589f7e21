//! An execution whose status has changed, for tests.

use std::sync::Arc;

use model::{
    AccountRegion, AliasName, Execution, ExecutionFacts, ExecutionId, FrameOutcome, Payload,
    ResourceName, RevisionId, StartedVersion, Timestamp, VersionNumber,
};
use orchestrator::ports::StatusChange;

pub(crate) fn sample_account_region() -> AccountRegion {
    AccountRegion::new("us-east-1", "123456789012")
}

/// A change of execution `m:e`, which started at 1 s and, with an `end`, ended at 2.5 s.
pub(crate) fn sample_status_change(input: &str, end: Option<FrameOutcome>) -> StatusChange {
    let name = |text| ResourceName::parse(text).expect("a name");
    let facts = ExecutionFacts {
        revision: RevisionId::new("r"),
        role_arn: "role".to_owned(),
        started_at: Timestamp::from_milliseconds(1_000),
        timeout_seconds: None,
        last_redrive: None,
        started_by: None,
        asynchronous_functions: false,
        version: None,
        is_logged: false,
    };
    let execution = Arc::new(Execution {
        facts: Arc::new(facts),
        input: Payload::parse(input).expect("JSON"),
        trace_header: None,
        end: end.map(|outcome| (Timestamp::from_milliseconds(2_500), outcome)),
    });
    StatusChange { id: ExecutionId::from_names(&name("m"), &name("e")), execution, repeated: false }
}

/// The change of an execution that the alias `live` has started with version 1.
pub(crate) fn with_version(mut change: StatusChange) -> StatusChange {
    let alias = AliasName::parse("live");
    let execution = Arc::make_mut(&mut change.execution);
    let facts = Arc::make_mut(&mut execution.facts);
    facts.version = Some(StartedVersion { number: VersionNumber::FIRST, alias });
    change
}
