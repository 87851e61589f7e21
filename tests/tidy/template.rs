//! A function's IAM role permits what the use cases of its role in `orchestrator` reach, no less
//! and no more.
//!
//! ```text
//! use cases ─ port_use.rs ─▶ methods of ports ─ the table in the docs of `aws` ─▶ requests ─▶ actions
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use orchestrator::roles::ROLES;
use regex::Regex;

use crate::{port_use::PortUse, workspace::repository_root};

/// An action of IAM and the part of the deployment that it is done with.
type PermittedAction = (String, String);

/// Actions by the part of the deployment that they are for.
type ActionsByResource = &'static [(&'static str, &'static [&'static str])];

/// What a function does.
struct FunctionUse {
    /// Its name in the template.
    function: &'static str,
    /// Its role in `orchestrator::roles`.
    role: &'static str,
    /// The use cases that it calls.
    use_cases: UseCases,
    /// What its `main` asks of an adapter directly.
    operations: &'static [&'static str],
    /// What Lambda does for it.
    by_lambda: ActionsByResource,
}

enum UseCases {
    These(&'static [&'static str]),
    OfApi,
}

const FUNCTIONS: [FunctionUse; 6] = [
    FunctionUse {
        function: "Step",
        role: "StepRole",
        use_cases: UseCases::These(&["handle_step_message"]),
        operations: &["open_connections", "put_unreadable"],
        by_lambda: &[("Steps", &CONSUME_ACTIONS)],
    },
    FunctionUse {
        function: "Task",
        role: "TaskRole",
        use_cases: UseCases::These(&["handle_message"]),
        operations: &["open_connections", "put_unreadable"],
        by_lambda: &[("Tasks", &CONSUME_ACTIONS)],
    },
    FunctionUse {
        function: "Timer",
        role: "TimerRole",
        use_cases: UseCases::These(&["continue_deletions"]),
        operations: &["move_due_messages", "open_connections"],
        by_lambda: &[],
    },
    FunctionUse {
        function: "JobEvent",
        role: "JobEventRole",
        use_cases: UseCases::These(&["report_job_change", "complete_function_call"]),
        operations: &["open_connections"],
        by_lambda: &[("Answers", &CONSUME_ACTIONS)],
    },
    FunctionUse {
        function: "Start",
        role: "StartRole",
        use_cases: UseCases::These(&["start_execution"]),
        operations: &["open_connections"],
        // The destination of events that could not be served.
        by_lambda: &[("DeadLetters", &["sqs:SendMessage"])],
    },
    FunctionUse {
        function: "Api",
        role: "ApiRole",
        use_cases: UseCases::OfApi,
        operations: &["open_connections"],
        by_lambda: &[],
    },
];

/// What an event source mapping and a worker do with the queue.
const CONSUME_ACTIONS: [&str; 4] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
];

/// The ports that `aws` implements by requests to DynamoDB and SQS.
const PORTS_OF_AWS: [&str; 12] = [
    "RecordLog",
    "HistoryReader",
    "GateStore",
    "FanInStore",
    "ExecutionStore",
    "StateMachineStore",
    "ActivityStore",
    "ActivityTaskQueue",
    "JobIndex",
    "MessageQueue",
    "DeadLetterQueue",
    "DeathCounter",
];

/// What methods of other ports ask of AWS. The others ask for nothing.
const ELSEWHERE: [(&str, ActionsByResource); 3] = [
    ("make_call", &[("role/*", &["sts:AssumeRole"])]),
    ("may_pass_role", &[("*", &["iam:GetRole", "iam:SimulatePrincipalPolicy"])]),
    ("status_changed", &[("event-bus/${StatusEventBus}", &["events:PutEvents"])]),
];

