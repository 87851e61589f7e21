//! What is going on now, in one line.

use std::{collections::BTreeMap, io};

use model::{FramePath, Timestamp};
use unicode_width::UnicodeWidthChar;

use super::{Iterations, StateInProgress, WaitingFor};
use crate::view::{duration_text, terminal_columns, visible_text};

/// Columns of a bar.
const BAR_COLUMNS: u32 = 20;
/// The columns of a terminal that does not say how many it has.
const COLUMNS_DEFAULT: usize = 80;

/// The states that are in progress, but those of iterations.
///
/// Shape: `Charge  2.10 s, attempt 3   Prices  ███████████████░░░░░ 150/200, 1 failed`
pub(super) fn status_text(inside: &BTreeMap<FramePath, StateInProgress>, now: Timestamp) -> String {
    let shown =
        inside.values().filter(|state| !state.in_iteration).map(|state| state_text(state, now));
    let text = shown.collect::<Vec<_>>().join("   ");
    cut_to(&text, terminal_columns(&io::stderr()).unwrap_or(COLUMNS_DEFAULT) - 1)
}

fn state_text(state: &StateInProgress, now: Timestamp) -> String {
    let name = visible_text(state.name.as_str());
    let since = |from: Timestamp, to: Timestamp| {
        duration_text((to.as_milliseconds() - from.as_milliseconds()).max(0))
    };
    if let Some(iterations) = state.iterations.filter(|iterations| iterations.total > 0) {
        return format!("{name}  {}", bar_text(iterations));
    }
    let attempt = match state.retries {
        0 => String::new(),
        retries => format!(", attempt {}", retries + 1),
    };
    let what = match state.waiting {
        None => format!("{}{attempt}", since(state.since, now)),
        Some(WaitingFor::Time(until)) => format!("waits, {} left", since(now, until)),
        Some(WaitingFor::Retry(until)) => format!("{attempt} in {}", since(now, until)),
        Some(WaitingFor::TaskToken) => {
            format!("{}, waits for its task token", since(state.since, now))
        }
        Some(WaitingFor::Execution) => {
            format!("{}, waits for an execution", since(state.since, now))
        }
        Some(WaitingFor::Job) => format!("{}, waits for a job", since(state.since, now)),
    };
    format!("{name}  {}", what.trim_start_matches(", "))
}

fn bar_text(iterations: Iterations) -> String {
    let Iterations { total, ended, failed } = iterations;
    let full = u64::from(BAR_COLUMNS) * u64::from(ended.min(total)) / u64::from(total);
    let full = usize::try_from(full).unwrap_or(0);
    let empty = BAR_COLUMNS as usize - full;
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    format!("{}{} {ended}/{total}{failed}", "█".repeat(full), "░".repeat(empty))
}

fn cut_to(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |letter: &char| {
        taken += letter.width().unwrap_or(0);
        taken <= columns
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use model::StateName;

    use super::*;

    fn state(name: &str, waiting: Option<WaitingFor>, retries: u32) -> StateInProgress {
        StateInProgress {
            name: StateName::new(name),
            since: Timestamp::from_milliseconds(0),
            start: String::new(),
            in_iteration: false,
            retries,
            waiting,
            iterations: None,
        }
    }

    #[test]
    fn each_state_says_what_it_is_at() {
        let at = Timestamp::from_milliseconds;
        let now = at(2_100);
        for (state, text) in [
            (state("Charge", None, 0), "Charge  2.10 s"),
            (state("Charge", None, 2), "Charge  2.10 s, attempt 3"),
            (state("Pause", Some(WaitingFor::Time(at(3_000))), 0), "Pause  waits, 900 ms left"),
            (state("Charge", Some(WaitingFor::Retry(at(3_100))), 1), "Charge  attempt 2 in 1.00 s"),
            (state("Ask", Some(WaitingFor::TaskToken), 0), "Ask  2.10 s, waits for its task token"),
        ] {
            assert_eq!(state_text(&state, now), text);
        }
    }

    #[test]
    fn iterations_are_a_bar() {
        let bar = |ended, failed| bar_text(Iterations { total: 200, ended, failed });
        assert_eq!(bar(0, 0), "░░░░░░░░░░░░░░░░░░░░ 0/200");
        assert_eq!(bar(150, 1), "███████████████░░░░░ 150/200, 1 failed");
        assert_eq!(bar(200, 0), "████████████████████ 200/200");
        assert_eq!(cut_to("███", 2), "██");
    }
}
