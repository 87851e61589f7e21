//! The page of an execution.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    links::{execution_name, machine_path, resource_name},
    page::{Page, PageResult, PageSection},
    view::{data_tree, duration_text, milliseconds_of, status_badge, time_element},
};

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_execution(&self, arn: &str) -> PageResult {
        let execution = self.call("DescribeExecution", json!({ "executionArn": arn })).await?;
        let text = |name: &str| execution[name].as_str();
        let status = text("status").unwrap_or_default();
        let body = html! {
            h1 { (execution_name(arn)) }
            (facts(&execution))
            @if text("error").is_some() || text("cause").is_some() {
                div.notice.bad {
                    strong { (text("error").unwrap_or("No error name")) }
                    @if let Some(cause) = text("cause") { p { (cause) } }
                }
            }
            div.side-by-side {
                @if let Some(input) = text("input") { (data_tree("Input", input)) }
                @if let Some(output) = text("output") { (data_tree("Output", output)) }
            }
        };
        let title = format!("{} · {}", execution_name(arn), status);
        Ok(Page { title, section: PageSection::Executions, body, is_live: status == "RUNNING" })
    }
}

fn facts(execution: &Value) -> Markup {
    let text = |name: &str| execution[name].as_str().unwrap_or_default();
    let start = milliseconds_of(&execution["startDate"]);
    let duration =
        milliseconds_of(&execution["stopDate"]).zip(start).map(|(stop, start)| stop - start);
    html! {
        dl.facts {
            div { dt { "Status" } dd { (status_badge(text("status"))) } }
            div { dt { "State machine" } dd { a href=(machine_path(text("stateMachineArn"))) { (resource_name(text("stateMachineArn"))) } } }
            div { dt { "Started" } dd { (time_element(&execution["startDate"])) } }
            @if let Some(duration) = duration {
                div { dt { "Duration" } dd { (duration_text(duration)) } }
            }
            div { dt { "ARN" } dd { code { (text("executionArn")) } } }
        }
    }
}
