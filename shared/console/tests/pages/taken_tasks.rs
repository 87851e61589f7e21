//! A task that was taken by hand: its token is on one page only, and no page that follows may lose it.

use bytes::Bytes;
use http::Response;
use serde_json::json;

use crate::api_double::{ConsoleUnderTest, hidden_value, text_of};

const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:work";
const TAKE: &str = "/actions/take-task";
const ANSWER: &str = "/actions/answer-token";
const TAKEN_ONLY_HERE: &str = "Only this page has the token of the task";

fn console() -> ConsoleUnderTest {
    ConsoleUnderTest::new(|operation, _| match operation {
        "DescribeActivity" => json!({"activityArn": ACTIVITY, "name": "work"}),
        "GetActivityTask" => json!({"taskToken": "t<1>", "input": "{\"shoes\": \"<b>\"}"}),
        "SendTaskSuccess" | "SendTaskFailure" => json!({"refused": "InvalidOutput"}),
        _ => json!({}),
    })
}

/// What a browser sends of the page after a task was taken, once its reader has written this.
fn written<'f>(outcome: &'f str, output: &'f str) -> [(&'f str, &'f str); 7] {
    [
        ("taken-input", "{\"shoes\": \"<b>\"}"),
        ("token", "t<1>"),
        ("back", "/activities/arn:aws:states:us-east-1:123456789012:activity:work"),
        ("outcome", outcome),
        ("output", output),
        ("error", "Bro\"ken"),
        ("cause", "the <i>lace</i>"),
    ]
}

fn page() -> String {
    format!("/activities/{ACTIVITY}")
}

fn assert_keeps_all(answer: &Response<Bytes>, output: &str) {
    let page = text_of(answer);
    for kept in [
        "name=\"token\" value=\"t&lt;1&gt;\"",
        "name=\"taken-input\" value=\"{&quot;shoes&quot;: &quot;&lt;b&gt;&quot;}\"",
        "data-label=\"Task input\"",
        &format!(">{output}</textarea>"),
        "value=\"Bro&quot;ken\"",
        ">the &lt;i&gt;lace&lt;/i&gt;</textarea>",
        TAKEN_ONLY_HERE,
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    assert!(!page.contains("Go back"), "{page}");
}

#[test]
fn a_refused_answer_can_be_sent_again() {
    let console = console();
    for (outcome, output, why) in [
        ("success", "{", "The output is no JSON"),
        ("success", "[1]", "InvalidOutput: so it is"),
        ("failure", "", "InvalidOutput: so it is"),
    ] {
        let refused = console.post(&page(), ANSWER, &written(outcome, output));
        assert_eq!(refused.status(), 400, "{outcome}");
        assert_keeps_all(&refused, output);
        assert!(text_of(&refused).contains(why), "{why}");
        let again = hidden_value(&text_of(&refused), "action-token");
        let before = console.calls_of("SendTaskSuccess").0;
        console.post_with(&again, ANSWER, &written("success", "[2]"), &[]);
        assert_eq!(console.calls_of("SendTaskSuccess").0, before + 1);
    }
}

#[test]
fn a_heartbeat_loses_nothing_of_the_task() {
    let console = console();
    let taken = console.post(&page(), TAKE, &[("activity", ACTIVITY)]);
    let shown = text_of(&taken);
    assert!(shown.contains(TAKEN_ONLY_HERE), "{shown}");
    assert_eq!(hidden_value(&shown, "taken-input"), "{&quot;shoes&quot;: &quot;&lt;b&gt;&quot;}");

    let beaten = console.post(&page(), ANSWER, &written("heartbeat", "{ not yet"));
    assert_eq!((beaten.status().as_u16(), console.calls_of("SendTaskHeartbeat").0), (200, 1));
    assert!(text_of(&beaten).contains("Heartbeat recorded"));
    assert_keeps_all(&beaten, "{ not yet");
}

/// A form that holds a long input would leave no room for an output.
#[test]
fn an_input_that_is_too_long_to_be_kept_is_told() {
    for (length, is_kept) in [(262_144, true), (262_145, false)] {
        let input = format!("\"{}\"", "x".repeat(length - 2));
        let console = ConsoleUnderTest::new(move |operation, _| match operation {
            "GetActivityTask" => json!({"taskToken": "t", "input": input}),
            _ => json!({"activityArn": ACTIVITY, "name": "work"}),
        });
        let taken = text_of(&console.post(&page(), TAKE, &[("activity", ACTIVITY)]));
        assert!(taken.contains("data-label=\"Task input\""));
        let kept = hidden_value(&taken, "taken-input").replace("&quot;", "\"");
        assert_eq!(kept.len(), if is_kept { length } else { 0 });
        let fields = [("token", "t"), ("taken-input", &*kept), ("outcome", "heartbeat")];
        let beaten = text_of(&console.post(&page(), ANSWER, &fields));
        assert!(beaten.contains(TAKEN_ONLY_HERE));
        assert_eq!(beaten.contains("data-label=\"Task input\""), is_kept);
        assert_eq!(beaten.contains("too long to be kept"), !is_kept);
    }
}

#[test]
fn a_form_of_a_server_that_was_started_again_is_kept_and_sends_nothing() {
    let console = console();
    for outcome in ["success", "failure", "heartbeat"] {
        let stale = console.post_with("0000", ANSWER, &written(outcome, "[1]"), &[]);
        assert_eq!(stale.status(), 403);
        assert_keeps_all(&stale, "[1]");
        let shown = text_of(&stale);
        assert!(shown.contains("This form is no longer valid"), "{shown}");
        let fresh = hidden_value(&shown, "action-token");
        assert_eq!(fresh, hidden_value(&console.get(&page()), "action-token"));
    }
    for operation in ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"] {
        assert_eq!(console.calls_of(operation).0, 0, "{operation}");
    }
}

/// Nobody else's page fills the form of this console.
#[test]
fn what_another_site_sends_is_not_shown() {
    let console = console();
    let cross_site = [("sec-fetch-site", "cross-site")];
    let no_outcome = [("token", "t<1>")];
    for (fields, headers) in [(&written("success", "[1]")[..], &cross_site[..]), (&no_outcome, &[])]
    {
        let refused = console.post_with("0000", ANSWER, fields, headers);
        assert_eq!(refused.status(), 403);
        let shown = text_of(&refused);
        assert!(!shown.contains("t&lt;1&gt;") && !shown.contains("action-token"), "{shown}");
    }
}

/// The page of a visit shows its token: one may go back there.
#[test]
fn the_answer_of_a_visit_leads_back_to_it() {
    let console = console();
    let back = "/executions/arn:x?visit=2";
    for outcome in ["heartbeat", "failure"] {
        let fields = [("token", "t"), ("back", back), ("outcome", outcome), ("output", "[1]")];
        let shown = text_of(&console.post(&page(), ANSWER, &fields));
        assert!(shown.contains(&format!("<a href=\"{back}\">Go back</a>")), "{shown}");
        assert!(shown.contains(">[1]</textarea>") && !shown.contains(TAKEN_ONLY_HERE), "{shown}");
    }
}
