//! A graph as a flowchart of Mermaid, which shows labels of edges and clusters.
//!
//! Spec: <https://mermaid.js.org/syntax/flowchart.html>

use std::collections::BTreeMap;

use model::StateType;

use crate::{
    node_names::{NodePlace, name_nodes},
    state_graph::{EdgeKind, GraphNode, StateGraph, StateNode},
    state_status::{StateStatus, StateStatuses},
    text_size::printable_text,
};

/// The most characters of a label.
const LABEL_CHARS_MAX: usize = 80;

/// Writes a graph as a flowchart, coloured by an execution if there is one.
pub fn mermaid_flowchart(graph: &StateGraph, statuses: Option<&StateStatuses>) -> String {
    let mut chart = MermaidChart { text: "flowchart TD\n".to_owned(), indent: 1 };
    chart.write_workflow(graph, NodePlace::Machine);
    if let Some(statuses) = statuses {
        chart.write_statuses(graph, statuses);
    }
    chart.text
}

struct MermaidChart {
    text: String,
    indent: usize,
}

impl MermaidChart {
    fn line(&mut self, line: &str) {
        self.text.push_str(&"  ".repeat(self.indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn write_workflow(&mut self, graph: &StateGraph, place: NodePlace) {
        let names = name_nodes(graph, place);
        for (node, name) in graph.nodes.iter().zip(&names) {
            match node {
                GraphNode::Start if place == NodePlace::Machine => {
                    self.line(&format!("{name}([\"Start\"])"));
                }
                GraphNode::Start => self.line(&format!("{name}((\" \"))")),
                GraphNode::End => self.line(&format!("{name}([\"End\"])")),
                GraphNode::State(state) if state.is_cluster() => self.write_cluster(state, name),
                GraphNode::State(state) => {
                    let (open, close) = state_shape(state.state_type);
                    self.line(&format!("{name}{open}\"{}\"{close}", state_label(state)));
                }
            }
        }
        for edge in &graph.edges {
            let line = match edge.kind {
                EdgeKind::Next | EdgeKind::ChoiceRule | EdgeKind::Default => "-->",
                EdgeKind::Catch => "-.->",
            };
            let label = if edge.label.is_empty() {
                String::new()
            } else {
                format!("|\"{}\"|", escape_label(&edge.label))
            };
            self.line(&format!("{} {line}{label} {}", names[edge.from], names[edge.to]));
        }
    }

    fn write_cluster(&mut self, state: &StateNode, name: &str) {
        self.line(&format!("subgraph {name}[\"{}\"]", state_label(state)));
        self.indent += 1;
        for (branch, inner) in state.inner.iter().enumerate() {
            let place = NodePlace::Branch { state: state.number, branch };
            let has_frame = state.state_type == StateType::Parallel;
            if has_frame {
                self.line(&format!("subgraph {name}b{branch}[\" \"]"));
                self.indent += 1;
            }
            self.write_workflow(inner, place);
            if has_frame {
                self.indent -= 1;
                self.line("end");
            }
        }
        self.indent -= 1;
        self.line("end");
    }

    fn write_statuses(&mut self, graph: &StateGraph, statuses: &StateStatuses) {
        let mut states: BTreeMap<StateStatus, Vec<String>> = BTreeMap::new();
        for state in graph.all_states() {
            let same = states.entry(statuses.status_of(&state.name)).or_default();
            same.push(format!("s{}", state.number));
        }
        for (status, names) in states {
            let class = status.as_str();
            if let Some(style) = status_style(status) {
                self.line(&format!("classDef {class} {style}"));
                self.line(&format!("class {} {class}", names.join(",")));
            }
        }
    }
}

const fn state_shape(state_type: StateType) -> (&'static str, &'static str) {
    match state_type {
        StateType::Choice => ("{{", "}}"),
        StateType::Succeed | StateType::Fail => ("([", "])"),
        StateType::Pass
        | StateType::Task
        | StateType::Wait
        | StateType::Parallel
        | StateType::Map => ("[", "]"),
    }
}

/// Fills and lines that can be read on light and dark pages, since Mermaid's own colours cannot depend on
/// them; the text is dark.
const fn status_style(status: StateStatus) -> Option<&'static str> {
    match status {
        StateStatus::NotReached => None,
        StateStatus::Succeeded => Some("fill:#d7f0e0,stroke:#1f8f52,color:#12301f"),
        StateStatus::Retried => {
            Some("fill:#d7f0e0,stroke:#1f8f52,color:#12301f,stroke-dasharray:7 3")
        }
        StateStatus::Caught => Some("fill:#ffebc8,stroke:#c27803,color:#35280f"),
        StateStatus::Aborted => Some("fill:#e1e4e8,stroke:#6b7480,color:#242a33"),
        StateStatus::Running => Some("fill:#d6e6fd,stroke:#1d66d6,color:#13294b,stroke-width:3px"),
        StateStatus::Failed => Some("fill:#fbdada,stroke:#cf2f2f,color:#3a1a1c"),
    }
}

fn state_label(state: &StateNode) -> String {
    format!("{}<br>{}", escape_label(&state.name), escape_label(&state.description()))
}

/// Escapes a label between quotes: whatever could end it, begin a tag, an entity or Markdown becomes
/// the entity of its number.
fn escape_label(text: &str) -> String {
    let mut escaped = String::new();
    let mut has_letter = false;
    for (at, char) in printable_text(text).chars().enumerate() {
        if at == LABEL_CHARS_MAX {
            escaped.push('…');
            break;
        }
        has_letter |= char.is_alphabetic();
        let is_plain = char.is_alphanumeric()
            || char == ' '
            || !char.is_ascii()
            || (has_letter && matches!(char, '.' | ',' | ':' | '/' | '=' | '-' | '_' | '$'));
        if is_plain {
            escaped.push(char);
        } else {
            escaped.push('#');
            escaped.push_str(&u32::from(char).to_string());
            escaped.push(';');
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape_label;

    #[test]
    fn a_label_is_only_text() {
        assert_eq!(escape_label("lambda:invoke"), "lambda:invoke");
        assert_eq!(escape_label("a \"b\" <c>"), "a #34;b#34; #60;c#62;");
        assert_eq!(escape_label("#35; `x`"), "#35;35#59; #96;x#96;");
        assert_eq!(escape_label("1. x"), "1#46; x");
        assert_eq!(escape_label(&"x".repeat(90)), format!("{}…", "x".repeat(80)));
    }
}
