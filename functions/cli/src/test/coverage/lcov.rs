//! Coverage as lcov's trace file, which CI services and `genhtml` read: a state is a line, and a
//! transition is a branch of it.
//!
//! Spec: `man geninfo`, FILES.

use std::collections::BTreeMap;

use super::{MachineCoverage, StateCoverage};

/// One record for each file.
pub(super) fn coverage_tracefile(machines: &[MachineCoverage]) -> String {
    let mut files: BTreeMap<&str, BTreeMap<usize, Vec<&StateCoverage>>> = BTreeMap::new();
    for covered in machines {
        let lines = files.entry(&covered.source.file).or_default();
        for state in &covered.states {
            if let Some(at) = &state.lines {
                lines.entry(*at.start()).or_default().push(state);
            }
        }
    }
    files.iter().map(|(file, lines)| file_record(file, lines)).collect()
}

fn file_record(file: &str, lines: &BTreeMap<usize, Vec<&StateCoverage>>) -> String {
    let mut branches = Vec::new();
    let mut counts = Vec::new();
    for (line, states) in lines {
        counts.push((line, states.iter().map(|state| state.hits).sum::<u64>()));
        for (block, state) in states.iter().enumerate() {
            for (branch, way) in state.transitions.iter().enumerate() {
                // Of a line that never ran, branches were not even tried.
                let taken = if state.hits == 0 { "-".to_owned() } else { way.hits.to_string() };
                branches.push((format!("BRDA:{line},{block},{branch},{taken}"), way.hits));
            }
        }
    }
    // A line break in a name would end its line.
    let mut lines = vec!["TN:".to_owned(), format!("SF:{}", file.replace(['\n', '\r'], "?"))];
    lines.extend(branches.iter().map(|(line, _)| line.clone()));
    lines.push(format!("BRF:{}", branches.len()));
    lines.push(format!("BRH:{}", branches.iter().filter(|(_, hits)| *hits > 0).count()));
    lines.extend(counts.iter().map(|(line, hits)| format!("DA:{line},{hits}")));
    lines.push(format!("LF:{}", counts.len()));
    lines.push(format!("LH:{}", counts.iter().filter(|(_, hits)| *hits > 0).count()));
    lines.push("end_of_record\n".to_owned());
    lines.join("\n")
}
