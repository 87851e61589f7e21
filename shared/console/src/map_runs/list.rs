//! The Map Runs of an execution.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{execution_name, execution_path, map_run_path, resource_name},
    page::{Page, PageError, PageResult, PageSection},
    view::{milliseconds_of, next_page_link, running_duration, time_element},
};

/// Most Map Runs on a page.
const MAP_RUNS_MAX: usize = 100;

impl<A: ConsoleApi> Console<A> {
    /// The page of the Map Runs of the execution that `?execution=` names.
    pub(crate) async fn show_map_runs(&self, query: &FormFields) -> PageResult {
        let Some(execution) = query.get("execution") else {
            return Err(PageError::Invalid(
                "Map Runs are listed for an execution; the address names none.".to_owned(),
            ));
        };
        let mut members = json!({ "executionArn": execution, "maxResults": MAP_RUNS_MAX });
        if let Some(from) = query.get("from") {
            members["nextToken"] = from.into();
        }
        let answer = self.call("ListMapRuns", members).await?;
        let map_runs = answer["mapRuns"].as_array().map_or(&[][..], Vec::as_slice);
        let body = html! {
            h1 { "Map Runs of " a href=(execution_path(execution)) { (execution_name(execution)) } }
            @if map_runs.is_empty() {
                p { "It has none. A Map state in distributed mode starts one." }
            } @else {
                (map_run_table(map_runs))
                (next_page_link(query, &answer["nextToken"]))
            }
        };
        let is_live = map_runs.iter().any(|map_run| map_run["stopDate"].is_null());
        let title = format!("Map Runs of {}", execution_name(execution));
        Ok(Page { title, section: PageSection::Executions, body, is_live })
    }
}

fn map_run_table(map_runs: &[Value]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Map Runs" {
            table {
                thead { tr {
                    th scope="col" { "Map Run" } th scope="col" { "Started" } th.number scope="col" { "Duration" }
                } }
                tbody {
                    @for map_run in map_runs {
                        @let arn = map_run["mapRunArn"].as_str().unwrap_or_default();
                        tr data-key=(arn) {
                            th scope="row" { a href=(map_run_path(arn)) { (resource_name(arn)) } }
                            td { (time_element(&map_run["startDate"])) }
                            td.number { (running_duration(milliseconds_of(&map_run["startDate"]), milliseconds_of(&map_run["stopDate"]))) }
                        }
                    }
                }
            }
        }
    }
}
