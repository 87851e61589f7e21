//! The table of executions.

use maud::{Markup, html};
use serde_json::Value;

use super::{
    conditions::{ListConditions, ListSource, error_name},
    scan::ScannedExecution,
};
use crate::{
    links::{execution_name, execution_path, machine_path, resource_name},
    view::{milliseconds_of, running_duration, status_badge, time_element},
};

/// The most characters of a cause that a row shows.
const CAUSE_CHARS_MAX: usize = 160;

/// Which columns a table has beside those that all have.
#[derive(Clone, Copy, Debug)]
struct ExecutionColumns<'c> {
    source: &'c ListSource,
    redrives: bool,
    error: bool,
}

impl ExecutionColumns<'_> {
    fn is_merged(self) -> bool {
        *self.source == ListSource::AllMachines
    }

    /// Only children of a Map Run tell how many items they have.
    const fn has_items(self) -> bool {
        matches!(self.source, ListSource::MapRun(_))
    }
}

/// The table.
pub(super) fn execution_table(found: &[ScannedExecution], conditions: &ListConditions) -> Markup {
    let columns = ExecutionColumns {
        source: &conditions.source,
        redrives: found.iter().any(|it| redrive_count(&it.entry) > 0),
        error: conditions.needs_description(),
    };
    html! {
        div.wide tabindex="0" role="region" aria-label="Executions" {
            table {
                thead { tr {
                    th scope="col" { input type="checkbox" data-choose-all aria-label="Choose all executions of this page" hidden; }
                    th scope="col" { "Name" }
                    @if columns.is_merged() { th scope="col" { "State machine" } }
                    th scope="col" { "Status" }
                    th scope="col" { "Started" }
                    th.number scope="col" { "Duration" }
                    @if columns.has_items() { th.number scope="col" { "Items" } }
                    @if columns.redrives { th.number scope="col" { "Redrives" } }
                    @if columns.error { th scope="col" { "Error" } }
                } }
                tbody { @for execution in found { (row(execution, columns)) } }
            }
        }
    }
}

fn row(execution: &ScannedExecution, columns: ExecutionColumns<'_>) -> Markup {
    let ScannedExecution { entry, description } = execution;
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let (arn, machine) = (text("executionArn"), text("stateMachineArn"));
    let redrives = redrive_count(entry);
    html! {
        tr data-key=(arn) {
            td { input type="checkbox" name="execution" value=(arn) data-choose aria-label={ "Choose " (execution_name(arn)) }; }
            th scope="row" { a href=(execution_path(arn)) { (execution_name(arn)) } }
            @if columns.is_merged() { td { a href=(machine_path(machine)) { (resource_name(machine)) } } }
            td { (status_badge(text("status"))) }
            td { (time_element(&entry["startDate"])) }
            td.number { (running_duration(milliseconds_of(&entry["startDate"]), milliseconds_of(&entry["stopDate"]))) }
            @if columns.has_items() { td.number { @if let Some(items) = entry["itemCount"].as_u64() { (items) } } }
            @if columns.redrives { td.number { @if redrives > 0 { (redrives) } } }
            @if columns.error { td { @if let Some(description) = description { (error_of(description)) } } }
        }
    }
}

fn redrive_count(entry: &Value) -> u64 {
    entry["redriveCount"].as_u64().unwrap_or_default()
}

fn error_of(description: &Value) -> Markup {
    let cause = description["cause"].as_str().unwrap_or_default();
    let shown: String = cause.chars().take(CAUSE_CHARS_MAX).collect();
    html! {
        span.bad { (error_name(description).unwrap_or_default()) }
        @if !shown.is_empty() {
            " " span.soft { (shown) @if shown.len() < cause.len() { "…" } }
        }
    }
}
