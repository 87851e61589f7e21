//! Coverage as one page, which needs no other file, no script and no network.

use testkit::CoverageRatio;

use super::{LineRange, MachineCoverage, StateCoverage, TransitionCoverage, sum_ratios};
use crate::view::escape_html;

const STYLE: &str = include_str!("page.css");

/// The page: a table of the machines, then each of them with its states and its text.
pub(super) fn coverage_page(machines: &[MachineCoverage]) -> String {
    let rows: String = machines.iter().enumerate().map(|(at, it)| summary_row(at, it)).collect();
    let sections: String =
        machines.iter().enumerate().map(|(at, it)| machine_section(at, it)).collect();
    let sum = |of: fn(&MachineCoverage) -> CoverageRatio| sum_ratios(machines.iter().map(of));
    let states = ratio_cells(sum(|covered| covered.report.states));
    let transitions = ratio_cells(sum(|covered| covered.report.transitions));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Coverage of state machines</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Coverage of state machines</h1>\n<table class=\"summary\">\n<thead><tr>\
         <th>State machine</th><th colspan=\"2\">States</th><th colspan=\"2\">Transitions</th>\
         </tr></thead>\n<tbody>\n{rows}</tbody>\n<tfoot><tr><th>All</th>{states}{transitions}</tr>\
         </tfoot>\n</table>\n{sections}<footer>statewright {}</footer>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn summary_row(at: usize, covered: &MachineCoverage) -> String {
    let name = escape_html(&covered.name);
    let states = ratio_cells(covered.report.states);
    let transitions = ratio_cells(covered.report.transitions);
    format!("<tr><td><a href=\"#m{at}\">{name}</a></td>{states}{transitions}</tr>\n")
}

/// A bar with the percentage, and the numbers.
fn ratio_cells(ratio: CoverageRatio) -> String {
    let percent = ratio.rounded_percent();
    format!(
        "<td><meter min=\"0\" max=\"100\" low=\"60\" high=\"99\" optimum=\"100\" \
         value=\"{percent}\"></meter></td><td class=\"number\">{percent}% <small>{ratio}</small></td>"
    )
}

fn machine_section(at: usize, covered: &MachineCoverage) -> String {
    let name = escape_html(&covered.name);
    let items = covered.report.missing.iter();
    let items = items.map(|missing| format!("<li>{}</li>\n", escape_html(missing)));
    let missing = items.collect::<Vec<_>>().concat();
    let missing = if missing.is_empty() {
        "<p class=\"all\">Every state and transition was reached.</p>\n".to_owned()
    } else {
        format!("<p>Not reached:</p>\n<ul class=\"missing\">\n{missing}</ul>\n")
    };
    let rows: String = covered.states.iter().map(|state| state_row(at, state)).collect();
    format!(
        "<section id=\"m{at}\">\n<h2>{name}</h2>\n{missing}<table class=\"states\">\n<thead><tr>\
         <th>State</th><th>Entered</th><th>Transitions, and how often each was taken</th></tr>\
         </thead>\n<tbody>\n{rows}</tbody>\n</table>\n{}</section>\n",
        source_listing(at, covered)
    )
}

fn state_row(at: usize, state: &StateCoverage) -> String {
    let name = escape_html(&state.name);
    let name = match &state.lines {
        Some(lines) => format!("<a href=\"#m{at}-{}\">{name}</a>", lines.start()),
        None => name,
    };
    let ways: String = state.transitions.iter().map(|way| transition_item(state, way)).collect();
    let class = if state.hits > 0 { "hit" } else { "missed" };
    format!(
        "<tr class=\"{class}\"><td>{name}</td><td class=\"number\">{}</td>\
         <td><ul>{ways}</ul></td></tr>\n",
        hits_text(state.hits)
    )
}

fn transition_item(state: &StateCoverage, way: &TransitionCoverage) -> String {
    let class = if way.hits > 0 { "hit" } else { "missed" };
    let to = if way.target == state.name { "again".to_owned() } else { escape_html(&way.target) };
    format!(
        "<li class=\"{class}\">{} → {to} <b>{}</b></li>",
        escape_html(&way.kind),
        hits_text(way.hits)
    )
}

fn hits_text(hits: u64) -> String {
    if hits == 0 { "never".to_owned() } else { format!("{hits}×") }
}

/// What a line of the text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineMark {
    /// It belongs to no state.
    Neutral,
    Hit,
    /// Its state was never entered.
    Missed,
    /// A transition on it was never taken, or one of several states on it was never entered.
    Partly,
}

