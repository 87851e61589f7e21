//! What `local` shows of its executions on a terminal: a line for each start, failure and end.

use std::io::IsTerminal;

use model::{EventKind, Failure, FrameOutcome, Record, RecordKey, RecordNumber, Timestamp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    local_machine::AppendedRecord,
    run_progress::{failure_of_event, failure_text as attempt_failure_text, state_left_after},
    standard_error::say_line,
    view::{cause_line, duration_text, visible_text},
};

/// Most characters of a failure's text in a line.
const FAILURE_CHARS_MAX: usize = 200;

/// Starts to show executions on stderr, and returns where their records go; none if stderr is not
/// a terminal.
pub(crate) fn start_showing_executions() -> Option<UnboundedSender<AppendedRecord>> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let (appended, records) = unbounded_channel();
    tokio::spawn(show_executions(records));
    Some(appended)
}

async fn show_executions(mut records: UnboundedReceiver<AppendedRecord>) {
    while let Some((key, record)) = records.recv().await {
        for line in execution_lines(&key, &record) {
            say_line(&line);
        }
    }
}

fn execution_lines(key: &RecordKey, record: &Record) -> Vec<String> {
    let mut lines = failure_lines(key, record);
    if key.frame.fork_depth() > 0 {
        return lines;
    }
    let mut add_line = |at: Timestamp, what: &str| lines.push(line_of(key, at, what));
    // The start makes the first record, which nobody is told of.
    if key.number == RecordNumber::FIRST.next_number() {
        add_line(record.facts.started_at, "started");
    }
    for event in &record.events {
        if let EventKind::ExecutionRedriven { redrive_count } = &event.kind {
            add_line(record.written_at, &format!("redriven (redrive {redrive_count})"));
        }
    }
    if let Some(outcome) = record.frame.outcome() {
        let facts = &record.facts;
        let since = facts.last_redrive.as_ref().map_or(facts.started_at, |last| last.requested_at);
        let took = record.written_at.as_milliseconds() - since.as_milliseconds();
        let status = outcome.execution_status().as_str();
        add_line(
            record.written_at,
            &format!("{status}  {}{}", duration_text(took), failure_text(outcome)),
        );
    }
    lines
}

/// A line for each attempt that has failed, with what the state does about it.
fn failure_lines(key: &RecordKey, record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, event) in record.events.iter().enumerate() {
        let Some(failure) = failure_of_event(&event.kind) else { continue };
        let state = state_left_after(record, index).unwrap_or(&record.frame.state);
        let at = record.event_time(event);
        let what = format!("{state}  {}", attempt_failure_text(record, index, failure));
        lines.push(line_of(key, at, &visible_text(&what)));
    }
    lines
}

fn line_of(key: &RecordKey, at: Timestamp, what: &str) -> String {
    let at = at.to_string();
    let time = at.split_once('T').map_or(at.as_str(), |(_, time)| time);
    let time = time.split_once('.').map_or(time, |(seconds, _)| seconds);
    format!("{time}Z  {}  {what}", key.execution)
}

fn failure_text(outcome: &FrameOutcome) -> String {
    let (FrameOutcome::Failed(failure)
    | FrameOutcome::TimedOut(failure)
    | FrameOutcome::Aborted(failure)) = outcome
    else {
        return String::new();
    };
    let Failure { error, cause } = failure;
    let cause = cause.as_deref().map(cause_line);
    let text = [error.as_deref(), cause.as_deref()].into_iter().flatten().collect::<Vec<_>>();
    if text.is_empty() {
        return String::new();
    }
    // A cause is the user's text: its control characters must not reach the terminal.
    let text = text.join(": ").replace(char::is_control, " ");
    let shown: String = text.chars().take(FAILURE_CHARS_MAX).collect();
    let mark = if shown.len() < text.len() { "…" } else { "" };
    format!("  {shown}{mark}")
}

#[cfg(test)]
mod tests {
    use model::{FramePhase, Payload, QueueName, StateVisit};

    use super::*;
    use crate::record_fixture::record_of_order;

    fn lines_of(number: RecordNumber, phase: FramePhase) -> Vec<String> {
        let (key, record) = record_of_order(number, (1_000, 2_500), phase, None);
        execution_lines(&key, &record)
    }

    #[test]
    fn a_start_and_an_end_are_a_line_each() {
        let second = RecordNumber::FIRST.next_number();
        let ready =
            || FramePhase::Ready { input: Payload::empty_object(), queue: QueueName::Steps };
        assert_eq!(lines_of(second, ready()), ["00:00:01Z  order:x  started"]);
        assert!(lines_of(second.next_number(), ready()).is_empty());
        let succeeded = FramePhase::Ended(FrameOutcome::Succeeded(Payload::empty_object()));
        let last = lines_of(second.next_number(), succeeded);
        assert_eq!(last, ["00:00:02Z  order:x  SUCCEEDED  1.50 s"]);
    }

    #[test]
    fn an_attempt_that_fails_is_a_line_with_what_follows() {
        let failed = EventKind::LambdaFunctionFailed(Failure::with_error_name("Busy"));
        let visit = StateVisit {
            entered_at: Timestamp::from_milliseconds(1_000),
            entered_event: 1,
            retries: vec![1],
        };
        let delayed = FramePhase::Delayed {
            input: Payload::empty_object(),
            visit,
            until: Timestamp::from_milliseconds(3_500),
            failing_event: None,
            retrier: Some(0),
            queue: QueueName::Steps,
        };
        let third = RecordNumber::FIRST.next_number().next_number();
        let (key, record) = record_of_order(third, (1_000, 2_500), delayed, Some(failed));
        let lines = execution_lines(&key, &record);
        assert_eq!(lines, ["00:00:02Z  order:x  Next  Busy; retry 1 in 1.00 s"]);
    }

    #[test]
    fn a_failure_is_shown_without_what_would_steer_the_terminal() {
        let failure = Failure::new("Busy", "a\u{1b}[31m\nb".to_owned());
        let failed = FramePhase::Ended(FrameOutcome::Failed(failure));
        let lines = lines_of(RecordNumber::FIRST, failed);
        assert_eq!(lines, ["00:00:02Z  order:x  FAILED  1.50 s  Busy: a [31m b"]);
    }
}
