//! Crates depend inwards only, and pure crates see nothing of the world.

use crate::workspace::dependencies;

/// Which of our crates each of our crates may use.
const ARROWS: [(&str, &[&str]); 21] = [
    ("model", &[]),
    ("jsonpath", &[]),
    ("jsonata", &[]),
    ("asl", &["model", "jsonpath", "jsonata"]),
    ("engine", &["model", "asl", "jsonpath", "jsonata"]),
    ("orchestrator", &["model", "asl", "engine"]),
    ("system", &["orchestrator", "model"]),
    ("embedded", &["orchestrator", "model", "asl", "system"]),
    ("services", &["orchestrator", "model"]),
    ("aws", &["orchestrator", "model", "system"]),
    ("memory", &["orchestrator", "model"]),
    ("protocol", &["orchestrator", "model", "asl"]),
    ("rehearsal", &["orchestrator", "engine", "model", "asl", "memory"]),
    (
        "statewright-cli",
        &[
            "orchestrator",
            "model",
            "asl",
            "embedded",
            "protocol",
            "rehearsal",
            "services",
            "system",
        ],
    ),
    ("lambda", &["aws", "orchestrator", "model", "protocol", "services", "system"]),
    ("statewright-step", &["lambda", "orchestrator"]),
    ("statewright-task", &["lambda", "orchestrator"]),
    ("statewright-timer", &["lambda", "orchestrator"]),
    ("statewright-api", &["lambda", "protocol"]),
    ("statewright-start", &["lambda"]),
    ("statewright", &[]),
];

/// What a pure crate must never see.
const WORLD: [&str; 8] =
    ["tokio", "tracing", "aws-", "hyper", "rusqlite", "rand", "getrandom", "futures"];

/// What use cases must never see: any AWS SDK, any HTTP type, any runtime.
const ADAPTERS: [&str; 6] = ["aws-", "http", "hyper", "rusqlite", "tokio", "reqwest"];

#[test]
fn crates_depend_inwards_only() {
    let packages = dependencies();
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
    for package in ["model", "jsonpath", "jsonata", "asl", "engine"] {
        assert_unseen(package, &WORLD);
    }
}

#[test]
fn use_cases_see_no_adapter() {
    assert_unseen("orchestrator", &ADAPTERS);
}

fn assert_unseen(package: &str, banned: &[&str]) {
    let packages = dependencies();
    let used = packages.get(package).unwrap_or_else(|| panic!("{package} is a package of ours"));
    for dependency in used {
        let seen = banned.iter().any(|prefix| dependency.starts_with(prefix));
        assert!(!seen, "{package} must not depend on {dependency}");
    }
}