impl LineMark {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Hit => "hit",
            Self::Missed => "missed",
            Self::Partly => "partly",
        }
    }

    /// What those see who do not see colours.
    const fn sign(self) -> &'static str {
        match self {
            Self::Neutral | Self::Hit => " ",
            Self::Missed => "✗",
            Self::Partly => "◐",
        }
    }
}

fn source_listing(at: usize, covered: &MachineCoverage) -> String {
    let source = &covered.source;
    let numbered = (source.first_line..).zip(&source.lines);
    let lines: Vec<String> =
        numbered.map(|(number, text)| source_line(at, &covered.states, number, text)).collect();
    if lines.is_empty() {
        return "<p>The text of this definition cannot be read any more.</p>\n".to_owned();
    }
    let file = escape_html(&source.file);
    format!(
        "<h3>{file}</h3>\n<p class=\"legend\"><span class=\"hit\">entered</span> \
         <span class=\"missed\">✗ never entered</span> \
         <span class=\"partly\">◐ never taken</span></p>\n\
         <table class=\"source\">\n<tbody>\n{}</tbody>\n</table>\n",
        lines.concat()
    )
}

fn source_line(at: usize, states: &[StateCoverage], number: usize, text: &str) -> String {
    let mark = line_mark(states, number);
    let entered: Vec<String> =
        states_that_begin_on(states, number).map(|state| hits_text(state.hits)).collect();
    format!(
        "<tr id=\"m{at}-{number}\" class=\"{}\"><td class=\"line\">{number}</td>\
         <td class=\"count\">{}</td><td class=\"sign\">{}</td><td><pre>{}</pre></td></tr>\n",
        mark.class(),
        entered.join(" "),
        mark.sign(),
        escape_html(text)
    )
}

fn states_that_begin_on(
    states: &[StateCoverage],
    line: usize,
) -> impl Iterator<Item = &StateCoverage> {
    states.iter().filter(move |state| state.lines.as_ref().is_some_and(|own| *own.start() == line))
}

fn line_mark(states: &[StateCoverage], line: usize) -> LineMark {
    let has_line = |lines: &Option<LineRange>| lines.as_ref().is_some_and(|it| it.contains(&line));
    let around: Vec<&StateCoverage> =
        states.iter().filter(|state| has_line(&state.lines)).collect();
    // Inner states come after those around them.
    let Some(innermost) = around.last() else { return LineMark::Neutral };
    let begin: Vec<bool> = states_that_begin_on(states, line).map(|state| state.hits > 0).collect();
    if begin.contains(&true) && begin.contains(&false) {
        return LineMark::Partly;
    }
    if innermost.hits == 0 {
        return LineMark::Missed;
    }
    let is_missed = |way: &TransitionCoverage| way.hits == 0 && has_line(&way.lines);
    if around.iter().any(|state| state.hits > 0 && state.transitions.iter().any(is_missed)) {
        return LineMark::Partly;
    }
    LineMark::Hit
}

#[cfg(test)]
mod tests {
    use super::{
        LineMark::{Hit, Missed, Neutral, Partly},
        *,
    };

    fn state(name: &str, hits: u64, lines: LineRange, next_hits: u64) -> StateCoverage {
        let next = TransitionCoverage {
            kind: "Next".to_owned(),
            target: "B".to_owned(),
            hits: next_hits,
            lines: Some(*lines.end()..=*lines.end()),
        };
        StateCoverage { name: name.to_owned(), hits, lines: Some(lines), transitions: vec![next] }
    }

    #[test]
    fn a_line_has_the_mark_of_its_innermost_state() {
        let states = [
            state("Outer", 1, 2..=9, 0),
            state("Inner", 0, 4..=6, 0),
            state("Last", 1, 10..=11, 1),
        ];
        let marks: Vec<LineMark> = (1..=11).map(|line| line_mark(&states, line)).collect();
        let expected = [Neutral, Hit, Hit, Missed, Missed, Missed, Hit, Hit, Partly, Hit, Hit];
        assert_eq!(marks, expected);
    }

    #[test]
    fn a_line_with_an_entered_and_a_missed_state_is_partly_reached() {
        let states = [state("A", 1, 1..=1, 1), state("B", 0, 1..=1, 0)];
        assert_eq!(line_mark(&states, 1), Partly);
    }
}
