//! What a state did in a test.

use maud::{Markup, html};
use serde_json::Value;

use super::data_steps::{bounded_diff, data_steps};
use crate::view::{WrittenJson, cause_text, data_tree};

/// An answer of `TestState`: how the state ended, and the way of the data from an input on. `state` is the
/// state's source, and `variables` are those that it was given.
pub(crate) fn tested_state(input: &str, variables: &str, state: &Value, tested: &Value) -> Markup {
    let text = |name: &str| tested[name].as_str();
    let inspected = &tested["inspectionData"];
    html! {
        dl.facts {
            div { dt { "Status" } dd { (test_status(text("status").unwrap_or_default())) } }
            @if let Some(next) = text("nextState") { div { dt { "Next state" } dd { (next) } } }
            @if let Some(what) = handled_error(tested, state) {
                div { dt { "Error handling" } dd { (what) } }
            }
            @for (member, label) in MAP_FACTS {
                @if let Some(number) = inspected[member].as_number() {
                    div { dt { (label) } dd { (number) } }
                }
            }
        }
        @if text("error").is_some() || text("cause").is_some() {
            div.notice.bad {
                strong { (text("error").unwrap_or("No error name")) }
                @if let Some(cause) = text("cause") { (cause_text(cause)) }
            }
        }
        div.side-by-side {
            (data_tree("Before: input", input))
            @if let Some(output) = text("output") {
                (data_tree("After: output", output))
            } @else {
                p.notice { "It has no output." }
            }
        }
        h3 { "The path of the data" }
        div.steps {
            @for step in data_steps(input, tested) { (step.markup()) }
            @if let Some(after) = inspected["variables"].as_str() { (variables_step(variables, after)) }
        }
    }
}

/// Numbers that only a Map has.
const MAP_FACTS: [(&str, &str); 3] = [
    ("maxConcurrency", "Maximum concurrency"),
    ("toleratedFailureCount", "Tolerated failures"),
    ("toleratedFailurePercentage", "Tolerated failures in %"),
];

fn test_status(status: &str) -> Markup {
    let (class, words) = match status {
        "SUCCEEDED" => ("succeeded", "Succeeded"),
        "FAILED" => ("failed", "Failed"),
        "RETRIABLE" => ("retried", "Failed, to be retried"),
        "CAUGHT_ERROR" => ("caught", "Failed, caught"),
        other => ("aborted", other),
    };
    html! { span.status.(class) data-status=(status) { (words) } }
}

/// What a retrier and a catcher do about the error.
fn handled_error(tested: &Value, state: &Value) -> Option<String> {
    let details = &tested["inspectionData"]["errorDetails"];
    let handler = |kind: &str, index: &Value| -> Option<String> {
        let index = index.as_u64()?;
        let errors = &state[kind][usize::try_from(index).ok()?]["ErrorEquals"];
        Some(format!("{kind}[{index}]{}", for_errors(errors)))
    };
    let retried = handler("Retry", &details["retryIndex"]).map(|retrier| {
        let wait = details["retryBackoffIntervalSeconds"].as_number();
        let wait = wait.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
        if tested["status"] == "RETRIABLE" {
            format!("{retrier} runs it again{wait}")
        } else {
            format!("{retrier} has no retries left")
        }
    });
    let caught = handler("Catch", &details["catchIndex"]).map(|catcher| {
        let next = tested["nextState"].as_str();
        let next = next.map(|next| format!(" goes on with {next}")).unwrap_or_default();
        format!("{catcher}{next}")
    });
    let said: Vec<String> = retried.into_iter().chain(caught).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn for_errors(errors: &Value) -> String {
    let names: Vec<&str> =
        errors.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

fn variables_step(before: &str, after: &str) -> Markup {
    let given = if before.trim().is_empty() { "{}" } else { before };
    // The order of variables means nothing, and an answer has them in another than the form.
    let parsed = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| text.to_owned());
    let has_changed = parsed(given) != parsed(after);
    let (before, after) = (sorted_lines(given), sorted_lines(after));
    html! {
        details.step open[has_changed] {
            summary {
                "Variables"
                @if has_changed { span.careful { " changed" } } @else { span.hint { " unchanged" } }
            }
            div.side-by-side {
                @if has_changed {
                    div { p.hint { "Against the variables before" } (bounded_diff(&before, &after)) }
                }
                (data_tree("Variables", &after))
            }
        }
    }
}

/// A JSON text on several lines, by the order of its keys; any other text as it is.
fn sorted_lines(text: &str) -> String {
    WrittenJson::parse(text).map_or_else(|| text.to_owned(), |json| json.sorted().indented())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_tells_what_is_done_about_it() {
        let state =
            json!({"Retry": [{}, {"ErrorEquals": ["A", "B"]}], "Catch": [{"ErrorEquals": ["C"]}]});
        let handled = |status: &str, details: Value| {
            let tested = json!({"status": status, "nextState": "Refund",
                "inspectionData": {"errorDetails": details}});
            handled_error(&tested, &state)
        };
        let retry = json!({"retryIndex": 1, "retryBackoffIntervalSeconds": 4});
        let retried = handled("RETRIABLE", retry);
        assert_eq!(retried.as_deref(), Some("Retry[1] (A, B) runs it again after 4 s"));
        let failed = handled("FAILED", json!({"retryIndex": 7}));
        assert_eq!(failed.as_deref(), Some("Retry[7] has no retries left"));
        let caught = handled("CAUGHT_ERROR", json!({"catchIndex": 0}));
        assert_eq!(caught.as_deref(), Some("Catch[0] (C) goes on with Refund"));
        let both = handled("CAUGHT_ERROR", json!({"retryIndex": 1, "catchIndex": 0}));
        let expected = "Retry[1] (A, B) has no retries left; Catch[0] (C) goes on with Refund";
        assert_eq!(both.as_deref(), Some(expected));
        assert_eq!(handled("FAILED", Value::Null), None);
    }

    #[test]
    fn variables_in_another_order_are_unchanged() {
        let shown = |after: &str| variables_step(r#"{"b": {"d": 1, "c": 2}, "a": 1}"#, after);
        let same = shown(r#"{"a":1,"b":{"c":2,"d":1}}"#).into_string();
        assert!(same.contains("unchanged") && !same.contains("Against"), "{same}");
        let other = shown(r#"{"a":1,"b":{"c":3,"d":1}}"#).into_string();
        let expected = "<del>-     &quot;c&quot;: 2,\n</del><ins>+     &quot;c&quot;: 3,\n</ins>";
        assert!(other.contains(expected), "{other}");
        assert_eq!(other.matches("<del>").count(), 1, "{other}");
    }

    #[test]
    fn a_hostile_answer_is_text() {
        let tested = json!({"status": "<b>", "error": "<script>", "cause": "</p>", "nextState": "<i>",
            "output": "<script>", "inspectionData": {"variables": "<script>", "result": "\"<script>\""}});
        let shown = tested_state("<script>", "", &Value::Null, &tested).into_string();
        assert!(
            !shown.contains("<script") && !shown.contains("<b>") && !shown.contains("<i>"),
            "{shown}"
        );
    }
}
