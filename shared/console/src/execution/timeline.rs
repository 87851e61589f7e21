//! What happened when: the visits of an execution's states as bars in time.
//!
//! ```text
//! whole ─▶ a row for each visit ─▶ its branches, in place
//!                              └─▶ its iterations, folded: groups by status ─▶ pages of 100 ─▶ visits
//! ```
//!
//! What is folded is a fragment: the same address with more fields, which a script fetches when it is
//! unfolded, and to which a link leads without one. So a page stays small, however many iterations a
//! Map has.

mod bar;
mod iterations;
mod rows;
mod time_window;

use std::str::FromStr;

use graph::{ExecutionVisits, HistoryIteration, HistoryVisit, VisitScope};
use maud::{Markup, html};
use model::{StateType, Timestamp};

use crate::form::FormFields;
use time_window::TimeWindow;

/// Rows of one page: of the visits of a scope, or of iterations.
const ROWS_MAX: usize = 100;
/// The fields that name a part of a timeline. A visit is named by the event that entered it.
const PART_FIELDS: [&str; 8] =
    ["map", "iteration", "parallel", "branch", "attempt", "visits", "status", "from"];

/// A Parallel or a Map, by the event that entered it, and which of its attempts: the last one, unless
/// the query says `attempt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ForkName {
    entered: u64,
    attempt: Option<u32>,
}

/// A part of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimelinePart<'q> {
    /// All of it: no field.
    Whole,
    /// The groups of a Map's iterations: `map`.
    Iterations(ForkName),
    /// Iterations of one status: `map`, `status` and `from`.
    IterationPage { map: ForkName, status: &'q str, from: usize },
    /// The branches of a Parallel: `parallel`.
    Branches(ForkName),
    /// Visits of the execution's own scope: `visits=all`, and `from`.
    OwnVisits { from: usize },
    /// Visits of an iteration or a branch: `map` and `iteration`, or `parallel` and `branch`; and
    /// `from`, without which it is the whole scope.
    Visits { around: ForkName, number: u32, from: Option<usize> },
}

impl<'q> TimelinePart<'q> {
    /// The part that a query names; `None` if that makes no sense.
    fn of_query(query: &'q FormFields) -> Option<Self> {
        let from = parse_field(query, "from").ok()?;
        let attempt = parse_field(query, "attempt").ok()?;
        let fork = |entered| ForkName { entered, attempt };
        let map = parse_field(query, "map").ok()?.map(fork);
        let parallel = parse_field(query, "parallel").ok()?.map(fork);
        let number = parse_field(query, "iteration").ok()?.or(parse_field(query, "branch").ok()?);
        Some(match (map, parallel, number) {
            (None, None, None) if query.get("visits").is_some() => {
                Self::OwnVisits { from: from.unwrap_or_default() }
            }
            (None, None, None) => Self::Whole,
            (None, None, Some(_)) => return None,
            (Some(around), _, Some(number)) | (None, Some(around), Some(number)) => {
                Self::Visits { around, number, from }
            }
            (Some(map), _, None) => match query.get("status") {
                Some(status) => Self::IterationPage { map, status, from: from.unwrap_or_default() },
                None => Self::Iterations(map),
            },
            (None, Some(parallel), None) => Self::Branches(parallel),
        })
    }
}

fn parse_field<T: FromStr>(query: &FormFields, name: &str) -> Result<Option<T>, T::Err> {
    query.get(name).map(str::parse).transpose()
}

/// Whether a query asks for a part of a timeline only. The other fields say nothing without these.
pub(crate) fn is_timeline_part(query: &FormFields) -> bool {
    ["map", "parallel", "visits"].iter().any(|field| query.get(field).is_some())
}

/// The timeline of an execution, or the part of it that a query names. `now` ends the bars of what is
/// running. `since` in a query is the event of a redrive at which the scale begins.
///
/// Each row leads to `?visit=ENTERED_EVENT_ID`; parts keep the other fields of the query.
pub(crate) fn timeline(visits: &ExecutionVisits, now: Timestamp, query: &FormFields) -> Markup {
    let window = TimeWindow::of_query(visits, now, query);
    let timeline = Timeline { visits, window, query };
    let part = TimelinePart::of_query(query).and_then(|part| timeline.show_part(part));
    part.unwrap_or_else(|| html! { p.notice.bad { "The execution has no such part." } })
}

/// One attempt of a Parallel or a Map.
#[derive(Clone, Copy)]
struct ForkAttempt<'v> {
    visit: &'v HistoryVisit,
    attempt: u32,
}

impl ForkAttempt<'_> {
    const fn iteration_scope(self, iteration: &HistoryIteration) -> VisitScope {
        let Self { visit, attempt } = self;
        VisitScope::Iteration { visit: visit.index, attempt, index: iteration.index }
    }
}

/// What is shown, and how.
struct Timeline<'v> {
    visits: &'v ExecutionVisits,
    window: TimeWindow,
    query: &'v FormFields,
}

