//! A state machine that is deleted while its executions run, on the doubles of DynamoDB and SQS.

use model::{ExecutionStatus, FrameOutcome, StateMachineStatus};
use orchestrator::{
    ApiError, Rejection, RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, RedriveExecution, StateMachineSettings, UpdateStateMachine,
        create_state_machine, delete_state_machine, describe_execution, describe_state_machine,
        redrive_execution, start_execution, update_state_machine,
    },
    continue_deletions,
    ports::StateMachineStore,
};
use serde_json::json;

use crate::{
    data::parse_name,
    deployment::TestDeployment,
    dynamodb::start_dynamodb,
    queues::{NEVER, PausedClock},
};

const WAIT: &str = r#"{
  "StartAt": "Wait",
  "States": { "Wait": { "Type": "Wait", "Seconds": 86400, "End": true } }
}"#;
/// More executions than a page has.
const STARTED: usize = 120;

/// The name and the message of the exception of a refused request.
fn refusal<A, R: Rejection + std::fmt::Display>(
    answer: Result<A, ApiError<R>>,
) -> (String, String) {
    match answer {
        Err(ApiError::Rejected(rejection)) => {
            (rejection.exception_name().to_owned(), rejection.to_string())
        }
        Err(ApiError::Fault(fault)) => panic!("{fault}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test(start_paused = true)]
async fn executions_of_a_deleted_machine_fail_and_then_are_gone() {
    let (table, _service) = start_dynamodb().await;
    let deployment = TestDeployment::with_new_queues(table, PausedClock::start());
    let TestDeployment { ports, context, .. } = &deployment;
    let machine = deployment.create_machine("wait", WAIT).await;
    let mut executions = Vec::new();
    for _ in 0..STARTED {
        executions.push(deployment.start(&machine).await);
    }
    delete_state_machine(ports, context, &machine).await.expect("it may be deleted");
    let described = describe_state_machine(ports, context, &machine).await.expect("it is there");
    assert_eq!(described.machine.status, StateMachineStatus::Deleting);
    check_refusals(&deployment, &machine).await;

    for execution in &executions {
        assert!(deployment.run(execution, usize::MAX).await);
        let (_, described) =
            describe_execution(ports, context, execution).await.expect("it is there");
        let Some((_, FrameOutcome::Failed(failure))) = &described.end else {
            panic!("{execution} has not failed");
        };
        assert_eq!(failure.cause.as_deref(), Some("State machine wait has been deleted."));
        assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    }
    let redrive = RedriveExecution { execution_arn: executions[0].clone(), client_token: None };
    let (name, message) = refusal(redrive_execution(ports, context, redrive).await);
    assert_eq!(name, "ExecutionNotRedrivable");
    let expected = format!(
        "Execution Not Redrivable: 'State machine is in DELETING status: {}'",
        executions[0]
    );
    assert_eq!(message, expected);

    assert_eq!(continue_deletions(ports, NEVER).await.expect("no fault"), 0);
    let (name, _) = refusal(describe_state_machine(ports, context, &machine).await);
    assert_eq!(name, "StateMachineDoesNotExist");
    let (name, _) = refusal(describe_execution(ports, context, &executions[0]).await);
    assert_eq!(name, "ExecutionDoesNotExist");
    deployment.create_machine("wait", WAIT).await;
    let again = deployment.start(&machine).await;
    assert_eq!(deployment.status(&again).await, ExecutionStatus::Running);
}

async fn check_refusals(TestDeployment { ports, context, .. }: &TestDeployment, machine: &str) {
    let expected =
        ("StateMachineDeleting".to_owned(), format!("State Machine is being deleted: '{machine}'"));
    let start = StartExecution {
        state_machine_arn: machine.to_owned(),
        name: None,
        input: None,
        trace_header: None,
        execution_type: None,
    };
    let started = start_execution(ports, context, start, RepeatPolicy::WhileRunning).await;
    assert_eq!(refusal(started), expected);
    let role = "arn:aws:iam::000000000000:role/any".to_owned();
    let create = CreateStateMachine {
        name: "wait".to_owned(),
        machine_type: model::StateMachineType::Standard,
        definition: WAIT.to_owned(),
        role_arn: role.clone(),
        settings: StateMachineSettings::default(),
        tags: Vec::new(),
    };
    assert_eq!(refusal(create_state_machine(ports, context, create).await), expected);
    let update = UpdateStateMachine {
        state_machine_arn: machine.to_owned(),
        definition: None,
        role_arn: Some(role),
        settings: StateMachineSettings::default(),
    };
    assert_eq!(refusal(update_state_machine(ports, context, update).await), expected);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_cannot_be_read_holds_up_no_other() {
    let (table, service) = start_dynamodb().await;
    let deployment = TestDeployment::with_new_queues(table, PausedClock::start());
    let TestDeployment { ports, context, .. } = &deployment;
    for name in ["broken", "whole"] {
        let machine = deployment.create_machine(name, WAIT).await;
        let execution = deployment.start(&machine).await;
        delete_state_machine(ports, context, &machine).await.expect("it may be deleted");
        assert!(deployment.run(&execution, usize::MAX).await);
    }
    let key = json!({"pk": {"S": "machine#broken"}, "sk": {"S": "machine"}});
    let change = json!({"TableName": "statewright", "Key": key,
        "UpdateExpression": "SET deleting_since = :text",
        "ExpressionAttributeValues": {":text": {"S": "since a later version"}}});
    service.ask("UpdateItem", &change);
    continue_deletions(ports, NEVER).await.expect_err("one cannot be read");
    let left = ports.list_deleting_machines(9).await.expect("no fault");
    assert_eq!(left, [parse_name("broken")]);
}
