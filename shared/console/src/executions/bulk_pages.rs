//! The pages of actions on many executions: what would be done, and what was done.

use futures_util::{StreamExt, stream};
use maud::{Markup, html};
use serde_json::json;

use super::bulk_action::{BulkAction, ChosenExecution, chosen_executions, counted_executions};
use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{execution_name, execution_path, is_own_path},
    page::{ActionOutcome, ActionResult, Page, PageSection},
};

/// So many executions are described, stopped or redriven at once.
const CONCURRENT_CALLS: usize = 16;
/// A longer list is folded.
const OPEN_ROWS_MAX: usize = 20;

impl<A: ConsoleApi> Console<A> {
    /// Shows what an action would do.
    pub(crate) async fn confirm_bulk(&self, action: BulkAction, form: &FormFields) -> ActionResult {
        let chosen = stream::iter(chosen_executions(form)?).map(|arn| async move {
            let described = self.call("DescribeExecution", json!({ "executionArn": arn })).await;
            let obstacle = match described {
                Ok(described) => action.find_obstacle(&described),
                Err(error) => Some(error.to_string()),
            };
            ChosenExecution { arn, obstacle }
        });
        let chosen: Vec<ChosenExecution> = chosen.buffered(CONCURRENT_CALLS).collect().await;
        let (hindered, able): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|chosen| chosen.obstacle.is_some());
        let (count, back) = (counted_executions(able.len()), back_path(form));
        let title = match able.len() {
            0 => format!("None of them can be {}", action.participle()),
            _ => format!("{} {count}?", action.verb()),
        };
        let body = html! {
            h1 { (title) }
            @if !able.is_empty() {
                form.card method="post" action=(action.path()) {
                    (self.action_token.field())
                    input type="hidden" name="back" value=(back);
                    @for chosen in &able { input type="hidden" name="execution" value=(chosen.arn); }
                    (execution_names(&able, &format!("{count} will be {}", action.participle())))
                    @match action {
                        BulkAction::Stop => (self.stop_fields()),
                        BulkAction::Redrive => p { "Each goes on from the state where it has failed, with the definition it has started with." },
                    }
                    p.actions {
                        button.(action.button_class()) type="submit" { (action.verb()) " " (count) }
                        a.button href=(back) { "Cancel" }
                    }
                }
            } @else {
                p { a.button href=(back) { "Go back" } }
            }
            @if !hindered.is_empty() {
                h2 { (counted_executions(hindered.len())) " cannot be " (action.participle()) }
                (obstacle_table(&hindered))
            }
        };
        let section = PageSection::Executions;
        Ok(ActionOutcome::Show(Page { title, section, body, is_live: false }))
    }

    /// Does an action, and shows how it went.
    pub(crate) async fn do_bulk(&self, action: BulkAction, form: &FormFields) -> ActionResult {
        let chosen = chosen_executions(form)?;
        let all = chosen.len();
        let done = stream::iter(chosen).map(|arn| async move {
            let obstacle = self.do_one(action, &arn, form).await.err();
            ChosenExecution { arn, obstacle }
        });
        let done: Vec<ChosenExecution> = done.buffered(CONCURRENT_CALLS).collect().await;
        let (failed, succeeded): (Vec<_>, Vec<_>) =
            done.into_iter().partition(|done| done.obstacle.is_some());
        let title = if failed.is_empty() {
            format!("{} {}", counted_executions(all), action.participle())
        } else {
            format!("{} of {} {}", succeeded.len(), counted_executions(all), action.participle())
        };
        let body = html! {
            h1 { (title) }
            @if !succeeded.is_empty() {
                (execution_names(&succeeded, &format!("Those that were {}", action.participle())))
            }
            @if !failed.is_empty() {
                h2 { (counted_executions(failed.len())) " could not be " (action.participle()) }
                (obstacle_table(&failed))
            }
            p { a.button href=(back_path(form)) { "Back to the executions" } }
        };
        let section = PageSection::Executions;
        Ok(ActionOutcome::Show(Page { title, section, body, is_live: false }))
    }

    /// Does an action to one execution, or says why it was not done.
    async fn do_one(&self, action: BulkAction, arn: &str, form: &FormFields) -> Result<(), String> {
        // StopExecution answers alike whether it stops an execution or finds it ended, as of a form that
        // is sent twice. RedriveExecution refuses by itself.
        if action == BulkAction::Stop {
            let described = self.call("DescribeExecution", json!({ "executionArn": arn })).await;
            let described = described.map_err(|error| error.to_string())?;
            if let Some(obstacle) = action.find_obstacle(&described) {
                return Err(obstacle);
            }
        }
        let (operation, members) = action.operation(arn, form);
        self.call(operation, members).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// What an execution says of the one who stopped it.
    fn stop_fields(&self) -> Markup {
        html! {
            label for="stop-error" { "Error (may be empty)" }
            input #stop-error type="text" name="error" maxlength="256" autocomplete="off" spellcheck="false";
            label for="stop-cause" { "Cause" }
            textarea #stop-cause name="cause" rows="2" maxlength="32768" { "Stopped by " (self.target.operator) }
        }
    }
}

fn back_path(form: &FormFields) -> &str {
    form.get("back").filter(|path| is_own_path(path)).unwrap_or("/executions")
}

fn execution_names(executions: &[ChosenExecution], summary: &str) -> Markup {
    html! {
        details open[executions.len() <= OPEN_ROWS_MAX] {
            summary { (summary) }
            ul.plain {
                @for ChosenExecution { arn, .. } in executions {
                    li { a href=(execution_path(arn)) { (execution_name(arn)) } }
                }
            }
        }
    }
}

fn obstacle_table(executions: &[ChosenExecution]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Reasons" {
            table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Reason" } } }
                tbody {
                    @for ChosenExecution { arn, obstacle } in executions {
                        tr {
                            th scope="row" { a href=(execution_path(arn)) { (execution_name(arn)) } }
                            td { (obstacle.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}
