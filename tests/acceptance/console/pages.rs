//! Every page answers, at both addresses.

use serde_json::json;

use super::{Opened, PASS, browser::assert_runs_nothing};

/// The paths of all pages about a state machine and an execution of it.
fn all_pages(machine: &str, execution: &str) -> Vec<String> {
    let mut paths: Vec<String> =
        ["/", "/executions", "/activities", "/test-state", "/connect"].map(str::to_owned).into();
    for view in ["definition", "start", "versions", "tags"] {
        paths.push(format!("/machines/{machine}?view={view}"));
    }
    paths.push(format!("/machines/{machine}?view=start&input-of={execution}"));
    paths.push(format!("/executions?machine={machine}"));
    paths.push(format!("/executions/{execution}"));
    paths.push(format!("/executions/{execution}?visit=2"));
    paths.push(format!("/data-path?execution={execution}&visit=2"));
    paths.push(format!("/test-state?execution={execution}&visit=2"));
    paths.push(format!("/test-state?machine={machine}&state=A"));
    paths
}

#[test]
fn every_page_answers_and_permits_nothing_inline() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", PASS);
    let execution = opened.local.client.start_execution(&machine, "x", &json!({"a": 1}));
    opened.local.client.await_end(&execution);
    for browser in opened.browsers() {
        for path in all_pages(&machine, &execution) {
            let page = browser.get(&path);
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert_runs_nothing(&path, &page);
            let head = browser.read("HEAD", &path);
            assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
            assert_eq!(head.header("content-type"), page.header("content-type"), "{path}");
        }
    }
}

/// Follows links from the first page until no page has another one.
#[test]
fn every_link_leads_to_a_page() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let machine = client.create_machine("order", PASS);
    let members = json!({ "stateMachineArn": machine });
    let version = client.call_successfully("PublishStateMachineVersion", &members);
    let version = &version["stateMachineVersionArn"];
    let route = json!([{ "stateMachineVersionArn": version, "weight": 100 }]);
    let alias = json!({ "name": "live", "routingConfiguration": route });
    client.call_successfully("CreateStateMachineAlias", &alias);
    client.await_end(&client.start_execution(&machine, "x", &json!({})));
    let by_alias = client.start_execution(&format!("{machine}:live"), "y", &json!({}));
    client.await_end(&by_alias);
    for browser in opened.browsers() {
        let again = browser.open(&format!("/machines/{machine}:1?view=start&input-of={by_alias}"));
        assert!(again.contains("Starts version 1"), "{again}");
        let page = browser.open(&format!("/executions/{by_alias}"));
        assert!(
            page.contains(&format!("/machines/{machine}:1?view=start&amp;input-of=")),
            "{page}"
        );
        browser.open(&format!("/executions?machine={machine}:live"));
        let pages = browser.follow_links();
        for section in ["/executions/arn:", "/machines/arn:", "/activities"] {
            assert!(pages.keys().any(|path| path.starts_with(section)), "{:?}", pages.keys());
        }
    }
}

#[test]
fn the_pages_of_the_command_show_what_the_server_has() {
    let opened = Opened::start();
    let [_, browser] = opened.browsers();
    assert!(browser.open("/").contains("There are no state machines yet"));
    let machine = opened.local.client.create_machine("order", PASS);
    assert!(browser.open("/").contains(">order</a>"));
    let execution = opened.local.client.start_execution(&machine, "x", &json!({"shoes": 2}));
    opened.local.client.await_end(&execution);
    let page = browser.open(&format!("/executions/{execution}"));
    assert!(page.contains("Succeeded") && page.contains("shoes"), "{page}");
    // The pages are not where the API is.
    let connect = browser.open("/connect");
    let endpoint = format!("http://{}", opened.local.client.address());
    assert!(connect.contains(&format!("AWS_ENDPOINT_URL_SFN={endpoint} ")), "{connect}");
    assert!(connect.contains(&format!(r#"href="{endpoint}/health""#)), "{connect}");
}

#[test]
fn a_page_that_is_not_there_says_so() {
    let opened = Opened::start();
    let missing = "arn:aws:states:us-east-1:000000000000:stateMachine:missing";
    for browser in opened.browsers() {
        for path in ["/nowhere", "/actions/start-execution", &format!("/machines/{missing}")] {
            let page = browser.get(path);
            assert_eq!(page.status, 404, "{path}: {}", page.body);
            assert_runs_nothing(path, &page);
        }
        let page = browser.get("/executions/no-arn");
        assert_eq!(page.status, 400, "{}", page.body);
        assert!(page.body.contains("InvalidArn"), "{}", page.body);
    }
}