impl Timeline<'_> {
    fn show_part(&self, part: TimelinePart<'_>) -> Option<Markup> {
        Some(match part {
            TimelinePart::Whole => self.show_whole(),
            TimelinePart::Iterations(map) => self.show_iterations(self.find_fork(map)?),
            TimelinePart::IterationPage { map, status, from } => {
                self.show_iteration_page(self.find_fork(map)?, status, from)?
            }
            TimelinePart::Branches(parallel) => self.show_branches(self.find_fork(parallel)?),
            TimelinePart::OwnVisits { from } => self.show_scope_page(VisitScope::Execution, from),
            TimelinePart::Visits { around, number, from } => {
                let scope = self.scope_in(self.find_fork(around)?, number)?;
                match from {
                    Some(from) => self.show_scope_page(scope, from),
                    None => self.show_scope(scope),
                }
            }
        })
    }

    fn show_whole(&self) -> Markup {
        html! {
            section.timeline aria-label="Timeline" {
                (self.scale_links())
                @if self.visits.visits().is_empty() {
                    p { "No state has been entered." }
                } @else {
                    (self.window.axis())
                    (self.show_scope(VisitScope::Execution))
                }
            }
        }
    }

    /// Links to the scales that begin at a redrive.
    fn scale_links(&self) -> Markup {
        let redrives = self.visits.redrives();
        let current = self.query.get("since");
        html! {
            @if !redrives.is_empty() {
                nav.tabs aria-label="Scale of the timeline" {
                    a href=(self.address(&[("since", "")])) aria-current=[current.is_none().then_some("true")] { "Whole execution" }
                    @for (number, redrive) in (1..).zip(redrives) {
                        @let event = redrive.event_id.to_string();
                        a href=(self.address(&[("since", &event)])) aria-current=[(current == Some(&event)).then_some("true")] {
                            "Since redrive " (number)
                        }
                    }
                }
            }
        }
    }

    fn find_fork(&self, name: ForkName) -> Option<ForkAttempt<'_>> {
        let visit = self.visits.visit_entered_by(name.entered)?;
        let fork = ForkAttempt { visit, attempt: name.attempt.or_else(|| visit.last_attempt())? };
        let is_fork =
            !self.iterations_of(fork).is_empty() || self.branches_of(fork).next().is_some();
        is_fork.then_some(fork)
    }

    fn scope_in(&self, fork: ForkAttempt<'_>, number: u32) -> Option<VisitScope> {
        let iterations = self.iterations_of(fork);
        match iterations.binary_search_by_key(&number, |iteration| iteration.index) {
            Ok(at) => Some(fork.iteration_scope(&iterations[at])),
            Err(_) => self.branches_of(fork).nth(number as usize),
        }
    }

    fn iterations_of(&self, fork: ForkAttempt<'_>) -> &[HistoryIteration] {
        self.visits.iterations_of_attempt(fork.visit.index, fork.attempt)
    }

    fn branches_of(&self, fork: ForkAttempt<'_>) -> impl Iterator<Item = VisitScope> + use<> {
        self.visits.branch_scopes_of_attempt(fork.visit.index, fork.attempt)
    }

    /// The address of the page with these fields, without those of a part.
    fn address(&self, fields: &[(&str, &str)]) -> String {
        let mut replaced: Vec<(&str, &str)> =
            PART_FIELDS.iter().map(|field| (*field, "")).collect();
        replaced.retain(|(field, _)| fields.iter().all(|(name, _)| name != field));
        replaced.extend(fields);
        let query = self.query.query_with(&replaced);
        if query.is_empty() { "?".to_owned() } else { query }
    }

    /// The fields that name an attempt of a Parallel or a Map.
    fn fork_fields(fork: ForkAttempt<'_>) -> Vec<(&'static str, String)> {
        let kind = if fork.visit.state_type == StateType::Map { "map" } else { "parallel" };
        let mut fields = vec![(kind, fork.visit.entered.event_id.to_string())];
        if fork.visit.last_attempt() != Some(fork.attempt) {
            fields.push(("attempt", fork.attempt.to_string()));
        }
        fields
    }

    /// The fields that name a scope.
    fn scope_fields(&self, scope: VisitScope) -> Vec<(&'static str, String)> {
        let (index, attempt, number) = match scope {
            VisitScope::Execution => return vec![("visits", "all".to_owned())],
            VisitScope::Branch { visit, attempt, number } => (visit, attempt, ("branch", number)),
            VisitScope::Iteration { visit, attempt, index } => {
                (visit, attempt, ("iteration", index))
            }
        };
        let Some(visit) = self.visits.visit(index) else { return Vec::new() };
        let mut fields = Self::fork_fields(ForkAttempt { visit, attempt });
        fields.push((number.0, number.1.to_string()));
        fields
    }

    /// What is fetched when its summary is unfolded.
    fn fold(&self, summary: &Markup, fields: &[(&'static str, String)]) -> Markup {
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.push(("visit", ""));
        let address = self.address(&fields);
        html! {
            details data-key=(address) {
                (summary)
                div data-fragment=(address) { a href=(address) { "Show" } }
            }
        }
    }
}

/// `12,345`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
