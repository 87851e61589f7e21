//! Activities, the queues of their tasks, and `GetActivityTask` through the use cases, on each store.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use model::{
    AccountRegion, Activity, ActivityTask, ExecutionArn, ExecutionStatus, Failure, FrameOutcome,
    TaskSecret, TaskToken,
};
use orchestrator::{
    EngineContext, EngineSettings,
    api::{
        CreateActivity, GetActivityTask, StartedActivityTask, StopExecution, create_activity,
        describe_execution, get_activity_task, send_task_failure, send_task_success,
        stop_execution,
    },
    ports::ActivityCreation,
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    data::{child_path, execution_id, parse_name, timestamp_at},
    store_ports::StorePorts,
    stores::ContractStore,
};

/// Far longer than any store takes.
const SOON: Duration = Duration::from_mins(1);
const ACTIVITY: &str = "arn:aws:states:us-east-1:000000000000:activity:work";

pub(crate) fn new_activity(name: &str) -> Activity {
    Activity {
        name: parse_name(name),
        created_at: timestamp_at(1),
        encryption: Some(serde_json::json!({"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"})),
        tags: vec![("b".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())],
    }
}

pub(crate) async fn an_activity_is_created_once(store: &impl ContractStore) {
    let created = store.create_activity(new_activity("a")).await.expect("no fault");
    assert!(matches!(created, ActivityCreation::Done));
    let other = Activity { created_at: timestamp_at(2), tags: Vec::new(), ..new_activity("a") };
    let created = store.create_activity(other).await.expect("no fault");
    let ActivityCreation::Exists(existing) = created else { panic!("it was created twice") };
    assert_eq!(*existing, new_activity("a"));
    let loaded = store.load_activity(&parse_name("a")).await.expect("no fault");
    assert_eq!(loaded.as_deref(), Some(&new_activity("a")));
    assert!(store.load_activity(&parse_name("b")).await.expect("no fault").is_none());
}

pub(crate) async fn an_activity_is_replaced_only_while_it_exists(store: &impl ContractStore) {
    let tagged = Activity { tags: Vec::new(), ..new_activity("a") };
    store.put_activity(tagged.clone()).await.expect("no fault");
    assert!(store.load_activity(&parse_name("a")).await.expect("no fault").is_none());
    store.create_activity(new_activity("a")).await.expect("no fault");
    store.put_activity(tagged.clone()).await.expect("no fault");
    let loaded = store.load_activity(&parse_name("a")).await.expect("no fault");
    assert_eq!(loaded.as_deref(), Some(&tagged));
    for _ in 0..2 {
        store.delete_activity(&parse_name("a")).await.expect("no fault");
        assert!(store.load_activity(&parse_name("a")).await.expect("no fault").is_none());
    }
    let created = store.create_activity(new_activity("a")).await.expect("no fault");
    assert!(matches!(created, ActivityCreation::Done));
}

