//! The page on which a state is tested.

use super::{Opened, browser::Browser};

/// A Task whose result is selected, and retried once.
const MACHINE: &str = r#"{"StartAt": "Around", "States": {"Around": {"Type": "Parallel", "End": true, "Branches": [
    {"StartAt": "Reserve <b>", "States": {"Reserve <b>": {"Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:reserve",
        "Parameters": {"order.$": "$.id"}, "ResultSelector": {"it.$": "$.reservation"},
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}],
        "Catch": [{"ErrorEquals": ["Gone"], "Next": "Refund"}], "End": true},
        "Refund": {"Type": "Pass", "End": true}}}]}}}"#;

fn test(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let token = browser.action_token(path);
    let mut all = vec![("action-token", &*token)];
    all.extend(fields);
    let tested = browser.submit("/actions/test-state", &all);
    assert_eq!(tested.status, 200, "{}", tested.body);
    tested.body
}

#[test]
fn a_state_of_a_machine_is_tested_with_mocks() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", MACHINE);
    for browser in opened.browsers() {
        let path = format!("/test-state?machine={machine}&state=Reserve+%3Cb%3E");
        let link = format!(
            "/test-state?machine={}&amp;state=Reserve+%3Cb%3E",
            machine.replace(':', "%3A")
        );
        assert!(browser.open(&format!("/machines/{machine}")).contains(&link), "{link}");
        let form = browser.open(&path);
        assert!(
            form.contains("Test Reserve &lt;b&gt;") && form.contains("ResultSelector"),
            "{form}"
        );

        let state =
            [("definition", MACHINE), ("state", "Reserve <b>"), ("input", r#"{"id": "o-1"}"#)];
        let with = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
            state.iter().chain(more).copied().collect()
        };
        let succeeded = test(&browser, &path, &with(&[("result", r#"{"reservation": "r-1"}"#)]));
        assert!(succeeded.contains(r#"data-status="SUCCEEDED""#), "{succeeded}");
        // The steps that changed something are unfolded, with what has changed.
        assert!(succeeded.contains(r#"<details class="step" open><summary>After Parameters"#));
        assert!(
            succeeded.contains("<ins>+   &quot;it&quot;: &quot;r-1&quot;\n</ins>"),
            "{succeeded}"
        );
        assert!(succeeded.contains(r#"<details class="step"><summary>Output"#), "{succeeded}");
        // What was written is there to be changed.
        assert!(succeeded.contains("{&quot;id&quot;: &quot;o-1&quot;}</textarea>"), "{succeeded}");

        let retried = test(&browser, &path, &with(&[("error", "Busy"), ("cause", "<i>")]));
        assert!(retried.contains("Retry[0] (Busy) runs it again after 3 s"), "{retried}");
        assert!(retried.contains("&lt;i&gt;") && !retried.contains("<i>"), "{retried}");
        let caught = test(&browser, &path, &with(&[("error", "Gone")]));
        assert!(caught.contains("Catch[0] (Gone) goes on with Refund"), "{caught}");
    }
}

#[test]
fn what_is_refused_keeps_the_form() {
    let opened = Opened::start();
    let [browser, _] = opened.browsers();
    for (fields, problem) in [
        (&[("definition", "{broken")][..], "InvalidDefinition"),
        (&[("definition", MACHINE), ("state", "None")], "State not found"),
        (&[("definition", MACHINE), ("state", "Around")], "Map or Parallel"),
        (&[("definition", MACHINE), ("result", "1"), ("error", "E")], "not both"),
        (&[("input", "{}")], "There is no definition."),
    ] {
        let refused = test(&browser, "/test-state", fields);
        assert!(refused.contains(problem), "{problem}: {refused}");
        let (name, written) = fields[0];
        let written = written.replace('&', "&amp;").replace('"', "&quot;");
        let kept = written.replace('<', "&lt;").replace('>', "&gt;");
        assert!(refused.contains(&kept), "{name}: {refused}");
    }
}
