//! One execution kills every process that goes on with it, while others run beside it. The processes
//! are real: this test program starts itself again and again.

use std::{
    env,
    path::Path,
    process::{Command, abort},
    sync::Arc,
    time::Duration,
};

use model::{AccountRegion, ExecutionStatus, StateMachineType, TaskResource, limits::DEATHS_MAX};
use orchestrator::{
    EngineContext, EngineSettings, RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, StateMachineSettings, create_state_machine, describe_execution,
        start_execution,
    },
    ports::{CallOutcome, CallRequest, TaskCaller},
};
use system_clock::SystemClock;
use tokio::sync::mpsc::unbounded_channel;

use crate::{
    ComputeThreads, ExecutionLogFile, LocalCallSlots, LocalDeathCounter, LocalPorts, LocalQueue,
    MemoryPressure, QueueWorkers, SqliteStore, recover_executions,
};

/// Set in the processes that are to die. It names their data directory.
const DIRECTORY: &str = "POISON_TEST_DIRECTORY";
/// Innocent executions beside the deadly one, more than may be suspected at once.
const INNOCENTS: usize = 100;
const DEADLY: &str = "deadly";
/// Longest time between two looks at what is running.
const PAUSE: Duration = Duration::from_millis(50);

/// Calls never return. Whoever asks what became of the call of the deadly execution dies of it.
struct DeadlyCaller;

impl TaskCaller for DeadlyCaller {
    fn can_call(&self, resource: &TaskResource) -> bool {
        match resource {
            TaskResource::LambdaFunction { arn } if arn.ends_with(DEADLY) => abort(),
            TaskResource::LambdaFunction { .. }
            | TaskResource::Integration(_)
            | TaskResource::Activity { .. } => true,
        }
    }

    async fn make_call(&self, _: CallRequest<'_>) -> Option<CallOutcome> {
        std::future::pending().await
    }
}

fn definition_of(function: &str) -> String {
    format!(
        r#"{{"StartAt": "Call", "States": {{"Call": {{"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:{function}"}}}}}}"#
    )
}

/// What one process does: in its first life it starts all executions and is killed once their calls
/// have begun. In every other life it goes on with them until all of them are over.
async fn live(directory: &Path) {
    let store = SqliteStore::open_directory(directory).expect("the directory is free");
    let (watcher, mut appended) = unbounded_channel();
    let queue = LocalQueue::start();
    let ports = Arc::new(LocalPorts {
        deaths: LocalDeathCounter::new(store.clone()),
        store,
        call_slots: LocalCallSlots::new(queue.clone()),
        memory: MemoryPressure::unlimited(),
        queue,
        compute: ComputeThreads::new(),
        clock: SystemClock,
        caller: DeadlyCaller,
        execution_log: Arc::new(ExecutionLogFile::new(None, |_| {})),
        counts: Arc::default(),
        append_watcher: Some(watcher),
    });
    let context = Arc::new(EngineContext::new(EngineSettings::new(AccountRegion {
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
    })));
    let workers = QueueWorkers::start_workers(&ports, &context);
    recover_executions(&ports).await.expect("the store answers");
    let arns = start_everything(&ports, &context).await;
    let mut claimed = 0;
    while is_anything_running(&ports, &context, &arns).await {
        // The status of an execution is written after its last record.
        let next = tokio::time::timeout(PAUSE, appended.recv()).await;
        let Ok(Some((_, record))) = next else { continue };
        claimed += usize::from(record.alive_until().is_some());
        if claimed == arns.len() {
            abort();
        }
    }
    workers.stop_workers().await;
    ports.store.shut_down().await;
}

async fn is_anything_running(
    ports: &LocalPorts<DeadlyCaller>,
    context: &EngineContext,
    arns: &[String],
) -> bool {
    for arn in arns {
        let described = describe_execution(ports, context, arn).await.expect("it exists");
        if described.1.status() == ExecutionStatus::Running {
            return true;
        }
    }
    false
}

/// Starts all executions, which changes nothing if they were started before. Returns their ARNs.
async fn start_everything(
    ports: &LocalPorts<DeadlyCaller>,
    context: &EngineContext,
) -> Vec<String> {
    let mut arns = Vec::new();
    for (function, count) in [(DEADLY, 1), ("harmless", INNOCENTS)] {
        let machine = CreateStateMachine {
            name: function.to_owned(),
            machine_type: StateMachineType::Standard,
            definition: definition_of(function),
            role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
            settings: StateMachineSettings::default(),
            tags: Vec::new(),
        };
        let made = create_state_machine(ports, context, machine).await.expect("it is valid");
        for index in 0..count {
            let request = StartExecution {
                state_machine_arn: made.arn.clone(),
                name: Some(format!("e{index}")),
                input: None,
                trace_header: None,
                execution_type: None,
            };
            arns.push(made.arn.replace("stateMachine", "execution") + &format!(":e{index}"));
            // In a later life the execution may have ended, and its name is taken.
            start_execution(ports, context, request, RepeatPolicy::WhileRunning).await.ok();
        }
    }
    arns
}

/// Does nothing unless it runs in a process that the test below has started.
#[test]
fn a_life_of_the_process() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    runtime.block_on(live(Path::new(&directory)));
}

#[tokio::test]
async fn the_executions_beside_a_deadly_one_go_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = env::current_exe().expect("this program");
    let mut deaths = 0;
    loop {
        let mut life = Command::new(&program);
        life.args(["--exact", "local::tests::poison::a_life_of_the_process"]);
        let ended = life.env(DIRECTORY, directory.path()).output().expect("starts");
        if ended.status.success() {
            break;
        }
        deaths += 1;
        assert!(deaths < 20, "{}", String::from_utf8_lossy(&ended.stderr));
    }
    // The first death is that of the process whose calls were in flight.
    assert_eq!(deaths, 1 + DEATHS_MAX);

    let store = SqliteStore::open_directory(directory.path()).expect("it is free");
    let connection = rusqlite::Connection::open(directory.path().join("statewright.sqlite"));
    let connection = connection.expect("opens");
    let count = |sql: &str| -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).expect("it is there")
    };
    assert_eq!(count("SELECT count(*) FROM dead_letters"), 1);
    assert_eq!(count("SELECT count(*) FROM executions WHERE status = 0"), 0);
    let of_lost_calls = "SELECT count(*) FROM records WHERE body LIKE '%Lambda.Unknown%'";
    assert_eq!(count(of_lost_calls), i64::try_from(INNOCENTS).expect("there are few"));
    let given_up = "SELECT count(*) FROM records WHERE body LIKE '%processes in a row have died%'";
    assert_eq!(count(given_up), 1);
    drop(connection);
    store.shut_down().await;
}
