//! The iterations of a Map: folded, by status, a hundred at a time.

use graph::{HistoryIteration, IterationStatus};
use maud::{Markup, html};

use super::{ForkAttempt, ROWS_MAX, Timeline, bar::lasting, grouped};
use crate::view::state_badge;

impl Timeline<'_> {
    /// One line with the counts of all iterations, which unfolds to their groups.
    pub(super) fn fold_iterations(
        &self,
        map: ForkAttempt<'_>,
        iterations: &[HistoryIteration],
    ) -> Markup {
        let counts = IterationStatus::ALL.map(|status| (status, count_of(iterations, status)));
        let present = counts.into_iter().filter(|(_, count)| *count > 0);
        let noun = if iterations.len() == 1 { "iteration" } else { "iterations" };
        let label = html! {
            summary {
                @if map.visit.last_attempt() != Some(map.attempt) { "Attempt " (map.attempt + 1) ": " }
                (grouped(iterations.len())) " " (noun) ":"
                @for (status, count) in present {
                    " " span.status.(status.state_status().as_str()) { (grouped(count)) " " (status.state_status().words()) }
                }
            }
        };
        self.fold(&label, &Self::fork_fields(map))
    }

    /// The iterations in groups, those that need attention first. The first page is unfolded.
    pub(super) fn show_iterations(&self, map: ForkAttempt<'_>) -> Markup {
        let iterations = self.iterations_of(map);
        let named = Self::fork_fields(map);
        let mut pages = Vec::new();
        for status in IterationStatus::ALL {
            let count = count_of(iterations, status);
            pages.extend((0..count).step_by(ROWS_MAX).map(|from| (status, from, count)));
        }
        html! {
            @for (position, (status, from, count)) in pages.into_iter().enumerate() {
                @if position == 0 {
                    p.label.soft { (page_label(status, from, count)) }
                    (self.iteration_rows(map, status, from))
                } @else {
                    @let status_field = ("status", status.state_status().as_str().to_owned());
                    @let fields = [&named[..], &[status_field, ("from", from.to_string())]].concat();
                    @let label = html! { summary { (page_label(status, from, count)) } };
                    (self.fold(&label, &fields))
                }
            }
        }
    }

    /// One page of the iterations that have a status; `None` if there is no such status.
    pub(super) fn show_iteration_page(
        &self,
        map: ForkAttempt<'_>,
        status: &str,
        from: usize,
    ) -> Option<Markup> {
        let mut known = IterationStatus::ALL.into_iter();
        let status = known.find(|known| known.state_status().as_str() == status)?;
        Some(self.iteration_rows(map, status, from))
    }

    fn iteration_rows(&self, map: ForkAttempt<'_>, status: IterationStatus, from: usize) -> Markup {
        let iterations = self.iterations_of(map).iter();
        let page = iterations.filter(|found| found.status == status).skip(from).take(ROWS_MAX);
        html! {
            ol.iterations role="list" {
                @for iteration in page { (self.show_iteration(map, iteration)) }
            }
        }
    }

    fn show_iteration(&self, map: ForkAttempt<'_>, iteration: &HistoryIteration) -> Markup {
        let scope = map.iteration_scope(iteration);
        let lasted = lasting(iteration.started.at, self.window.ending(iteration.ended));
        let last = self.visits.last_visit_of_scope(scope);
        let failure = last.and_then(|last| last.failure.as_ref()?.error.as_ref());
        let failure = failure.filter(|_| iteration.status == IterationStatus::Failed);
        let row = html! {
            summary.row {
                div.label { "Iteration " (iteration.index) }
                (self.window.iteration_bar(iteration))
                div.told {
                    (state_badge(iteration.status.state_status())) " "
                    span.duration { (lasted) }
                    @if let Some(last) = last { span.soft { " · " (last.name) } }
                    @if let Some(error) = failure { span.bad { " · " (error) } }
                }
            }
        };
        html! {
            li data-key={ "iteration-" (map.visit.entered.event_id) "-" (map.attempt) "-" (iteration.index) } {
                (self.fold(&row, &self.scope_fields(scope)))
            }
        }
    }
}

fn count_of(iterations: &[HistoryIteration], status: IterationStatus) -> usize {
    iterations.iter().filter(|iteration| iteration.status == status).count()
}

fn page_label(status: IterationStatus, from: usize, count: usize) -> Markup {
    let last = count.min(from + ROWS_MAX);
    let words = match status {
        IterationStatus::Failed => "Failed",
        IterationStatus::Aborted => "Aborted",
        IterationStatus::Running => "Running",
        IterationStatus::Succeeded => "Succeeded",
    };
    html! { (words) ": " (grouped(from + 1)) "–" (grouped(last)) " of " (grouped(count)) }
}
