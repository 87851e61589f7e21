//! The list of executions.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{execution_name, execution_path, machine_path, resource_name},
    page::{Page, PageError, PageResult, PageSection},
    view::{duration_text, milliseconds_of, next_page_link, status_badge, time_element},
};

/// Most executions on a page.
const EXECUTIONS_MAX: usize = 100;

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_executions(&self, query: &FormFields) -> PageResult {
        let (executions, next) = match query.get("machine") {
            Some(machine) => self.executions_of(machine, query).await?,
            None => self.newest_executions().await?,
        };
        let body = html! {
            h1 {
                @match query.get("machine") {
                    Some(machine) => { "Executions of " a href=(machine_path(machine)) { (resource_name(machine)) } }
                    None => { "Executions" }
                }
            }
            @if executions.is_empty() {
                p { "There are none." }
            } @else {
                (table(&executions))
                (next_page_link(query, &next))
            }
        };
        let title = "Executions".to_owned();
        Ok(Page { title, section: PageSection::Executions, body, is_live: true })
    }

    /// A page of the executions of one state machine.
    async fn executions_of(
        &self,
        machine: &str,
        query: &FormFields,
    ) -> Result<(Vec<Value>, Value), PageError> {
        let mut members = json!({ "stateMachineArn": machine, "maxResults": EXECUTIONS_MAX });
        if let Some(from) = query.get("from") {
            members["nextToken"] = from.into();
        }
        let mut answer = self.call("ListExecutions", members).await?;
        let executions = match answer["executions"].take() {
            Value::Array(executions) => executions,
            _ => Vec::new(),
        };
        Ok((executions, answer["nextToken"].take()))
    }

    /// The newest executions of all state machines. Express executions are in no list.
    async fn newest_executions(&self) -> Result<(Vec<Value>, Value), PageError> {
        let machines = self.call("ListStateMachines", json!({ "maxResults": 100 })).await?;
        let mut all = Vec::new();
        for machine in machines["stateMachines"].as_array().into_iter().flatten() {
            if machine["type"] == "EXPRESS" {
                continue;
            }
            let arn = machine["stateMachineArn"].as_str().unwrap_or_default();
            all.extend(self.executions_of(arn, &FormFields::default()).await?.0);
        }
        all.sort_by_key(|execution| std::cmp::Reverse(milliseconds_of(&execution["startDate"])));
        all.truncate(EXECUTIONS_MAX);
        Ok((all, Value::Null))
    }
}

fn table(executions: &[Value]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Executions" {
            table {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "State machine" } th scope="col" { "Status" }
                    th scope="col" { "Started" } th.number scope="col" { "Duration" }
                } }
                tbody { @for execution in executions { (row(execution)) } }
            }
        }
    }
}

fn row(execution: &Value) -> Markup {
    let text = |name: &str| execution[name].as_str().unwrap_or_default();
    let (arn, machine) = (text("executionArn"), text("stateMachineArn"));
    let start = milliseconds_of(&execution["startDate"]);
    let duration = milliseconds_of(&execution["stopDate"])
        .zip(start)
        .map(|(stop, start)| duration_text(stop - start));
    html! {
        tr data-key=(arn) {
            th scope="row" { a href=(execution_path(arn)) { (execution_name(arn)) } }
            td { a href=(machine_path(machine)) { (resource_name(machine)) } }
            td { (status_badge(text("status"))) }
            td { (time_element(&execution["startDate"])) }
            td.number { (duration.unwrap_or_default()) }
        }
    }
}
