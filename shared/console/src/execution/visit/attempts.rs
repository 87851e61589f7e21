//! The attempts of a visit.

use graph::{AttemptOutcome, NestedRun, StateStatus, VisitAttempt};
use maud::{Markup, html};

use super::record::VisitRecord;
use crate::{
    links::{execution_name, execution_path, map_run_path, resource_name},
    view::{duration_text, state_badge, time_element},
};

/// The most attempts that are shown: the newest.
const SHOWN_MAX: usize = 100;

/// A row for each attempt.
pub(super) fn attempts_table(record: &VisitRecord<'_>) -> Markup {
    let attempts = &record.visit.attempts;
    let skipped = attempts.len().saturating_sub(SHOWN_MAX);
    html! {
        @if !attempts.is_empty() {
            h3 { "Attempts" }
            @if skipped > 0 { p.hint { "The first " (skipped) " are left out." } }
            div.wide tabindex="0" role="region" aria-label="Attempts" {
                table {
                    thead { tr {
                        th.number scope="col" { "Attempt" } th scope="col" { "Scheduled" }
                        th.number scope="col" { "Started after" } th.number scope="col" { "Ended after" }
                        th scope="col" { "Outcome" } th scope="col" { "Error" } th scope="col" { "It runs" }
                    } }
                    tbody {
                        @for (index, attempt) in attempts.iter().enumerate().skip(skipped) {
                            (row(index + 1, attempt, record))
                        }
                    }
                }
            }
        }
    }
}

fn row(number: usize, attempt: &VisitAttempt, record: &VisitRecord<'_>) -> Markup {
    let scheduled = attempt.scheduled.at.as_milliseconds();
    let after = |moment: Option<graph::HistoryMoment>| {
        moment.map(|moment| duration_text(moment.at.as_milliseconds() - scheduled))
    };
    let status = match attempt.outcome {
        AttemptOutcome::Running => StateStatus::Running,
        AttemptOutcome::Succeeded => StateStatus::Succeeded,
        AttemptOutcome::Failed(_) => StateStatus::Failed,
        AttemptOutcome::Aborted => StateStatus::Aborted,
    };
    html! {
        tr data-key={ "attempt-" (number) } {
            td.number { (number) }
            td { (time_element(&attempt.scheduled.at.as_epoch_seconds().into())) }
            td.number { (after(attempt.started).unwrap_or_default()) }
            td.number { (after(attempt.ended).unwrap_or_default()) }
            td { (state_badge(status)) }
            td {
                @if let AttemptOutcome::Failed(failure) = &attempt.outcome {
                    @let failure = record.recorded_failure(failure);
                    (failure.error.unwrap_or_default())
                    @if let Some(cause) = failure.cause { details { summary { "Cause" } p.cause { (cause) } } }
                }
            }
            td {
                @match &attempt.nested {
                    Some(NestedRun::Execution(arn)) => { a href=(execution_path(arn)) { "Execution " (execution_name(arn)) } }
                    Some(NestedRun::MapRun(arn)) => { a href=(map_run_path(arn)) { "Map Run " (resource_name(arn)) } }
                    None => {}
                }
            }
        }
    }
}
