//! Measures templates over 1,000 orders, including the conversion of the input.
//!
//! `cargo bench -p jsonata` prints the median of each, in microseconds of this thread's CPU time.
#![expect(clippy::print_stdout, reason = "the figures are what a benchmark is for")]

use std::hint::black_box;

use jsonata::{JsonataBindings, JsonataSession, JsonataTemplate};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

const ORDERS: usize = 1_000;
const RUNS: usize = 200;

fn main() {
    let order = |i: usize| {
        json!({
            "id": format!("order-{i:05}"),
            "price": (i * 7 % 40),
            "quantity": i % 5,
            "customer": {"name": "Jane Doe", "city": "Berlin"},
            "tags": ["new", "paid"],
        })
    };
    let input = json!({"limit": 10, "orders": (0..ORDERS).map(order).collect::<Vec<_>>()});
    for template in [
        json!("{% $states.input.orders[price > 10].id %}"),
        json!("{% $states.input.orders[price > $states.input.limit and quantity != 0].id %}"),
        json!("{% $states.input.orders[price + quantity > 10].id %}"),
        json!("{% $states.input.orders %}"),
        json!("{% $sum($states.input.orders.(price * quantity)) %}"),
        json!("{% $states.input.orders.(id & '-' & price) %}"),
        json!(
            "{% $map($states.input.orders, function($o) { {'id': $o.id, 'total': $o.price * 2} }) %}"
        ),
        json!({
            "ids": "{% $states.input.orders[price > 10].id %}",
            "total": "{% $sum($states.input.orders.price) %}",
            "count": "{% $count($states.input.orders) %}",
        }),
    ] {
        let compiled = JsonataTemplate::parse(&template).expect("the templates are well-formed");
        println!("{:>8} us  {template}", median(&compiled, &input));
    }
}

fn median(template: &JsonataTemplate, input: &Value) -> i64 {
    let variables = Map::new();
    let mut times: Vec<i64> = (0..RUNS)
        .map(|_| {
            let start = cpu_microseconds();
            let bindings = JsonataBindings {
                input,
                context: None,
                result: None,
                error_output: None,
                variables: &variables,
            };
            let session = JsonataSession::new(bindings, 0, 0);
            black_box(template.evaluate(&session, "Output").expect("the templates have values"));
            cpu_microseconds() - start
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// The CPU time of this thread so far.
fn cpu_microseconds() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}
