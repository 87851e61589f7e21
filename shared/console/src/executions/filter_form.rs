//! The form that says which executions a page shows.

use maud::{Markup, html};
use model::ExecutionStatus;
use serde_json::Value;

use super::{
    conditions::{ListConditions, ListSource},
    start_window::RecentWindow,
};
use crate::{form::FormFields, links::resource_name, view::status_words};

/// The form, as the query has it. It sends no page, so that a list begins anew.
pub(super) fn filter_form(
    query: &FormFields,
    conditions: &ListConditions,
    machines: &[Value],
) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default();
    html! {
        form.filters method="get" action="/executions" role="search" aria-label="Filter the executions" {
            @match &conditions.source {
                ListSource::MapRun(arn) => { input type="hidden" name="map-run" value=(arn); }
                ListSource::Machine(arn) => { (machine_choice(machines, arn)) }
                ListSource::AllMachines => { (machine_choice(machines, "")) }
            }
            div {
                label for="filter-status" { "Status" }
                (status_choice(conditions))
            }
            div {
                label for="filter-name" { "Name contains" }
                input #filter-name type="search" name="name" value=(value("name")) maxlength="80" size="14" autocomplete="off" spellcheck="false";
            }
            div {
                label for="filter-error" { "Error contains" }
                input #filter-error type="search" name="error" value=(value("error")) maxlength="256" size="14" autocomplete="off" spellcheck="false";
            }
            div {
                label for="filter-redrive" { "Redriven" }
                select #filter-redrive name="redrive" {
                    option value="" { "Any" }
                    (option("REDRIVEN", "Yes", conditions.redrive.as_deref()))
                    (option("NOT_REDRIVEN", "No", conditions.redrive.as_deref()))
                }
            }
            div {
                label for="filter-from" { "Started from (UTC)" }
                input #filter-from type="datetime-local" name="started-from" value=(value("started-from"));
            }
            div {
                label for="filter-until" { "Started until (UTC)" }
                input #filter-until type="datetime-local" name="started-until" value=(value("started-until"));
            }
            @if let Some(window) = conditions.window.recent {
                input type="hidden" name="last" value=(window.name());
            }
            div {
                button.primary type="submit" { "Filter" }
                @if conditions.has_conditions() {
                    " " a.button href={ "/executions" (of_source(conditions)) } { "Clear" }
                }
            }
        }
        (recent_windows(query, conditions))
    }
}

fn option(value: &str, label: &str, chosen: Option<&str>) -> Markup {
    html! { option value=(value) selected[chosen == Some(value)] { (label) } }
}

fn machine_choice(machines: &[Value], chosen: &str) -> Markup {
    let arn = |machine: &Value| machine["stateMachineArn"].as_str().unwrap_or_default().to_owned();
    let arns: Vec<String> = machines.iter().map(arn).collect();
    // A version or an alias is in no list.
    let is_other = !chosen.is_empty() && !arns.iter().any(|arn| arn == chosen);
    html! {
        div {
            label for="filter-machine" { "State machine" }
            select #filter-machine name="machine" {
                option value="" { "All" }
                @for arn in &arns { (option(arn, resource_name(arn), Some(chosen))) }
                @if is_other { (option(chosen, resource_name(chosen), Some(chosen))) }
            }
        }
    }
}

fn status_choice(conditions: &ListConditions) -> Markup {
    let chosen = conditions.status.as_deref();
    html! {
        select #filter-status name="status" {
            option value="" { "Any" }
            @for status in ExecutionStatus::ALL.map(ExecutionStatus::as_str) {
                (option(status, status_words(status), chosen))
            }
            // Only children of a Map Run can have it.
            @if matches!(conditions.source, ListSource::MapRun(_)) {
                (option("PENDING_REDRIVE", status_words("PENDING_REDRIVE"), chosen))
            }
        }
    }
}

fn recent_windows(query: &FormFields, conditions: &ListConditions) -> Markup {
    let link = |last: &str| {
        let replaced = [("last", last), ("started-from", ""), ("started-until", ""), ("from", "")];
        format!("/executions{}", query.query_with(&replaced))
    };
    let window = conditions.window;
    html! {
        nav.quick aria-label="Started" {
            span.soft { "Started" }
            a href=(link("")) aria-current=[window.is_open().then_some("true")] { "any time" }
            @for recent in RecentWindow::ALL {
                a href=(link(recent.name())) aria-current=[(window.recent == Some(recent)).then_some("true")] {
                    "in the last " (recent.name())
                }
            }
        }
    }
}

/// The query of all executions of the same source.
fn of_source(conditions: &ListConditions) -> String {
    let (name, arn) = match &conditions.source {
        ListSource::AllMachines => return String::new(),
        ListSource::Machine(arn) => ("machine", arn),
        ListSource::MapRun(arn) => ("map-run", arn),
    };
    FormFields::default().query_with(&[(name, arn)])
}
