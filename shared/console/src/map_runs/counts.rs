//! How many items and executions of a Map Run have which status.

use maud::{Markup, html};
use serde_json::Value;

/// A status that `DescribeMapRun` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CountedStatus {
    /// The member of its counts.
    member: &'static str,
    label: &'static str,
    /// The class of its part of the bar.
    class: &'static str,
    /// What `ListExecutions` calls it.
    filter: &'static str,
}

/// A part of a bar, in units of its drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BarPart {
    status: CountedStatus,
    count: u64,
    at: u64,
    width: u64,
}

/// Those that add up to the total, in the order of the bar.
///
/// Spec: API Reference, `MapRunItemCounts`, `MapRunExecutionCounts`
const STATUSES: [CountedStatus; 7] = [
    CountedStatus::new("succeeded", "Succeeded", "succeeded", "SUCCEEDED"),
    CountedStatus::new("failed", "Failed", "failed", "FAILED"),
    CountedStatus::new("timedOut", "Timed out", "failed", "TIMED_OUT"),
    CountedStatus::new("aborted", "Aborted", "aborted", "ABORTED"),
    CountedStatus::new("pendingRedrive", "Pending redrive", "pending", "PENDING_REDRIVE"),
    CountedStatus::new("running", "Running", "running", "RUNNING"),
    // What is pending is no execution yet.
    CountedStatus::new("pending", "Pending", "pending", ""),
];

/// How wide a bar is, in units of its drawing.
const BAR_WIDTH: u64 = 1_000;

impl CountedStatus {
    const fn new(
        member: &'static str,
        label: &'static str,
        class: &'static str,
        filter: &'static str,
    ) -> Self {
        Self { member, label, class, filter }
    }
}

/// The counts as bars, and as a table. `list` gives the path of the executions with a status.
pub(super) fn map_run_counts(map_run: &Value, list: impl Fn(&str) -> String) -> Markup {
    let (items, executions) = (&map_run["itemCounts"], &map_run["executionCounts"]);
    let cell = |counts: &Value, member: &str| counts[member].as_u64().unwrap_or_default();
    let more = [
        ("resultsWritten", "Results written"),
        ("failuresNotRedrivable", "Failures that cannot be redriven"),
    ];
    html! {
        (count_bar("Items", items))
        (count_bar("Executions", executions))
        div.wide tabindex="0" role="region" aria-label="Counts" {
            table {
                thead { tr {
                    th scope="col" { "Status" } th.number scope="col" { "Items" } th.number scope="col" { "Executions" }
                } }
                tbody {
                    @for status in STATUSES {
                        @let count = cell(executions, status.member);
                        tr {
                            th scope="row" { span.swatch.(status.class) {} (status.label) }
                            td.number { (cell(items, status.member)) }
                            td.number {
                                @if count > 0 && !status.filter.is_empty() {
                                    a href=(list(status.filter)) { (count) }
                                } @else { (count) }
                            }
                        }
                    }
                    tr {
                        th scope="row" { strong { "Total" } }
                        td.number { strong { (cell(items, "total")) } }
                        td.number { strong { (cell(executions, "total")) } }
                    }
                    @for (member, label) in more {
                        tr {
                            th scope="row" { (label) }
                            td.number { (cell(items, member)) }
                            td.number { (cell(executions, member)) }
                        }
                    }
                }
            }
        }
    }
}

fn count_bar(label: &str, counts: &Value) -> Markup {
    let total = counts["total"].as_u64().unwrap_or_default();
    if total == 0 {
        return html! {};
    }
    let parts = bar_parts(counts, total);
    let told: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {}", part.count, part.status.label.to_lowercase()))
        .collect();
    let description = format!("{label}: {} of {total}", told.join(", "));
    html! {
        p.bar-label { (description) }
        svg.bar viewBox={ "0 0 " (BAR_WIDTH) " 16" } preserveAspectRatio="none" role="img" aria-label=(description) {
            @for part in parts {
                rect.(part.status.class) x=(part.at) y="0" width=(part.width) height="16" {}
            }
        }
    }
}

/// The parts of a bar. Where there is something, it is seen.
fn bar_parts(counts: &Value, total: u64) -> Vec<BarPart> {
    let mut at = 0;
    let mut parts = Vec::new();
    for status in STATUSES {
        let count = counts[status.member].as_u64().unwrap_or_default();
        if count == 0 {
            continue;
        }
        let width = (count.saturating_mul(BAR_WIDTH) / total).clamp(4, BAR_WIDTH);
        parts.push(BarPart { status, count, at, width });
        at += width;
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bar_has_a_part_for_each_status_that_occurs() {
        let counts = json!({"pending": 0, "running": 250, "succeeded": 749, "failed": 1,
            "timedOut": 0, "aborted": 0, "total": 1000});
        let parts: Vec<_> = bar_parts(&counts, 1000)
            .into_iter()
            .map(|part| (part.status.member, part.count, part.at, part.width))
            .collect();
        let drawn = [("succeeded", 749, 0, 749), ("failed", 1, 749, 4), ("running", 250, 753, 250)];
        assert_eq!(parts, drawn);
        let bar = count_bar("Items", &counts).into_string();
        assert!(bar.contains("Items: 749 succeeded, 1 failed, 250 running of 1000"), "{bar}");
        assert_eq!(count_bar("Items", &json!({"total": 0})).into_string(), "");
    }
}
