//! A function's IAM role permits what the ports of its role in `orchestrator` need, and nothing
//! more.
//!
//! That it permits enough shows in `tests/acceptance/hosted`, where policies are enforced.

use std::{collections::BTreeSet, fs, path::Path};

use orchestrator::roles::ROLES;

/// What is done with which part of the deployment.
type PermittedAction = (String, String);

/// Actions by the part of the deployment that they are for.
type ActionsByResource = &'static [(&'static str, &'static [&'static str])];

/// What each port asks of AWS, after the table in the docs of `aws`.
const PORTS: [(&str, ActionsByResource); 11] = [
    (
        "RecordLog",
        &[(
            "Table",
            &[
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ],
        )],
    ),
    ("HistoryReader", &[("Table", &["dynamodb:Query", "dynamodb:BatchGetItem"])]),
    (
        "FanInStore",
        &[(
            "Table",
            &[
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ],
        )],
    ),
    (
        "ExecutionStore",
        &[
            (
                "Table",
                &[
                    "dynamodb:GetItem",
                    "dynamodb:BatchGetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                ],
            ),
            ("Table/index/listing", &["dynamodb:Query"]),
            ("Table/index/starts", &["dynamodb:Query"]),
        ],
    ),
    (
        "StateMachineStore",
        &[
            (
                "Table",
                &[
                    "dynamodb:GetItem",
                    "dynamodb:BatchGetItem",
                    "dynamodb:Query",
                    "dynamodb:PutItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:BatchWriteItem",
                ],
            ),
            ("Table/index/listing", &["dynamodb:Query"]),
        ],
    ),
    (
        "MessageQueue",
        &[
            ("Steps", &["sqs:SendMessage"]),
            ("Tasks", &["sqs:SendMessage"]),
            ("Table", &["dynamodb:PutItem"]),
        ],
    ),
    ("DeadLetterQueue", &[("DeadLetters", &["sqs:SendMessage"])]),
    ("TaskCaller", &[("role/${TaskRoles}", &["sts:AssumeRole"])]),
    (
        "move_due_messages",
        &[
            (
                "Table",
                &[
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:PutItem",
                    "dynamodb:BatchWriteItem",
                ],
            ),
            ("Steps", &["sqs:SendMessage"]),
            ("Tasks", &["sqs:SendMessage"]),
        ],
    ),
    ("", &[("*", &["xray:PutTraceSegments", "xray:PutTelemetryRecords"])]),
    ("ExecutionObserver", &[("event-bus/${StatusEventBus}", &["events:PutEvents"])]),
];

/// A function, its role in `orchestrator::roles`, and what Lambda does for it.
const FUNCTIONS: [(&str, &str, ActionsByResource); 5] = [
    ("Step", "StepRole", &[("Steps", &CONSUME_ACTIONS)]),
    ("Task", "TaskRole", &[("Tasks", &CONSUME_ACTIONS)]),
    ("Timer", "TimerRole", &[]),
    // The destination of events that could not be served.
    ("Start", "StartRole", &[("DeadLetters", &["sqs:SendMessage"])]),
    ("Api", "ApiRole", &[]),
];

/// What an event source mapping and a worker do with the queue.
const CONSUME_ACTIONS: [&str; 4] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
];

fn read_repository_file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_role_permits_what_the_ports_of_its_function_need_and_no_more() {
    let template = read_repository_file("template.yaml");
    for (function, role, by_lambda) in FUNCTIONS {
        let ports = ports_of(function, role);
        let mut needed: BTreeSet<PermittedAction> = list_actions(by_lambda).collect();
        for (port, asked) in PORTS {
            if port.is_empty() || ports.contains(port) {
                needed.extend(list_actions(asked));
            }
        }
        needed.extend(list_actions(&[(
            &*format!("{function}Log"),
            &["logs:CreateLogStream", "logs:PutLogEvents"],
        )]));
        let permitted = permitted_actions(&template, function);
        let excess: Vec<&PermittedAction> = permitted.difference(&needed).collect();
        assert!(excess.is_empty(), "{function} may do what it has no port for: {excess:?}");
        assert!(permitted.len() > 4, "{function}'s role was not read: {permitted:?}");
    }
}

/// The ports of a function's role, and what else the function's `main` calls.
fn ports_of(function: &str, role: &str) -> BTreeSet<&'static str> {
    let role = ROLES.iter().find(|known| known.role == role);
    let role = role.unwrap_or_else(|| panic!("{function} has no role"));
    let main = read_repository_file(&format!("functions/{}/src/main.rs", function.to_lowercase()));
    let moves_messages = main.contains("move_due_messages").then_some("move_due_messages");
    role.ports.iter().copied().chain(moves_messages).collect()
}

#[test]
fn every_port_of_a_role_has_its_rights_here() {
    for role in ROLES {
        for port in role.ports {
            // Time and randomness ask nothing of AWS.
            let is_known = PORTS.iter().any(|(known, _)| known == port);
            assert!(is_known || ["Clock", "RandomSource"].contains(port), "{port}");
        }
    }
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

/// `!GetAtt Table.Arn` → `Table`, `!Sub ${Table.Arn}/index/starts` → `Table/index/starts`,
/// `!Sub arn:…:role/${TaskRoles}` → `role/${TaskRoles}`
fn resource_part(resource: &str) -> String {
    let resource = resource.split(" #").next().unwrap_or_default().trim_matches('"');
    let name = resource.rsplit(' ').next().unwrap_or_default();
    let name = name.rsplit(':').next().filter(|_| name.starts_with("arn:")).unwrap_or(name);
    name.replace("${Table.Arn}", "Table").replace(".Arn", "")
}
