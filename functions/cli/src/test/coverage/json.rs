//! Coverage as JSON, for programs.

use serde_json::{Value, json};
use testkit::CoverageRatio;

use super::{LineRange, MachineCoverage, StateCoverage, TransitionCoverage, sum_ratios};

/// The shape of the object, which changes only together with this number.
const FORMAT: u32 = 1;

/// All machines as one object: how often each state was entered and each transition was taken, with
/// their lines, and sums.
pub(super) fn coverage_json_text(machines: &[MachineCoverage]) -> String {
    let totals =
        |of: fn(&MachineCoverage) -> CoverageRatio| ratio_json(sum_ratios(machines.iter().map(of)));
    let object = json!({
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "machines": machines.iter().map(machine_json).collect::<Vec<_>>(),
        "totals": {
            "states": totals(|covered| covered.report.states),
            "transitions": totals(|covered| covered.report.transitions),
        },
    });
    format!("{object:#}\n")
}

fn machine_json(covered: &MachineCoverage) -> Value {
    json!({
        "name": covered.name,
        "file": covered.source.file,
        "summary": {
            "states": ratio_json(covered.report.states),
            "transitions": ratio_json(covered.report.transitions),
        },
        "states": covered.states.iter().map(state_json).collect::<Vec<_>>(),
    })
}

fn state_json(state: &StateCoverage) -> Value {
    let transition = |way: &TransitionCoverage| {
        json!({
            "kind": way.kind,
            "target": way.target,
            "line": first_line(way.lines.as_ref()),
            "hits": way.hits,
        })
    };
    json!({
        "name": state.name,
        "line": first_line(state.lines.as_ref()),
        "hits": state.hits,
        "transitions": state.transitions.iter().map(transition).collect::<Vec<_>>(),
    })
}

fn first_line(lines: Option<&LineRange>) -> Option<usize> {
    lines.map(|lines| *lines.start())
}

fn ratio_json(ratio: CoverageRatio) -> Value {
    let percent = ratio.rounded_percent();
    json!({ "count": ratio.all, "covered": ratio.reached, "percent": percent })
}
