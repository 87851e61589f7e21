//! A graph in the DOT language of Graphviz.
//!
//! Spec: <https://graphviz.org/doc/info/lang.html>

use model::StateType;

use crate::{
    node_names::{NodePlace, name_nodes},
    state_graph::{EdgeKind, GraphNode, StateGraph, StateNode},
    state_status::{StateStatus, StateStatuses},
    text_size::{TextFont, printable_text},
};

/// Labels are broken to be no wider, in pixels.
const LABEL_WIDTH_MAX: f64 = 200.0;
const LABEL_LINES_MAX: usize = 4;
const LABEL_FONT: TextFont = TextFont { size: 12.0, is_bold: false };

/// Writes a graph in DOT, coloured by an execution if there is one. `title` is what it is a graph of.
pub fn dot_graph(graph: &StateGraph, title: &str, statuses: Option<&StateStatuses>) -> String {
    let mut dot = DotWriter { text: String::new(), indent: 0, statuses };
    dot.line(&format!("digraph {} {{", quote(title)));
    dot.indent = 1;
    dot.line("compound=true;");
    dot.line("graph [fontname=\"Helvetica\", fontsize=11, style=\"rounded,filled\"];");
    dot.line(
        "node [fontname=\"Helvetica\", fontsize=11, shape=box, style=\"rounded,filled\", \
         color=\"#8b95a3\", fillcolor=\"#ffffff\"];",
    );
    dot.line("edge [fontname=\"Helvetica\", fontsize=10, color=\"#7d8898\"];");
    dot.write_workflow(graph, NodePlace::Machine);
    dot.indent = 0;
    dot.line("}");
    dot.text
}

struct DotWriter<'s> {
    text: String,
    indent: usize,
    statuses: Option<&'s StateStatuses>,
}

impl DotWriter<'_> {
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
                    self.line(&format!("{name} [label=\"Start\", shape=oval];"));
                }
                GraphNode::Start => {
                    self.line(&format!("{name} [shape=point, width=0.1, fillcolor=\"#3c4757\"];"));
                }
                GraphNode::End => self.line(&format!("{name} [label=\"End\", shape=oval];")),
                GraphNode::State(state) if state.is_cluster() => self.write_cluster(state),
                GraphNode::State(state) => {
                    let shape = match state.state_type {
                        StateType::Choice => ", shape=hexagon, style=filled",
                        StateType::Succeed | StateType::Fail => ", shape=oval, style=filled",
                        StateType::Pass
                        | StateType::Task
                        | StateType::Wait
                        | StateType::Parallel
                        | StateType::Map => "",
                    };
                    let label = state_label(state);
                    let colours = self.colours(state);
                    self.line(&format!("{name} [label={label}{shape}{colours}];"));
                }
            }
        }
        for edge in &graph.edges {
            let (from, to) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
            let mut attributes = Vec::new();
            if !edge.label.is_empty() {
                let lines = LABEL_FONT.wrap_text(&edge.label, LABEL_WIDTH_MAX, LABEL_LINES_MAX);
                attributes.push(format!("label={}", quote_lines(&lines)));
            }
            if edge.kind == EdgeKind::Catch {
                let catch = "style=dashed, color=\"#c2702a\", fontcolor=\"#9a521a\"";
                attributes.push(catch.to_owned());
            }
            // An edge of a cluster is one of a node inside it, cut at the border.
            if let Some(state) = from.state().filter(|state| state.is_cluster()) {
                attributes.push(format!("ltail=cluster_s{}", state.number));
            }
            if let Some(state) = to.state().filter(|state| state.is_cluster()) {
                attributes.push(format!("lhead=cluster_s{}", state.number));
            }
            let tail = from.state().map_or_else(|| names[edge.from].clone(), leaving_name);
            let head = to.state().map_or_else(|| names[edge.to].clone(), arriving_name);
            let attributes = attributes.join(", ");
            let attributes =
                if attributes.is_empty() { attributes } else { format!(" [{attributes}]") };
            self.line(&format!("{tail} -> {head}{attributes};"));
        }
    }

    fn write_cluster(&mut self, state: &StateNode) {
        self.line(&format!("subgraph cluster_s{} {{", state.number));
        self.indent += 1;
        let default = ", color=\"#8b95a3\", fillcolor=\"#f3f5f8\"".to_owned();
        let colours = self.colours(state);
        let colours = if colours.is_empty() { default } else { colours };
        self.line(&format!("graph [label={}{colours}];", state_label(state)));
        for (branch, inner) in state.inner.iter().enumerate() {
            let place = NodePlace::Branch { state: state.number, branch };
            let has_frame = state.state_type == StateType::Parallel;
            if has_frame {
                self.line(&format!("subgraph cluster_s{}b{branch} {{", state.number));
                self.indent += 1;
                let frame = "graph [label=\"\", style=\"dashed,rounded\", color=\"#b4bcc8\"];";
                self.line(frame);
            }
            self.write_workflow(inner, place);
            if has_frame {
                self.indent -= 1;
                self.line("}");
            }
        }
        self.indent -= 1;
        self.line("}");
    }

    fn colours(&self, state: &StateNode) -> String {
        let Some(statuses) = self.statuses else { return String::new() };
        let (fill, line) = match statuses.status_of(&state.name) {
            StateStatus::NotReached => return ", fontcolor=\"#8b95a3\"".to_owned(),
            StateStatus::Succeeded | StateStatus::Retried => ("#e6f5ec", "#1f8f52"),
            StateStatus::Caught => ("#fff3dd", "#c27803"),
            StateStatus::Aborted => ("#eceef1", "#6b7480"),
            StateStatus::Running => ("#e5effd", "#1d66d6"),
            StateStatus::Failed => ("#fdeaea", "#cf2f2f"),
        };
        format!(", fillcolor=\"{fill}\", color=\"{line}\"")
    }
}

/// The node at which edges to a state arrive: of a cluster, the start of its first branch.
fn arriving_name(state: &StateNode) -> String {
    let number = state.number;
    if state.is_cluster() { format!("s{number}b0start") } else { format!("s{number}") }
}

/// The node at which edges of a state leave: of a cluster, a state that ends its largest branch, which
/// reaches down the furthest.
fn leaving_name(state: &StateNode) -> String {
    let largest = state.inner.iter().rev().max_by_key(|branch| branch.nodes.len());
    let Some(branch) = largest else { return format!("s{}", state.number) };
    let mut states = branch.nodes.iter().rev().filter_map(GraphNode::state);
    states.find(|inner| inner.is_last).map_or_else(|| arriving_name(state), leaving_name)
}

fn state_label(state: &StateNode) -> String {
    let mut lines = LABEL_FONT.wrap_text(&state.name, LABEL_WIDTH_MAX, LABEL_LINES_MAX);
    lines.push(printable_text(&state.description()));
    quote_lines(&lines)
}

fn quote_lines(lines: &[String]) -> String {
    let escaped: Vec<String> = lines.iter().map(|line| escape_dot(line)).collect();
    format!("\"{}\"", escaped.join("\\n"))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", escape_dot(&printable_text(text)))
}

fn escape_dot(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
