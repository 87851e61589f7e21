//! One bar.

use graph::{
    AttemptOutcome, HistoryIteration, HistoryVisit, StateStatus, VisitAttempt, VisitFailure,
};
use maud::{Markup, html};
use model::{StateType, Timestamp};

use super::time_window::{TimeWindow, UNITS};
use crate::view::duration_text;

/// The least units that can be seen.
const WIDTH_MIN: i64 = 3;

/// A part of a bar. What is higher counts more: by that, too, the parts are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BarPart {
    /// The time of a visit in which nothing else is shown: a wait between attempts.
    Pause,
    /// An attempt that was scheduled and that nobody has begun.
    Scheduled,
    /// An attempt, or a state without attempts.
    Work(StateStatus),
    /// The mark at the end of a failure.
    FailureMark,
}

impl BarPart {
    const fn class(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Scheduled => "scheduled",
            Self::Work(status) => status.as_str(),
            Self::FailureMark => "failure-mark",
        }
    }

    /// The top and the height, of 20 units.
    const fn extent(self) -> (u8, u8) {
        match self {
            Self::Pause => (9, 2),
            Self::Scheduled => (7, 6),
            Self::Work(_) => (4, 12),
            Self::FailureMark => (0, 20),
        }
    }
}

impl TimeWindow {
    /// The bar of a visit.
    pub(super) fn visit_bar(self, visit: &HistoryVisit) -> Markup {
        let from = visit.entered.at;
        let to = self.ending(visit.ended());
        let mut parts = Vec::new();
        let is_wait = visit.state_type == StateType::Wait;
        if visit.attempts.is_empty() && !is_wait {
            parts.extend(self.bar_part(BarPart::Work(visit.status()), from, to));
            if matches!(visit.status(), StateStatus::Failed | StateStatus::Caught) {
                parts.extend(self.failure_mark(to));
            }
        } else if is_wait {
            parts.extend(self.bar_part(BarPart::Scheduled, from, to));
        } else {
            parts.extend(self.bar_part(BarPart::Pause, from, to));
        }
        for attempt in &visit.attempts {
            let end = attempt.ended.map_or(to, |ended| ended.at);
            let is_fork = matches!(visit.state_type, StateType::Map | StateType::Parallel);
            let begun = match attempt.started {
                _ if is_fork => attempt.scheduled.at,
                Some(started) => started.at,
                None => end,
            };
            parts.extend(self.bar_part(BarPart::Scheduled, attempt.scheduled.at, begun));
            let has_begun = is_fork || attempt.started.is_some();
            if has_begun {
                let work = BarPart::Work(attempt_status(&attempt.outcome));
                parts.extend(self.bar_part(work, begun, end));
            }
            if matches!(attempt.outcome, AttemptOutcome::Failed(_)) {
                parts.extend(self.failure_mark(end));
            }
        }
        bar(&self.describe_visit(visit), &parts)
    }

    /// The bar of an iteration.
    pub(super) fn iteration_bar(self, iteration: &HistoryIteration) -> Markup {
        let from = iteration.started.at;
        let to = self.ending(iteration.ended);
        let status = iteration.status.state_status();
        let mut parts = Vec::new();
        parts.extend(self.bar_part(BarPart::Work(status), from, to));
        if status == StateStatus::Failed {
            parts.extend(self.failure_mark(to));
        }
        let label = format!(
            "Iteration {}, {}, from {}, {}",
            iteration.index,
            status.words(),
            self.offset_text(from),
            lasting(from, to),
        );
        bar(&label, &parts)
    }

    fn bar_part(self, part: BarPart, from: Timestamp, to: Timestamp) -> Option<Markup> {
        if !self.shows(from, to) {
            return None;
        }
        let left = self.position(from).min(UNITS - WIDTH_MIN);
        let width = (self.position(to) - left).max(WIDTH_MIN);
        Some(draw_part(part, left, width))
    }

    fn failure_mark(self, at: Timestamp) -> Option<Markup> {
        let left = (self.position(at) - WIDTH_MIN).max(0);
        self.shows(at, at).then(|| draw_part(BarPart::FailureMark, left, WIDTH_MIN))
    }

    /// `0 ms` and on from the first moment that is shown; `-5.00 s` before it.
    fn offset_text(self, at: Timestamp) -> String {
        let offset = self.offset(at);
        let sign = if offset < 0 { "-" } else { "" };
        format!("{sign}{}", duration_text(offset.saturating_abs()))
    }

    /// Says in words what a bar shows.
    fn describe_visit(self, visit: &HistoryVisit) -> String {
        let from = visit.entered.at;
        let to = self.ending(visit.ended());
        let mut text = format!(
            "{}, {}, from {}, {}",
            visit.name,
            visit.status().words(),
            self.offset_text(from),
            lasting(from, to),
        );
        if visit.attempts.len() > 1 {
            let mut before: Option<&VisitAttempt> = None;
            for (number, attempt) in (1..).zip(&visit.attempts) {
                if let Some(failed) = before.and_then(|before| before.ended) {
                    let waited = lasting(failed.at, attempt.scheduled.at);
                    text = format!("{text}; waited {waited}");
                }
                let end = attempt.ended.map_or(to, |ended| ended.at);
                let lasted = lasting(attempt.scheduled.at, end);
                let outcome = outcome_words(&attempt.outcome);
                text = format!("{text}; attempt {number} {outcome}, {lasted}");
                before = Some(attempt);
            }
        }
        text
    }
}

/// How long something lasted, for people.
pub(super) fn lasting(from: Timestamp, to: Timestamp) -> String {
    duration_text(to.as_milliseconds().saturating_sub(from.as_milliseconds()).max(0))
}

const fn attempt_status(outcome: &AttemptOutcome) -> StateStatus {
    match outcome {
        AttemptOutcome::Running => StateStatus::Running,
        AttemptOutcome::Succeeded => StateStatus::Succeeded,
        AttemptOutcome::Failed(_) => StateStatus::Failed,
        AttemptOutcome::Aborted => StateStatus::Aborted,
    }
}

fn outcome_words(outcome: &AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Failed(VisitFailure { error: Some(error), .. }) => {
            format!("failed with {error}")
        }
        outcome => attempt_status(outcome).words().to_owned(),
    }
}

fn draw_part(part: BarPart, left: i64, width: i64) -> Markup {
    let (top, height) = part.extent();
    html! { rect.(part.class()) x=(left) y=(top) width=(width) height=(height) {} }
}

fn bar(label: &str, parts: &[Markup]) -> Markup {
    let view_box = format!("0 0 {UNITS} 20");
    html! {
        svg.bar viewBox=(view_box) preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            @for part in parts { (part) }
        }
    }
}
