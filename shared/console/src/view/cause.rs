//! The cause of a failure.

use maud::{Markup, html};
use serde_json::Value;

use super::data_tree;

/// A cause as its author has written it. That of a Lambda function is JSON, whose message comes first.
///
/// Spec: Lambda Developer Guide, "Understanding function errors"
pub(crate) fn cause_text(cause: &str) -> Markup {
    let parsed: Option<Value> = serde_json::from_str(cause).ok().filter(Value::is_object);
    let Some(parsed) = parsed else { return html! { p.cause { (cause) } } };
    html! {
        @if let Some(message) = parsed["errorMessage"].as_str() { p.cause { (message) } }
        details.cause-data { summary { "Whole cause" } (data_tree("Cause", cause)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_function_comes_first() {
        let cause = r#"{"errorMessage":"no <b>","errorType":"KeyError","stackTrace":[]}"#;
        let shown = cause_text(cause).into_string();
        assert!(shown.starts_with("<p class=\"cause\">no &lt;b&gt;</p>"), "{shown}");
        assert!(shown.contains("KeyError"), "{shown}");
        assert_eq!(cause_text("[1]").into_string(), "<p class=\"cause\">[1]</p>");
    }
}
