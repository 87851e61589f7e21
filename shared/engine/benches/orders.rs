//! Measures a state that selects from 1,000 orders with JSONata: the whole transition including
//! events and output text, once with the frame in memory and once with the frame parsed first.
//!
//! `cargo bench -p engine` prints the medians, in microseconds of this thread's CPU time.
#![expect(clippy::print_stdout, reason = "the figures are what a benchmark is for")]

use std::hint::black_box;

use asl::Definition;
use engine::{StepContext, Stimulus, TimeAndSeed, advance, start_execution};
use model::{
    AccountRegion, DeploymentLimits, ExecutionFacts, ExecutionId, Frame, FramePath, Payload,
    ResourceName, RevisionId, Timestamp,
};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use step_budget::StepBudget;

const ORDERS: usize = 1_000;
const RUNS: usize = 200;
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

fn main() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Select", "States": {
        "Select": {"Type": "Pass", "End": true,
            "Output": "{% $states.input.orders[price > 10].id %}"}}});
    let definition =
        asl::parse_definition(&definition.to_string()).expect("the definition is valid");
    let order = |i: usize| {
        json!({
            "id": format!("order-{i:05}"),
            "price": (i * 7 % 40),
            "quantity": i % 5,
            "customer": {"name": "Jane Doe", "city": "Berlin"},
            "tags": ["new", "paid"],
        })
    };
    let input = json!({"orders": (0..ORDERS).map(order).collect::<Vec<_>>()});
    let frame = start_execution(&definition, Payload::from_value(input), ROLE).frame;
    let record = serde_json::to_string(&frame).expect("frames print");

    let held = median_microseconds(|| step_once(&definition, &frame));
    println!("{held:>8} us  a transition whose frame is at hand");
    let loaded = median_microseconds(|| {
        let frame: Frame = serde_json::from_str(&record).expect("printed frames load");
        step_once(&definition, &frame);
    });
    println!("{loaded:>8} us  a transition whose frame is read first, {} bytes", record.len());
}

fn step_once(definition: &Definition, frame: &Frame) {
    let name = |text| ResourceName::parse(text).expect("the name is valid");
    let context = StepContext {
        definition,
        limits: DeploymentLimits::AWS,
        account_region: &AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        },
        execution: &ExecutionId::from_names(&name("machine"), &name("execution")),
        facts: &ExecutionFacts {
            revision: RevisionId::new("revision"),
            role_arn: ROLE.into(),
            timeout_seconds: None,
            started_at: Timestamp::from_milliseconds(0),
            last_redrive: None,
            started_by: None,
            asynchronous_functions: false,
            version: None,
            is_logged: false,
        },
        input: None,
        path: &FramePath::ROOT,
        time_and_seed: TimeAndSeed { now: Timestamp::from_milliseconds(0), seed: 7 },
        budget: &StepBudget::unlimited(),
    };
    let transition = advance(&context, frame, Stimulus::Due).expect("the frame is due");
    assert!(transition.frame.outcome().is_some(), "one transition ends the execution");
    black_box(transition);
}

fn median_microseconds(run: impl Fn()) -> i64 {
    let mut times: Vec<i64> = (0..RUNS)
        .map(|_| {
            let start = cpu_microseconds();
            run();
            cpu_microseconds() - start
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// Returns the CPU time of this thread in microseconds.
fn cpu_microseconds() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}
