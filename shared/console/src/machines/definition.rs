//! The definition of a state machine: its graph and its source side by side, with what a check of it finds.

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    links::resource_name,
    page::PageError,
    test_state::state_links,
    view::{LineMark, definition_source, missing_part, value_lines},
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_definition(&self, machine: &Value) -> Markup {
        let definition = machine["definition"].as_str().unwrap_or_default();
        let findings = self.validate(machine, definition).await;
        let arn = machine["stateMachineArn"].as_str().unwrap_or_default();
        let name = resource_name(arn);
        html! {
            div.side-by-side {
                section aria-label="Graph" {
                    (definition_graph(name, definition))
                    (state_links(arn, definition))
                }
                section aria-label="Source" {
                    @if let Err(why) = &findings { (missing_part("It was not checked.", why)) }
                    (source_with_findings(definition, findings.as_deref().unwrap_or_default()))
                }
            }
        }
    }

    /// What a check of the definition finds.
    async fn validate(&self, machine: &Value, definition: &str) -> Result<Vec<Value>, PageError> {
        let members =
            json!({ "definition": definition, "type": machine["type"], "severity": "WARNING" });
        let mut answer = self.call("ValidateStateMachineDefinition", members).await?;
        Ok(match answer["diagnostics"].take() {
            Value::Array(findings) => findings,
            _ => Vec::new(),
        })
    }
}

/// Draws a definition.
pub(crate) fn definition_graph(name: &str, definition: &str) -> Markup {
    match asl::parse_definition(definition) {
        Ok(parsed) => {
            let graph = graph::graph_definition(&parsed);
            html! { div.graph tabindex="0" role="region" aria-label="Graph" {
                (PreEscaped(graph::svg_fragment(&graph, name, None)))
            } }
        }
        Err(findings) => html! {
            p.notice.bad { "It cannot be drawn: " (findings.first().map(ToString::to_string).unwrap_or_default()) }
        },
    }
}

/// The source of a definition, with findings of `ValidateStateMachineDefinition` at their lines.
pub(crate) fn source_with_findings(definition: &str, findings: &[Value]) -> Markup {
    // A definition that a program has sent is one long line.
    let is_one_line = !definition.trim().contains('\n');
    let formatted = is_one_line.then(|| asl::format_definition(definition).ok()).flatten();
    let text = formatted.as_deref().unwrap_or(definition);
    let lines = value_lines(text);
    let is_state = |location: &str| {
        location.rsplit_once('/').is_some_and(|(around, _)| around.ends_with("/States"))
    };
    let state_lines: Vec<(usize, String)> = lines
        .iter()
        .filter(|(location, _)| is_state(location))
        .filter_map(|(location, line)| Some((*line, location.rsplit_once('/')?.1.to_owned())))
        .collect();
    let marks: Vec<LineMark> = findings
        .iter()
        .map(|finding| LineMark {
            line: finding["location"].as_str().and_then(|at| line_of(at, &lines)).unwrap_or(1),
            is_error: finding["severity"] == "ERROR",
            text: finding_text(finding),
        })
        .collect();
    html! {
        @if !findings.is_empty() {
            p.notice.careful { (findings.len()) (if findings.len() == 1 { " finding, shown" } else { " findings, shown" }) " in place" }
        }
        (definition_source(text, &state_lines, &marks))
    }
}

/// The line of a location, or of what is around it.
fn line_of(location: &str, lines: &std::collections::BTreeMap<String, usize>) -> Option<usize> {
    let mut location = location;
    loop {
        if let Some(line) = lines.get(location) {
            return Some(*line);
        }
        location = &location[..location.rfind(['/', '['])?];
    }
}

fn finding_text(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    format!("{}: {}", text("code"), text("message"))
}
