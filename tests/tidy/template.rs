//! A function's role permits what the ports of its use cases need, and nothing more.
//!
//! That it permits enough shows in `tests/acceptance/hosted`, where policies are enforced.

use std::{collections::BTreeSet, fs, path::Path};

/// What is done with which part of the deployment.
type PermittedAction = (String, String);

/// Actions by the part of the deployment that they are for.
type ActionsByResource = &'static [(&'static str, &'static [&'static str])];

/// What each port asks of AWS, after the table in the docs of `aws`.
const PORTS: [(&str, ActionsByResource); 10] = [
    (
        "Log",
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
    ("History", &[("Table", &["dynamodb:Query", "dynamodb:BatchGetItem"])]),
    (
        "Fans",
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
        "Executions",
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
        "Machines",
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
        "Queue",
        &[
            ("Steps", &["sqs:SendMessage"]),
            ("Tasks", &["sqs:SendMessage"]),
            ("Table", &["dynamodb:PutItem"]),
        ],
    ),
    ("DeadLetters", &[("DeadLetters", &["sqs:SendMessage"])]),
    ("Caller", &[("role/${TaskRoles}", &["sts:AssumeRole"])]),
    (
        "move_due",
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
    (
        "",
        &[
            ("*", &["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
            ("event-bus/${StatusEventBus}", &["events:PutEvents"]),
        ],
    ),
];

/// A function, where its use case says which ports it takes, and what Lambda does for it.
const FUNCTIONS: [(&str, &str, &str, ActionsByResource); 5] = [
    ("Step", "shared/orchestrator/src/handle.rs", "pub async fn handle<P>", &[("Steps", &TAKE)]),
    ("Task", "shared/orchestrator/src/handle.rs", "pub async fn handle<P>", &[("Tasks", &TAKE)]),
    ("Timer", "shared/orchestrator/src/forgotten.rs", "pub async fn wake_forgotten<P>", &[]),
    (
        "Start",
        "shared/protocol/src/serve.rs",
        "pub async fn start_execution<P>",
        // The destination of events that could not be served.
        &[("DeadLetters", &["sqs:SendMessage"])],
    ),
    ("Api", "shared/protocol/src/serve.rs", "pub trait Ports:", &[]),
];

/// What an event source mapping and a worker do with the queue.
const TAKE: [&str; 4] = [
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
    for (function, file, signature, by_lambda) in FUNCTIONS {
        let ports = ports_of(function, file, signature);
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

/// The ports that a use case names in its bounds, and what else the function's `main` calls.
fn ports_of(function: &str, file: &str, signature: &str) -> BTreeSet<String> {
    let source = read_repository_file(file);
    let from = source.find(signature).unwrap_or_else(|| panic!("{file} has no {signature}"));
    let bounds = source[from..].split_once('{').map_or("", |(bounds, _)| bounds);
    let words = bounds.split(|it: char| !it.is_alphanumeric()).map(str::to_owned);
    let mut ports: BTreeSet<String> = words.collect();
    let main = read_repository_file(&format!("functions/{}/src/main.rs", function.to_lowercase()));
    if main.contains("NoCalls") {
        ports.remove("Caller");
    }
    if main.contains("move_due") {
        ports.insert("move_due".to_owned());
    }
    ports
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
