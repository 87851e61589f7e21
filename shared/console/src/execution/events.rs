//! The events of an execution's history.

use maud::{Markup, html};
use serde_json::Value;

use super::read_history::ReadHistory;
use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::execution_path,
    page::PageError,
    view::{duration_text, milliseconds_of, small_data_tree, unfolded_json},
};

/// Events that are shown at a time.
const EVENTS_SHOWN: usize = 100;

impl<A: ConsoleApi> Console<A> {
    /// The events from the one that `?event=` names on.
    pub(super) async fn show_events(
        &self,
        execution: &Value,
        history: &ReadHistory,
        query: &FormFields,
    ) -> Result<Markup, PageError> {
        let arn = execution["executionArn"].as_str().unwrap_or_default();
        let first = query.get("event").and_then(|event| event.parse().ok()).unwrap_or(1);
        let events = self.events_from(arn, history, first).await?;
        let shown = &events[..events.len().min(EVENTS_SHOWN)];
        let started = milliseconds_of(&execution["startDate"]).unwrap_or_default();
        let end = shown.last().and_then(|event| event["id"].as_u64()).unwrap_or_default();
        let total = history.visits.last_event_id();
        let path = |event: u64| format!("{}?view=events&event={event}", execution_path(arn));
        let shown_before = EVENTS_SHOWN as u64;
        Ok(html! {
            @if shown.is_empty() { p { "There are no events." } }
            (events_table(&shown.iter().collect::<Vec<_>>(), started))
            p.pages {
                @if first > 1 { a.button rel="prev" href=(path(first.saturating_sub(shown_before).max(1))) { "Earlier" } }
                span { "Events " (first) " to " (end) " of " (total) }
                @if end < total { a.button rel="next" href=(path(end + 1)) { "Later" } }
            }
        })
    }
}

/// A row for each event. `started` is when the execution was, in milliseconds since the epoch.
pub(super) fn events_table(events: &[&Value], started: i64) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Events" {
            table {
                thead { tr {
                    th.number scope="col" { "Id" } th scope="col" { "Event" } th scope="col" { "State" }
                    th.number scope="col" { "After" } th scope="col" { "Details" }
                } }
                tbody { @for event in events { (row(event, started)) } }
            }
        }
    }
}

fn row(event: &Value, started: i64) -> Markup {
    let kind = event["type"].as_str().unwrap_or_default();
    let details =
        event.as_object().into_iter().flatten().find(|(name, _)| name.ends_with("EventDetails"));
    let text = |member: &str| details.and_then(|(_, details)| details[member].as_str());
    let name = text("name").or_else(|| text("state"));
    let after = milliseconds_of(&event["timestamp"]).map(|at| duration_text(at - started));
    let id = event["id"].to_string();
    html! {
        tr data-key={ "event-" (id) } {
            td.number { (id) }
            th scope="row" { span.event.(tone(kind)) { (kind) } }
            td { (name.unwrap_or_default()) }
            td.number title=[milliseconds_of(&event["timestamp"]).map(exact)] { (after.unwrap_or_default()) }
            td {
                @if let Some((_, details)) = details {
                    details { summary { "Details" } (small_data_tree("Details", &unfolded(details))) }
                }
            }
        }
    }
}

fn exact(milliseconds: i64) -> String {
    model::Timestamp::from_milliseconds(milliseconds).to_string()
}

/// Inputs and outputs, which are JSON in a string, as the JSON that they are.
fn unfolded(details: &Value) -> String {
    const PAYLOADS: [&str; 3] = ["input", "output", "parameters"];
    let mut members = details.as_object().cloned().unwrap_or_default();
    members.retain(|_, value| !value.is_null());
    unfolded_json(&members, |name| PAYLOADS.contains(&name))
}

/// How an event fares.
fn tone(kind: &str) -> &'static str {
    match kind {
        _ if kind.ends_with("Failed") || kind.ends_with("TimedOut") => "bad",
        "FailStateEntered" => "bad",
        _ if kind.ends_with("Aborted") => "careful",
        _ if kind.ends_with("Succeeded") => "good",
        _ => "plain",
    }
}
