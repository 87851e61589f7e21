//! The definition that an execution runs, and what has changed in its state machine since.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::read_history::ReadHistory;
use crate::{
    Console, ConsoleApi, machines::source_with_findings, page::PageError, view::line_diff,
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_run_definition(
        &self,
        execution: &Value,
        history: &ReadHistory,
    ) -> Result<Markup, PageError> {
        let machine = json!({ "stateMachineArn": execution["stateMachineArn"] });
        let now = match self.call("DescribeStateMachine", machine).await {
            Ok(machine) => machine["definition"].as_str().map(formatted),
            // It may be gone, and its executions are still there.
            Err(error) if error.status() == http::StatusCode::NOT_FOUND => None,
            Err(error) => return Err(error),
        };
        let ran = formatted(history.definition());
        Ok(html! {
            @match now {
                None => { p.notice { "The state machine has been deleted." } }
                Some(now) if now == ran => { p { "The state machine still has this definition." } }
                Some(now) => {
                    h2 { "Changed since it was started" }
                    (line_diff(&ran, &now))
                }
            }
            h2 { "What it runs" }
            (source_with_findings(history.definition(), &[]))
        })
    }
}

/// A definition as the formatter writes it, so that only what it says makes a difference.
fn formatted(definition: &str) -> String {
    asl::format_definition(definition).unwrap_or_else(|_| definition.to_owned())
}
