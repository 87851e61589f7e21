//! The maximum number of events of an execution whose children make them, on each store.

use std::num::NonZeroU32;

use model::{AccountRegion, ExecutionArn, FrameOutcome, limits::INLINE_ITERATIONS_MAX};
use orchestrator::{EngineContext, EngineSettings, api::describe_execution};

use crate::{store_ports::StorePorts, stores::ContractStore};

const EVENTS_MAX: u64 = 1_000;
const BUCKET: u32 = 4;
/// The most events of an iteration of the machines below.
const ITERATION_EVENTS: u64 = 10;
/// Runs a machine over 500 items. Returns its outcome, and how many events its execution has.
async fn run(store: &impl ContractStore, name: &str, definition: &str) -> (FrameOutcome, u64) {
    let ports = StorePorts::with_store(store);
    let mut settings = EngineSettings::new(AccountRegion::new("us-east-1", "000000000000"));
    settings.limits.history_events = EVENTS_MAX;
    settings.limits.bucket_children = NonZeroU32::new(BUCKET).expect("it is not 0");
    let context = EngineContext::new(settings);
    let items = serde_json::to_string(&(0..500).collect::<Vec<u32>>()).expect("numbers print");
    let arn = ports.start(&context, name, definition, Some(items)).await;
    ports.handle_all(&context).await;
    let (_, execution) = describe_execution(&ports, &context, &arn).await.expect("it exists");
    let (_, outcome) = execution.end.clone().expect("it has ended");
    let id = ExecutionArn::parse(&arn).expect("it is an ARN").execution_id();
    let records = store.load_all_records(&id).await.expect("no fault");
    let events = records.iter().map(|(_, _, record)| record.events.len()).sum::<usize>();
    (outcome, u64::try_from(events).expect("it is small"))
}

pub(crate) async fn children_that_fill_the_history_fail_their_execution(
    store: &impl ContractStore,
) {
    let machine = |concurrency: u32, processor: &str| {
        format!(
            r#"{{"StartAt":"Each","States":{{
                "Each":{{"Type":"Map","MaxConcurrency":{concurrency},"ItemProcessor":{processor},
                    "Catch":[{{"ErrorEquals":["States.ALL"],"Next":"Caught"}}],"End":true}},
                "Caught":{{"Type":"Pass","End":true}}}}}}"#
        )
    };
    let item = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
        "B":{"Type":"Pass","End":true}}}"#;
    let fork = r#"{"StartAt":"Fork","States":{"Fork":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"Left","States":{"Left":{"Type":"Pass","End":true}}},
        {"StartAt":"Right","States":{"Right":{"Type":"Pass","End":true}}}]}}}"#;
    let tolerant = machine(3, item)
        .replace("States.ALL", "Other")
        .replace(r#""Catch""#, r#""ToleratedFailureCount":5,"Catch""#);
    let machines = [
        ("wide", machine(0, item), u64::from(INLINE_ITERATIONS_MAX)),
        ("three", machine(3, item), 3),
        ("tolerant", tolerant, 3),
        ("nested", machine(2, fork), 2),
    ];
    for (name, definition, concurrency) in machines {
        let (outcome, events) = run(store, name, &definition).await;
        let FrameOutcome::Failed(failure) = outcome else { panic!("{name}: {outcome:?}") };
        assert_eq!(failure.error.as_deref(), Some("States.Runtime"), "{name}");
        assert_eq!(
            failure.cause.as_deref(),
            Some("The execution reached the maximum number of history events (1000)."),
            "{name}"
        );
        // Those that ran when the history was full, and those whose buckets were not full.
        let uncounted = (concurrency + 2 * u64::from(BUCKET)) * ITERATION_EVENTS;
        assert!((900..EVENTS_MAX + uncounted).contains(&events), "{name}: {events} events");
    }
}
