//! Athena.
//!
//! Spec: Developer Guide, "Run Athena queries with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const QUERY: &[(&str, ValueSource)] =
    &[("QueryExecutionId", ValueSource::Answer(&["QueryExecutionId"]))];

const JOB: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: &["FAILED", "CANCELLED"],
    result: "QueryExecution",
    told: Some(("aws.athena", ValueSource::Answer(&["QueryExecutionId"]))),
    cancel: Some(("StopQueryExecution", QUERY)),
    ..Job::new(("GetQueryExecution", QUERY), &["QueryExecution"], &["Status", "State"])
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "athena",
    model: "athena",
    prefix: "Athena",
    service: "AmazonAthena",
    exception: "AmazonAthenaException",
    actions: &[
        Action::plain("startQueryExecution", "StartQueryExecution").awaiting(JOB),
        Action::plain("stopQueryExecution", "StopQueryExecution"),
        Action::plain("getQueryExecution", "GetQueryExecution"),
        Action::plain("getQueryResults", "GetQueryResults"),
    ],
};
