//! `StartExecution`, `StartSyncExecution`, `StopExecution`.

use model::{
    Failure, Limits,
    limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX, NAME_CHARS_MAX},
};
use orchestrator::{
    StartExecution, StopExecution, Tools,
    ports::{Chance, Clock, Executions, Machines, Queue},
    start_execution, start_sync_execution, stop_execution,
};
use serde::{Deserialize, Serialize};

use super::{Answer, print, read};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
    exception::Exception,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartInput {
    state_machine_arn: Option<String>,
    name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StartOutput<'a> {
    execution_arn: &'a str,
    start_date: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StopInput {
    execution_arn: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StopOutput {
    stop_date: f64,
}

impl StartInput {
    fn checked(self, limits: Limits) -> Result<StartExecution, Exception> {
        let Self { state_machine_arn, name, input, trace_header } = self;
        let mut constraints = Constraints::within(limits);
        let state_machine_arn = constraints.arn("stateMachineArn", state_machine_arn);
        constraints.length("name", name.as_deref(), 1..=NAME_CHARS_MAX, Shown::Open);
        constraints.payload("input", input.as_deref());
        constraints.length("traceHeader", trace_header.as_deref(), 0..=256, Shown::Open);
        constraints.ascii("traceHeader", trace_header.as_deref());
        constraints.finish()?;
        Ok(StartExecution { state_machine_arn, name, input, trace_header })
    }
}

impl TryFrom<StopInput> for StopExecution {
    type Error = Exception;

    fn try_from(request: StopInput) -> Result<Self, Exception> {
        let StopInput { execution_arn, error, cause } = request;
        let mut constraints = Constraints::default();
        let execution_arn = constraints.arn("executionArn", execution_arn);
        constraints.length("error", error.as_deref(), 0..=ERROR_CHARS_MAX, Shown::Sensitive);
        constraints.length("cause", cause.as_deref(), 0..=CAUSE_CHARS_MAX, Shown::Sensitive);
        constraints.finish()?;
        Ok(Self { execution_arn, failure: Failure { error, cause } })
    }
}

pub(crate) async fn start<P>(ports: &P, tools: &Tools, body: &[u8]) -> Answer
where
    P: Machines + Executions + Queue + Clock + Chance + Sync,
{
    let request = read::<StartInput>(body)?.checked(tools.limits)?;
    let started = start_execution(ports, tools, request).await?;
    Ok(print(&StartOutput {
        execution_arn: &started.arn,
        start_date: started.started_at.epoch_seconds(),
    }))
}

pub(crate) async fn start_sync<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let request = read::<StartInput>(body)?.checked(tools.limits)?;
    let started = start_sync_execution(ports, tools, request).await?;
    Ok(print(&StartOutput {
        execution_arn: &started.arn,
        start_date: started.started_at.epoch_seconds(),
    }))
}

pub(crate) async fn stop<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let request = read::<StopInput>(body)?.try_into()?;
    let stopped = stop_execution(ports, tools, request).await?;
    Ok(print(&StopOutput { stop_date: stopped.stopped_at.epoch_seconds() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_null_or_unknown_are_not_there() {
        let body = br#"{"stateMachineArn":"arn","name":null,"future":[1]}"#;
        let request: StartExecution = read::<StartInput>(body)
            .and_then(|input| input.checked(Limits::AWS))
            .expect("in order");
        assert_eq!(request.state_machine_arn, "arn");
        assert_eq!((request.name, request.input), (None, None));
    }

    #[test]
    fn a_member_of_another_type_is_no_request() {
        let refused = read::<StartInput>(br#"{"stateMachineArn":1}"#).expect_err("a number");
        assert_eq!(refused.name, "SerializationException");
    }

    #[test]
    fn a_name_may_not_be_too_long() {
        let name = Some("x".repeat(81));
        let state_machine_arn = Some("arn".to_owned());
        let request = StartInput { state_machine_arn, name, input: None, trace_header: None };
        let refused = request.checked(Limits::AWS).expect_err("too long");
        assert!(refused.message.ends_with("Member must have length less than or equal to 80"));
    }
}