pub(crate) async fn activities_are_listed_by_name(store: &impl ContractStore) {
    for name in ["b", "é", "a", "c"] {
        store.create_activity(new_activity(name)).await.expect("no fault");
    }
    let names = async |limit, after: Option<&str>| {
        let after = after.map(parse_name);
        let listed = store.list_activities(limit, after.as_ref()).await.expect("no fault");
        listed.iter().map(|activity| activity.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(9, None).await, ["a", "b", "c", "é"]);
    assert_eq!(names(2, None).await, ["a", "b"]);
    assert_eq!(names(2, Some("b")).await, ["c", "é"]);
    assert_eq!(names(9, Some("é")).await, [""; 0]);
    let whole = store.list_activities(1, Some(&parse_name("a"))).await.expect("no fault");
    assert_eq!(*whole[0], new_activity("b"));
}

pub(crate) fn waiting_task(activity: &str, scheduled_at: i64, secret: u128) -> ActivityTask {
    ActivityTask {
        activity: parse_name(activity),
        scheduled_at: timestamp_at(scheduled_at),
        token: TaskToken {
            execution: execution_id("m-é", "e"),
            frame: child_path(1, 2),
            secret: TaskSecret::from_bits(secret),
        },
    }
}

pub(crate) async fn tasks_wait_in_the_order_of_their_times(store: &impl ContractStore) {
    let times = [1_700_000_000_000, 999_999_999_999, 5, 1_700_000_000_001];
    for (time, secret) in times.into_iter().zip(1..) {
        for _ in 0..2 {
            store.put_activity_task(waiting_task("a", time, secret)).await.expect("no fault");
        }
    }
    store.put_activity_task(waiting_task("aa", 1, 9)).await.expect("no fault");
    let tasks = async |limit| {
        store.await_activity_tasks(&parse_name("a"), limit, 0).await.expect("no fault")
    };
    let task =
        |secret: u128| waiting_task("a", times[usize::try_from(secret - 1).unwrap_or(0)], secret);
    assert_eq!(tasks(9).await, [task(3), task(2), task(1), task(4)]);
    assert_eq!(tasks(2).await, [task(3), task(2)]);
    for _ in 0..2 {
        store.remove_activity_task(&task(3)).await.expect("no fault");
        assert_eq!(tasks(2).await, [task(2), task(1)]);
    }
    let others = store.await_activity_tasks(&parse_name("aa"), 9, 0).await.expect("no fault");
    assert_eq!(others, [waiting_task("aa", 1, 9)]);
    assert!(store.await_activity_tasks(&parse_name("b"), 9, 0).await.expect("none").is_empty());
}

/// Each task wakes a worker where the store tells of tasks; elsewhere, workers look again.
pub(crate) async fn every_waiting_worker_sees_a_task_of_its_own(store: &impl ContractStore) {
    const WORKERS: u128 = 8;
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let store = store.clone();
        workers.spawn(async move {
            loop {
                let activity = parse_name("a");
                let tasks = store.await_activity_tasks(&activity, 1, 60_000).await;
                if let Some(task) = tasks.expect("no fault").first() {
                    store.remove_activity_task(task).await.expect("no fault");
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    // Two workers may see one task, so there is another one until each has seen one.
    let mut secret = 0;
    timeout(SOON, async {
        while !workers.is_empty() {
            secret += 1;
            store.put_activity_task(waiting_task("a", 1, secret)).await.expect("no fault");
            while workers.try_join_next().is_some() {}
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("each worker is woken");
}

/// The ports of a machine with tasks of the activity `work`, and its context.
struct ActivityWorld<S> {
    ports: Arc<StorePorts<S>>,
    context: Arc<EngineContext>,
}

impl<S: ContractStore> ActivityWorld<S> {
    async fn start(store: &S) -> Self {
        let region = AccountRegion::new("us-east-1", "000000000000");
        let context = EngineContext::new(EngineSettings {
            activity_poll_milliseconds: 0,
            ..EngineSettings::new(region)
        });
        let world =
            Self { ports: Arc::new(StorePorts::with_store(store)), context: Arc::new(context) };
        let request =
            CreateActivity { name: "work".to_owned(), tags: Vec::new(), encryption: None };
        create_activity(world.ports.as_ref(), &world.context, request).await.expect("it is valid");
        world
    }

    /// Starts an execution with this task, and handles messages. Returns its ARN.
    async fn start_task(&self, name: &str, fields: &str) -> String {
        let definition = format!(
            r#"{{"StartAt":"Work","States":{{"Work":{{"Type":"Task","Resource":"{ACTIVITY}",
                {fields}"End":true}}}}}}"#
        );
        let input = Some(format!("\"{name}\""));
        let arn = self.ports.start(&self.context, name, &definition, input).await;
        self.ports.handle_all(&self.context).await;
        arn
    }

    async fn poll(&self) -> Option<StartedActivityTask> {
        let request = GetActivityTask { activity_arn: ACTIVITY.to_owned(), worker_name: None };
        get_activity_task(self.ports.as_ref(), &self.context, request).await.expect("no fault")
    }

    async fn outcome(&self, arn: &str) -> Option<FrameOutcome> {
        self.ports.handle_all(&self.context).await;
        let described = describe_execution(self.ports.as_ref(), &self.context, arn).await;
        described.expect("it exists").1.end.clone().map(|(_, outcome)| outcome)
    }
}

pub(crate) async fn a_worker_gets_a_task_and_answers(store: &impl ContractStore) {
    let world = ActivityWorld::start(store).await;
    assert_eq!(world.poll().await, None);
    let (one, other) = (world.start_task("one", "").await, world.start_task("two", "").await);
    let (first, second) = (world.poll().await.expect("one"), world.poll().await.expect("two"));
    assert_eq!([first.input.json_text(), second.input.json_text()], [r#""one""#, r#""two""#]);
    assert_eq!(world.poll().await, None);
    let ports = world.ports.as_ref();
    let token = first.token.to_string();
    send_task_success(ports, &world.context, &token, "1").await.expect("it waits");
    let token = second.token.to_string();
    let failure = Failure::new("Refused", "why");
    send_task_failure(ports, &world.context, &token, failure.clone()).await.expect("it waits");
    let Some(FrameOutcome::Succeeded(output)) = world.outcome(&one).await else { panic!("failed") };
    assert_eq!(output.json_text(), "1");
    assert_eq!(world.outcome(&other).await, Some(FrameOutcome::Failed(failure)));
    assert!(rows(store).await.is_empty());
}

async fn rows(store: &impl ContractStore) -> Vec<ActivityTask> {
    store.await_activity_tasks(&parse_name("work"), 100, 0).await.expect("no fault")
}

pub(crate) async fn many_workers_get_each_task_once(store: &impl ContractStore) {
    const TASKS: usize = 6;
    let world = Arc::new(ActivityWorld::start(store).await);
    for number in 0..TASKS {
        world.start_task(&format!("m{number}"), "").await;
    }
    let mut workers = JoinSet::new();
    for _ in 0..2 * TASKS {
        let world = Arc::clone(&world);
        workers.spawn(async move { world.poll().await });
    }
    let mut tokens = BTreeSet::new();
    for taken in workers.join_all().await.into_iter().flatten() {
        assert!(tokens.insert(taken.token), "one is given away twice");
    }
    // A poll that waits for nothing may lose its only task to another one.
    while let Some(taken) = world.poll().await {
        assert!(tokens.insert(taken.token), "one is given away twice");
    }
    assert_eq!(tokens.len(), TASKS);
}

pub(crate) async fn what_was_stopped_or_is_late_is_given_to_nobody(store: &impl ContractStore) {
    let world = ActivityWorld::start(store).await;
    let ports = world.ports.as_ref();
    let stopped = world.start_task("stopped", "").await;
    let id = ExecutionArn::parse(&stopped).expect("an ARN").execution_id();
    let row = rows(store).await.remove(0);
    let request = StopExecution { execution_arn: stopped.clone(), failure: Failure::default() };
    stop_execution(ports, &world.context, request).await.expect("it runs");
    assert!(rows(store).await.is_empty(), "a stop takes the task out of the queue");
    // As if the one that stopped it had died before that.
    store.put_activity_task(row).await.expect("no fault");
    assert_eq!(world.poll().await, None);
    assert!(rows(store).await.is_empty());
    let head = store.load_head(&id, &model::FramePath::ROOT).await.expect("no fault");
    assert!(head.is_some_and(|head| head.record.frame.outcome().is_some()));

    let late = world.start_task("late", r#""TimeoutSeconds":1,"#).await;
    timeout(SOON, async {
        while world.outcome(&late).await.is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it times out");
    assert!(rows(store).await.is_empty(), "a timeout takes the task out of the queue");
    assert_eq!(world.poll().await, None);
}

pub(crate) async fn a_task_of_no_activity_fails(store: &impl ContractStore) {
    let world = ActivityWorld::start(store).await;
    store.delete_activity(&parse_name("work")).await.expect("no fault");
    let catch = r#""Catch":[{"ErrorEquals":["States.ALL"],"Next":"Work"}],"#;
    let arn = world.start_task("m", catch).await;
    let Some(FrameOutcome::Failed(failure)) = world.outcome(&arn).await else { panic!("runs") };
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    let described = describe_execution(world.ports.as_ref(), &world.context, &arn).await;
    assert_eq!(described.expect("it exists").1.status(), ExecutionStatus::Failed);
}
