//! One Map Run.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::counts::map_run_counts;
use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{execution_name, execution_path, resource_name},
    page::{Page, PageResult, PageSection},
    view::{milliseconds_of, running_duration, status_badge, time_element},
};

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_map_run(&self, arn: &str) -> PageResult {
        let map_run = self.call("DescribeMapRun", json!({ "mapRunArn": arn })).await?;
        let status = map_run["status"].as_str().unwrap_or_default();
        let is_running = status == "RUNNING";
        let executions = |filter: &str| {
            let fields = [("map-run", arn), ("status", filter)];
            format!("/executions{}", FormFields::default().query_with(&fields))
        };
        let body = html! {
            h1 { (resource_name(arn)) }
            (facts(&map_run))
            p { a.button href=(executions("")) { "Its executions" } }
            (map_run_counts(&map_run, executions))
            @if is_running { (self.update_form(&map_run)) }
        };
        let title = format!("{} · Map Run", resource_name(arn));
        Ok(Page { title, section: PageSection::Executions, body, is_live: is_running })
    }
}

fn facts(map_run: &Value) -> Markup {
    let text = |name: &str| map_run[name].as_str().unwrap_or_default();
    let number = |name: &str| map_run[name].as_f64().unwrap_or_default();
    let execution = text("executionArn");
    let redrives = map_run["redriveCount"].as_u64().unwrap_or_default();
    html! {
        dl.facts {
            div { dt { "Status" } dd { (status_badge(text("status"))) } }
            div { dt { "Started by" } dd { a href=(execution_path(execution)) { (execution_name(execution)) } } }
            div { dt { "Started" } dd { (time_element(&map_run["startDate"])) } }
            div { dt { "Duration" } dd { (running_duration(milliseconds_of(&map_run["startDate"]), milliseconds_of(&map_run["stopDate"]))) } }
            div { dt { "Concurrency" } dd {
                // Spec: API Reference, `UpdateMapRun` § `maxConcurrency`.
                @if number("maxConcurrency") > 0.0 { "at most " (number("maxConcurrency")) } @else { "no limit" }
            } }
            div { dt { "Tolerated failures" } dd {
                (number("toleratedFailureCount")) " items, " (number("toleratedFailurePercentage")) " %"
            } }
            @if redrives > 0 {
                div { dt { "Redrives" } dd { (redrives) ", the last at " (time_element(&map_run["redriveDate"])) } }
            }
            div { dt { "ARN" } dd { code { (text("mapRunArn")) } } }
        }
    }
}
