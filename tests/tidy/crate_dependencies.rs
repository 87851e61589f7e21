//! Crates depend inwards only, and pure crates see nothing of the world.

use crate::workspace::package_dependencies;

/// Which of our crates each of our crates may use.
const ARROWS: [(&str, &[&str]); 29] = [
    ("model", &[]),
    ("random_stream", &[]),
    ("step_budget", &[]),
    ("jsonpath", &["random_stream", "step_budget"]),
    ("jsonata", &["random_stream", "step_budget"]),
    ("asl", &["model", "jsonpath", "jsonata"]),
    ("engine", &["model", "asl", "jsonpath", "jsonata", "random_stream", "step_budget"]),
    ("graph", &["model", "asl"]),
    ("orchestrator", &["model", "asl", "engine", "random_stream", "step_budget"]),
    ("system_clock", &["orchestrator", "model"]),
    ("embedded", &["orchestrator", "model", "system_clock"]),
    ("cloudformation", &["embedded", "model"]),
    ("services", &["orchestrator", "model"]),
    ("aws", &["orchestrator", "model"]),
    ("memory_ports", &["orchestrator", "model", "random_stream"]),
    ("protocol", &["orchestrator", "model", "asl"]),
    ("console", &["model", "asl", "graph"]),
    ("signing_proxy", &["embedded", "protocol", "services"]),
    ("testkit", &["orchestrator", "engine", "model", "asl", "memory_ports"]),
    (
        "statewright-cli",
        &[
            "aws",
            "cloudformation",
            "console",
            "orchestrator",
            "model",
            "asl",
            "embedded",
            "jsonata",
            "jsonpath",
            "graph",
            "protocol",
            "testkit",
            "services",
            "signing_proxy",
            "system_clock",
        ],
    ),
    ("function_runtime", &["aws", "orchestrator", "model", "protocol", "services", "system_clock"]),
    ("statewright-step", &["function_runtime", "orchestrator"]),
    ("statewright-task", &["function_runtime", "orchestrator"]),
    ("statewright-timer", &["function_runtime", "orchestrator"]),
    ("statewright-job-event", &["function_runtime", "orchestrator", "services"]),
    ("statewright-api", &["function_runtime"]),
    ("statewright-proxy", &["embedded", "services", "signing_proxy"]),
    ("statewright-start", &["function_runtime"]),
    ("statewright", &[]),
];

/// What a pure crate must never see.
const WORLD: [&str; 8] =
    ["tokio", "tracing", "aws", "hyper", "rusqlite", "rand", "getrandom", "futures"];

/// What use cases must never see: any AWS SDK, any HTTP type, any runtime.
const ADAPTERS: [&str; 6] = ["aws", "http", "hyper", "rusqlite", "tokio", "reqwest"];

#[test]
fn crates_depend_inwards_only() {
    let packages = package_dependencies();
    let ours: Vec<&String> = packages.keys().collect();
    for (package, used) in &packages {
        let allowed = ARROWS.iter().find(|(name, _)| name == package);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{package} has no row in ARROWS"));
        for dependency in used.iter().filter(|name| ours.contains(name)) {
            let is_allowed = allowed.contains(&dependency.as_str());
            assert!(is_allowed, "{package} must not depend on {dependency}");
        }
    }
}

#[test]
fn pure_crates_see_nothing_of_the_world() {
    for package in
        ["model", "random_stream", "step_budget", "jsonpath", "jsonata", "asl", "engine", "graph"]
    {
        assert_unseen(package, &WORLD);
    }
}

#[test]
fn use_cases_see_no_adapter() {
    assert_unseen("orchestrator", &ADAPTERS);
}

fn assert_unseen(package: &str, banned: &[&str]) {
    let packages = package_dependencies();
    let used = packages.get(package).unwrap_or_else(|| panic!("{package} is a package of ours"));
    for dependency in used {
        let family = dependency.split(['-', '_']).next().unwrap_or_default();
        let seen = banned.contains(&family);
        assert!(!seen, "{package} must not depend on {dependency}");
    }
}
