//! The states of an execution, each with the visit that is most worth a look.

use std::{collections::BTreeMap, sync::Arc};

use graph::{ExecutionVisits, HistoryVisit, StateStatus};
use maud::{Markup, html};

use crate::{
    links::execution_path,
    view::{duration_text, state_badge},
};

/// A row for each state that was entered, in the order of their first visits.
pub(super) fn states_table(arn: &str, visits: &ExecutionVisits) -> Markup {
    let totals = visits.totals();
    let statuses = visits.statuses();
    html! {
        div.wide tabindex="0" role="region" aria-label="States" {
            table.states {
                thead { tr {
                    th scope="col" { "State" } th scope="col" { "Status" }
                    th.number scope="col" { "Visits" } th.number scope="col" { "Retries" } th.number scope="col" { "Mean time" }
                } }
                tbody {
                    @for visit in chosen_visits(visits) {
                        @let state = totals.states.get(&visit.name).copied().unwrap_or_default();
                        tr data-key={ "state-" (visit.name) } {
                            th scope="row" {
                                a href={ (execution_path(arn)) "?visit=" (visit.entered.event_id) } data-visit-of=(visit.name) { (visit.name) }
                            }
                            td { (state_badge(statuses.status_of(&visit.name))) }
                            td.number { (state.visits) }
                            td.number { (state.retries) }
                            td.number { @if let Some(mean) = state.mean_milliseconds() { (duration_text(mean)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Of each state, the newest of the visits whose status is the gravest.
fn chosen_visits(visits: &ExecutionVisits) -> Vec<&HistoryVisit> {
    let mut order: Vec<&Arc<str>> = Vec::new();
    let mut chosen: BTreeMap<&Arc<str>, (StateStatus, &HistoryVisit)> = BTreeMap::new();
    for visit in visits.visits() {
        let status = visit.status();
        match chosen.get_mut(&visit.name) {
            None => {
                order.push(&visit.name);
                chosen.insert(&visit.name, (status, visit));
            }
            Some(known) if status >= known.0 => *known = (status, visit),
            Some(_) => {}
        }
    }
    order.into_iter().filter_map(|name| chosen.get(name).map(|(_, visit)| *visit)).collect()
}
