//! What can be done with an execution.

use maud::{Markup, html};
use serde_json::Value;

use crate::{
    Console, ConsoleApi,
    action_token::ActionToken,
    executions::BulkAction,
    form::FormFields,
    links::{execution_path, machine_path},
    page::{ActionOutcome, ActionResult, PageError},
};

/// The buttons above an execution.
pub(super) fn action_buttons(execution: &Value, token: &ActionToken) -> Markup {
    let text = |name: &str| execution[name].as_str().unwrap_or_default();
    let arn = text("executionArn");
    // What was started by an alias has the version that the alias led to.
    let started =
        execution["stateMachineVersionArn"].as_str().unwrap_or_else(|| text("stateMachineArn"));
    let again = FormFields::default().query_with(&[("view", "start"), ("input-of", arn)]);
    html! {
        div.actions {
            @if text("status") == "RUNNING" {
                a.button href={ (execution_path(arn)) "?view=stop" } { "Stop…" }
            }
            @if text("redriveStatus") == "REDRIVABLE" {
                form method="post" action="/actions/redrive-execution" {
                    (token.field())
                    input type="hidden" name="execution" value=(arn);
                    button.primary type="submit" aria-describedby="redrive-hint" { "Redrive" }
                }
            }
            a.button href={ (machine_path(started)) (again) } { "Start again…" }
            @if text("redriveStatus") == "REDRIVABLE" {
                span #redrive-hint .hint { "A redrive goes on from where it failed, with the definition and the input that it was started with." }
            }
            @if text("redriveStatus") == "NOT_REDRIVABLE" && text("status") != "RUNNING" && text("status") != "SUCCEEDED" {
                span.hint { "It cannot be redriven: " (text("redriveStatusReason")) }
            }
        }
    }
}

impl<A: ConsoleApi> Console<A> {
    /// The form that stops an execution.
    pub(super) fn show_stop_form(&self, arn: &str) -> Markup {
        html! {
            form.card method="post" action="/actions/stop-execution" {
                (self.action_token.field())
                input type="hidden" name="execution" value=(arn);
                h2 { "Stop this execution?" }
                p { "What its tasks have begun is not undone." }
                label for="stop-error" { "Error (may be empty)" }
                input #stop-error type="text" name="error" maxlength="256" autocomplete="off";
                label for="stop-cause" { "Cause" }
                input #stop-cause type="text" name="cause" maxlength="32768" size="60" value={ "Stopped by " (self.target.operator) };
                div.actions {
                    button.danger type="submit" { "Stop execution" }
                    a.button href=(execution_path(arn)) { "Cancel" }
                }
            }
        }
    }

    /// Stops an execution, and shows it.
    pub(crate) async fn stop_execution(&self, form: &FormFields) -> ActionResult {
        let arn = named_execution(form)?;
        let (operation, members) = BulkAction::Stop.operation(arn, form);
        self.call(operation, members).await?;
        Ok(ActionOutcome::GoTo(execution_path(arn)))
    }

    /// Has an execution go on from where it failed, and shows it.
    pub(crate) async fn redrive_execution(&self, form: &FormFields) -> ActionResult {
        let arn = named_execution(form)?;
        let (operation, members) = BulkAction::Redrive.operation(arn, form);
        self.call(operation, members).await?;
        Ok(ActionOutcome::GoTo(execution_path(arn)))
    }
}

fn named_execution(form: &FormFields) -> Result<&str, PageError> {
    let none = || PageError::Invalid("The form names no execution.".to_owned());
    form.get("execution").ok_or_else(none)
}