fn read_repository_file(path: &str) -> String {
    let path = repository_root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_role_permits_what_its_function_needs_and_no_more() {
    let faults = compare_policies(&read_repository_file("template.yaml"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_action_that_is_missing_and_one_too_many_are_noticed() {
    let template = read_repository_file("template.yaml");
    let (before, from_start) = template.split_once("\n  StartRole:").expect("start has a role");
    let of_start = "Action: [dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:PutItem]";
    assert!(from_start.contains(of_start), "start's role has changed");
    let changed = |to: &str| format!("{before}\n  StartRole:{}", from_start.replace(of_start, to));
    let less = "Action: [dynamodb:GetItem, dynamodb:PutItem]";
    let missing = compare_policies(&changed(less));
    assert_eq!(missing, ["Start may not do dynamodb:BatchGetItem on Table"]);
    let more = of_start.replace(']', ", dynamodb:Scan]");
    let excess = compare_policies(&changed(&more));
    assert_eq!(excess, ["Start need not do dynamodb:Scan on Table"]);
}

#[test]
fn only_roles_with_the_tag_are_assumed() {
    let template = read_repository_file("template.yaml");
    let lines: Vec<&str> = template.lines().map(str::trim).collect();
    let assumes = lines.windows(3).filter(|lines| lines[0] == "Action: [sts:AssumeRole]");
    let conditions: Vec<&str> = assumes.map(|lines| lines[2]).collect();
    let tag = r#"Condition: {StringEquals: {"iam:ResourceTag/statewright": "true"}}"#;
    assert_eq!(conditions, [tag, tag], "of the functions task and api");
}

#[test]
fn every_method_of_a_port_on_aws_has_its_requests_listed() {
    let (port_use, listed) = (PortUse::of_orchestrator(), listed_requests());
    for method in PORTS_OF_AWS.iter().flat_map(|port| port_use.methods_of(port)) {
        assert!(listed.contains_key(method), "shared/aws/src/lib.rs does not list {method}");
    }
}

/// Compares the policies of all functions with what the functions need.
fn compare_policies(template: &str) -> Vec<String> {
    let (port_use, listed) = (PortUse::of_orchestrator(), listed_requests());
    let mut differences = Vec::new();
    for known in &FUNCTIONS {
        let function = known.function;
        let needed = needed_actions(known, &port_use, &listed);
        let permitted = permitted_actions(template, function);
        for (action, resource) in needed.difference(&permitted) {
            differences.push(format!("{function} may not do {action} on {resource}"));
        }
        for (action, resource) in permitted.difference(&needed) {
            differences.push(format!("{function} need not do {action} on {resource}"));
        }
    }
    differences
}

fn needed_actions(
    known: &FunctionUse,
    port_use: &PortUse,
    listed: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<PermittedAction> {
    let role = ROLES.iter().find(|role| role.role == known.role).expect("it is a role");
    let reached = match known.use_cases {
        UseCases::These(use_cases) => {
            port_use.reached_methods(use_cases.iter().copied(), role.ports)
        }
        UseCases::OfApi => port_use.reached_methods(port_use.api_use_cases(), role.ports),
    };
    let mut needed: BTreeSet<PermittedAction> = list_actions(known.by_lambda).collect();
    for operation in reached.iter().chain(known.operations) {
        for request in listed.get(*operation).into_iter().flatten() {
            needed.extend(actions_of_request(operation, request));
        }
        let elsewhere = ELSEWHERE.iter().filter(|(method, _)| method == operation);
        needed.extend(elsewhere.flat_map(|(_, asked)| list_actions(asked)));
    }
    let log = format!("{}Log", known.function);
    needed.extend(list_actions(&[(&*log, &["logs:CreateLogStream", "logs:PutLogEvents"])]));
    if !["Timer", "JobEvent"].contains(&known.function) {
        // Nobody traces what a schedule or the event of a service invokes.
        needed
            .extend(list_actions(&[("*", &["xray:PutTraceSegments", "xray:PutTelemetryRecords"])]));
    }
    needed
}

/// The requests of each operation by the table in the docs of `aws`: `GetItem`, or `Query*` for one
/// of an index.
fn listed_requests() -> BTreeMap<String, BTreeSet<String>> {
    let source = read_repository_file("shared/aws/src/lib.rs");
    let name = Regex::new(r"`(\w+)`(\*?)").expect("valid");
    let names = |text: &str| {
        let found = name.captures_iter(text).map(|it| format!("{}{}", &it[1], &it[2]));
        found.collect::<BTreeSet<String>>()
    };
    let mut listed = BTreeMap::new();
    for row in source.lines().filter_map(|line| line.strip_prefix("//! | `")) {
        let (operations, requests) = row.split_once(" | ").expect("a row has two cells");
        let requests = with_parts(names(requests));
        for operation in names(&format!("`{operations}")) {
            listed.insert(operation, requests.clone());
        }
    }
    listed
}

/// Adds the requests for parts of content that is too large: it is written before what refers to
/// it, and read after it. An update answers with what it has written.
fn with_parts(mut requests: BTreeSet<String>) -> BTreeSet<String> {
    const WRITES: [&str; 3] = ["UpdateItem", "SendMessage", "SendMessageBatch"];
    const READS: [&str; 3] = ["GetItem", "Query", "UpdateItem"];
    let any = |of: [&str; 3]| of.iter().any(|request| requests.contains(*request));
    let (writes, reads) = (any(WRITES), any(READS));
    requests.extend(writes.then(|| "PutItem".to_owned()));
    requests.extend(reads.then(|| "BatchGetItem".to_owned()));
    requests
}

/// The actions that IAM wants for a request.
///
/// Spec: Service Authorization Reference, "Actions defined by Amazon SQS": a batch is the action on
/// one message. DynamoDB Developer Guide, "Using IAM with DynamoDB transactions": so is a
/// transaction.
fn actions_of_request(operation: &str, request: &str) -> Vec<PermittedAction> {
    let (action, resources): (_, &[&str]) = match request {
        "SendMessage" | "SendMessageBatch" if operation == "put_dead_letter" => {
            ("sqs:SendMessage", &["DeadLetters"])
        }
        "SendMessage" if operation == "put_unreadable" => ("sqs:SendMessage", &["Unreadable"]),
        "SendMessage" | "SendMessageBatch" => ("sqs:SendMessage", &["Steps", "Tasks"]),
        "TransactWriteItems" => ("dynamodb:PutItem", &["Table"]),
        "Query*" => ("dynamodb:Query", &["Table/index/listing"]),
        of_table => return vec![(format!("dynamodb:{of_table}"), "Table".to_owned())],
    };
    resources.iter().map(|resource| (action.to_owned(), (*resource).to_owned())).collect()
}

fn list_actions<'a>(
    asked: &'a [(&'a str, &'a [&'a str])],
) -> impl Iterator<Item = PermittedAction> + 'a {
    asked.iter().flat_map(|(resource, actions)| {
        actions.iter().map(|action| ((*action).to_owned(), (*resource).to_owned()))
    })
}

