//! The page of an execution.

use graph::ExecutionVisits;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::{
    actions::action_buttons,
    read_history::ReadHistory,
    states::states_table,
    timeline::{is_timeline_part, timeline},
};
use crate::{
    Console, ConsoleApi,
    cost::cost_section,
    form::FormFields,
    links::{execution_name, execution_path, machine_path, map_run_path, resource_name},
    page::{Page, PageResult, PageSection},
    view::{
        cause_text, data_tree, duration_text, milliseconds_of, missing_part, now, status_badge,
        time_element,
    },
};

/// What of an execution is shown, chosen by `?view=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExecutionView {
    Overview,
    Events,
    Definition,
    Stop,
    /// The visit of a state that `?visit=` names.
    Visit,
}

impl ExecutionView {
    fn of_query(query: &FormFields) -> Self {
        match query.get("view") {
            Some("events") => Self::Events,
            Some("definition") => Self::Definition,
            Some("stop") => Self::Stop,
            None if query.get("visit").is_some() => Self::Visit,
            _ => Self::Overview,
        }
    }

    /// Whether nothing is left of it without the events.
    const fn is_of_events(self) -> bool {
        matches!(self, Self::Events | Self::Visit)
    }
}

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_execution(&self, arn: &str, query: &FormFields) -> PageResult {
        let execution = self.call("DescribeExecution", json!({ "executionArn": arn })).await?;
        let history = self.histories.of_execution(arn);
        let mut history = history.lock().await;
        let view = ExecutionView::of_query(query);
        let read = self.read_history(&execution, &mut history).await;
        if view.is_of_events() || is_timeline_part(query) {
            read.clone()?;
        }
        if is_timeline_part(query) {
            return Ok(timeline_part(arn, &history.visits, query));
        }
        let shown = match view {
            ExecutionView::Overview if read.is_err() && history.visits.events_read() == 0 => {
                payloads(&execution)
            }
            ExecutionView::Overview => html! {
                (overview(arn, &execution, &history, query))
                (cost_section(arn, &history.visits, history.definition(), self.target.kind))
            },
            ExecutionView::Events => self.show_events(&execution, &history, query).await?,
            ExecutionView::Definition => self.show_run_definition(&execution, &history).await,
            ExecutionView::Stop => self.show_stop_form(arn),
            ExecutionView::Visit => {
                let visit = query.get("visit").unwrap_or_default();
                self.show_visit(&execution, &history, visit).await?
            }
        };
        let status = execution["status"].as_str().unwrap_or_default();
        let body = html! {
            h1 { (execution_name(arn)) }
            (facts(&execution, &history.visits))
            // A visit tells its own failure first.
            @if view != ExecutionView::Visit { (failure_notice(&execution, &history.visits)) }
            (action_buttons(&execution, &self.action_token))
            (views(arn, view, history.definition()))
            @if let Err(why) = &read {
                (missing_part("Its events cannot be read.", why))
            } @else if !history.is_whole() {
                p.notice { "Its history is long: " (history.visits.events_read()) " events were read so far, and the rest follows." }
            }
            (shown)
        };
        let title = format!("{} · {}", execution_name(arn), status.to_lowercase());
        let rest_follows = read.is_ok() && !(history.is_whole() && history.has_ended());
        let is_live = status == "RUNNING" || rest_follows;
        Ok(Page { title, section: PageSection::Executions, body, is_live })
    }
}

fn views(arn: &str, current: ExecutionView, definition: &str) -> Markup {
    let path = execution_path(arn);
    let is_current = |view| (current == view).then_some("page");
    html! {
        nav.tabs aria-label="Views of the execution" {
            a href=(path) aria-current=[is_current(ExecutionView::Overview)] { "Overview" }
            a href={ (path) "?view=events" } aria-current=[is_current(ExecutionView::Events)] { "Events" }
            a href={ (path) "?view=definition" } aria-current=[is_current(ExecutionView::Definition)] { "Definition" }
            // Only a Map state in distributed mode starts any.
            @if definition.contains("\"DISTRIBUTED\"") {
                a href={ "/map-runs" (FormFields::default().query_with(&[("execution", arn)])) } { "Map Runs" }
            }
        }
    }
}

