//! Where a visit leads.

use graph::{ExecutionVisits, HistoryVisit, VisitScope};
use maud::{Markup, html};
use serde_json::Value;

use super::{lambda_logs::lambda_logs_address, record::VisitRecord};
use crate::{
    TargetKind,
    form::FormFields,
    links::{execution_path, state_anchor},
};

/// The path of a visit's page.
pub(crate) fn visit_path(execution: &str, visit: &HistoryVisit) -> String {
    format!("{}?visit={}", execution_path(execution), visit.entered.event_id)
}

/// The path of a page about a visit, such as `data-path`.
pub(super) fn visit_query(page: &str, execution: &str, visit: &HistoryVisit) -> String {
    let id = visit.entered.event_id.to_string();
    let query = FormFields::default().query_with(&[("execution", execution), ("visit", &id)]);
    format!("/{page}{query}")
}

/// What can be looked at next.
pub(super) fn visit_links(execution: &Value, record: &VisitRecord<'_>, kind: TargetKind) -> Markup {
    let arn = execution["executionArn"].as_str().unwrap_or_default();
    let scheduled = record.visit.attempts.last().and_then(|attempt| record.scheduled(attempt));
    let logs = match kind {
        TargetKind::Local => None,
        TargetKind::Deployment | TargetKind::StepFunctions => {
            scheduled.and_then(|scheduled| lambda_logs_address(scheduled, arn))
        }
    };
    html! {
        div.actions {
            a.button href=(visit_query("test-state", arn, record.visit)) { "Test this state with this input" }
            a.button href={ (execution_path(arn)) "?view=definition#" (state_anchor(&record.visit.name)) } { "State in the definition" }
            @if let Some(logs) = logs {
                a.button href=(logs) rel="noreferrer noopener" { "Logs of the function" }
            }
        }
    }
}

/// The visits around this one, and of the same state before and after it.
pub(super) fn visit_neighbours(
    execution: &str,
    visits: &ExecutionVisits,
    visit: &HistoryVisit,
) -> Markup {
    let mut around = Vec::new();
    let mut scope = visit.scope;
    while let Some(parent) = scope.parent().and_then(|(index, _)| visits.visit(index)) {
        around.push((parent, scope));
        scope = parent.scope;
    }
    let same: Vec<&HistoryVisit> =
        visits.visits().iter().filter(|other| other.name == visit.name).collect();
    let at = same.iter().position(|other| other.index == visit.index).unwrap_or_default();
    let before = at.checked_sub(1).and_then(|before| same.get(before));
    html! {
        p.crumbs {
            a href=(execution_path(execution)) { "Overview" }
            @for (parent, scope) in around.iter().rev() {
                " › " a href=(visit_path(execution, parent)) { (parent.name) } " " (scope_text(*scope))
            }
        }
        @if same.len() > 1 {
            p.pages {
                @if let Some(before) = before { a rel="prev" href=(visit_path(execution, before)) { "Visit before" } }
                span { "Visit " (at + 1) " of " (same.len()) }
                @if let Some(after) = same.get(at + 1) { a rel="next" href=(visit_path(execution, after)) { "Visit after" } }
            }
        }
    }
}

fn scope_text(scope: VisitScope) -> String {
    match scope {
        VisitScope::Execution => String::new(),
        VisitScope::Branch { number, .. } => format!("branch {}", number + 1),
        VisitScope::Iteration { index, .. } => format!("item {index}"),
    }
}
