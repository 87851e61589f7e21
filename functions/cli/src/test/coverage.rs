//! How much of each state machine the cases of all files reach.

mod html;
mod json;
mod lcov;
mod source;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use testkit::{CoverageHits, CoverageRatio, CoverageReport, DefinitionSource, OfflineMachine};

use super::{TestRun, arguments::CoverageFormat, suites::SuiteFile};
use source::{DefinitionLines, LineRange};

/// What the cases reach of a definition.
pub(super) struct MachineCoverage {
    /// Its file, or its position in the file of the cases.
    pub(super) name: String,
    pub(super) report: CoverageReport,
    /// The states in the author's order, outer ones before those inside.
    states: Vec<StateCoverage>,
    source: DefinitionLines,
}

/// How often a state was entered, and left on each way.
struct StateCoverage {
    name: String,
    hits: u64,
    /// Its lines in its file, if they are known.
    lines: Option<LineRange>,
    transitions: Vec<TransitionCoverage>,
}

/// How often a transition was taken.
struct TransitionCoverage {
    /// `Next`, `Choices[0]`, `Default`, `Retry[0]`, `Catch[0]`.
    kind: String,
    target: String,
    hits: u64,
    lines: Option<LineRange>,
}

/// Which numbers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CoverageDetail {
    Counts,
    Percentages,
}

/// What the cases of all files reach of each definition.
pub(super) fn collect_coverage(run: &TestRun<'_>) -> Vec<MachineCoverage> {
    collect_hits(run).into_iter().map(measure_coverage).collect()
}

/// A definition and what the cases of all files reach of it.
struct ReachedDefinition<'s> {
    name: String,
    file: &'s SuiteFile,
    source: &'s DefinitionSource,
    machine: &'s OfflineMachine,
    reached: CoverageHits,
}

fn collect_hits<'s>(run: &'s TestRun<'_>) -> Vec<ReachedDefinition<'s>> {
    let mut definitions: Vec<ReachedDefinition<'s>> = Vec::new();
    for (file, suite, results) in run.files() {
        for (case, result) in suite.cases.iter().zip(results) {
            let tested = &suite.machines[case.machine];
            let name = definition_name(&file.definitions_relative_to, &tested.source);
            let known = definitions.iter_mut().find(|known| known.name == name);
            match known {
                Some(known) => known.reached.merge_hits(result.reached.clone()),
                None => definitions.push(ReachedDefinition {
                    name,
                    file,
                    source: &tested.source,
                    machine: &tested.machine,
                    reached: result.reached.clone(),
                }),
            }
        }
    }
    definitions
}

/// The name of a definition: its file, or its position in the file of the cases.
fn definition_name(file: &str, source: &DefinitionSource) -> String {
    match source {
        DefinitionSource::File(name) => definition_path(file, name).display().to_string(),
        DefinitionSource::Line(line) => format!("{file}:{line}"),
        DefinitionSource::InlineJson => file.to_owned(),
    }
}

fn definition_path(file: &str, name: &str) -> PathBuf {
    Path::new(file).parent().unwrap_or_else(|| Path::new("")).join(name)
}

fn measure_coverage(definition: ReachedDefinition<'_>) -> MachineCoverage {
    let ReachedDefinition { name, file, source, machine, reached } = definition;
    let json = machine.definition_text();
    let source = match source {
        DefinitionSource::File(own) => {
            let path = definition_path(&file.definitions_relative_to, own);
            DefinitionLines::of_file(&path, json)
        }
        DefinitionSource::Line(fence) => {
            DefinitionLines::of_markdown_block(&file.name, json, *fence)
        }
        DefinitionSource::InlineJson => DefinitionLines::of_test_file(&file.name, &file.text, json),
    };
    let transitions: Vec<_> = machine.all_transitions().iter().enumerate().collect();
    let states = machine.state_names().into_iter().map(|state| {
        let own = transitions.iter().filter(|(_, transition)| transition.reference.state == *state);
        let own = own.map(|(at, transition)| {
            let kind = transition.reference.kind.to_string();
            TransitionCoverage {
                lines: source.lines_of_field(state.as_str(), &kind),
                kind,
                target: transition.target.to_string(),
                hits: reached.transitions.get(at).copied().unwrap_or_default(),
            }
        });
        StateCoverage {
            name: state.to_string(),
            hits: reached.states.get(state).copied().unwrap_or_default(),
            lines: source.lines_of_state(state.as_str()),
            transitions: own.collect(),
        }
    });
    let states = states.collect();
    let report = CoverageReport::from_hits(machine, &reached);
    MachineCoverage { name, report, states, source }
}

/// Prints the coverage of a machine, with the states and transitions that no case reaches.
pub(super) fn write_coverage_text(
    out: &mut impl Write,
    covered: &MachineCoverage,
    detail: CoverageDetail,
) -> io::Result<()> {
    let CoverageReport { states, transitions: ways, missing } = &covered.report;
    let (state_noun, way_noun) = (plural_of(*states, "state"), plural_of(*ways, "transition"));
    let name = &covered.name;
    writeln!(out, "{name}: {states} {state_noun} and {ways} {way_noun} reached")?;
    if detail == CoverageDetail::Percentages {
        let (states, ways) = (states.rounded_percent(), ways.rounded_percent());
        writeln!(out, "  coverage: states {states}%, transitions {ways}%")?;
    }
    missing.iter().try_for_each(|missing| writeln!(out, "  not reached: {missing}"))
}

/// The noun after `1 of 1`, `0 of 2`.
fn plural_of(ratio: CoverageRatio, noun: &str) -> String {
    if ratio.all == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// Writes the coverage of all machines to a file.
pub(super) fn write_coverage_file(
    file: &Path,
    format: CoverageFormat,
    machines: &[MachineCoverage],
) -> anyhow::Result<()> {
    let text = match format {
        CoverageFormat::Text => {
            let mut text = Vec::new();
            for covered in machines {
                write_coverage_text(&mut text, covered, CoverageDetail::Percentages)?;
            }
            String::from_utf8_lossy(&text).into_owned()
        }
        CoverageFormat::Html => html::coverage_page(machines),
        CoverageFormat::Json => json::coverage_json_text(machines),
        CoverageFormat::Lcov => lcov::coverage_tracefile(machines),
    };
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// The sum over several machines.
fn sum_ratios(ratios: impl Iterator<Item = CoverageRatio>) -> CoverageRatio {
    let none = CoverageRatio { reached: 0, all: 0 };
    ratios.fold(none, |sum, ratio| CoverageRatio {
        reached: sum.reached + ratio.reached,
        all: sum.all + ratio.all,
    })
}