/// A part of the timeline by itself, which the timeline of the whole page takes in.
fn timeline_part(arn: &str, visits: &ExecutionVisits, query: &FormFields) -> Page {
    let body = html! {
        h1 { a href=(execution_path(arn)) { (execution_name(arn)) } }
        div data-part { (timeline(visits, now(), query)) }
    };
    let title = format!("{} · timeline", execution_name(arn));
    Page { title, section: PageSection::Executions, body, is_live: false }
}

fn overview(arn: &str, execution: &Value, history: &ReadHistory, query: &FormFields) -> Markup {
    html! {
        div.side-by-side {
            section aria-label="Graph" { (execution_graph(arn, history)) }
            section aria-label="States" {
                (states_table(arn, &history.visits))
                (payloads(execution))
            }
        }
        (timeline(&history.visits, now(), query))
    }
}

fn payloads(execution: &Value) -> Markup {
    html! {
        @if let Some(input) = execution["input"].as_str() { (data_tree("Input", input)) }
        @if let Some(output) = execution["output"].as_str() { (data_tree("Output", output)) }
    }
}

/// The graph of what it runs, coloured by what has become of each state.
fn execution_graph(arn: &str, history: &ReadHistory) -> Markup {
    if let Some(why) = history.definition_refusal() {
        return missing_part("Its definition cannot be read.", why);
    }
    let Ok(definition) = asl::parse_definition(history.definition()) else {
        return html! { p.notice { "Its definition cannot be drawn." } };
    };
    let graph = graph::graph_definition(&definition);
    let statuses = history.visits.statuses();
    let drawing = graph::svg_fragment(&graph, execution_name(arn), Some(&statuses));
    html! {
        div.graph tabindex="0" role="region" aria-label="Graph" { (PreEscaped(drawing)) }
    }
}

fn facts(execution: &Value, visits: &ExecutionVisits) -> Markup {
    let text = |name: &str| execution[name].as_str().unwrap_or_default();
    let machine = text("stateMachineArn");
    let start = milliseconds_of(&execution["startDate"]);
    let stop = milliseconds_of(&execution["stopDate"]);
    let redrives = execution["redriveCount"].as_u64().unwrap_or_default();
    html! {
        dl.facts {
            div { dt { "Status" } dd { (status_badge(text("status"))) } }
            div { dt { "State machine" } dd { a href=(machine_path(machine)) { (resource_name(machine)) } } }
            @if let Some(version) = execution["stateMachineVersionArn"].as_str() {
                div { dt { "Version" } dd { a href=(machine_path(version)) { (resource_name(version)) } } }
            }
            @if let Some(alias) = execution["stateMachineAliasArn"].as_str() {
                div { dt { "Alias" } dd { (resource_name(alias)) } }
            }
            @if let Some(map_run) = execution["mapRunArn"].as_str() {
                div { dt { "Map Run" } dd { a href=(map_run_path(map_run)) { (resource_name(map_run)) } } }
            }
            div { dt { "Started" } dd { (time_element(&execution["startDate"])) } }
            @match (start, stop) {
                (Some(start), Some(stop)) => { div { dt { "Duration" } dd.duration { (duration_text(stop - start)) } } }
                (Some(start), None) => { div { dt { "Running for" } dd.duration data-running-since=(start) { "…" } } }
                _ => {}
            }
            @if redrives > 0 { div { dt { "Redrives" } dd { (redrives) } } }
            @if visits.events_read() > 0 {
                div { dt { "State transitions" } dd { (visits.totals().transitions) } }
            }
            div { dt { "ARN" } dd { code { (text("executionArn")) } } }
        }
    }
}

fn failure_notice(execution: &Value, visits: &ExecutionVisits) -> Markup {
    let text = |name: &str| execution[name].as_str();
    let is_stopped = text("status") == Some("ABORTED");
    let failed = if is_stopped { None } else { visits.failed_visit() };
    let told = match text("status") {
        Some("FAILED") => Some("It failed"),
        Some("TIMED_OUT") => Some("States.Timeout"),
        Some("ABORTED") if text("error").is_some() || text("cause").is_some() => Some("Stopped"),
        _ => None,
    };
    html! {
        @if let Some(told) = told {
            div.notice.bad {
                strong { (text("error").unwrap_or(told)) }
                @if let Some(visit) = failed {
                    " in "
                    a href={ (execution_path(text("executionArn").unwrap_or_default())) "?visit=" (visit.entered.event_id) } { (visit.name) }
                }
                @if let Some(cause) = text("cause") { (cause_text(cause)) }
            }
        }
    }
}