/// The rights in the policy of a function's role: each statement has its actions on one line, and
/// its resources on the next ones.
fn permitted_actions(template: &str, function: &str) -> BTreeSet<PermittedAction> {
    let role = template.split_once(&format!("\n  {function}Role:\n")).expect("it has a role").1;
    let role = role.split("\n\n").next().expect("there is a first part");
    let (mut rights, mut actions) = (BTreeSet::new(), Vec::new());
    for line in role.lines().map(str::trim).skip_while(|line| *line != "PolicyDocument:") {
        if let Some(listed) = line.strip_prefix("Action: ") {
            let listed = listed.trim_matches(['[', ']']);
            actions = listed.split(", ").map(str::to_owned).collect();
        }
        let resource = line.strip_prefix("Resource: ").or_else(|| line.strip_prefix("- !"));
        let Some(resource) = resource.filter(|it| !it.starts_with("If")) else { continue };
        let resource = resource_part(resource);
        rights.extend(actions.iter().map(|action| (action.clone(), resource.clone())));
    }
    rights.retain(|(_, resource)| !resource.starts_with("AWS::NoValue"));
    rights
}

/// `!GetAtt Steps.Arn` → `Steps`, `!Sub arn:…:role/*` → `role/*`,
/// `!If [HasOwnTable, !GetAtt Table.Arn, !Sub "arn:…:table/${ExistingTable}"]` → `Table`
fn resource_part(resource: &str) -> String {
    if let Some(either) = resource.strip_prefix("!If [HasOwnTable, ") {
        let either = either.trim_end_matches(']').replace('"', "");
        let (own, existing) = either.split_once(", ").expect("a condition has two values");
        let own = resource_part(own);
        let existing = resource_part(existing).replace("table/${ExistingTable}", "Table");
        assert_eq!(own, existing, "the stack's own table and an existing one differ");
        return own;
    }
    let resource = resource.split(" #").next().unwrap_or_default().trim_matches('"');
    let name = resource.rsplit(' ').next().unwrap_or_default();
    let name = name.rsplit(':').next().filter(|_| name.starts_with("arn:")).unwrap_or(name);
    name.replace("${Table.Arn}", "Table").replace(".Arn", "")
}
