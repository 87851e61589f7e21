//! What is shown of a visit.

use graph::{CallbackKind, HistoryVisit};
use maud::{Markup, html};
use model::StateType;
use serde_json::Value;

use super::{
    attempts::attempts_table,
    record::VisitRecord,
    visit_links::{visit_links, visit_neighbours, visit_path, visit_query},
};
use crate::{
    Console, ConsoleApi,
    execution::{events::events_table, read_history::ReadHistory},
    page::PageError,
    state_source::{find_state, written_state},
    tokens::AnswerDraft,
    view::{cause_text, data_tree, definition_source, duration_text, state_badge, time_element},
};

impl<A: ConsoleApi> Console<A> {
    /// The visit that was entered by this event, as a part of the page of its execution.
    pub(crate) async fn show_visit(
        &self,
        execution: &Value,
        history: &ReadHistory,
        event_id: &str,
    ) -> Result<Markup, PageError> {
        let arn = execution["executionArn"].as_str().unwrap_or_default();
        let visit = event_id.parse().ok().and_then(|id| history.visits.visit_entered_by(id));
        let Some(visit) = visit else {
            return Err(PageError::NotFound("There is no such visit.".to_owned()));
        };
        let record = self.visit_record(arn, history, visit).await?;
        let definition: Value = serde_json::from_str(history.definition()).unwrap_or_default();
        let state = find_state(&definition, &visit.name).cloned().unwrap_or_default();
        let started = history.visits.started().map_or(0, |first| first.at.as_milliseconds());
        Ok(html! {
            section #visit aria-labelledby="visit-title" {
                (visit_neighbours(arn, &history.visits, visit))
                h2 #visit-title { (visit.name) " " (state_badge(visit.status())) }
                (failure_notice(&record))
                (facts(&record, &state))
                (self.token_form(arn, &record, &state))
                (visit_links(execution, &record, self.target.kind))
                (data(&record))
                details.card data-key="data-path" {
                    summary { "The path its data took, before and after each filter" }
                    @let path = visit_query("data-path", arn, visit);
                    div data-fragment=(path) { p { a href=(path) { "Show it" } } }
                }
                details.card data-key="source" {
                    summary { "Its definition" }
                    @let written = written_state(history.definition(), &visit.name).unwrap_or_default();
                    (definition_source(&written, &[], &[]))
                }
                (attempts_table(&record))
                (call_parameters(&record))
                h3 { "Events" }
                (events_table(&record.events(), started))
            }
        })
    }

    /// The form that answers a task that waits for its token.
    fn token_form(&self, arn: &str, record: &VisitRecord<'_>, state: &Value) -> Markup {
        let visit = record.visit;
        let Some(awaited) = visit.awaited_callback() else { return html! {} };
        if awaited.kind == CallbackKind::Activity {
            return html! {
                p.notice { "It waits for a worker of its activity, who alone has its task token." }
            };
        }
        html! {
            @match record.token(state) {
                Some(token) => {
                    section.card aria-labelledby="token-title" {
                        h3 #token-title { "It waits for an answer to its task token" }
                        p { code { (token) } " " button.small type="button" data-copy=(token) hidden { "Copy" } }
                        (self.answer_form(&AnswerDraft::of_token(&token, &visit_path(arn, visit))))
                    }
                }
                None => {
                    p.notice { "It waits for an answer to its task token, which its parameters do not show." }
                }
            }
        }
    }
}

/// Why it failed, or failed before it was retried or caught.
fn failure_notice(record: &VisitRecord<'_>) -> Markup {
    let class = match record.visit.status() {
        graph::StateStatus::Failed | graph::StateStatus::Aborted => "bad",
        _ => "careful",
    };
    html! {
        @if let Some(failure) = record.failure() {
            div.notice.(class) {
                strong { (failure.error.unwrap_or("It has no error name")) }
                @if let Some(cause) = failure.cause { (cause_text(cause)) }
            }
        }
    }
}

fn facts(record: &VisitRecord<'_>, state: &Value) -> Markup {
    let visit: &HistoryVisit = record.visit;
    let entered = visit.entered.at;
    let duration =
        visit.ended().map(|ended| ended.at.as_milliseconds() - entered.as_milliseconds());
    html! {
        dl.facts {
            div { dt { "Type" } dd { (visit.state_type.as_str()) } }
            div { dt { "Entered" } dd { (time_element(&entered.as_epoch_seconds().into())) } }
            @match duration {
                Some(duration) => { div { dt { "Duration" } dd.duration { (duration_text(duration)) } } }
                None => { div { dt { "Running for" } dd.duration data-running-since=(entered.as_milliseconds()) { "…" } } }
            }
            @if let Some(resource) = state["Resource"].as_str() {
                div { dt { "Resource" } dd { code { (resource) } } }
            }
            @if let Some(comment) = state["Comment"].as_str() { div { dt { "Comment" } dd { (comment) } } }
        }
    }
}

fn data(record: &VisitRecord<'_>) -> Markup {
    html! {
        div.side-by-side {
            @if let Some(input) = record.input() { (data_tree("Input", input)) }
            @if let Some(output) = record.output() { (data_tree("Output", output)) }
            @if let Some(assigned) = record.assigned() { (data_tree("Assigned variables", &assigned)) }
        }
    }
}

/// What its last attempt was scheduled with, beside the parameters.
const SCHEDULED_FACTS: [(&str, &str); 5] = [
    ("region", "Region"),
    ("timeoutInSeconds", "Timeout (s)"),
    ("heartbeatInSeconds", "Heartbeat (s)"),
    ("resourceType", "Service"),
    ("resource", "Action"),
];

fn call_parameters(record: &VisitRecord<'_>) -> Markup {
    // Parallel and Map states call nothing themselves.
    if record.visit.state_type != StateType::Task {
        return html! {};
    }
    let Some(attempt) = record.visit.attempts.last() else { return html! {} };
    let Some(scheduled) = record.scheduled(attempt) else { return html! {} };
    html! {
        h3 { "Call" }
        dl.facts {
            @for (member, label) in SCHEDULED_FACTS {
                @match &scheduled[member] {
                    Value::String(text) => { div { dt { (label) } dd { (text) } } }
                    Value::Number(number) => { div { dt { (label) } dd { (number) } } }
                    _ => {}
                }
            }
        }
        div.side-by-side {
            @if let Some(parameters) = record.parameters(attempt) { (data_tree("Parameters", parameters)) }
            @if let Some(result) = record.result(attempt) { (data_tree("Result", result)) }
        }
    }
}
