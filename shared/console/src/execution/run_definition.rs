//! The definition that an execution runs, and what has changed in its state machine since.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::read_history::ReadHistory;
use crate::{
    Console, ConsoleApi,
    machines::source_with_findings,
    view::{line_diff, missing_part},
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_run_definition(
        &self,
        execution: &Value,
        history: &ReadHistory,
    ) -> Markup {
        if let Some(why) = history.definition_refusal() {
            return missing_part("Its definition cannot be read.", why);
        }
        let machine = json!({ "stateMachineArn": execution["stateMachineArn"] });
        let now = self.call("DescribeStateMachine", machine).await;
        let now = now.map(|machine| formatted(machine["definition"].as_str().unwrap_or_default()));
        let ran = formatted(history.definition());
        html! {
            @match now {
                // It may be gone, and its executions are still there.
                Err(why) if why.is_not_found() => { p.notice { "The state machine has been deleted." } }
                Err(why) => { (missing_part("What it has now cannot be read.", &why)) }
                Ok(now) if now == ran => { p { "The state machine still has this definition." } }
                Ok(now) => {
                    h2 { "Changed since it was started" }
                    (line_diff(&ran, &now))
                }
            }
            h2 { "What it runs" }
            (source_with_findings(history.definition(), &[]))
        }
    }
}

/// A definition as the formatter writes it, so that only what it says makes a difference.
fn formatted(definition: &str) -> String {
    asl::format_definition(definition).unwrap_or_else(|_| definition.to_owned())
}
