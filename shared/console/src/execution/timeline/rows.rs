//! The rows of visits.

use graph::{CallbackKind, HistoryVisit, NestedRun, StateStatus, VisitScope};
use maud::{Markup, html};

use super::{ForkAttempt, ROWS_MAX, Timeline, bar::lasting, grouped};
use crate::{
    links::{execution_name, execution_path, map_run_path},
    view::state_badge,
};

impl Timeline<'_> {
    /// The visits of a scope: the newest rows, and folds of those before.
    pub(super) fn show_scope(&self, scope: VisitScope) -> Markup {
        let count = self.visits.visits_of_scope(scope).count();
        let shown_from = count.saturating_sub(1) / ROWS_MAX * ROWS_MAX;
        let fields = self.scope_fields(scope);
        html! {
            @for from in (0..shown_from).step_by(ROWS_MAX) {
                @let part = [&fields[..], &[("from", from.to_string())]].concat();
                @let last = from + ROWS_MAX;
                @let label = html! { summary { "Visits " (grouped(from + 1)) "–" (grouped(last)) " of " (grouped(count)) } };
                (self.fold(&label, &part))
            }
            (self.show_scope_page(scope, shown_from))
        }
    }

    pub(super) fn show_scope_page(&self, scope: VisitScope, from: usize) -> Markup {
        html! {
            ol.visits role="list" {
                @for visit in self.visits.visits_of_scope(scope).skip(from).take(ROWS_MAX) {
                    (self.show_visit(visit))
                }
            }
        }
    }

    fn show_visit(&self, visit: &HistoryVisit) -> Markup {
        let id = visit.entered.event_id.to_string();
        let is_current = self.query.get("visit") == Some(&id);
        html! {
            li data-key={ "visit-" (id) } {
                div.row.current[is_current] {
                    div.label {
                        a href={ "?visit=" (id) } data-visit-of=(visit.name) aria-current=[is_current.then_some("true")] { (visit.name) }
                        " " span.soft { (visit.state_type.as_str()) }
                    }
                    (self.window.visit_bar(visit))
                    div.told { (self.tell_visit(visit)) }
                }
                (self.show_inside(visit))
            }
        }
    }

    /// The status of a visit, how long it took, and what else is worth a look.
    fn tell_visit(&self, visit: &HistoryVisit) -> Markup {
        let lasted = lasting(visit.entered.at, self.window.ending(visit.ended()));
        let awaited = visit.awaited_callback().map(|awaited| match awaited.kind {
            CallbackKind::TaskToken => "waits for its task token",
            CallbackKind::Activity => "waits for a worker",
        });
        let waits_to_retry = visit.status() == StateStatus::Running
            && visit.attempts.last().is_some_and(|attempt| attempt.ended.is_some());
        let nested = visit.attempts.last().and_then(|attempt| attempt.nested.as_ref());
        html! {
            (state_badge(visit.status())) " "
            span.duration { (lasted) }
            @match visit.retries() {
                0 => {}
                1 => { span.soft { " · 1 retry" } }
                retries => { span.soft { " · " (retries) " retries" } }
            }
            @if let Some(awaited) = awaited { span.soft { " · " (awaited) } }
            @if waits_to_retry { span.soft { " · waits for its next attempt" } }
            @if let (StateStatus::Failed | StateStatus::Caught, Some(error)) = (visit.status(), visit.failure.as_ref().and_then(|failure| failure.error.as_ref())) {
                span.bad { " · " (error) }
            }
            @match nested {
                Some(NestedRun::Execution(arn)) => { " · " a href=(execution_path(arn)) { "execution " (execution_name(arn)) } }
                Some(NestedRun::MapRun(arn)) => { " · " a href=(map_run_path(arn)) { "Map Run" } }
                None => {}
            }
        }
    }

    /// What ran inside of a visit: of its last attempt, and folded of those before.
    fn show_inside(&self, visit: &HistoryVisit) -> Markup {
        let Some(last) = visit.last_attempt() else { return html! {} };
        html! {
            @for attempt in 0..=last {
                @let fork = ForkAttempt { visit, attempt };
                @let iterations = self.iterations_of(fork);
                @if !iterations.is_empty() {
                    (self.fold_iterations(fork, iterations))
                } @else if attempt == last {
                    (self.show_branches(fork))
                } @else if self.branches_of(fork).next().is_some() {
                    @let label = html! { summary { "Branches of attempt " (attempt + 1) } };
                    (self.fold(&label, &Self::fork_fields(fork)))
                }
            }
        }
    }

    pub(super) fn show_branches(&self, fork: ForkAttempt<'_>) -> Markup {
        let branches: Vec<VisitScope> = self.branches_of(fork).collect();
        html! {
            @if !branches.is_empty() {
                ol.branches role="list" {
                    @for (number, scope) in (1..).zip(branches) {
                        li data-key={ "branch-" (fork.visit.entered.event_id) "-" (fork.attempt) "-" (number) } {
                            div.label.soft { "Branch " (number) }
                            (self.show_scope(scope))
                        }
                    }
                }
            }
        }
    }
}
